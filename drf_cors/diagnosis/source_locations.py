"""Find file and line of a declaration.

For display only: a guess may be wrong, and may take time.
"""

from __future__ import annotations

import inspect
import os
import re
import sys
import sysconfig
import traceback
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from django.conf import settings
from django.urls import URLResolver, get_resolver

from drf_cors.view_facts import api_view_function, view_class_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from drf_cors.core.sources import Source

#: Kind of declaration -> how it is written in a URLconf, around the name of a view or in it. It may
#: take several lines.
_IN_URLCONF: Final = {
    "wrapper": r"\bcors\((?:[^()]|\([^()]*\))*\)\(\s*(?:\w+\.)*{}\b",
    "as_view-keyword": r"\b{}\.as_view\([^()]*\bcors_policy\b",
}


def place(source: Source, callback: Callable[..., Any] | None) -> str:
    """Return `shop/views.py:12`, or "" where it cannot be found.

    Args:
        source: Of a field of the policy that is in force for the callback.
        callback: The view in the URLconf; None where there is none.
    """
    try:
        found = next(_places(source, callback), None)
    except (OSError, TypeError):  # no source at hand: compiled, generated, or typed into a shell
        found = None
    if found is None:
        return ""
    file, line = found
    return f"{_short(file)}:{line}"


def raised_at(error: BaseException) -> str:
    """Return where the project's own code raised an error, "" where it took no part in it."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if Path(frame.filename).is_file() and not _is_installed(frame.filename):
            return f"{_short(frame.filename)}:{frame.lineno}"
    return ""


def is_own(callback: Callable[..., Any]) -> bool:
    """Whether a view is the project's own, so that it can be marked where it is written."""
    return is_own_code(view_class_of(callback) or inspect.unwrap(callback))


def is_own_code(thing: object) -> bool:
    """Whether a class or a function is written in the project."""
    try:
        return not _is_installed(_file(thing))
    except (OSError, TypeError):  # a partial or another object; made at run time
        return False


def _is_installed(file: str) -> bool:
    """Whether a file is Python's, a package's, or one of ours."""
    roots = [sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")]
    roots.append(str(Path(__file__).parents[1]))
    return any(Path(file).is_relative_to(root) for root in roots)


def _places(source: Source, callback: Callable[..., Any] | None) -> Iterator[tuple[str, int]]:
    kind, name = source.kind, source.name
    if kind == "setting":
        setting = re.escape(name.partition("[")[0])
        wanted = re.compile(rf"^\s*{setting}\s*(?::[^=]*)?=", re.MULTILINE)
        yield from _in_modules(_settings_modules(), wanted)
    elif kind in _IN_URLCONF:
        # The declaration may have a name, and the call be anywhere. Then the first use of the view
        # is the best guess.
        for form in (_IN_URLCONF[kind], r"\b{}\.as_view\("):
            yield from _in_modules(_urlconf_modules(), re.compile(form.format(re.escape(name))))
    elif kind != "default" and callback is not None:
        yield from _in_view(source, callback)


def _in_view(source: Source, callback: Callable[..., Any]) -> Iterator[tuple[str, int]]:
    view_class = view_class_of(callback)
    function = api_view_function(view_class)
    owner, _, member = source.name.partition(".")
    klass = None
    if function is None:
        klass = _base_named(view_class, owner)
    if klass is None:
        yield _definition(function or callback)
    elif source.kind == "attribute":
        yield from _assignments(klass, "cors_policy")
    elif source.kind == "action-map":
        yield from _assignments(klass, "cors_action_policies")
    else:
        yield _definition(getattr(klass, member) if member else klass)


def _base_named(view_class: type | None, name: str) -> type | None:
    """Return the class or base class with a name, None where there is none."""
    for base in getattr(view_class, "__mro__", ()):
        if base.__name__ == name:
            return cast("type", base)
    return None


def _definition(thing: Any) -> tuple[str, int]:
    thing = inspect.unwrap(thing)
    return _file(thing), _lines_of(thing)[1]


def _assignments(klass: type, name: str) -> Iterator[tuple[str, int]]:
    """Yield where the body of a class assigns an attribute."""
    lines, first = _lines_of(klass)
    for number, line in enumerate(lines, first):
        if re.match(rf"\s+{name}\b", line):
            yield _file(klass), number


@lru_cache(maxsize=64)
def _lines_of(thing: Any) -> tuple[list[str], int]:
    """Return the source of a class or function, and its line.

    To find a class, its whole module is parsed.
    """
    return inspect.getsourcelines(thing)


def _file(thing: Any) -> str:
    return inspect.getsourcefile(thing) or inspect.getfile(thing)


def _in_modules(modules: Iterator[ModuleType], form: re.Pattern[str]) -> Iterator[tuple[str, int]]:
    for module in modules:
        text = inspect.getsource(module)
        found = form.search(text)
        if found is not None:
            start = found.end() - len(found[0].lstrip())
            yield _file(module), text.count("\n", 0, start) + 1


def _settings_modules() -> Iterator[ModuleType]:
    """Yield the settings module, then those beside it that it may take its names from."""
    usual = os.environ.get("DJANGO_SETTINGS_MODULE", "")
    name = getattr(settings, "SETTINGS_MODULE", None) or usual
    if name in sys.modules:
        yield sys.modules[name]
    package = name.rpartition(".")[0]
    for other, module in sorted(sys.modules.items()):
        if package and other.startswith(f"{package}.") and other != name and "settings" in other:
            yield module


def _urlconf_modules() -> Iterator[ModuleType]:
    waiting = [get_resolver()]
    while waiting:
        resolver = waiting.pop()
        if inspect.ismodule(resolver.urlconf_module):
            yield resolver.urlconf_module
        waiting += [child for child in resolver.url_patterns if isinstance(child, URLResolver)]


def _short(file: str) -> str:
    """Return a path as seen from here, if it is below here."""
    path = Path(file)
    if path.is_relative_to(Path.cwd()):
        return str(path.relative_to(Path.cwd()))
    return str(path)
