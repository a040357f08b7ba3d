"""Selectors that miss what they are for: those that select nothing, and those that select more."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from labelsel.errors import path_text
from labelsel.kubernetes.model.object_key import namespace_of
from labelsel.kubernetes.selection.object_selectors import ObjectSelector
from labelsel.kubernetes.selection.selector_targets import SelectorTarget
from labelsel.lint.cluster_only import ClusterOnly, in_manifests
from labelsel.lint.context import Context, TargetGroup, key_path, requirements
from labelsel.lint.finding import Finding, finding
from labelsel.lint.nearest_match import APP_KEYS, Nearest, nearest
from labelsel.lint.rules import SELECTS_NOTHING, SELECTS_TOO_MUCH
from labelsel.requirements import Equals, Exists, NotIn
from labelsel.selector import Selector

__all__ = ["selects_nothing", "selects_too_much"]

#: Kinds whose selector is there to find something. That of a workload is for its own pods.
_SEEKERS: Final = frozenset(
    {"NetworkPolicy", "PodDisruptionBudget", "PodMonitor", "Service", "ServiceMonitor"}
)
#: Of these, the kinds that are made for one app: the others may well be about many.
_FOR_ONE_APP: Final = frozenset({"PodDisruptionBudget", "Service"})
#: These look in their own namespace unless they name others.
_MONITORS: Final = frozenset({"PodMonitor", "ServiceMonitor"})
#: So many other apps are named; behind them stand three dots.
_NAMED: Final = 3


def selects_nothing(scene: Context) -> Iterator[Finding]:
    """Selectors that find nothing, where the input could have held it.

    1. The input must have pods, or Services for a ServiceMonitor, where the selector looks; or
       it has those that it would select in another namespace, where nothing selects them so.
    2. Labels that come into being in a cluster only are not looked for.
    3. What an operator may make of a custom object is not missed.
    4. Where an input never has all there is (``kube-system``, a namespace that a chart is
       deployed to or of which the input has nothing, all namespaces), only what looks like a
       typing slip is told.
    """
    elsewhere = ClusterOnly(scene.resources)
    strays = _Strays(scene)
    for selecting in _seeking(scene):
        groups = scene.groups(selecting)
        seen = in_manifests(selecting.selector)
        if any(group.index.count(seen) for group in groups):
            continue
        if _asks_for_nothing(seen) or elsewhere.makes(selecting):
            continue
        names = selecting.namespaces
        if (
            names is not None
            and not elsewhere.fills(names)
            and (stray := strays.of(selecting, seen))
        ):
            yield _astray(selecting, stray)
        elif groups:
            near = nearest(seen, selecting.owner.name, groups)
            certain = _is_all_there_is(selecting, groups, elsewhere)
            if certain or (near is not None and near.slip):
                yield _nothing(selecting, near)


class _Strays:
    """What is looked for in one namespace and stands in another, where nobody looks for it."""

    def __init__(self, scene: Context) -> None:
        self._scene = scene
        self._sought = {
            (selecting.owner.kind, selecting.selector, name)
            for selecting in _seeking(scene)
            for name in selecting.namespaces or ()
        }
        self._found: dict[tuple[str, Selector], SelectorTarget | None] = {}

    def of(self, selecting: ObjectSelector, seen: Selector) -> SelectorTarget | None:
        """The first that a selector would select by what manifests show; None where there is none.

        A selector that asks for no value may be meant for anything, and misses nothing. Asked
        once for all equal selectors of a kind: O(what one selects).
        """
        sought = kind, selector = selecting.owner.kind, selecting.selector
        if sought not in self._found:
            named = any(isinstance(term, Equals) for term in requirements(seen))
            items = self._scene.everywhere(selecting.target).selected(seen) if named else iter(())
            free = (it for it in items if (kind, selector, it.namespace) not in self._sought)
            self._found[sought] = next(free, None)
        return self._found[sought]


def _seeking(scene: Context) -> Iterator[ObjectSelector]:
    for selecting in scene.selectings:
        if selecting.owner.kind in _SEEKERS and requirements(selecting.selector):
            yield selecting


def _asks_for_nothing(selector: Selector) -> bool:
    """Whether a pod without labels would do: such a selector is for what others leave over."""
    return selector.matches({})


def _is_all_there_is(
    selecting: ObjectSelector, groups: list[TargetGroup], elsewhere: ClusterOnly
) -> bool:
    names = selecting.namespaces
    return names is not None and len(groups) == len(names) and not elsewhere.fills(names)


def _nothing(selecting: ObjectSelector, near: Nearest | None) -> Finding:
    kind = selecting.target.kind
    message = f"{_words(selecting)} selects no {kind} {_where(selecting)}"
    if near is None:
        fix = f"correct the selector, or check it together with the {kind}s that it is for"
        return finding(SELECTS_NOTHING, selecting.owner, selecting.path, message, fix)
    origin = near.item.origin.reference
    told = ", ".join(f"{reason.selector}: {origin} has {reason.has}" for reason in near.faults)
    path = key_path(selecting, near.faults[0].key)
    return finding(SELECTS_NOTHING, selecting.owner, path, f"{message}; {told}", near.fix)


def _astray(selecting: ObjectSelector, item: SelectorTarget) -> Finding:
    kind, there, owner = selecting.target.kind, item.namespace, selecting.owner
    message = f"{_words(selecting)} selects no {kind} {_where(selecting)}"
    message += f"; in {there} it would select {item}"
    if owner.kind in _MONITORS:
        fix = f"write namespaceSelector: {{matchNames: [{there}]}} in the spec"
    else:
        fix = f"write namespace: {there} in the metadata, or {namespace_of(owner)} in "
        fix += f"that of {item.origin.reference}"
    return finding(SELECTS_NOTHING, owner, selecting.path, message, fix)


def _words(selecting: ObjectSelector) -> str:
    return f"{path_text(selecting.path)} {selecting.selector}"


def _where(selecting: ObjectSelector) -> str:
    if selecting.namespaces is None:
        return "in any namespace"
    plural = "s" if len(selecting.namespaces) > 1 else ""
    return f"in the namespace{plural} {', '.join(sorted(selecting.namespaces))}"


def selects_too_much(scene: Context) -> Iterator[Finding]:
    """Selectors of one app that select the pods or Services of other apps, too.

    1. The name of an app is the value of the first of the usual keys that all of them have.
    2. A Service or a PodDisruptionBudget is for one app. Other selectors are for one app where
       their object bears the name of one that they select.
    3. An empty selector is meant to select everything, and one that says which apps it is for
       selects these.
    """
    for selecting in _seeking(scene):
        selector = selecting.selector
        if any(term.key in APP_KEYS for term in requirements(selector)):
            continue
        for group in scene.groups(selecting):
            key = _app_key(selector, group)
            if key is not None and (found := _too_much(selecting, selector, group, key)):
                yield found


def _app_key(selector: Selector, group: TargetGroup) -> str | None:
    """The first of the usual keys that all that is selected has."""
    count = group.index.count(selector)
    keys = (key for key in APP_KEYS if group.index.count(selector & Exists(key)) == count)
    return next(keys, None) if count else None


def _too_much(
    selecting: ObjectSelector, selector: Selector, group: TargetGroup, key: str
) -> Finding | None:
    own = selecting.owner.labels.get(key)
    apps = list(islice(_apps(selector, group, key), _NAMED + 1))
    known = own is not None and group.index.count(selector & Equals(key, own)) > 0
    if len(apps) == 1 or not (known or selecting.owner.kind in _FOR_ONE_APP):
        return None
    told = ", ".join(f"{app} ({item.origin.reference})" for app, item in apps[:_NAMED])
    more = ", …" if len(apps) > _NAMED else ""
    message = f"{_words(selecting)} selects {selecting.target.kind}s of several apps: {told}{more}"
    fix = f"add {key}: {own if known else apps[0][0]} to the selector"
    return finding(SELECTS_TOO_MUCH, selecting.owner, selecting.path, message, fix)


def _apps(selector: Selector, group: TargetGroup, key: str) -> Iterator[tuple[str, SelectorTarget]]:
    """The apps that are selected, each with the first item of it."""
    names: list[str] = []
    while True:
        others = selector & NotIn(key, names) if names else selector
        item = next(group.selected(others), None)
        if item is None:
            return
        names.append(item.labels[key])
        yield names[-1], item
