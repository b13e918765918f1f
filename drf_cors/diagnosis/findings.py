"""What a diagnosis finds: a cause, with its texts filled in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from drf_cors.explain.messages import ADVICE

if TYPE_CHECKING:
    from drf_cors.core.verdict import Reason
    from drf_cors.diagnosis.changes import Change


class Cause(Enum):
    """A cause that a diagnosis can find.

    Each family of rules has a table of its causes: a subclass with members.

    Attributes:
        code: The code, which is stable. Two causes with the same code differ only in their texts.
        text: What is wrong; `{fields}` are filled in.
        next_step: What to do about it, likewise.
    """

    def __init__(self, code: str, text: str, next_step: str) -> None:
        self.code = str(code)
        self.text = text
        self.next_step = next_step


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that a diagnosis found.

    Attributes:
        code: The code of a cause or of a reason.
        text: What is wrong.
        next_step: What to do about it.
        blocks: Whether it alone keeps the script from the response.
        culprit: The method or header name at fault, where one is.
        where: File and line to go to, where they are known.
        changes: The edits that `next_step` names, for programs.
    """

    code: str
    text: str
    next_step: str
    blocks: bool = True
    culprit: str = ""
    where: str = ""
    changes: tuple[Change, ...] = ()

    @classmethod
    def of(
        cls,
        cause: Cause,
        *,
        blocks: bool = True,
        culprit: str = "",
        where: str = "",
        changes: tuple[Change, ...] = (),
        **fields: object,
    ) -> Finding:
        """Return the finding of a cause.

        Args:
            cause: The cause.
            blocks: Whether it alone keeps the script from the response.
            culprit: The method or header name at fault, where one is.
            where: File and line to go to, where they are known.
            changes: The edits that the next step names.
            fields: The fields of the texts.
        """
        return cls(
            code=cause.code,
            text=cause.text.format_map(fields),
            next_step=cause.next_step.format_map(fields),
            blocks=blocks,
            culprit=culprit,
            where=where,
            changes=changes,
        )

    @classmethod
    def of_reason(cls, reason: Reason, *, blocks: bool = True, where: str = "") -> Finding:
        """Return the finding of a reason about which nothing more is known than its code."""
        advice = ADVICE[reason]
        return cls(
            code=str(reason),
            text=advice.text,
            next_step=advice.next_step,
            blocks=blocks,
            where=where,
        )
