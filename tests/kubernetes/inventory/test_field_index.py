"""The index of fields that queries have named."""

from labelsel import parse_fields
from labelsel.kubernetes import Inventory, Resource
from labelsel.kubernetes.inventory.field_index import FieldIndex
from tests.kubernetes.inventory.objects import pod


def test_fields_of_what_comes_and_goes() -> None:
    """What came and went between two questions leaves nothing behind."""
    resources: dict[str, Resource] = {}
    index = FieldIndex(resources)
    selector = parse_fields("metadata.name!=q")
    [resources["a"]] = Inventory.of(pod("a"))
    assert list(index.select(selector, lambda: resources)) == ["a"]
    [resources["b"]] = Inventory.of(pod("b"))
    index.change(["b"])
    del resources["b"]
    index.change(["b"])
    assert index._changed == set()
    del resources["a"]
    index.change(["a"])
    assert index._changed == {"a"}
    assert list(index.select(selector, lambda: resources)) == []
