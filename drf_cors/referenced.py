"""What the code of a function refers to by name: what it may call, and what it assigns.

A function looks up a global name at each call, so it need not hold what it calls. The names are
read from the compiled code. Nothing is called.
"""

from __future__ import annotations

import dis
import itertools
import sys
import types
from typing import TYPE_CHECKING, Final, cast

from drf_cors.held import held_by, is_plain, unwrapped
from drf_cors.one_pass import once_per_pass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

#: How many calls by name are followed: from a view to a helper, and from there to another view.
MAX_CALLS: Final = 2

#: How many functions are read for one view. A view names a few helpers, and each helper a few more.
MAX_FUNCTIONS: Final = 200

#: How many modules are looked into for the names of one function.
MAX_MODULES: Final = 10


def referenced_by(functions: Iterable[object]) -> Iterator[object]:
    """Yield the objects that functions refer to by global names, directly or through others.

    Args:
        functions: Where to start. Objects without code of their own are looked through.
    """
    seen: set[int] = set()
    current = list(functions)
    for _ in range(MAX_CALLS):
        following: list[object] = []
        for function in itertools.chain.from_iterable(map(functions_of, current)):
            if id(function) in seen or _is_ours(function):
                continue
            if len(seen) == MAX_FUNCTIONS:
                return
            seen.add(id(function))
            named = _named_with_items(function)
            yield from named
            following += named
        current = following


def referenced_where(functions: Iterable[object], is_wanted: Callable[[object], bool]) -> list[object]:
    """Return the wanted objects among those that `referenced_by` yields.

    The functions of a site refer to the same few helpers, and most of these lead to no wanted
    object. In one pass, each of them is read once.

    Args:
        functions: Where to start.
        is_wanted: Whether an object is wanted. It depends only on the object.
    """
    starts = list(functions)
    for function in itertools.chain.from_iterable(map(functions_of, starts)):
        if not _is_ours(function) and _leads_to(function.__code__, _Names(function), is_wanted, MAX_CALLS):
            return [thing for thing in referenced_by(starts) if is_wanted(thing)]
    return []


class _Names:
    """The global names of a function. All functions with the same code of one module share them.

    Args:
        function: The function. It is kept alive, and with it the names.
    """

    def __init__(self, function: types.FunctionType) -> None:
        self.function = function

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Names) and self.function.__globals__ is other.function.__globals__

    def __hash__(self) -> int:
        return id(self.function.__globals__)


@once_per_pass
def _leads_to(code: types.CodeType, names: _Names, is_wanted: Callable[[object], bool], calls: int) -> bool:
    """Whether code refers to a wanted object, directly or through the functions that it names.

    Args:
        code: The code, which is compared by identity.
        names: Where its global names are looked up.
        is_wanted: Whether an object is wanted.
        calls: How many calls by name are followed.
    """
    del code
    named = _named_with_items(names.function)
    if any(map(is_wanted, named)):
        return True
    if calls == 1:
        return False
    for function in itertools.chain.from_iterable(map(functions_of, named)):
        if not _is_ours(function) and _leads_to(function.__code__, _Names(function), is_wanted, calls - 1):
            return True
    return False


def _is_ours(function: types.FunctionType) -> bool:
    """Whether a function is one of this library, which has views of the whole site in its caches."""
    return str(function.__globals__.get("__name__")).partition(".")[0] == "drf_cors"


@once_per_pass
def functions_of(thing: object) -> tuple[types.FunctionType, ...]:
    """Return the functions whose code runs when a callable is called, or an attribute is read.

    Those are a function itself, what a decorator has wrapped, what a closure holds, and the parts
    of properties and class methods.
    """
    kind = type(thing)
    if kind is str or issubclass(kind, type):
        return ()
    if kind is types.FunctionType and is_plain(cast("types.FunctionType", thing)):
        return (cast("types.FunctionType", thing),)  # most methods
    links = [link for link in unwrapped(thing) if type(link) is types.FunctionType]
    return (*links, *(held for held in _held_by(thing) if type(held) is types.FunctionType))


@once_per_pass
def _held_by(thing: object) -> tuple[object, ...]:
    return tuple([held.thing for held in held_by(thing, through_objects=False)])


@once_per_pass
def _named_with_items(function: types.FunctionType) -> tuple[object, ...]:
    """Return the objects that a function names, and what they hold."""
    found: list[object] = []
    for value in _named(function):
        found += _with_items(value)
    return tuple(found)


@once_per_pass
def _named(function: types.FunctionType) -> tuple[object, ...]:
    return tuple(named_in(function))


@once_per_pass
def _with_items(value: object) -> tuple[object, ...]:
    """Return an object that code names, and what it holds: views in a dict, or in a registry."""
    if not issubclass(type(value), type):
        return (value, *_held_by(value))
    containers = [item for item in vars(value).values() if type(item) in (dict, list, tuple)]
    if not any(containers):
        return (value,)
    return (value, *(held.thing for held in held_by(containers, through_objects=False)))


def named_in(function: types.FunctionType) -> Iterator[object]:
    """Yield what a function names: globals, names in modules, imports in it, and dotted paths in texts."""
    for code in _codes(function.__code__):
        yield from _named_in_texts(code)
        loaded = _loaded_globals(code)
        modules: list[types.ModuleType] = []
        for name in loaded:
            value = function.__globals__.get(name, sys.modules.get(name))
            if type(value) is types.ModuleType:
                modules.append(value)
            else:
                yield value
        for module in modules:  # grows: `shop.views.hidden` names two modules
            for name in code.co_names:
                value = vars(module).get(name)
                if type(value) is not types.ModuleType:
                    yield value
                elif len(modules) < MAX_MODULES and not any(value is known for known in modules):
                    modules.append(value)


#: Instructions that load a global name, or import a module.
_LOADS_GLOBAL: Final = frozenset(dis.opmap[name] for name in ("LOAD_GLOBAL", "LOAD_NAME", "IMPORT_NAME"))

#: Since CPython 3.11, the lowest bit of the argument of LOAD_GLOBAL is no part of the number.
_SHIFTS: Final = {dis.opmap["LOAD_GLOBAL"]: 1 if sys.version_info >= (3, 11) else 0}


def _loaded_globals(code: types.CodeType) -> list[str]:
    """Return the names of a code that are globals or imports, without the names of attributes.

    `dis.get_instructions` returns the same, and takes many times as long.
    """
    found: dict[str, None] = {}
    instructions = code.co_code
    extended = 0
    for position in range(0, len(instructions), 2):
        opcode, argument = instructions[position], instructions[position + 1] | extended
        extended = argument << 8 if opcode == dis.EXTENDED_ARG else 0
        if opcode in _LOADS_GLOBAL:
            found[code.co_names[argument >> _SHIFTS.get(opcode, 0)]] = None
    return list(found)


def _named_in_texts(code: types.CodeType) -> Iterator[object]:
    """Yield what texts in code name, as in `import_string("shop.views.stock")`. Nothing is imported."""
    for constant in code.co_consts:
        if type(constant) is str and "." in constant:
            module, _, name = constant.rpartition(".")
            if module in sys.modules:
                yield vars(sys.modules[module]).get(name)


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """Yield the code of a function, and of the functions inside it."""
    yield code
    for constant in code.co_consts:
        if type(constant) is types.CodeType:
            yield from _codes(constant)


def assigned_by(function: types.FunctionType, names: frozenset[str]) -> Iterator[str]:
    """Yield the names that a method assigns as attributes of its own object.

    Args:
        function: The method. Its first argument is the object.
        names: The names of attributes to look for.
    """
    own = function.__code__.co_varnames[:1]
    for code in _codes(function.__code__):
        if names.isdisjoint(code.co_names) and _WRITERS.isdisjoint(code.co_names):
            continue
        instructions = [one for one in dis.get_instructions(code) if one.opname not in _NO_LOADS]
        for number, instruction in enumerate(instructions):
            before = instructions[max(number - 2, 0) : number]
            yield from _assigned_at(instruction, before, names, own)
        if {"update"} < {*code.co_names} & {"update", "vars", "__dict__"}:
            yield from _keywords_of(code, names)


#: Names in code that assigns an attribute whose name is a string.
_WRITERS: Final = frozenset({"setattr", "__setattr__", "__dict__", "vars"})

#: Instructions between a load and its use, in some versions of CPython.
_NO_LOADS: Final = frozenset({"CACHE", "NOP", "PUSH_NULL", "PRECALL", "RESUME", "EXTENDED_ARG"})


def _assigned_at(
    instruction: dis.Instruction,
    before: list[dis.Instruction],
    names: frozenset[str],
    own: tuple[str, ...],
) -> Iterator[str]:
    """Yield the name that an instruction assigns.

    Args:
        instruction: The instruction.
        before: The two before it.
        names: The names to look for.
        own: The name of the object, if it has one.
    """
    if instruction.opname == "STORE_ATTR":  # self.name = ...
        if instruction.argval in names and before and _loads(before[-1], own):
            yield str(instruction.argval)
    elif instruction.opname == "LOAD_CONST" and instruction.argval.__class__ is str:
        is_writer = len(before) == 2 and before[0].argval in ("setattr", "__setattr__")
        if instruction.argval in names and is_writer and _loads(before[1], own):
            yield str(instruction.argval)  # setattr(self, "name", ...)
    elif instruction.opname == "STORE_SUBSCR" and before:  # self.__dict__["name"] = ...
        key = before[-1].argval
        is_of_object = before[0].argval == "__dict__" or before[0].opname.startswith("CALL")
        if key.__class__ is str and key in names and is_of_object:
            yield key


def _loads(instruction: dis.Instruction, own: tuple[str, ...]) -> bool:
    """Whether an instruction loads the object of a method, as its last value."""
    loaded = instruction.argval
    last = loaded[-1] if loaded.__class__ is tuple else loaded  # CPython 3.13 loads two at once
    return instruction.opname.startswith("LOAD_") and last in own


def _keywords_of(code: types.CodeType, names: frozenset[str]) -> Iterator[str]:
    """Yield the names among keyword arguments: `vars(self).update(name=...)`."""
    for constant in code.co_consts:
        if type(constant) is tuple:
            yield from (item for item in constant if type(item) is str and item in names)
