"""Rule selects-too-much: a selector of one app also selects the pods or Services of others."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from labelsel.kubernetes import ObjectSelector, SelectorTarget
from labelsel.lint.context import Context
from labelsel.lint.finding import Finding, make_finding
from labelsel.lint.nearest_match import APP_KEYS
from labelsel.lint.neighbors import Distance
from labelsel.lint.registry import Severity, rule
from labelsel.lint.selector_parts import requirements, selector_text
from labelsel.lint.target_group import TargetGroup
from labelsel.requirements import Equals, Exists, NotIn
from labelsel.selector import Selector

__all__ = ["selects_too_much"]

#: Kinds that are made for one app. A NetworkPolicy or a monitor may well be for many.
_FOR_ONE_APP: Final = frozenset({"PodDisruptionBudget", "Service"})
#: A message names so many apps, so that it fits in two lines; "…" stands for the others.
_NAMED: Final = 3


@rule(
    "selects-too-much",
    Severity.WARNING,
    "A selector selects more than the pods or Services of its own app",
    docs="https://labelsel.readthedocs.io/en/latest/lint.html#selects-too-much",
)
def selects_too_much(context: Context) -> Iterator[Finding]:
    """Find selectors of one app that also select the pods or Services of other apps.

    1. The name of an app is the value of the first of `APP_KEYS` that all selected targets have.
    2. A Service or a PodDisruptionBudget is for one app. Other selectors are for one app if
       their object has the name of an app that they select.
    3. An empty selector is meant to select everything. A selector that names the apps that it is
       for selects only these.
    4. An object that names no namespace is only compared with what is near it: samples of other
       folders are not applied together with it.
    """
    for object_selector in context.seekers:
        if any(term.key in APP_KEYS for term in requirements(object_selector.selector)):
            continue
        for group in context.target_groups(object_selector):
            selector = _near(object_selector, group)
            key = _app_key(selector, group)
            if key is not None and (found := _find_other_apps(object_selector, group, key)):
                yield found


def _near(object_selector: ObjectSelector, group: TargetGroup) -> Selector:
    """Return a selector for those selected targets that are applied together with the object."""
    owner = object_selector.owner
    distance = Distance.FOLDER if owner.namespace is None else Distance.ELSEWHERE
    return object_selector.selector & group.levels(owner)[distance]


def _app_key(selector: Selector, group: TargetGroup) -> str | None:
    """Return the first of `APP_KEYS` that all selected targets have."""
    count = group.index.count(selector)
    keys = (key for key in APP_KEYS if group.index.count(selector & Exists(key)) == count)
    return next(keys, None) if count else None


def _find_other_apps(
    object_selector: ObjectSelector, group: TargetGroup, key: str
) -> Finding | None:
    owner, selector = object_selector.owner, _near(object_selector, group)
    owner_app = owner.labels.get(key)
    apps = list(islice(_apps(selector, group, key), _NAMED + 1))
    selects_owner_app = (
        owner_app is not None and group.index.count(selector & Equals(key, owner_app)) > 0
    )
    if len(apps) == 1 or not (selects_owner_app or owner.kind in _FOR_ONE_APP):
        return None
    names = ", ".join(f"{app} ({item.origin.reference})" for app, item in apps[:_NAMED])
    more = ", …" if len(apps) > _NAMED else ""
    kind = object_selector.target.kind
    message = f"{selector_text(object_selector)} selects {kind}s of several apps: {names}{more}"
    fix = f"add {key}: {owner_app if selects_owner_app else apps[0][0]} to the selector"
    return make_finding(selects_too_much, owner, object_selector.path, message, fix)


def _apps(selector: Selector, group: TargetGroup, key: str) -> Iterator[tuple[str, SelectorTarget]]:
    """Yield the apps that are selected, each with its first item."""
    names: list[str] = []
    while True:
        item = next(group.select(selector & NotIn(key, names)), None)
        if item is None:
            return
        names.append(item.labels[key])
        yield names[-1], item
