"""Imports between the wings of labelsel.kubernetes run one way.

tests/test_layers.py holds the layers of labelsel; this is the order inside one of them.
"""

from pathlib import Path

import pytest

from tests.test_layers import SOURCE, imported, module_name

#: From the lowest wing to the highest; wings of one line do not know each other.
WINGS: tuple[frozenset[str], ...] = (
    frozenset({"model"}),
    frozenset({"read", "selection"}),
    frozenset({"edit"}),
    frozenset({"inventory", "renaming", "graph", "serving"}),
)
_RANK = {wing: rank for rank, wings in enumerate(WINGS) for wing in wings}


def wing_of(module: str) -> str:
    """Return the wing that a module belongs to: "model" for labelsel.kubernetes.model.kinds."""
    return module.removeprefix("labelsel.kubernetes.").partition(".")[0]


def violations(module: str, source: str) -> list[str]:
    """Return a line for each import of another wing that is not below a module's own."""
    wing = wing_of(module)
    return [
        f"{module}:{line}: imports {name}"
        for line, name in imported(source)
        if name.startswith("labelsel.kubernetes.")
        and wing_of(name) != wing
        and _RANK[wing_of(name)] >= _RANK[wing]
    ]


def sources() -> dict[str, Path]:
    """Return the files of all wings by module; the package itself shows all of them."""
    files = (SOURCE / "kubernetes").rglob("*.py")
    modules = {module_name(file): file for file in files}
    del modules["labelsel.kubernetes"]
    return modules


def test_wings_import_one_way() -> None:
    """No wing imports one that is above it or beside it."""
    modules = sources()
    assert set(map(wing_of, modules)) == set(_RANK)
    found = [
        line for module, file in modules.items() for line in violations(module, file.read_text())
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("module", "source", "count"),
    [
        ("selection.a", "from labelsel.kubernetes.inventory.find import select", 1),
        ("selection.a", "from labelsel.kubernetes.read.clients import read_object", 1),
        ("model.a", "from labelsel.kubernetes.selection.placement import NODE", 1),
        ("inventory.a", "from labelsel.kubernetes.model.kinds import Kind", 0),
        ("inventory.a", "from labelsel.kubernetes.inventory.find import scan", 0),
        ("model.a", "from labelsel.objects import from_label_selector", 0),
    ],
)
def test_a_bad_import_is_found(module: str, source: str, count: int) -> None:
    """The checker can fail: imports upwards and sideways are found, and no others."""
    assert len(violations(f"labelsel.kubernetes.{module}", source)) == count
