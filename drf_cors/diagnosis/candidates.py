"""The edits that may help: of declarations, views, the URLconf and the settings."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from operator import is_
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from asgiref.sync import iscoroutinefunction

from drf_cors import resolver as resolvers
from drf_cors.conf import SETTINGS
from drf_cors.core.errors import CorsConfigurationError
from drf_cors.core.fields import UNSET
from drf_cors.core.merge import EffectivePolicy, Layer, merge
from drf_cors.core.policy import NO_CORS, CorsPolicy
from drf_cors.core.sources import Source
from drf_cors.diagnosis.changes import Change, Target, as_arguments
from drf_cors.diagnosis.endpoint_methods import Edit, EndpointMethod, LayerStack
from drf_cors.diagnosis.source_locations import is_own, is_own_code
from drf_cors.endpoint_list import endpoint_methods
from drf_cors.signals import check_request_enabled
from drf_cors.view_facts import api_view_function
from drf_cors.view_layers import full_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from drf_cors.diagnosis.case import Case
    from drf_cors.diagnosis.needs import Need
    from drf_cors.endpoints import Endpoint

#: Field -> the list that a setting which replaces the library's default starts with.
_DEFAULTS: Final = {"allow_methods": "default_methods", "allow_headers": "default_headers"}


class Candidate(NamedTuple):
    """An edit that may help: as it is advised, and as it is tried."""

    change: Change
    edit: Edit


def candidates(case: Case, asked: EndpointMethod, need: Need) -> Iterator[Candidate]:
    """Yield the edits that may help, the preferred one first.

    Args:
        case: What is known of the question.
        asked: The method that was asked about.
        need: What its policy lacks.
    """
    if need.declaration is None:
        return
    if case.callback is not None:
        if asked.stack.own is not None:
            yield from _edited(case, asked.stack.own, need)
        else:
            yield from _at_handler(case, asked, need)
        yield from _at_function(case, asked, need)
        for layer in reversed(asked.stack.general):
            yield from _edited(case, layer, need)
        yield from _at_class(case, asked, need)
        if is_own(case.callback):
            yield from _in_urlconf(asked, need)
            yield from _in_view_policies(case, asked, need)
        else:
            yield from _in_view_policies(case, asked, need)
            yield from _in_urlconf(asked, need)
    yield from _in_settings(case, need)


def is_difference(before: EffectivePolicy, after: EffectivePolicy) -> bool:
    """Whether it makes a difference to requests which of two policies is in force."""
    if before == after:
        return False
    if before.is_nobody and after.is_nobody:
        return check_request_enabled.has_listeners(None)
    return True


def _own(general: tuple[Layer, ...]) -> list[Layer]:
    """Return the layers that the view's own code declares."""
    return [layer for layer in general if not layer.from_urlconf_or_settings]


def _is_around(layer: Layer) -> bool:
    """Whether a layer is declared around the view in the URLconf."""
    return layer.from_urlconf_or_settings and layer.source.kind != "setting"


def _edited(case: Case, layer: Layer, need: Need) -> Iterator[Candidate]:
    """Yield the edit of an existing declaration."""
    declared = cast("CorsPolicy", layer.policy)  # where one cannot be read, nothing is advised
    sets, adds = need.edits(declared)
    changed = dict(sets)
    for name, names in adds.items():
        changed[name] = (*getattr(declared, name), *names)
    try:
        policy = declared.using(**changed)
    except CorsConfigurationError:
        return
    is_closing = declared == NO_CORS
    is_local = layer.source.kind in ("wrapper", "as_view-keyword")

    def is_edited(entry: EndpointMethod, other: Layer) -> bool:
        if other.policy is not declared:
            return False
        if not is_closing:
            return True
        # Nobody edits NO_CORS; it is replaced in one place.
        is_here = entry.endpoint is not None and entry.endpoint.callback is case.callback
        return other.source == layer.source and (is_here or not is_local)

    def edited(entry: EndpointMethod, other: Layer) -> Layer:
        if is_edited(entry, other):
            return replace(other, policy=policy)
        return other

    def edit(entry: EndpointMethod) -> LayerStack:
        return _with_each(entry.stack, partial(edited, entry))

    source = case.written_at(layer.source)
    change = Change(
        target=Target.DECLARATION,
        place=str(source),
        where=case.place(source),
        sets=sets,
        adds=adds,
        is_closing=is_closing,
    )
    yield Candidate(change, edit)


def _with_each(stack: LayerStack, edited: Callable[[Layer], Layer]) -> LayerStack:
    """Return a stack with its declarations edited; the same object if no declaration changes."""
    general = tuple(map(edited, stack.general))
    own = stack.own
    if own is not None:
        own = edited(own)
    if own is stack.own and all(map(is_, general, stack.general)):
        return stack
    return stack._replace(general=general, own=own)


def _is_below(entry: EndpointMethod, klass: type) -> bool:
    view_class = entry.view_layers.view_class
    return view_class is not None and issubclass(view_class, klass)


def _at_handler(case: Case, asked: EndpointMethod, need: Need) -> Iterator[Candidate]:
    """Yield a declaration on the handler or action, in the defining class or the view's."""
    view_class = asked.view_layers.view_class
    if asked.handler is None or view_class is None:
        return
    definer, name = asked.handler

    def editing(klass: type, source: Source) -> Edit:
        layer = Layer(policy=need.declaration, source=source)

        def edit(entry: EndpointMethod) -> LayerStack:
            is_free = entry.handler == (definer, name) and entry.stack.own is None
            if is_free and _is_below(entry, klass):
                return entry.stack._replace(own=layer)
            return entry.stack

        return edit

    if is_own_code(definer):
        source = Source("decorator", f"{definer.__name__}.{name}")
        change = Change(
            target=Target.HANDLER,
            place=source.name,
            where=case.place(source),
            code=f"@cors({as_arguments(need.fresh)})",
            sets=need.fresh,
        )
        yield Candidate(change, editing(definer, source))
    if is_own_code(view_class) and definer is not view_class:
        source = Source("decorator", view_class.__name__)
        if asked.view_layers.actions:
            change = _in_action_map(view_class, name, need)
        else:
            change = _override(view_class, name, need)
        yield Candidate(replace(change, where=case.place(source)), editing(view_class, source))


def _in_action_map(view_class: type, action: str, need: Need) -> Change:
    """Return the change of an action that is inherited: an entry of the view set's map."""
    policy = f"CorsPolicy({as_arguments(need.fresh)})"
    return Change(
        target=Target.ACTION,
        place=view_class.__name__,
        code=f"cors_action_policies = {{{action!r}: {policy}}}",
        sets=need.fresh,
    )


def _override(view_class: type, name: str, need: Need) -> Change:
    """Return the change of a handler that is inherited: a method that calls it."""
    is_async = iscoroutinefunction(getattr(view_class, name))
    define, call = ("async def", "await super()") if is_async else ("def", "super()")
    lines = (
        f"@cors({as_arguments(need.fresh)})",
        f"{define} {name}(self, request, *args, **kwargs):",
        f"    return {call}.{name}(request, *args, **kwargs)",
    )
    return Change(
        target=Target.OVERRIDE,
        place=f"{view_class.__name__}.{name}",
        code="\n".join(lines),
        sets=need.fresh,
    )


def _at_function(case: Case, asked: EndpointMethod, need: Need) -> Iterator[Candidate]:
    """Yield a declaration on a function view that has none."""
    code = asked.code
    if code is None or case.callback is None or not is_own(case.callback):
        return
    if _own(asked.stack.general):
        return
    source = Source("decorator", asked.view_layers.name)
    layer = Layer(policy=need.declaration, source=source)

    def edit(entry: EndpointMethod) -> LayerStack:
        if entry.code is not code or _own(entry.stack.general):
            return entry.stack
        return entry.stack._replace(general=(layer, *entry.stack.general))

    change = Change(
        target=Target.FUNCTION,
        place=source.name,
        where=case.place(source),
        code=f"@cors({as_arguments(need.fresh)})",
        sets=need.fresh,
    )
    yield Candidate(change, edit)


def _at_class(case: Case, asked: EndpointMethod, need: Need) -> Iterator[Candidate]:
    """Yield a declaration on the view's class, where it has none."""
    view_class = asked.view_layers.view_class
    if view_class is None or api_view_function(view_class) is not None:
        return
    if not is_own_code(view_class):
        return
    name = view_class.__name__
    source = Source("attribute", name)
    for declared in _own(asked.stack.general):
        if declared.source.name in (name, f"{name}.dispatch"):
            return
    layer = Layer(policy=need.declaration, source=source)
    above = {klass.__name__ for klass in view_class.__mro__}

    def edit(entry: EndpointMethod) -> LayerStack:
        if not _is_below(entry, view_class):
            return entry.stack
        general = entry.stack.general
        weaker = [one for one in _own(general) if one.source.name.partition(".")[0] in above]
        rest = general[len(weaker) :]
        return entry.stack._replace(general=(*weaker, layer, *rest))

    change = Change(
        target=Target.CLASS,
        place=name,
        where=case.place(Source("decorator", name)),
        code=f"cors_policy = CorsPolicy({as_arguments(need.fresh)})",
        sets=need.fresh,
    )
    yield Candidate(change, edit)


def _in_urlconf(asked: EndpointMethod, need: Need) -> Iterator[Candidate]:
    """Yield a declaration around the view in the URLconf. A router leaves no place for one."""
    is_around = any(map(_is_around, asked.stack.general))
    if asked.endpoint is None or asked.view_layers.actions or is_around:
        return
    source = Source("wrapper", asked.view_layers.name)
    layer = Layer(policy=need.declaration, source=source, from_urlconf_or_settings=True)

    def edit(entry: EndpointMethod) -> LayerStack:
        if entry.endpoint is asked.endpoint:
            return entry.stack._replace(general=(*entry.stack.general, layer))
        return entry.stack

    change = Change(
        target=Target.URL,
        place=source.name,
        code=f"cors({as_arguments(need.fresh)})",
        sets=need.fresh,
    )
    yield Candidate(change, edit)


def _in_view_policies(case: Case, asked: EndpointMethod, need: Need) -> Iterator[Candidate]:
    """Yield an entry of `CORS_VIEW_POLICIES` for the name of the URL."""
    if asked.endpoint is None or asked.view_layers.view_policies_key:
        return
    url_name = asked.endpoint.url_name
    if not url_name.name:
        return
    key = full_name(url_name)
    source = Source("setting", f"CORS_VIEW_POLICIES[{key!r}]")
    layer = Layer(policy=need.declaration, source=source, from_urlconf_or_settings=True)

    def edit(entry: EndpointMethod) -> LayerStack:
        if entry.endpoint is None or entry.endpoint.url_name != url_name:
            return entry.stack
        general = entry.stack.general
        rest = filter(_is_around, general)
        return entry.stack._replace(general=(*_own(general), layer, *rest))

    change = Change(
        target=Target.VIEW_POLICIES,
        place=key,
        where=case.place(Source("setting", "CORS_VIEW_POLICIES")),
        code=f"CORS_VIEW_POLICIES = {{{key!r}: CorsPolicy({as_arguments(need.fresh)})}}",
        sets=need.fresh,
    )
    yield Candidate(change, edit)


def _in_settings(case: Case, need: Need) -> Iterator[Candidate]:
    """Yield the edit of the global settings."""
    conf = resolvers.current().conf
    layer = conf.covered[1]
    site = replace(need, policy=merge(conf.covered))
    fields = _changed_settings(site)
    try:
        policy = cast("CorsPolicy", layer.policy).using(**fields)
    except CorsConfigurationError:
        return

    def edit(entry: EndpointMethod) -> LayerStack:
        defaults, _, *rest = entry.stack.site
        return entry.stack._replace(site=(defaults, replace(layer, policy=policy), *rest))

    sets: dict[str, Any] = {}
    adds: dict[str, Any] = {}
    codes = []
    needs = ""
    for name, value in fields.items():
        source = layer.source_of(name)
        setting = source.name
        if source.name not in SETTINGS[name]:
            setting = SETTINGS[name][0]
        before = getattr(layer.policy, name)
        if isinstance(before, tuple) and value[: len(before)] == before:
            adds[setting] = value[len(before) :]
            codes.append(f"{setting} = {_written(adds[setting], '...')}")
            continue
        sets[setting] = value
        code = _written(value, "")
        if before is UNSET and name in _DEFAULTS:
            needs = f"from drf_cors.defaults import {_DEFAULTS[name]}"
            code = _written(value[len(getattr(site.policy, name)) :], f"*{_DEFAULTS[name]}")
        codes.append(f"{setting} = {code}")
    change = Change(
        target=Target.SETTING,
        place=", ".join(f"settings.{name}" for name in (*adds, *sets)),
        where=case.place(layer.source_of(need.field)),
        code="; ".join(codes),
        needs=needs,
        sets=sets,
        adds=adds,
        is_site_wide=True,
        count=len({one.route for one in case.endpoints if _is_touched(one, edit)}),
    )
    yield Candidate(change, edit)


def _changed_settings(site: Need) -> dict[str, Any]:
    """Return the fields of the settings' policy that have to change."""
    if site.field == "allowed_origins" and site.policy.is_nobody:
        return {site.field: site.wanted.allowed_origins}
    changed = {}
    for name in SETTINGS:
        value = getattr(site.wanted, name)
        if value != getattr(site.policy, name):
            changed[name] = value
    return changed


def _written(items: tuple[Any, ...], start: str) -> str:
    """Return a list as code.

    Args:
        items: The items.
        start: Code that is before them, "" for none.
    """
    return f"[{', '.join(filter(None, (start, *map(repr, items))))}]"


def _is_touched(endpoint: Endpoint, edit: Edit) -> bool:
    """Whether an edit changes the policy of any method of an endpoint."""
    for _, method in endpoint_methods([endpoint]):
        entry = EndpointMethod(endpoint, method)
        if is_difference(merge(entry.stack.layers), merge(edit(entry).layers)):
            return True
    return False
