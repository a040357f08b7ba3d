"""The parts of an object selector: its requirements, where each is written, and its text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from labelsel.errors import Path, path_text
from labelsel.kubernetes.model.field_names import MATCH_EXPRESSIONS, MATCH_LABELS
from labelsel.kubernetes.selection.label_locations import value_at
from labelsel.selector import And, Requirement, Selector, all_of

if TYPE_CHECKING:  # only types here
    from labelsel.explain import Reason
    from labelsel.kubernetes import ObjectSelector
    from labelsel.kubernetes.model.document import Data

__all__ = [
    "key_path",
    "requirements",
    "requires_nothing",
    "selector_text",
    "unmet",
    "without_met",
]


def requirements(selector: Selector) -> tuple[Requirement, ...]:
    """Return the requirements of an object's selector: all of them must hold.

    >>> from labelsel import parse
    >>> [str(requirement) for requirement in requirements(parse("app=web,!debug"))]
    ['app=web', '!debug']
    """
    terms = selector.terms if isinstance(selector, And) else (selector,)
    return tuple(term for term in terms if isinstance(term, Requirement))


def unmet(selector: Selector, labels: Mapping[str, str]) -> tuple[Reason, ...]:
    """Return the requirements of an object's selector that labels do not meet, with what they have.

    >>> from labelsel import parse
    >>> [fault.has for fault in unmet(parse("app=web,tier=front"), {"app": "wbe", "tier": "front"})]
    ['app=wbe']
    """
    return tuple(reason for reason in selector.why(labels).reasons if not reason)


def without_met(selector: Selector, labels: Iterable[tuple[str, str]]) -> Selector:
    """Return a selector without the requirements that some of the labels meet.

    >>> from labelsel import parse
    >>> str(without_met(parse("app=web,env=prod"), [("env", "prod"), ("env", "test")]))
    'app=web'
    """
    added = list(labels)
    return all_of(
        term
        for term in requirements(selector)
        if not any(term.key == key and term.allows(value) for key, value in added)
    )


def key_path(object_selector: ObjectSelector, key: str) -> Path:
    """Return the path of a key in an object selector; of the whole selector if it is unknown."""
    path = object_selector.path
    value = value_at(object_selector.owner.body, path)
    for labels in (path, (*path, MATCH_LABELS)):
        if value_at(value, (*labels[len(path) :], key)) is not None:
            return (*labels, key)
    for number, expression in enumerate(value_at(value, (MATCH_EXPRESSIONS,)) or ()):
        if expression.get("key") == key:
            return (*path, MATCH_EXPRESSIONS, number)
    return path


def requires_nothing(selector: Data) -> bool:
    """Whether the data of a LabelSelector are missing, or have no requirement.

    >>> requires_nothing({"matchLabels": None}), requires_nothing({"matchLabels": {"a": "b"}})
    (True, False)
    """
    return selector is None or (isinstance(selector, dict) and not any(selector.values()))


def selector_text(object_selector: ObjectSelector) -> str:
    """Return the path and the text of an object selector: ``spec.selector app=web``.

    An empty selector, whose text is empty, is written as in a manifest: ``spec.selector {}``.
    """
    return f"{path_text(object_selector.path)} {str(object_selector.selector) or '{}'}"
