"""Namespaces made from a name or an object."""

import pytest

from labelsel.kubernetes import ManifestError
from labelsel.kubernetes.inventory.namespaces import make_namespace
from tests.kubernetes.inventory.objects import pod


@pytest.mark.parametrize("name", ["Shop", "", "-a", "a-", "a.b", "a" * 64, "a\n"])
def test_names_that_no_namespace_has(name: str) -> None:
    """The name of a namespace is an RFC 1123 label."""
    with pytest.raises(ManifestError, match="at most 63 lower-case letters"):
        make_namespace(name)
    assert make_namespace("a" * 63).name == "a" * 63
    with pytest.raises(ManifestError, match=r"Pod/a: not a Namespace"):
        make_namespace(pod("a"))
