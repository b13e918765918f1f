"""A project as source, and the edits that an advice of `manage.py cors explain` asks for, done to the letter.

The edits are made on the syntax tree, so a decorator is really written above a `def`.
"""

from __future__ import annotations

import ast
import copy
import re
import sys
from dataclasses import dataclass, replace
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

from drf_cors import INHERITED, CorsPolicy
from drf_cors.defaults import default_headers, default_methods

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Class = ast.ClassDef
Function = ast.FunctionDef | ast.AsyncFunctionDef

NEEDED = "from drf_cors import INHERITED, NO_CORS, CorsPolicy, cors"


@dataclass(frozen=True)
class Project:
    """Modules as syntax trees, and settings.

    Attributes:
        trees: Name of a module -> its tree; a module comes after those that it imports.
        files: Name of a module -> the file that it claims to be.
        settings: The settings.
        route: The route that was asked about, as it is written in the URLconf.
    """

    trees: Mapping[str, ast.Module]
    files: Mapping[str, str]
    settings: Mapping[str, Any]
    route: str

    def load(self, put: Callable[[str, ModuleType], None]) -> ModuleType:
        """Run the modules; `put` makes each known under its name. Return the last, which is the URLconf."""
        for name, tree in self.trees.items():
            module = ModuleType(name)
            module.__file__ = self.files[name]
            put(name, module)
            source = ast.unparse(ast.fix_missing_locations(copy.deepcopy(tree)))
            exec(compile(source, self.files[name], "exec"), vars(module))
        return sys.modules[name]

    def edited(self, change: Mapping[str, Any]) -> Project:
        """Return the project after an edit, as the JSON form of the report describes it."""
        if change["target"] in ("setting", "view-policies"):
            return self._with_settings(change)
        if change["place"].startswith("settings."):
            return self._with_named(change)
        trees = {name: copy.deepcopy(tree) for name, tree in self.trees.items()}
        editor = _Editor(trees, self.route)
        editor.edit(change)
        return replace(self, trees=trees)

    def _with_settings(self, change: Mapping[str, Any]) -> Project:
        settings = dict(self.settings)
        if change["target"] == "view-policies":
            name, _, value = change["code"].partition(" = ")
            settings[name] = {**settings.get(name, {}), **evaluated(value)}
            return replace(self, settings=settings)
        settings |= change["set"]
        settings |= {name: [*settings[name], *value] for name, value in change["add"].items()}
        written = dict(part.split(" = ", 1) for part in change["code"].split("; "))
        for name, value in written.items():  # what is written is what is done
            old = list(self.settings.get(name, ())) if "..." in value else []
            assert old + [item for item in evaluated(value) if item is not ...] == list(settings[name])
        return replace(self, settings=settings)

    def _with_named(self, change: Mapping[str, Any]) -> Project:
        found = re.fullmatch(r"settings\.(\w+)\['(.*)'\]", change["place"])
        assert found is not None, change
        name, key = found.groups()
        policy = self.settings[name][key]
        policy = policy if isinstance(policy, CorsPolicy) else CorsPolicy(**policy)
        fields = {field: marked(value) for field, value in change["set"].items()}
        fields |= {field: [*getattr(policy, field), *value] for field, value in change["add"].items()}
        return replace(
            self, settings={**self.settings, name: {**self.settings[name], key: policy.using(**cast("Any", fields))}}
        )


def marked(value: Any) -> Any:
    """Return a value of the JSON form as Python has it."""
    return [INHERITED if item == "INHERITED" else item for item in value] if isinstance(value, list) else value


def evaluated(code: str) -> Any:
    """Return what a piece of code is worth."""
    names = {"INHERITED": INHERITED, "CorsPolicy": CorsPolicy}
    return eval(code, {**names, "default_headers": default_headers, "default_methods": default_methods})


def expression(code: str) -> ast.expr:
    """Return the tree of an expression."""
    return ast.parse(code, mode="eval").body


class _Editor:
    """Edits trees in place.

    Args:
        trees: The trees.
        route: The route whose view is wrapped.
    """

    def __init__(self, trees: Mapping[str, ast.Module], route: str) -> None:
        self.trees = trees
        self.route = route
        for tree in trees.values():
            at = max(
                (at for at, node in enumerate(tree.body, 1) if isinstance(node, ast.ImportFrom) and node.level == 0),
                default=0,
            )
            tree.body[at:at] = ast.parse(NEEDED).body

    def edit(self, change: Mapping[str, Any]) -> None:
        target, place, code = change["target"], change["place"], change["code"]
        if target in ("handler", "function"):
            self.definition(place).decorator_list.insert(0, expression(code.removeprefix("@")))
        elif target == "override":
            self.class_named(place.partition(".")[0]).body += ast.parse(code).body
        elif target == "class":
            self.class_named(place).body += ast.parse(code).body
        elif target == "action-map":
            self.add_to_map(self.class_named(place), cast("ast.Assign", ast.parse(code).body[0]))
        elif target == "url":
            call = self.path_call()
            call.args[1] = ast.Call(expression(code), [call.args[1]], [])
        else:
            assert target == "declaration", change
            self.change_declaration(change)

    # Finding

    def nodes(self) -> Iterator[ast.AST]:
        for tree in self.trees.values():
            yield from ast.walk(tree)

    def class_named(self, name: str) -> Class:
        return next(node for node in self.nodes() if isinstance(node, Class) and node.name == name)

    def definition(self, place: str) -> Function | Class:
        owner, _, name = place.rpartition(".")
        holder = self.class_named(owner).body if owner and "<locals>" not in owner else list(self.nodes())
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        return next(node for node in holder if isinstance(node, kinds) and node.name == name)

    def path_call(self) -> ast.Call:
        calls = [node for node in self.nodes() if isinstance(node, ast.Call) and len(node.args) > 1]
        return next(
            call for call in calls if isinstance(call.args[0], ast.Constant) and call.args[0].value == self.route
        )

    # Declarations

    def add_to_map(self, owner: Class, wanted: ast.Assign) -> None:
        there = self.assigned(owner, "cors_action_policies")
        if there is None:
            owner.body.append(wanted)
        else:
            mapped, more = cast("ast.Dict", there.value), cast("ast.Dict", wanted.value)
            mapped.keys += more.keys
            mapped.values += more.values

    def assigned(self, holder: Class | ast.Module, name: str) -> ast.Assign | None:
        found = [node for node in holder.body if isinstance(node, ast.Assign)]
        return next((node for node in found if ast.unparse(node.targets[0]) == name), None)

    def change_declaration(self, change: Mapping[str, Any]) -> None:
        place = change["place"]
        if place.endswith(".cors_policy"):
            there = self.assigned(self.class_named(place.partition(".")[0]), "cors_policy")
            assert there is not None
            there.value = self.changed(there.value, change)
        elif found := re.fullmatch(r"(\w+)\.cors_action_policies\['(\w+)'\]", place):
            there = self.assigned(self.class_named(found[1]), "cors_action_policies")
            assert there is not None
            mapped = cast("ast.Dict", there.value)
            at = [ast.literal_eval(cast("ast.expr", key)) for key in mapped.keys].index(found[2])
            mapped.values[at] = self.changed(mapped.values[at], change)
        elif place.startswith("@cors on "):
            marked = self.definition(place.removeprefix("@cors on "))
            at = next(at for at, node in enumerate(marked.decorator_list) if ast.unparse(node).startswith("cors("))
            marked.decorator_list[at] = self.changed_mark(marked.decorator_list[at], change)
        elif place.startswith("@action(cors_policy=...) on "):
            call = cast("ast.Call", self.definition(place.rpartition(" ")[2]).decorator_list[0])
            self.change_keyword(call, "cors_policy", change)
        elif place.startswith("cors(...) around "):
            call = cast("ast.Call", self.path_call().args[1])
            call.func = self.changed_mark(call.func, change)
        else:
            assert place.endswith(".as_view(cors_policy=...)"), place
            self.change_keyword(cast("ast.Call", self.path_call().args[1]), "cors_policy", change)

    def change_keyword(self, call: ast.Call, name: str, change: Mapping[str, Any]) -> None:
        keyword = next(one for one in call.keywords if one.arg == name)
        keyword.value = self.changed(keyword.value, change)

    def changed_mark(self, mark: ast.expr, change: Mapping[str, Any]) -> ast.expr:
        """Return `cors(...)` with another policy: its fields or its one argument are changed."""
        call = cast("ast.Call", mark)
        if call.args:
            call.args[0] = self.changed(call.args[0], change)
            return call
        return self.changed(call, change)

    def changed(self, policy: ast.expr, change: Mapping[str, Any]) -> ast.expr:
        if isinstance(policy, ast.Name) and policy.id == "NO_CORS":
            return expression(
                f"CorsPolicy({', '.join(f'{name}={marked(value)!r}' for name, value in change['set'].items())})"
            )
        if isinstance(policy, ast.Name):  # it has a name of its own in the module; who edits it, edits it there
            there = next(
                one for one in (self.assigned(tree, policy.id) for tree in self.trees.values()) if one is not None
            )
            there.value = self.changed(there.value, change)
            return policy
        call = cast("ast.Call", policy)
        keywords = {keyword.arg: keyword for keyword in call.keywords}
        for name, value in change["set"].items():
            wanted = expression(repr(marked(value)))
            if name in keywords:
                keywords[name].value = wanted
            else:
                call.keywords.append(ast.keyword(name, wanted))
        for name, value in change["add"].items():
            cast("ast.List", keywords[name].value).elts += [ast.Constant(item) for item in value]
        return call
