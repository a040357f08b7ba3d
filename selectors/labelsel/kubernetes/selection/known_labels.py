"""Labels of which some are not known, and what selectors say of them: yes, no, or not known.

An input has the pod template of a workload and not its pods, and often names a namespace without
having the object. Such a pod and such a namespace may have further labels.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias, assert_never

from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.model.served_labels import NAMESPACE_NAME_KEY, is_namespace, served_labels
from labelsel.selector import (
    And,
    Everything,
    Not,
    Nothing,
    Or,
    Requirement,
    Selector,
    require_selector,
)

__all__ = ["KnownLabels", "NamespaceLabels", "Truth", "all_true", "any_true"]

#: Of so many objects that may get any name the labels are looked at, for each namespace; if there
#: are more, nothing is known. Else n of them beside n namespaces would take time for n * n.
_FEW: Final = 8

Truth: TypeAlias = bool | None
"""Whether something holds; None where that is not known."""


def all_true(truths: Iterable[Truth]) -> Truth:
    """Return whether all hold: no as soon as one does not, whatever is not known.

    >>> all_true([True, None]), all_true([None, False]), all_true([])
    (None, False, True)
    """
    found = set(truths)
    return False if False in found else None if None in found else True


def any_true(truths: Iterable[Truth]) -> Truth:
    """Return whether one holds: yes as soon as one does, whatever is not known.

    >>> any_true([True, None]), any_true([None, False]), any_true([])
    (True, None, False)
    """
    found = set(truths)
    return True if True in found else None if None in found else False


def _nothing_more(key: str) -> bool:  # noqa: ARG001  # the same for every key
    return False


@dataclass(frozen=True, slots=True)
class KnownLabels:
    """The labels of something that may have others, too.

    Attributes:
        labels: the labels that are known.
        may_have: whether there may be a label with a key that is not among them.
    """

    labels: Mapping[str, str]
    may_have: Callable[[str], bool] = _nothing_more

    def truth(self, selector: Selector) -> Truth:
        """Return whether a selector holds.

        It is exact for a conjunction that names no key twice; of other selectors some answers
        could be known that are None here: ``a=b,!a`` never holds.

        Complexity: O(size of the selector).

        >>> from labelsel import parse
        >>> shop = KnownLabels({"name": "shop"}, may_have=lambda key: key != "debug")
        >>> [shop.truth(parse(text)) for text in ("name=shop", "team=a", "name=x,team=a", "!debug")]
        [True, None, False, True]
        """
        if self.may_have is _nothing_more:
            return selector.matches(self.labels)
        return self._truth(selector)

    def unknown_keys(self, selector: Selector) -> list[str]:
        """Return the keys of a selector of which nobody knows the value, sorted.

        >>> from labelsel import parse
        >>> KnownLabels({"a": "b"}, may_have=lambda key: True).unknown_keys(parse("a=b,d,c!=1"))
        ['c', 'd']
        """
        return sorted(filter(self._is_unknown, selector.keys()))

    def describe_lack(self, selector: Selector) -> str:
        """Return what there is instead of what a selector requires, where it does not hold.

        >>> from labelsel import parse
        >>> KnownLabels({"app": "wbe"}).describe_lack(parse("app=web,tier"))
        'app=wbe, no tier'
        """
        reasons = selector.why(self.labels).reasons
        return ", ".join(
            each.has for each in reasons if not each and not self._is_unknown(each.key)
        )

    def _is_unknown(self, key: str) -> bool:
        return key not in self.labels and self.may_have(key)

    def _truth(self, selector: Selector) -> Truth:
        match require_selector(selector):
            case Everything():
                return True
            case Nothing():
                return False
            case And(terms):
                return all_true(map(self._truth, terms))
            case Or(terms):
                return any_true(map(self._truth, terms))
            case Not(term):
                truth = self._truth(term)
                return None if truth is None else not truth
            case Requirement() as leaf:
                return (
                    None if self._is_unknown(leaf.key) else leaf.allows(self.labels.get(leaf.key))
                )
            case _ as unreachable:
                assert_never(unreachable)


class NamespaceLabels:
    """The labels of the namespaces of an input.

    1. Of a namespace that is an object of the input all labels are known.
    2. Of any other only `NAMESPACE_NAME_KEY` is known, with its name.
    3. Several objects of one name are several states of it. What holds for some of them is not
       known. So are objects that another program may give the name.

    Arguments:
        resources: the objects of an input.
        read_labels: returns the labels of a Namespace if it has a name; without it all that it has
            are known.
        read_names: returns the names that a Namespace may get, None for any; without it its own.

    >>> from labelsel import parse
    >>> from labelsel.kubernetes import Inventory
    >>> shop = {"kind": "Namespace", "apiVersion": "v1",
    ...         "metadata": {"name": "shop", "labels": {"team": "a"}}}
    >>> known = NamespaceLabels(Inventory.of([shop]))
    >>> known.truth(parse("team=a"), "shop"), known.truth(parse("team=a"), "blog")
    (True, None)
    >>> known.truth(parse("kubernetes.io/metadata.name=shop"), "blog")
    False
    """

    def __init__(
        self,
        resources: Iterable[Resource],
        read_labels: Callable[[Resource, str], KnownLabels] | None = None,
        read_names: Callable[[Resource], Collection[str] | None] | None = None,
    ) -> None:
        self._read_labels = read_labels or _read_all
        self.objects: dict[str, list[Resource]] = {}
        #: Objects of other names that may get the name, and those that may get any.
        self._renamed: defaultdict[str, list[Resource]] = defaultdict(list)
        self._anything: list[Resource] = []
        self._labels: dict[str, list[KnownLabels]] = {}
        self._known: dict[str, bool] = {}
        for resource in resources:
            if is_namespace(resource):
                self.objects.setdefault(resource.name, []).append(resource)
                names = [resource.name] if read_names is None else read_names(resource)
                if names is None:
                    self._anything.append(resource)
                for name in names or ():
                    self._renamed[name].append(resource)

    def of(self, namespace: str) -> list[KnownLabels]:
        """Return the labels of a namespace, once for each object that has or may get its name."""
        if namespace not in self._labels:
            objects = [*self.objects.get(namespace, ()), *self.others(namespace)]
            found = [self._read_labels(each, namespace) for each in objects]
            if namespace not in self.objects or len(self._anything) > _FEW:
                found.insert(0, KnownLabels({NAMESPACE_NAME_KEY: namespace}, lambda _key: True))
            self._labels[namespace] = found
        return self._labels[namespace]

    def are_known(self, namespace: Resource) -> bool:
        """Return whether all labels of the namespace of a Namespace object are known."""
        name = namespace.name
        if name not in self._known:
            first, *others = self.of(name)
            is_known = first.may_have is _nothing_more and all(each == first for each in others)
            self._known[name] = is_known
        return self._known[name]

    def others(self, namespace: str) -> list[Resource]:
        """Return the objects of other names that may become a namespace."""
        found = [*self._renamed.get(namespace, ()), *self._anything[:_FEW]]
        return [each for each in found if each.name != namespace]

    def truth(self, selector: Selector, namespace: str) -> Truth:
        """Return whether a selector of namespaces selects one.

        Complexity: O(size of the selector), for each object of the name.
        """
        truths = {labels.truth(selector) for labels in self.of(namespace)}
        return truths.pop() if len(truths) == 1 else None


def _read_all(namespace: Resource, _name: str) -> KnownLabels:
    return KnownLabels(served_labels(namespace))
