"""YAML text into documents: data, places, faults, and limits."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from labelsel.errors import ManifestError, TemplateError
from labelsel.kubernetes.model.document import Document
from labelsel.kubernetes.read.yaml_reader import read_yaml
from labelsel.limits import MAX_ALIASED_NODES, MAX_DOCUMENT_DEPTH
from tests.kubernetes.yaml_objects import REFUSED


@pytest.fixture(autouse=True, params=["libyaml", "python"])
def _parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run every test with libyaml's parser and with PyYAML's own."""
    if request.param == "python":
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)


def read(text: str) -> list[Document | ManifestError]:
    return list(read_yaml(text, "a.yaml"))


def data(text: str) -> Any:
    """The data of the only document in a text."""
    (document,) = read(text)
    assert isinstance(document, Document), document
    return document.value


def fault(text: str) -> ManifestError:
    """What is wrong with the only document in a text."""
    (error,) = read(text)
    assert isinstance(error, ManifestError), error
    return error


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: web", {"a": "web"}),
        ("a: on", {"a": True}),
        ("a: 'on'", {"a": "on"}),
        ('a: "1.0"', {"a": "1.0"}),
        ("a: 1.0", {"a": 1.0}),
        ("a: 2020-01-01", {"a": "2020-01-01"}),
        ("a: |\n  1\n", {"a": "1\n"}),
        ("a: >-\n  1\n", {"a": "1"}),
        ("a:", {"a": None}),
        ("a: [1, b, [~]]", {"a": [1, "b", [None]]}),
        ("- {b: c}\n- d", [{"b": "c"}, "d"]),
        ("word", "word"),
        # Keys become strings, as JSON wants them.
        ("80: a\ny: b\n0.5: c\n1.0: d", {"80": "a", "true": "b", "0.5": "c", "1": "d"}),
        # Tags of YAML are obeyed, other tags are ignored.
        ("a: !!str 1.0", {"a": "1.0"}),
        ("a: !!int '7'", {"a": 7}),
        ("a: !!float 7", {"a": 7.0}),
        ("a: !!float '1.5'", {"a": 1.5}),
        ("a: !!bool 'on'", {"a": True}),
        ("a: !!null ''", {"a": None}),
        ("a: !!timestamp 2020-01-01", {"a": "2020-01-01"}),
        ("a: !Ref b\nc: !x [1]\nd: !y {e: 2}", {"a": "b", "c": [1], "d": {"e": 2}}),
        ("a: ! 1", {"a": "1"}),
        # Anchors and aliases.
        ("a: &x {b: 1}\nc: *x", {"a": {"b": 1}, "c": {"b": 1}}),
        ("a: &x 1\nb: &x 2\nc: *x", {"a": 1, "b": 2, "c": 2}),
        ("&k a: 1\nb: *k", {"a": 1, "b": "a"}),
    ],
)
def test_data(text: str, value: object) -> None:
    """Text means what Kubernetes' tools read, which is not what PyYAML would make of it."""
    assert data(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("base: &b {a: 1, b: 2}\nout: {<<: *b, b: 3}", {"a": 1, "b": 3}),
        # go-yaml takes entries in the order they are written, and so does kubectl.
        ("base: &b {a: 1, b: 2}\nout: {b: 3, <<: *b}", {"b": 2, "a": 1}),
        ("base: &b {a: 1}\nout: {<<: [*b, {a: 2, c: 4}]}", {"a": 1, "c": 4}),
        ("base: &b {a: 1}\nout: {<<: *b, <<: {b: 2}}", {"a": 1, "b": 2}),
        ("base: 1\nout: {!!merge x: 5}", {"x": 5}),
        ("base: 1\nout: {!!merge <<: {x: 5}}", {"x": 5}),
        ("base: 1\nout: {'<<': {x: 5}}", {"<<": {"x": 5}}),
        ("base: 1\nout: {!!str <<: {x: 5}}", {"<<": {"x": 5}}),
    ],
)
def test_merge(text: str, value: object) -> None:
    """``<<`` brings in the entries of other maps where it stands; in quotes it is a key."""
    assert data(text)["out"] == value


def test_an_alias_is_the_same_object() -> None:
    """Aliases cost no memory: they are what their anchor names, not a copy."""
    value = data("a: &x [1]\nb: *x")
    assert value["a"] is value["b"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("a: &x {b: &x 1}\nc: *x", 1),
        ("a: &x [&x {b: 1}, *x]\nc: *x", {"b": 1}),
        ("a: &x 0\nb: &x [&x 2, &y 3]\nc: *x", 2),
        ("a: &x [&y [&x 5]]\nb: &x [6]\nc: *x", [6]),
    ],
)
def test_an_anchor_inside_of_the_same_anchor(text: str, named: object) -> None:
    """YAML: an alias names the node that begins last before it, and not the one that ends last."""
    assert data(text)["c"] == named


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("labels:\n  a: 1\n  a: 3", 3, 'the key "a" is in this map twice, first on line 2'),
        ("podSelector: {x: [\n  {b: 1,\n  b: 1}]}", 3, 'the key "b" is in this map twice'),
        ("annotations: {1: a,\n  '1': b}", 2, 'the key "1" is in this map twice'),
        ("a: &x {b: 1, b: 2}\nselector: *x", 2, "*x, among labels, has a key twice in one map"),
        ("a: &x {b: 1, b: 2}\nb: &y [*x]\nlabels:\n  <<: *y", 4, "*y, among labels, has a key"),
        ("a: 1\n~: b", 2, "a key in a map is empty (null)"),
        ("? [a]\n: b", 1, "a key in a map is itself a list"),
        ("x: &x [a]\n? *x\n: b", 2, "a key in a map is an alias of a map or a list"),
        ("a:\n  name: {{ .Values.name }}", 2, "a template, which has to be rendered first"),
        ("a: 1\nb: *x", 2, "the alias *x has no anchor &x before it"),
        ("a: 1\nb: &x [*x]", 2, "the anchor &x contains itself"),
        ("a: !!binary gIGC", 1, "the value of !!binary must be base64 of text in UTF-8"),
        ("a: !!binary aGk", 1, "the value of !!binary must be base64 of text in UTF-8"),
        ("a: !!int b", 1, '"b" is not a valid !!int'),
        ("a: !!bool 1", 1, '"1" is not a valid !!bool'),
        ("a: !!float b", 1, '"b" is not a valid !!float'),
        ("a: .nan", 1, ".nan is not a number in JSON"),
        ("a: !!float -.inf", 1, "-.inf is not a number in JSON"),
        ("m: {<<: 5}", 1, "<< takes a map or a list of maps"),
        ("m: {<<: [{a: 1}, 5]}", 1, "<< takes a map or a list of maps"),
    ],
)
def test_what_no_manifest_can_say(text: str, line: int, problem: str) -> None:
    """YAML that has no meaning as a Kubernetes object is refused, with the line."""
    error = fault(text)
    assert problem in error.problem
    assert (error.document, error.line) == (1, line)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: b: c", 1),
        ("a: 1\nb: [1, 2", 2),
        ("a: 1\n\tb: 2", 2),
        ('a: 1\nb: "x', 2),
        ("a: 1\n- b", 2),
        ("a: 1\nb: %x", 2),
    ],
)
def test_not_yaml(text: str, line: int) -> None:
    """A fault in the YAML itself is told with its line, in the parser's words."""
    error = fault(text)
    assert error.problem.startswith("not valid YAML: ")
    assert error.line == line


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("a:\n\tb: 1\n", 2, "a tab begins the line, or stands before a word: indent with spaces"),
        ("a: `b`\n", 1, "a word cannot begin with '`': put the word in quotes"),
        ("a: b: c\n", 1, "a ':' where no key ends: put a text with ': ' in quotes, or correct"),
        ("kind Pod\nmetadata: {}\n", 2, "a ':' where no key ends: "),
        ("a: b\nkind Pod\n", 2, "a key without ':'"),
        ("a: [b\n", 1, "while parsing a flow sequence"),
    ],
)
def test_common_mistakes(text: str, line: int, problem: str) -> None:
    """The words of the scanner, such as token, are no words of a user."""
    error = fault(text)
    assert error.line == line
    assert error.problem.startswith(f"not valid YAML: {problem}")


@pytest.mark.parametrize(
    ("text", "line", "placeholder"),
    [("a: 1\nb: @NAME@\n", 2, "'@NAME@'"), ("a: @{b\n  c}\n", 1, "'@{b'")],
)
def test_placeholders(text: str, line: int, placeholder: str) -> None:
    """No text of YAML begins so: it is a template of another program."""
    error = fault(text)
    assert isinstance(error, TemplateError)
    assert (error.line, error.problem.endswith(f"the placeholder {placeholder}")) == (line, True)


def test_documents_are_counted_and_have_lines() -> None:
    """Empty documents count but say nothing; a line is that of the data, not of the ``---``."""
    documents = read("# head\na: 1\n---\n---\n\n# x\nb: 2\n...\n---\n{c: 3}\n")
    assert [(d.number, d.line, d.value) for d in documents if isinstance(d, Document)] == [
        (1, 2, {"a": 1}),
        (2, 4, None),
        (3, 7, {"b": 2}),
        (4, 10, {"c": 3}),
    ]


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n"])
def test_no_document(text: str) -> None:
    """A text with nothing in it has no documents, and no fault."""
    assert read(text) == []


def test_reading_goes_on_behind_a_bad_document() -> None:
    """Each bad document is one fault with its own number and line; none takes others along."""
    text = """\
a: 1
---
b: "never closed
---
c: 3
--- {d: [
---
labels: {e: 1,
  e: 2}
---
f: 6
--- "
"""
    found = read(text)
    assert [(d.number, d.line, d.value) for d in found if isinstance(d, Document)] == [
        (1, 1, {"a": 1}),
        (3, 5, {"c": 3}),
        (6, 11, {"f": 6}),
    ]
    errors = [error for error in found if isinstance(error, ManifestError)]
    assert [error.document for error in errors] == [2, 4, 5, 7]
    assert errors[2].line == 9


def test_a_directive_belongs_to_the_document_behind_it() -> None:
    """Documents are told apart by YAML's rules, not by looking for lines of ``---``."""
    assert data("%YAML 1.1\n---\na: 1\n") == {"a": 1}
    assert data("a: |\n  ---\n  b\n") == {"a": "---\nb\n"}


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x7f", "\ufffe", "\x9f"])
def test_forbidden_characters(character: str) -> None:
    """A control character is named by its number, with document and line."""
    error = fault(f"a: 1\n---\nb: {character}\n")
    assert str(error) == (
        "a.yaml, document 2 (line 3): not valid YAML: "
        f"the character U+{ord(character):04X} is not allowed"
    )


def nested(opening: str, closing: str, depth: int) -> str:
    return opening * depth + closing * depth


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{a: ", "}"), ("- ", "x")])
def test_depth_is_bounded(opening: str, closing: str) -> None:
    """Hostile nesting is refused long before Python's own recursion ends."""
    assert read(nested(opening, closing, MAX_DOCUMENT_DEPTH)) != []
    assert isinstance(read(nested(opening, closing, MAX_DOCUMENT_DEPTH))[0], Document)
    error = read(nested(opening, closing, MAX_DOCUMENT_DEPTH + 2))[0]
    assert isinstance(error, ManifestError)
    assert f"more than {MAX_DOCUMENT_DEPTH} levels deep" in error.problem


def test_aliases_are_bounded() -> None:
    """A few lines of aliases of aliases cannot stand for more nodes than fit in memory."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    error = fault("\n".join(lines))
    assert (
        error.problem
        == f"the aliases of the document stand for more than {MAX_ALIASED_NODES:,} nodes"
    )
    assert error.line == 6
    assert len(data("\n".join(lines[:5]))) == 5


@pytest.mark.parametrize("depth", [MAX_DOCUMENT_DEPTH, MAX_DOCUMENT_DEPTH + 1])
def test_depth_counts_through_aliases(depth: int) -> None:
    """Aliases of aliases lie as deep as what they stand for, however flat the text is."""
    lines = ["a0: &a0 [x]"]
    lines += [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, depth - 1)]
    (found,) = read("\n".join(lines))
    assert isinstance(found, ManifestError) == (depth > MAX_DOCUMENT_DEPTH)
    if isinstance(found, ManifestError):
        assert f"more than {MAX_DOCUMENT_DEPTH} levels deep" in found.problem
        assert found.line == len(lines)


@pytest.mark.parametrize("fault", ["a: *x\nb: ", "", "labels: {a: 1, a: 2}\nb: "])
def test_nothing_is_parsed_behind_a_fault(fault: str) -> None:
    """A refused document is left at once: the parser looks at a few parts of it, not at all."""
    reports: list[int] = []
    text = fault + "[" * 1_000_000 + "\n---\n" + "- a\n" * 5000
    first, last = read_yaml(text, "a.yaml", lambda read, _: reports.append(read))
    assert isinstance(first, ManifestError)
    assert isinstance(last, Document)
    # A report comes whenever the parser asks for more of the text.
    assert reports
    assert not [read for read in reports if 100_000 < read < 1_000_000]


@pytest.mark.parametrize(
    ("text", "value", "warnings"),
    [
        ("a: 1\nb: 2\na: 3", {"a": 3, "b": 2}, [(3, "a", 1)]),
        ("x:\n  - {b: 1,\n     b: 2, 'b': 3}", {"x": [{"b": 3}]}, [(3, "b", 2), (3, "b", 3)]),
        ("1: a\n'1': b", {"1": "b"}, [(2, "1", 1)]),
        ("a: {b: 1, b: 2}\na: 3", {"a": 3}, [(1, "b", 1), (2, "a", 1)]),
        ("a: &x {b: 1, b: 2}\nc: *x", {"a": {"b": 2}, "c": {"b": 2}}, [(1, "b", 1)]),
        # Merged keys are no doubled ones.
        ("x: &x {a: 1}\nz: {<<: *x, a: 2}", {"x": {"a": 1}, "z": {"a": 2}}, []),
    ],
)
def test_a_doubled_key(text: str, value: object, warnings: list[tuple[int, str, int]]) -> None:
    """Of a key that stands twice the last one counts, as for kubectl, and that is told."""
    (document,) = read(text)
    assert isinstance(document, Document)
    assert document.value == value
    assert [(warning.line, warning.problem) for warning in document.warnings] == [
        (
            line,
            f'the key "{key}" is in this map twice, first on line {first}: the last entry counts',
        )
        for line, key, first in warnings
    ]
    assert all(warning.document == 1 for warning in document.warnings)


@pytest.mark.parametrize("key", REFUSED)
@pytest.mark.parametrize("where", ["{0}: {{}}\n{0}: {{}}", "- x: {{{0}: {{}},\n {0}: {{}}}}"])
def test_a_doubled_key_that_says_which(key: str, where: str) -> None:
    """It is refused: kubectl takes the last, which would silently select more."""
    (error,) = read(where.format(key))
    assert isinstance(error, ManifestError)
    assert error.line == 2
    assert error.problem.startswith(f'the key "{key}" is in this map twice, first on line 1: ')
    assert "keep one" in error.problem


def test_many_doubled_keys() -> None:
    """Ten are told each, of the rest how many there are; the next document begins anew."""
    first, second = read("a: 1\n" * 10_001 + "---\n" + "a: 1\n" * 11)
    assert isinstance(first, Document)
    assert [warning.line for warning in first.warnings] == [*range(2, 12), 12]
    *_, last = first.warnings
    assert str(last) == (
        "a.yaml, document 1 (line 12): "
        "… and 9,990 more duplicate keys from here on: the last entry counts"
    )
    assert isinstance(second, Document)
    assert len(second.warnings) == 10
    assert "more" not in second.warnings[-1].problem


def test_spellings_of_a_map_that_gave_way() -> None:
    """What was noted of a map that a second one replaced is not taken for the second one's."""
    gone = "metadata: {labels: {1: a}}\nmetadata: {}\n"
    text = gone * 20 + "metadata: {labels: {'1': a}}"
    (document,) = read(text)
    assert isinstance(document, Document)
    labels = document.value["metadata"]["labels"]
    assert (id(labels), "1") not in document.keys
    assert len(document.keys) == 20


@pytest.mark.parametrize("sign", ["\r", "\x85", "\u2028", "\u2029"])
def test_a_line_ends_at_a_line_feed(sign: str) -> None:
    """Other signs end a line to YAML alone: what is read and faults have an editor's lines."""
    begin = f"a: 1 #{sign}\n---\r\n"
    document, found, error = read(f"{begin}# b{sign}\nitems:\n- {{c: 1, c: 2}}\n---\n\nx: [")
    assert isinstance(document, Document)
    assert isinstance(found, Document)
    assert (document.line, found.line) == (1, 4)
    assert list(found.lines.values()) == [5]
    assert [warning.line for warning in found.warnings] == [5]
    assert isinstance(error, ManifestError)
    assert error.line == 8


def test_places_of_items_and_spellings() -> None:
    """Kept are the lines of list items, and the spelling of labels that are no strings."""
    text = "items:\n- a: 1\n- metadata:\n    labels:\n      v: 1.10\n      on: x\n- 5\n"
    (document,) = read(text)
    assert isinstance(document, Document)
    first, second, _ = document.value["items"]
    assert document.lines == {id(first): 2, id(second): 3}
    labels = second["metadata"]["labels"]
    assert labels == {"v": 1.1, "true": "x"}
    value = document.values[id(labels), "v"]
    key = document.keys[id(labels), "true"]
    assert (value.text, value.line, key.text, key.line) == ("1.10", 5, "on", 6)


def test_a_key_by_alias_has_its_text_for_a_spelling() -> None:
    """Where a key's own spelling is elsewhere, its text stands in for it."""
    (document,) = read("x: &k 80\nlabels: {*k : a}")
    assert isinstance(document, Document)
    assert [spelling.text for spelling in document.keys.values()] == ["80"]


def test_documents_are_read_when_asked_for() -> None:
    """Reading is lazy: a document is there before the text behind it was looked at."""
    documents: Iterator[object] = read_yaml("a: 1\n---\nb: [\n", "a.yaml")
    assert isinstance(next(documents), Document)
    assert isinstance(next(documents), ManifestError)


def test_progress_is_told() -> None:
    """Progress is in characters, never falls, and goes on behind a fault."""
    reports: list[tuple[int, int]] = []
    lines = "".join(f"- a{n}\n" for n in range(10_000))
    text = f"{lines}---\n[\n---\n{lines}"
    found = list(read_yaml(text, "a.yaml", lambda read, total: reports.append((read, total))))
    assert [type(document) for document in found] == [Document, ManifestError, Document]
    assert len(reports) >= 4
    assert reports == sorted(reports)
    assert {total for _, total in reports} == {len(text)}
    assert reports[-1][0] > len(text) * 0.8


@given(st.text() | st.text(alphabet="{}[]:-,&*#!|>'\"% \n\tab1<"))
def test_any_text_is_documents_or_faults(text: str) -> None:
    """No text raises, and everything that is read can be said in JSON."""
    for number, found in enumerate(read_yaml(text, "a.yaml"), start=1):
        assert isinstance(found, Document | ManifestError)
        if isinstance(found, Document):
            assert found.number == number


@pytest.mark.parametrize("text", ["a: *%s", "a: &%s [*%s]", "a: !!int %s"])
def test_long_names_in_messages(text: str) -> None:
    """A message shows the beginning of a long name."""
    (found,) = read(text.replace("%s", "x" * 1000))
    assert isinstance(found, ManifestError)
    assert len(found.problem) < 300
