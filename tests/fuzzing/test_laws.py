"""The laws can find something: each is broken by a reader, an editor or a core that errs."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from labelsel import (
    And,
    Everything,
    Exists,
    LabelIndex,
    Selector,
    from_labels,
    parse,
    parse_matchers,
)
from labelsel.errors import IndexFileError, ManifestError, Path, SelectorSyntaxError
from labelsel.kubernetes import Edit, Resource, apply_edits
from labelsel.kubernetes.model.document import Document
from labelsel.kubernetes.read.json_reader import read_json
from labelsel.kubernetes.read.line_locator import LineLocator
from labelsel.kubernetes.read.yaml_reader import read_yaml
from labelsel.languages import parse_expression, parse_fields
from tests.fuzzing import (
    editor_target,
    index_target,
    language_targets,
    line_target,
    object_target,
    reader_targets,
)
from tests.fuzzing.second_languages import calico_meaning, prometheus_meaning
from tests.fuzzing.second_yaml import RefusedError, read_nodes
from tests.fuzzing.targets import TARGETS, Law
from tests.properties import test_cores_agree


def first_term(read: Callable[[str], Selector]) -> Callable[[str], Selector]:
    """Return a parser that forgets all terms but the first."""

    def forget(text: str) -> Selector:
        selector = read(text)
        return selector.terms[0] if isinstance(selector, And) else selector

    return forget


def crash(text: str) -> Selector:
    """A parser with a fault of its own."""
    raise KeyError(text)


def raw(text: str) -> Selector:
    """A parser whose message repeats the text."""

    class RawError(SelectorSyntaxError):
        def __str__(self) -> str:
            return f"found {self.text}\\n{self.text}"

    raise RawError(text, 0)


def generous(_: str) -> Selector:
    """A parser that reads whatever it is given."""
    return Everything()


def late(text: str, name: str) -> Iterator[Any]:
    """A reader whose lines are one too many."""
    for read in read_yaml(text, name):
        yield replace(read, line=read.line + 1) if isinstance(read, Document) else read


def partial(text: str, name: str) -> Iterator[Any]:
    """A reader that leaves out the last document."""
    yield from list(read_yaml(text, name))[:-1]


def strict(text: str, name: str) -> Iterator[Any]:
    """A reader that refuses all documents."""
    for number, _ in enumerate(read_yaml(text, name), 1):
        yield ManifestError(name, "I do not like it", document=number, line=1)


def doubled(text: str, name: str) -> Any:
    """A reader of JSON that reads the first value twice."""
    documents, fault = read_json(text, name)
    return [*documents, *(replace(each, number=2) for each in documents[:1])], fault


def eager(edits: list[Edit]) -> Any:
    """An editor that also changes a word elsewhere."""
    rewrites = apply_edits(edits)
    return [replace(each, after=(each.after or b"").replace(b"Pod", b"Pox")) for each in rewrites]


def lazy(_: list[Edit]) -> Any:
    """An editor that does nothing."""
    return []


class FirstLine(LineLocator):
    """A locator that knows no parts."""

    def line(self, resource: Resource, path: Path) -> int:  # noqa: ARG002  # as in LineLocator
        """Return the line of the object."""
        return resource.source.line


class Wrong(LabelIndex[Any]):
    """An index whose file is trusted, whatever it says."""

    @classmethod
    def load(cls, path: Any) -> Any:
        """Read a file; any fault becomes an empty index with a hole."""
        try:
            return LabelIndex.load(path)
        except IndexFileError:
            raise EOFError(path) from None


@pytest.mark.parametrize(
    ("name", "module", "attribute", "broken"),
    [
        ("kubernetes", language_targets, "parse", first_term(parse)),
        ("kubernetes", language_targets, "parse", crash),
        ("kubernetes", language_targets, "parse", raw),
        ("field", language_targets, "parse_fields", first_term(parse_fields)),
        ("field", language_targets, "parse_fields", generous),
        ("calico", language_targets, "parse_expression", first_term(parse_expression)),
        ("calico", language_targets, "to_expression", lambda _: "has(elsewhere)"),
        ("prometheus", language_targets, "parse_matchers", first_term(parse_matchers)),
        ("prometheus", language_targets, "parse_matchers", lambda _: Exists("up")),
        ("objects", object_target, "from_label_selector", lambda _: Everything()),
        ("objects", object_target, "from_node_selector", lambda _, **__: Everything()),
        ("objects", object_target, "from_labels", lambda value: from_labels(value["a"])),
        ("yaml_reader", reader_targets, "read_yaml", late),
        ("yaml_reader", reader_targets, "read_yaml", partial),
        ("yaml_reader", reader_targets, "read_yaml", strict),
        ("json_reader", reader_targets, "read_json", doubled),
        ("json_reader", reader_targets, "read_json", lambda *_: ([], None)),
        ("editor", editor_target, "apply_edits", eager),
        ("editor", editor_target, "apply_edits", lazy),
        ("lines", line_target, "LineLocator", FirstLine),
        ("index_file", index_target, "LabelIndex", Wrong),
        ("core", test_cores_agree, "PURE", test_cores_agree),
    ],
)
def test_what_errs_is_found(
    monkeypatch: pytest.MonkeyPatch, name: str, module: Any, attribute: str, broken: Any
) -> None:
    """A seed breaks the law if what it is about has a fault."""
    law = TARGETS[name].load()
    monkeypatch.setattr(module, attribute, broken)
    assert any(breaks(law, path.read_bytes()) for path in TARGETS[name].seeds)


def breaks(law: Law, data: bytes) -> bool:
    """Whether a law refuses an input."""
    try:
        law(data)
    except Exception:  # noqa: BLE001  # each fault is another error
        return True
    return False


def test_text_that_changes_outside_of_metadata() -> None:
    """A comment that is lost, and a gap that moved, are found even where the data are the same."""
    old = "kind: Pod # x\nmetadata: {name: a}\nspec: 1\n"
    spans = [(14, 33)]
    editor_target._check_text(old, old.replace("name: a", "name: a, labels: {b: c}"), spans)
    for new in (old.replace(" # x", ""), old.replace("spec:", "spec: "), old[:33]):
        with pytest.raises(AssertionError):
            editor_target._check_text(old, new, spans)


@pytest.mark.parametrize(
    "text", ["", "a == 'b' && !(has(c) || d in {'e',})", "!!x starts  with 'y'"]
)
def test_the_second_reader_of_calico(text: str) -> None:
    """It knows each operator, and what binds tightest."""
    meaning = calico_meaning(text)
    assert meaning is not None
    assert meaning({"a": "b", "x": "yz"})
    assert meaning({"a": "b", "d": "e", "x": "z"}) is (text == "")


@pytest.mark.parametrize(
    "text",
    ["a", "a = 'b'", "has (a)", "a in {,}", "a == 'b", "()", "a==b", "a inx {}", "a in {'b' 'c'}",
     f"has({'k' * 513})", "a like 'b'"],
)  # fmt: skip
def test_what_the_second_reader_of_calico_refuses(text: str) -> None:
    """It refuses what rules 26 to 29 refuse."""
    assert calico_meaning(text) is None


@pytest.mark.parametrize(
    ("text", "name", "selected"),
    [
        ("up", "up", True),
        ('{"up",a=""}', "up", True),
        ('up{a=~"x|"} # z', "up", True),
        (r"{__name__!~'\x75\160',}", "up", False),
        ("{__name__=`u\\p`}", "u\\p", True),
        (r'{__name__="\u00e9\"\\"}', 'é"\\', True),
        ("{a!=''}", "up", False),
    ],
)
def test_the_second_reader_of_prometheus(text: str, name: str, selected: object) -> None:
    """It knows names, operators and the escapes of Go."""
    meaning = prometheus_meaning(text)
    assert meaning is not None
    assert meaning({"__name__": name}) is selected


@pytest.mark.parametrize(
    "text",
    ["", "on", "up{", "{,}", "{a}", "{a:b=''}", 'up{"b"}', "{a='b'c='d'}", r"{a='\"'}", r"{a='\q'}",
     r"{a='\400'}", r"{a='\xff'}", r"{a='\ud800'}", "{a=~'('}", "{a='b}", "@"],
)  # fmt: skip
def test_what_the_second_reader_of_prometheus_refuses(text: str) -> None:
    """It refuses what rules 33 and 34 refuse."""
    assert prometheus_meaning(text) is None


def test_the_second_reader_of_yaml() -> None:
    """It knows merges, aliases, anchors that are written twice, tags, keys that are no strings."""
    text = "a: &x {b: on, 1: ! 2}\nc: {<<: [*x, {d: !x y}], b: &x '5'}\nd: *x\n--- \n"
    first, second = read_nodes(text)
    inside = {"b": True, "1": "2"}
    assert first.value == {"a": inside, "c": {"d": "y", "1": "2", "b": "5"}, "d": "5"}
    assert (second.value, second.doubled, first.root.start_mark.line) == (None, False, 0)
    assert next(read_nodes("a: 1\na: 2")).doubled


@pytest.mark.parametrize(
    "text", ["a: &x [*x]", "? [a]\n: b", "~: a", "<<: 5", "a: .nan", "a: !!int 5"]
)
def test_what_the_second_reader_of_yaml_refuses(text: str) -> None:
    """It refuses what JSON has no word for."""
    with pytest.raises(RefusedError) as caught:
        list(read_nodes(text))
    assert caught.value.index < len(text)


def test_checksums() -> None:
    """A file that was changed and has its checksums again is loaded, or refused for its content."""
    data = TARGETS["index_file"].seeds[-1].read_bytes()
    assert index_target._with_checksums(data) == data
    shorter = index_target._with_checksums(data[:-1])
    assert len(shorter) == len(data) - 1
    assert shorter[:16] == data[:16]
    assert index_target._with_checksums(b"short") == b"short"
    index_target.index_file(data[:-1])


def test_objects_that_are_no_json() -> None:
    """Bytes that are no JSON, or too deep, are passed over."""
    for data in (b"\xff", b"[" * 100_000, json.dumps({"a": "b"}).encode()):
        object_target.objects(data)
