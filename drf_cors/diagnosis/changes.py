"""What to change so that a request is allowed: the narrowest edit there is, and what else it changes.

An edit is tried on the layers of every endpoint before it is advised. Only an edit that allows what was asked, and
nothing more, is advised. Of several the one that changes the fewest other endpoints and methods comes first. An edit of
the global settings comes last, and its text says how many endpoints it changes.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from asgiref.sync import iscoroutinefunction

from drf_cors import resolver as resolvers
from drf_cors.conf import SETTINGS
from drf_cors.core.errors import CorsConfigurationError
from drf_cors.core.fields import HEADER_FIELDS, INHERITED, UNSET
from drf_cors.core.merge import EffectivePolicy, Layer, Source, merge
from drf_cors.core.policy import NO_CORS, CorsPolicy
from drf_cors.diagnosis.places import is_own, is_own_code
from drf_cors.endpoints import Coverage, endpoint_methods
from drf_cors.explain import EDITS, Change, Target, written
from drf_cors.layers import UrlName
from drf_cors.signals import check_request_enabled
from drf_cors.view_facts import api_view_function

if TYPE_CHECKING:
    from drf_cors.diagnosis.case import Case
    from drf_cors.endpoints import Endpoint
    from drf_cors.layers import ViewLayers
    from drf_cors.resolver import ViewPolicies

#: Items of a list that is written out in full.
MAX_LISTED: Final = 50

#: Field -> what a setting that replaces the library's default starts with.
_DEFAULTS: Final = {"allow_methods": "*default_methods, ", "allow_headers": "*default_headers, "}


class Stack(NamedTuple):
    """The layers of one method, weakest first: layers 1 and 2, 3 and 4, and layer 5."""

    site: tuple[Layer, ...]
    general: tuple[Layer, ...]
    own: Layer | None

    @property
    def layers(self) -> tuple[Layer, ...]:
        """All of them."""
        return (*self.site, *self.general, *(() if self.own is None else (self.own,)))


class Spot:
    """One method of one endpoint.

    Attributes:
        endpoint: The endpoint; None where no view was found, or it is not among the endpoints of the site.
        method: Upper-case, or `*` where the methods of the view cannot be told.
    """

    def __init__(self, endpoint: Endpoint | None, method: str, view: ViewPolicies | None = None) -> None:
        self.endpoint = endpoint
        self.method = method
        self._view = view

    @cached_property
    def view(self) -> ViewPolicies:
        """The policies that hold there."""
        if self._view is not None:
            return self._view
        endpoint = cast("Endpoint", self.endpoint)
        return endpoint.policies(is_covered=endpoint.coverage is not Coverage.NONE)

    @cached_property
    def layers(self) -> ViewLayers:
        """What is declared there. It does not depend on `CORS_URLS_REGEX`, which is costly to try on the endpoint."""
        return self._view.layers if self._view is not None else cast("Endpoint", self.endpoint).layers

    @cached_property
    def stack(self) -> Stack:
        """The layers of the method."""
        conf = resolvers.current().conf
        layers = self.layers
        site = conf.covered if self.view.is_covered else conf.uncovered
        return Stack(site, layers.general, layers.by_method.get(self.method))

    @property
    def name(self) -> str:
        """The name for people: `GET /api/orders/`."""
        return f"{self.method} {self.endpoint.route if self.endpoint is not None else ''}"

    @cached_property
    def handler(self) -> tuple[type, str] | None:
        """The class that defines the handler or action of the method, and its name; None where there is none."""
        view_class, name = self.layers.view_class, self.layers.handlers.get(self.method)
        if view_class is None or name is None:
            return None
        if self.method == "OPTIONS" and self.layers.by_method.get(self.method) is None:
            return None  # under the policy of the class, as lists show it
        definer = next((klass for klass in view_class.__mro__ if name in vars(klass)), None)
        return None if definer is None else (definer, name)

    @property
    def code(self) -> object:
        """The code of a function view, None for a class."""
        layers = self.layers
        function = api_view_function(layers.view_class)
        if function is None and (layers.view_class is not None or self.endpoint is None):
            return None
        return getattr(inspect.unwrap(function or cast("Endpoint", self.endpoint).callback), "__code__", None)


class Advised(NamedTuple):
    """Edits, and the text that names them."""

    changes: tuple[Change, ...]
    edit: str


#: Returns the layers of a spot after an edit; the same object where the edit does not touch them.
Edit = Callable[[Spot], Stack]


@dataclass(frozen=True, kw_only=True)
class Need:
    """What the policy of a method lacks.

    Attributes:
        field: The field that has to list `name`.
        name: An origin, a method or the name of a header.
        policy: The policy in force.
        with_credentials: Whether the origin has to be allowed with credentials.
        read: Response headers that the script reads.
    """

    field: str
    name: str
    policy: EffectivePolicy
    with_credentials: bool
    read: tuple[str, ...] = ()

    @cached_property
    def wanted(self) -> EffectivePolicy:
        """The policy in force, with what was asked and nothing else added."""
        policy = self.policy
        changed: dict[str, Any]
        if self.field == "allow_credentials":
            changed = {self.field: (*self._credentialed, self.name)}
            if "*" in policy.expose_headers:
                changed["expose_headers"] = self._exposed
            return replace(policy, **changed)
        if self.field != "allowed_origins":
            changed = {self.field: (*getattr(policy, self.field), self.name)}
            return replace(policy, **changed)
        credentials = False if policy.is_nobody else self._kept_credentials
        return replace(policy, allowed_origins=(*policy.allowed_origins, self.name), allow_credentials=credentials)

    def is_overstepped(self, policy: EffectivePolicy) -> bool:
        """Whether under a policy the origin may send credentials, though nobody asked for that."""
        is_origin = self.field == "allowed_origins" and not self.with_credentials
        return is_origin and policy.credentials_for(self.name)

    @property
    def _credentialed(self) -> tuple[str, ...]:
        credentials = self.policy.allow_credentials
        return () if isinstance(credentials, bool) else credentials

    @property
    def _exposed(self) -> tuple[str, ...]:
        """The headers to expose where `*` does not count, because there are credentials (Fetch § 3.3.3)."""
        named = [name for name in self.policy.expose_headers if name != "*"]
        return tuple(dict.fromkeys((*named, *self.read)))

    @property
    def _kept_credentials(self) -> bool | tuple[str, ...]:
        """Credentials for the same origins as before: `True` would include the new one."""
        policy = self.policy
        is_listable = not (policy.allowed_origin_regexes or policy.origin_tests or policy.allow_all_origins)
        if self.with_credentials or policy.allow_credentials is not True or not is_listable:
            return policy.allow_credentials
        origins = policy.allowed_origins
        return origins if len(origins) <= MAX_LISTED else True

    @cached_property
    def fresh(self) -> dict[str, Any]:
        """The fields of a declaration that is put on top of the policy in force."""
        wanted = self.wanted
        if self.field == "allow_credentials":
            fields: dict[str, Any] = {self.field: wanted.allow_credentials}
            if wanted.expose_headers != self.policy.expose_headers:
                fields["expose_headers"] = wanted.expose_headers
            return fields
        # Nobody's credentials must not be inherited: they would be the new origin's.
        is_first = self.field == "allowed_origins" and self.policy.is_nobody
        fields = {self.field: (self.name,) if is_first else (INHERITED, self.name)}
        if self.field == "allowed_origins" and wanted.allow_credentials != self.policy.allow_credentials:
            fields |= {} if is_first else {"allow_credentials": wanted.allow_credentials}
        return fields

    @property
    def is_valid(self) -> bool:
        """Whether any policy can list the name: it may be no token, or one that is never listed."""
        try:
            CorsPolicy(**self.fresh)
        except CorsConfigurationError:
            return False
        return True

    def edits(self, policy: CorsPolicy) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the fields that an existing declaration has to set, and the names that its lists have to add."""
        sets: dict[str, Any] = {}
        adds: dict[str, Any] = {}
        for name, value in self.fresh.items():
            declared = getattr(policy, name)
            if policy.is_off and name == "allowed_origins":
                sets[name] = (self.name,)
            elif name == "allow_credentials" and value[:-1] == declared:
                adds[name] = value[-1:]
            elif isinstance(declared, tuple) and value != self._exposed and name != "allow_credentials":
                adds[name] = (self.name,)
            elif name == "allowed_origins" and policy.sets_origins:
                sets[name] = (self.name,)
            else:
                sets[name] = value
        if self.field == "allowed_origins" and policy.allow_credentials is True and self.policy.is_nobody:
            # Nobody had these credentials; they would be the new origin's.
            sets |= {} if self.with_credentials else {"allow_credentials": False}
        return sets, adds

    def is_met(self, policy: EffectivePolicy) -> bool:
        """Whether a policy allows what was asked, and nothing more.

        Where credentials are on for every origin of a policy, and cannot be listed, they are on for the new one too.
        """
        is_open = self.field == "allowed_origins" and policy.allow_credentials is True
        wanted = replace(self.wanted, allow_credentials=True) if is_open else self.wanted
        return _facts(policy) == _facts(wanted)

    def is_exceeded(self, before: EffectivePolicy, after: EffectivePolicy) -> bool:
        """Whether an edit allows more than was asked at another endpoint, where other policies are below it."""
        is_origin_meant = self.field == "allowed_origins"
        granted = _granted(after) - _granted(before)
        granted -= {("origin", self.name)} if is_origin_meant else set()
        granted -= {("credentials", self.name)}  # whether that was asked is told by is_overstepped()
        if not before.is_nobody:
            fields = ("allow_methods", *HEADER_FIELDS)
            names = {self.name.lower(), *map(str.lower, self.read)}
            granted |= {
                (name, item)
                for name in fields
                for item in _lower(getattr(after, name)) - _lower(getattr(before, name)) - names
            }
        return bool(granted)


def _granted(policy: EffectivePolicy) -> set[tuple[str, object]]:
    """Return who is allowed, and who with credentials."""
    listed = {*policy.allowed_origins, *policy.allowed_origin_regexes, *policy.origin_tests}
    listed |= {"*"} if policy.allow_all_origins else set()
    credentials = policy.allow_credentials
    credentialed = (listed if credentials else set()) if isinstance(credentials, bool) else {*credentials}
    return {*(("origin", one) for one in listed), *(("credentials", one) for one in credentialed)}


def _lower(names: tuple[str, ...]) -> set[str]:
    return {name.lower() for name in names}


def _facts(policy: EffectivePolicy) -> tuple[object, ...]:
    """Return what a policy allows, without the order of its lists."""

    def plain(name: str) -> object:
        value = getattr(policy, name)
        if not isinstance(value, tuple):
            return value
        return frozenset(item.lower() if name in HEADER_FIELDS else item for item in value)

    names = ("allowed_origins", "allowed_origin_regexes", "allow_all_origins", "allow_credentials")
    return (*map(plain, names), *map(plain, ("allow_methods", *HEADER_FIELDS)), policy.origin_tests)


def changes(case: Case, field: str, name: str, *, policy: EffectivePolicy | None = None) -> tuple[Change, ...]:
    """Return the edits after which the policy of the asked method lists a name: the narrowest first.

    Args:
        case: What is known of the question.
        field: The field that has to list the name.
        name: An origin, a method or the name of a header.
        policy: The policy in force, where it is not the one of `case`.
    """
    need = _need(case, field, name, policy)
    if need.policy.is_broken:  # the fault says how to write what cannot be read
        return ()
    asked = _asked(case)
    found = []
    for change, edit in _candidates(case, asked, need):
        after = merge(edit(asked).layers)
        if need.is_met(after):
            others = _others(case, asked, edit)
            # What a policy that closes a view has kept closed comes to light without it; the text names the methods.
            if change.is_closing or not any(need.is_exceeded(*other) for other in others.values()):
                is_credentialed = any(map(need.is_overstepped, [after, *(later for _, later in others.values())]))
                found.append(replace(change, others=tuple(others), is_credentialed=is_credentialed))
    best = min((change for change in found if not change.is_site_wide), key=_breadth, default=None)
    site_wide = [change for change in found if change.is_site_wide]
    return (*(() if best is None else (best,)), *site_wide)


def _need(case: Case, field: str, name: str, policy: EffectivePolicy | None) -> Need:
    return Need(
        field=field,
        name=name,
        policy=policy or case.policy,
        with_credentials=case.ask.request.includes_credentials,
        read=case.ask.read,
    )


def _breadth(change: Change) -> tuple[bool, int]:
    return change.is_credentialed, len(change.others)


def advised(case: Case, field: str, name: str, *, policy: EffectivePolicy | None = None) -> Advised:
    """Return the same edits, with the text that names them."""
    found = changes(case, field, name, policy=policy)
    return Advised(found, told([change.text for change in found]) or _nothing(_need(case, field, name, policy)))


def told(texts: Sequence[str]) -> str:
    """Return what can be done as text: one thing, or the other."""
    *firsts, last = [f"{text[:1].upper()}{text[1:]}" for text in texts[:1]] + list(texts[1:]) or [""]
    for first in reversed(firsts):
        last = str(EDITS["or"]) % {"first": first, "second": last}
    return last


def _nothing(need: Need) -> str:
    """Return what to say where no single edit is right."""
    source = need.policy.who_source if need.field == "allowed_origins" else need.policy.sources[need.field]
    values = {"source": source, "name": need.name, "field": need.field}
    return str(EDITS["none" if need.is_valid else "never"]) % values


def _asked(case: Case) -> Spot:
    """Return the method that was asked about."""
    explanation = case.explanation
    match, method = explanation.match, case.ask.request.method
    if match is None:
        return Spot(None, method, explanation.view)
    name = UrlName(match.url_name or "", tuple(match.namespaces))
    alike = [one for one in case.endpoints if one.callback is match.func and one.url_name == name]
    route = match.route.replace("^", "")
    exact = (one for one in alike if one.path_regex.replace("^", "") == route)
    return Spot(next(exact, alike[0] if alike else None), method, explanation.view)


def _others(case: Case, asked: Spot, edit: Edit) -> dict[str, tuple[EffectivePolicy, EffectivePolicy]]:
    """Return what an edit changes beside the method that was asked about, with the policies before and after."""
    found: dict[str, tuple[EffectivePolicy, EffectivePolicy]] = {}
    for endpoint, method in endpoint_methods(case.endpoints):
        spot = Spot(endpoint, method)
        if (spot.endpoint, spot.method) == (asked.endpoint, asked.method):
            continue
        stack = edit(spot)
        if stack is not spot.stack:
            before, after = merge(spot.stack.layers), merge(stack.layers)
            if _differ(before, after) and not endpoint.is_shadowed:
                found[spot.name] = before, after
    return found


def _differ(before: EffectivePolicy, after: EffectivePolicy) -> bool:
    is_closed = before.is_nobody and after.is_nobody and not check_request_enabled.has_listeners(None)
    return before != after and not is_closed


# Candidates


def _candidates(case: Case, asked: Spot, need: Need) -> Iterator[tuple[Change, Edit]]:
    """Yield the edits that may help, the one to be preferred first."""
    if not need.is_valid:
        return
    policy = CorsPolicy(**need.fresh)
    if case.callback is not None:
        if asked.stack.own is not None:
            yield from _edited(case, asked.stack.own, need)
        else:
            yield from _at_handler(case, asked, policy, need)
        yield from _at_function(case, asked, policy, need)
        for layer in reversed(asked.stack.general):
            yield from _edited(case, layer, need)
        yield from _at_class(case, asked, policy, need)
        at_url = (*_in_view_policies(case, asked, policy, need), *_in_urlconf(asked, policy, need))
        yield from reversed(at_url) if is_own(case.callback) else at_url
    yield from _in_settings(case, need)


def _edited(case: Case, layer: Layer, need: Need) -> Iterator[tuple[Change, Edit]]:
    """Yield the edit of a declaration that there is."""
    declared = cast("CorsPolicy", layer.policy)  # where one cannot be read, nothing is advised
    sets, adds = need.edits(declared)
    longer: dict[str, Any] = {name: (*getattr(declared, name), *names) for name, names in adds.items()}
    try:
        policy = declared.using(**sets, **longer)
    except CorsConfigurationError:
        return
    source = case.written_at(layer.source)
    is_local = layer.source.kind in ("wrapper", "as_view-keyword")

    def is_edited(spot: Spot, other: Layer) -> bool:
        if other.policy is not declared:
            return False
        if declared == NO_CORS and other.source != layer.source:
            return False  # nobody edits NO_CORS; it is replaced in one place
        is_here = spot.endpoint is not None and spot.endpoint.callback is case.callback
        return not (is_local and declared == NO_CORS) or is_here

    def edit(spot: Spot) -> Stack:
        def edited(other: Layer) -> Layer:
            return replace(other, policy=policy) if is_edited(spot, other) else other

        stack = spot.stack
        own = stack.own and edited(stack.own)
        general = tuple(map(edited, stack.general))
        is_same = own is stack.own and all(map(_is, general, stack.general))
        return spot.stack if is_same else stack._replace(general=general, own=own)

    change = Change(
        target=Target.DECLARATION,
        place=str(source),
        where=case.place(source),
        sets=sets,
        adds=adds,
        is_closing=declared == NO_CORS,
    )
    yield change, edit


def _is(one: object, other: object) -> bool:
    return one is other


def _is_below(spot: Spot, klass: type) -> bool:
    return spot.layers.view_class is not None and issubclass(spot.layers.view_class, klass)


def _at_handler(case: Case, asked: Spot, policy: CorsPolicy, need: Need) -> Iterator[tuple[Change, Edit]]:
    """Yield a declaration on the handler or the action: in the class that defines it, or in the view's class."""
    view_class = asked.layers.view_class
    if asked.handler is None or view_class is None:
        return
    definer, name = asked.handler

    def editing(klass: type, source: Source) -> Edit:
        layer = Layer(policy=policy, source=source)

        def edit(spot: Spot) -> Stack:
            is_free = spot.handler == (definer, name) and spot.stack.own is None
            return spot.stack._replace(own=layer) if is_free and _is_below(spot, klass) else spot.stack

        return edit

    code = written(need.fresh)
    if is_own_code(definer):
        source = Source("decorator", f"{definer.__name__}.{name}")
        change = Change(target=Target.HANDLER, place=source.name, code=f"@cors({code})", sets=need.fresh)
        yield replace(change, where=case.place(source)), editing(definer, source)
    if not is_own_code(view_class) or definer is view_class:
        return
    source = Source("decorator", view_class.__name__)
    if asked.layers.actions:
        mapped = f"cors_action_policies = {{{name!r}: CorsPolicy({code})}}"
        change = Change(target=Target.ACTION, place=view_class.__name__, code=mapped, sets=need.fresh)
    else:
        is_async = iscoroutinefunction(getattr(view_class, name))
        lines = (
            f"@cors({code})",
            f"{'async ' if is_async else ''}def {name}(self, request, *args, **kwargs):",
            f"    return {'await ' if is_async else ''}super().{name}(request, *args, **kwargs)",
        )
        change = Change(
            target=Target.OVERRIDE, place=f"{view_class.__name__}.{name}", code="\n".join(lines), sets=need.fresh
        )
    yield replace(change, where=case.place(source)), editing(view_class, source)


def _at_function(case: Case, asked: Spot, policy: CorsPolicy, need: Need) -> Iterator[tuple[Change, Edit]]:
    """Yield a declaration on a function view that has none."""
    code = asked.code
    if code is None or case.callback is None or not is_own(case.callback):
        return
    if any(not layer.from_urlconf_or_settings for layer in asked.stack.general):
        return
    source = Source("decorator", asked.layers.name)
    layer = Layer(policy=policy, source=source)

    def edit(spot: Spot) -> Stack:
        is_bare = spot.code is code and all(other.from_urlconf_or_settings for other in spot.stack.general)
        return spot.stack._replace(general=(layer, *spot.stack.general)) if is_bare else spot.stack

    change = Change(
        target=Target.FUNCTION,
        place=source.name,
        where=case.place(source),
        code=f"@cors({written(need.fresh)})",
        sets=need.fresh,
    )
    yield change, edit


def _at_class(case: Case, asked: Spot, policy: CorsPolicy, need: Need) -> Iterator[tuple[Change, Edit]]:
    """Yield a declaration on the view's class, where it has none."""
    view_class = asked.layers.view_class
    if view_class is None or api_view_function(view_class) is not None or not is_own_code(view_class):
        return
    name = view_class.__name__
    source = Source("attribute", name)
    if any(
        layer.source.name in (name, f"{name}.dispatch")
        for layer in asked.stack.general
        if not layer.from_urlconf_or_settings
    ):
        return
    layer = Layer(policy=policy, source=source)
    above = {klass.__name__ for klass in view_class.__mro__}

    def edit(spot: Spot) -> Stack:
        if not _is_below(spot, view_class):
            return spot.stack
        general = spot.stack.general
        weaker = [
            one for one in general if not one.from_urlconf_or_settings and one.source.name.partition(".")[0] in above
        ]
        rest = general[len(weaker) :]
        return spot.stack._replace(general=(*weaker, layer, *rest))

    change = Change(
        target=Target.CLASS,
        place=name,
        where=case.place(Source("decorator", name)),
        code=f"cors_policy = CorsPolicy({written(need.fresh)})",
        sets=need.fresh,
    )
    yield change, edit


def _in_urlconf(asked: Spot, policy: CorsPolicy, need: Need) -> Iterator[tuple[Change, Edit]]:
    """Yield a declaration around the view in the URLconf. A router leaves no place for one."""
    outside = [one for one in asked.stack.general if one.from_urlconf_or_settings and one.source.kind != "setting"]
    if asked.endpoint is None or asked.layers.actions or outside:
        return
    source = Source("wrapper", asked.layers.name)
    layer = Layer(policy=policy, source=source, from_urlconf_or_settings=True)

    def edit(spot: Spot) -> Stack:
        is_asked = spot.endpoint is asked.endpoint
        return spot.stack._replace(general=(*spot.stack.general, layer)) if is_asked else spot.stack

    change = Change(
        target=Target.URL,
        place=source.name,
        code=f"cors({written(need.fresh)})",
        sets=need.fresh,
    )
    yield change, edit


def _in_view_policies(case: Case, asked: Spot, policy: CorsPolicy, need: Need) -> Iterator[tuple[Change, Edit]]:
    """Yield an entry of `CORS_VIEW_POLICIES` for the name of the URL."""
    if asked.endpoint is None or not asked.endpoint.url_name.name or asked.layers.view_policies_key:
        return
    url_name = asked.endpoint.url_name
    key = ":".join((*url_name.namespaces, url_name.name))
    source = Source("setting", f"CORS_VIEW_POLICIES[{key!r}]")
    layer = Layer(policy=policy, source=source, from_urlconf_or_settings=True)

    def edit(spot: Spot) -> Stack:
        if spot.endpoint is None or spot.endpoint.url_name != url_name:
            return spot.stack
        general = spot.stack.general
        rest = [one for one in general if one.from_urlconf_or_settings and one.source.kind != "setting"]
        own = [one for one in general if not one.from_urlconf_or_settings]
        return spot.stack._replace(general=(*own, layer, *rest))

    change = Change(
        target=Target.VIEW_POLICIES,
        place=key,
        where=case.place(Source("setting", "CORS_VIEW_POLICIES")),
        code=f"CORS_VIEW_POLICIES = {{{key!r}: CorsPolicy({written(need.fresh)})}}",
        sets=need.fresh,
    )
    yield change, edit


def _in_settings(case: Case, need: Need) -> Iterator[tuple[Change, Edit]]:
    """Yield the edit of the global settings."""
    conf = resolvers.current().conf
    field = need.field
    layer = conf.covered[1]
    site = replace(need, policy=merge(conf.covered))
    fields = {name: value for name, value in vars_of(site.wanted).items() if value != vars_of(site.policy)[name]}
    if field == "allowed_origins" and site.policy.is_nobody:
        fields = {field: site.wanted.allowed_origins}
    try:
        policy = cast("CorsPolicy", layer.policy).using(**fields)
    except CorsConfigurationError:
        return

    def edit(spot: Spot) -> Stack:
        stack = spot.stack
        return stack._replace(site=tuple(replace(one, policy=policy) if one is layer else one for one in stack.site))

    sets: dict[str, Any] = {}
    adds: dict[str, Any] = {}
    codes = []
    for name, value in fields.items():
        source = layer.source_of(name)
        setting = source.name if source.name in SETTINGS[name] else SETTINGS[name][0]
        is_set = getattr(layer.policy, name) is not UNSET
        if is_set and value[:-1] == getattr(layer.policy, name):
            adds[setting] = value[-1:]
            codes.append(f"{setting} = [..., {need.name!r}]")
        else:
            sets[setting] = value
            new = value[len(vars_of(site.policy)[name]) :] if not is_set and name in _DEFAULTS else value
            codes.append(f"{setting} = [{_DEFAULTS.get(name, '') if not is_set else ''}{', '.join(map(repr, new))}]")
    change = Change(
        target=Target.SETTING,
        place=", ".join(f"settings.{name}" for name in (*adds, *sets)),
        where=case.place(layer.source_of(field)),
        code="; ".join(codes),
        sets=sets,
        adds=adds,
        is_site_wide=True,
        count=len({one.route for one in case.endpoints if _is_touched(one, edit)}),
    )
    yield change, edit


def _is_touched(endpoint: Endpoint, edit: Edit) -> bool:
    spots = (Spot(endpoint, method) for _, method in endpoint_methods([endpoint]))
    return any(_differ(merge(spot.stack.layers), merge(edit(spot).layers)) for spot in spots)


def vars_of(policy: EffectivePolicy) -> dict[str, Any]:
    """Return the fields of a policy that a setting holds."""
    return {name: getattr(policy, name) for name in SETTINGS}
