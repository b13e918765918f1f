"""Reads the pages of the documentation: what can be run, headings, tables and links.

A comment on a line of its own says what to do with the block or table that follows:

    <!-- test: settings -->      its upper-case names become settings, until the page ends
    <!-- test: urls -->          afterwards the site's URLs are the page's `urlpatterns`
    <!-- test: file NAME -->     it is written to a file; commands then run beside it, for real
    <!-- test: append NAME -->   it is added to that file
    <!-- test: wire -->          a table of requests and the CORS headers of their answers
    <!-- test: merge -->         a table of layers and what holds after their merge
    <!-- test: faults -->        a table of reason codes and declarations that are refused for them
    <!-- test: skip REASON -->   it cannot be run

and a comment that begins with `<!-- test: run` holds code that readers need not see.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]

_BLOCK = re.compile(
    r"""
    (?: ^<!--\ test:\ (?P<directive> \w+ ) \ ?(?P<argument> [^\n]*? ) \ ?--> \n+ )?
    (?:
        ^```(?P<language> \w* ) [^\n]* \n (?P<code> .*? ) ^``` $
      | (?P<table> (?: ^\| [^\n]* \n )+ )
      | ^<!--\ test:\ run \n (?P<hidden> .*? ) ^--> $
    )
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
_HEADING = re.compile(r"^(#+) +(.*?) *$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)|^\[[^\]]+\]: +(\S+)", re.MULTILINE)
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`]+)`")
_CELLS = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True)
class Block:
    """A fenced block, a table or hidden code.

    Attributes:
        language: What stands behind the fence; "table", or "python" for hidden code.
        text: What is inside.
        line: The number of its first line.
        directive: What the comment before it asks for, "" for nothing.
        argument: A file's name, or the reason.
        is_hidden: Whether readers do not see it.
    """

    language: str
    text: str
    line: int
    directive: str = ""
    argument: str = ""
    is_hidden: bool = False

    @property
    def rows(self) -> list[list[str]]:
        """The cells of a table, without its head."""
        return [
            [cell.strip().replace(r"\|", "|") for cell in _CELLS.split(row)[1:-1]] for row in self.text.splitlines()[2:]
        ]


class Page:
    """One Markdown file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = path.read_text(encoding="utf-8")

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def blocks(self) -> list[Block]:
        return [
            Block(
                language="table" if found["table"] else found["language"] or "python" * bool(found["hidden"]),
                text=found["table"] or found["code"] or found["hidden"] or "",
                line=self.text.count("\n", 0, max(map(found.start, ("table", "code", "hidden")))) + 1,
                directive=found["directive"] or "",
                argument=found["argument"] or "",
                is_hidden=found["hidden"] is not None,
            )
            for found in _BLOCK.finditer(self.text)
        ]

    @cached_property
    def prose(self) -> str:
        return _FENCE.sub("", self.text)

    @cached_property
    def anchors(self) -> set[str]:
        """What GitHub makes of the headings."""
        anchors: list[str] = []
        for _, heading in _HEADING.findall(self.prose):
            slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            anchors.append(f"{slug}-{anchors.count(slug)}" if slug in anchors else slug)
        return set(anchors)

    @property
    def links(self) -> list[str]:
        """The targets of all links, those to other sites left out."""
        targets = [inline or named for inline, named in _LINK.findall(_CODE.sub("", self.prose))]
        return [target for target in targets if not re.match(r"https?://|mailto:", target)]

    def first_cells(self, heading: str) -> list[str]:
        """Return the code spans in the first column of the tables under a heading."""
        _, _, below = self.text.partition(f"\n{heading}\n")
        assert below, f"{self.name} has no heading {heading!r}"
        section = re.split(r"^#", below, maxsplit=1, flags=re.MULTILINE)[0]
        tables = [Block("table", found["table"], 0) for found in _BLOCK.finditer(section) if found["table"]]
        return [code for table in tables for row in table.rows for code in codes(row[0])]


def codes(cell: str) -> list[str]:
    """Return the code spans of a cell."""
    return _CODE.findall(cell)


#: Pages that are not in docs/.
OUTSIDE = ("README.md", "CONTRIBUTING.md", "tests/mutants/README.md")

_PATHS = [*(ROOT / name for name in OUTSIDE), *sorted((ROOT / "docs").rglob("*.md"))]

PAGES = {page.name: page for page in map(Page, _PATHS)}
