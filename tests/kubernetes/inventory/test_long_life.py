"""An inventory that lives long keeps nothing of what is gone, and a bounded number of fields."""

import gc
from typing import Any
from weakref import ref

import pytest

from labelsel import parse_fields
from labelsel.kubernetes import FieldError, Inventory, Kind, ManifestError
from labelsel.kubernetes.inventory import field_index
from labelsel.kubernetes.inventory.field_index import FieldIndex
from tests.kubernetes.inventory.objects import definition, obj, pod

PROBE = Kind("Probe", "example.com")


def probe(name: str, **metadata: str) -> Any:
    found = obj("Probe", name, "shop", group="example.com", spec={"size": 1})
    found["metadata"].update(metadata)
    return found


def test_fields_that_are_named_once() -> None:
    """Names that nobody has are forgotten, and the field that each query names is not."""
    here = Inventory.of([pod("a"), pod("b")])
    for number in range(100):
        with pytest.raises(FieldError):
            here.select("pods", fields=f"spec.gone{number}=x")
        assert [each.name for each in here.select("pods", fields="metadata.name=b")] == ["b"]
    [index] = here._table._fields.values()
    assert len(index._names) == field_index._MAX_FIELDS
    assert "metadata.name" in index._names
    assert "spec.gone0" not in index._names


def test_a_field_that_was_forgotten_is_read_again() -> None:
    """Also of objects that changed while it was not in the index."""
    here = Inventory.of([pod("a"), pod("b")])
    assert len(here.select("pods", fields="metadata.name=b")) == 1
    for number in range(100):
        with pytest.raises(FieldError):
            here.select("pods", fields=f"spec.gone{number}=x")
    here.add(pod("c"))
    here.delete("pods", "b")
    assert [each.name for each in here.select("pods", fields="metadata.name!=a")] == ["c"]


def test_one_selector_of_very_many_fields() -> None:
    """All of its fields are read; of these, too, only the last stay."""
    resources = {each.name: each for each in Inventory.of([pod("a"), pod("b")])}
    index = FieldIndex(resources)
    many = parse_fields(",".join(f"spec.gone{number}!=x" for number in range(100)))
    assert list(index.select(many, lambda: resources)) == ["a", "b"]
    assert list(index.select(parse_fields("spec.gone7!=x"), lambda: resources)) == ["a", "b"]
    assert len(index._names) == field_index._MAX_FIELDS
    named = parse_fields("metadata.name=a")
    assert list(index.select(named, lambda: resources)) == ["a"]


def test_a_custom_kind_that_is_gone_leaves_nothing() -> None:
    """Neither its scope, nor its version, nor an index of its fields."""
    here = Inventory.of(definition("Namespaced"))
    here.apply({"type": "ADDED", "object": probe("a", resourceVersion="7")})
    assert here.resource_version(PROBE) == "7"
    assert len(here.select(PROBE, fields="spec.size=1")) == 1
    here.apply({"type": "DELETED", "object": probe("a")})
    assert here._table.scopes._custom == {PROBE: True}
    here.apply({"type": "DELETED", "object": definition("Namespaced")})
    table = here._table
    assert (table.scopes._custom, table.versions, table._fields) == ({}, {}, {})


def test_a_definition_that_goes_before_its_objects() -> None:
    """What is known about the kind stays: the keys of the objects need it."""
    here = Inventory.of([definition("Namespaced"), probe("a")])
    here.delete("crd", "probes.example.com")
    assert here._table.scopes._custom == {PROBE: True}
    assert [each.name for each in here.delete(PROBE, "a", namespace="shop")] == ["a"]


def test_one_of_two_definitions_of_a_kind() -> None:
    """The other one still says what the kind is."""
    other = definition("Namespaced")
    other["metadata"]["name"] = "others.example.com"
    here = Inventory.of([definition("Namespaced"), other])
    here.delete("crd", "others.example.com")
    assert here._table.scopes._custom == {PROBE: True}


def test_an_error_is_freed_with_its_last_reference() -> None:
    """It names objects, which it would keep until the next run of the garbage collector."""
    here = Inventory.of(pod("a"))
    gc.collect()
    gc.disable()
    try:
        with pytest.raises(ManifestError) as caught:
            here.add(pod("a"))
        kept = ref(caught.value)
        del caught
        assert kept() is None
    finally:
        gc.enable()
