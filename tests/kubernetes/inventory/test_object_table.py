"""The keys under which objects are stored: illegal labels, and kinds that are defined late."""

import pytest

from labelsel.kubernetes import Inventory, Kind, ManifestError, NotFoundError
from labelsel.kubernetes.inventory.object_table import _FEW
from tests.kubernetes.inventory.objects import definition, names, obj, pod

POD = Kind("Pod", "")


def test_labels_that_none_may_have() -> None:
    """A label with a key that the inventory keeps for itself puts no Node into a namespace."""
    odd = {".namespace": "shop", ".kind": "Pod."}
    here = Inventory.of([obj("Node", "n", labels=odd), obj("Pod", "p", "blog", labels=odd)])
    assert here.kinds() == {Kind("Node", ""): 1, POD: 1}
    assert here.namespaces() == {"blog": 1}
    assert names(here.select("po", namespace=None)) == "p"
    assert names(here.delete("ns", "blog")) == "p"
    with pytest.raises(NotFoundError):
        here.delete("ns", "shop")


@pytest.mark.parametrize("first", [True, False])
def test_custom_kinds(*, first: bool) -> None:
    """A definition tells whether its kind has namespaces, also of objects that came before it."""
    probes = [
        obj("Probe", "a", None, "example.com", labels={"x": "y"}),
        obj("Probe", "b", "shop", "example.com"),
    ]
    for scope, places in (("Namespaced", ["default", "shop"]), ("Cluster", [None, None])):
        here = Inventory.of([definition(scope), *probes] if first else probes)
        if not first:
            assert [here.key(each).namespace for each in here] == [None, "shop"]
            assert names(here.select("probes", fields="metadata.name!=b")) == "a"
            here.apply({"type": "ADDED", "object": definition(scope)})
        found = here.select("probes", namespace=None)
        assert [here.key(each).namespace for each in found] == places
        assert all(each in here for each in found)
        assert names(here.select("probes", "x=y")) == "a"
        assert names(here.select("probes", fields="metadata.name!=b")) == "a"
        # Told again, it is no news.
        here.apply({"type": "MODIFIED", "object": definition(scope)})
        assert len(here) == 3


def test_a_definition_that_makes_two_one() -> None:
    """Where two objects would share a key, nothing changes."""
    probes = [obj("Probe", "a", name, "example.com") for name in ("shop", "blog")]
    here = Inventory.of(probes)
    with pytest.raises(ManifestError, match="object 2: Probe/a: there is another of this name"):
        here.add(definition("Cluster"))
    assert [here.key(each).namespace for each in here] == ["shop", "blog"]
    broken = {**definition("Cluster"), "spec": {"group": "example.com"}}
    here.add(broken)
    assert len(here) == 3


def test_many_at_once_are_as_one_by_one() -> None:
    """However many objects come at once, they are found in the order in which they came."""
    bodies = [pod(f"p{n}", "shop" if n % 3 else None, app=f"a{n % 2}") for n in range(2 * _FEW)]
    together, apart = Inventory.of(bodies), Inventory()
    for body in bodies:
        apart.add(body)
    for kinds, labels, namespace in (None, "", None), ("po", "app=a1", "shop"), (None, "app", "x"):
        found = together.select(kinds, labels, namespace=namespace)
        assert names(found) == names(apart.select(kinds, labels, namespace=namespace))
    assert len(together.select("po")) == 2 * _FEW
