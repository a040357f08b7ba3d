"""The map in docs/design.md is true: its walks lead somewhere, and its table has every room."""

import ast
import re
from pathlib import Path

import pytest

from tests.test_layers import LAYERS

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "selectors" / "labelsel"
DOCUMENT = ROOT / "docs" / "design.md"
MOST_HOPS = 8


def read_walks(text: str) -> dict[str, list[str]]:
    """Return the hops of each walk, each ``file:name``, by the title of the walk."""
    (section,) = re.findall(r"^## Five walks.*?$(.*?)(?=^## )", text, re.MULTILINE | re.DOTALL)
    _, *parts = re.split(r"^### ", section, flags=re.MULTILINE)
    return {
        part.partition("\n")[0]: re.findall(r"^\d+\. `([^`]+)`", part, re.MULTILINE)
        for part in parts
    }


def find_fault(hop: str) -> str | None:
    """Return what is wrong with a hop: no such file, or no such name in the file."""
    file, _, name = hop.partition(":")
    path = next((base / file for base in (SOURCE, ROOT) if (base / file).is_file()), None)
    if path is None:
        return f"{hop}: no such file"
    nodes: list[ast.stmt] = ast.parse(path.read_text(encoding="utf-8")).body
    for part in name.split("."):
        found = [
            node
            for node in nodes
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == part
        ]
        if not found:
            return f"{hop}: no such name"
        nodes = found[0].body
    return None


def read_rooms(text: str) -> dict[str, int]:
    """Return the layer of each room in the table."""
    rows = re.findall(r"^\| (\d+) \| `([\w.]+)/?` \|", text, re.MULTILINE)
    return {room.removesuffix(".py"): int(layer) for layer, room in rows}


WALKS = read_walks(DOCUMENT.read_text(encoding="utf-8"))


def test_there_are_five_walks() -> None:
    """The five questions of a newcomer have a walk each."""
    assert len(WALKS) == 5


@pytest.mark.parametrize("title", WALKS)
def test_a_walk(title: str) -> None:
    """A walk is short, and each of its hops exists."""
    hops = WALKS[title]
    assert 1 < len(hops) <= MOST_HOPS
    assert [fault for hop in hops if (fault := find_fault(hop))] == []


def test_the_rooms() -> None:
    """The table has every part of labelsel in its layer, as tests/test_layers.py has them."""
    layers = {part or "__init__": number for number, layer in enumerate(LAYERS) for part in layer}
    assert read_rooms(DOCUMENT.read_text(encoding="utf-8")) == layers


@pytest.mark.parametrize(
    ("hop", "fault"),
    [
        ("selector.py:holds", None),
        ("selector.py:Selector.matches", None),
        ("tests/evaluators.py:evaluate", None),
        ("no_such.py:parse", "no_such.py:parse: no such file"),
        ("selector.py:Selector.holds", "selector.py:Selector.holds: no such name"),
        ("selector.py:MAX_DEPTH", "selector.py:MAX_DEPTH: no such name"),
    ],
)
def test_a_wrong_hop_is_found(hop: str, fault: str | None) -> None:
    """The checker can fail: on a file and on a name."""
    assert find_fault(hop) == fault
