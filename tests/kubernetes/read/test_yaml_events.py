"""The one walk over YAML text."""

import ast
from pathlib import Path

import pytest
import yaml
from yaml.events import AliasEvent, MappingStartEvent, ScalarEvent, SequenceStartEvent

import labelsel.kubernetes
from labelsel.errors import Path as ObjectPath
from labelsel.kubernetes.model.document import Document
from labelsel.kubernetes.read.yaml_events import EndOfTextError, RefusedYamlError, YamlWalker
from labelsel.kubernetes.read.yaml_reader import read_yaml
from labelsel.limits import MAX_DOCUMENT_DEPTH

SOURCE = Path(labelsel.kubernetes.__file__).parent


class Paths(YamlWalker[list[tuple[ObjectPath, int, int, int]]]):
    """The path of each scalar and alias, with its line and its offsets."""

    def alias(self, event: AliasEvent, path: ObjectPath) -> list[tuple[ObjectPath, int, int, int]]:
        return [(path, self.line_of(event), self.start_of(event), self.end_of(event))]

    def scalar(
        self, event: ScalarEvent, path: ObjectPath
    ) -> list[tuple[ObjectPath, int, int, int]]:
        return [(path, self.line_of(event), self.start_of(event), self.end_of(event))]

    def mapping(
        self,
        event: MappingStartEvent,  # noqa: ARG002  # an argument of the walker
        path: ObjectPath,
    ) -> list[tuple[ObjectPath, int, int, int]]:
        found: list[tuple[ObjectPath, int, int, int]] = []
        for key in self.children():
            assert isinstance(key, ScalarEvent)
            found += self.walk(self.event(), (*path, key.value))
        return found

    def sequence(
        self,
        event: SequenceStartEvent,  # noqa: ARG002  # an argument of the walker
        path: ObjectPath,
    ) -> list[tuple[ObjectPath, int, int, int]]:
        found: list[tuple[ObjectPath, int, int, int]] = []
        for number, item in enumerate(self.children()):
            found += self.walk(item, (*path, number))
        return found


@pytest.mark.parametrize("parser", ["libyaml", "python"])
def test_paths_and_marks(parser: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines and offsets are those of the whole text, wherever the walk begins."""
    if parser == "python":
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    before = "x: y\n---\n"
    text = f"{before}a: &b\n- c\n- {{d: e}}\nf: *b"
    walker = Paths(text, len(before), 3)
    walker.begin()
    found = walker.walk(walker.event(), ())
    assert [(path, line, text[start:end]) for path, line, start, end in found] == [
        (("a", 0), 4, "c"),
        (("a", 1, "d"), 5, "e"),
        (("f",), 6, "*b"),
    ]
    walker.close()


def test_the_end_of_a_text() -> None:
    """Behind the last event there is an error, not None."""
    walker = Paths("")
    walker.begin()
    with pytest.raises(EndOfTextError):
        walker.event()


def test_depth_is_bounded() -> None:
    """A path may have as many steps as the limit says, and no more."""
    for depth in (MAX_DOCUMENT_DEPTH, MAX_DOCUMENT_DEPTH + 1):
        walker = Paths("[" * depth + "a" + "]" * depth)
        walker.begin()
        if depth == MAX_DOCUMENT_DEPTH:
            ((path, *_),) = walker.walk(walker.event(), ())
            assert path == (0,) * depth
        else:
            with pytest.raises(
                RefusedYamlError, match=f"more than {MAX_DOCUMENT_DEPTH} levels deep"
            ):
                walker.walk(walker.event(), ())


def test_anchors_at_each_level() -> None:
    """A document as deep as the limit allows is read, also with an anchor at each level."""
    depth = MAX_DOCUMENT_DEPTH - 1
    text = "".join(f"&a{level} {{x: " for level in range(depth)) + "1" + "}" * depth
    (document,) = read_yaml(text, "a.yaml")
    assert isinstance(document, Document)


def test_one_walk() -> None:
    """No other module asks PyYAML's parser for events."""
    asking = {
        file.name
        for file in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in {"get_event", "parse", "compose"}
    }
    assert asking == {"yaml_events.py"}
