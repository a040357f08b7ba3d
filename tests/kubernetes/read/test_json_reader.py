"""JSON text into documents: data, lines, faults, and limits."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelsel.errors import ManifestError
from labelsel.kubernetes.model.document import Document
from labelsel.kubernetes.read.json_reader import read_json
from labelsel.limits import MAX_DOCUMENT_DEPTH
from tests.kubernetes.yaml_objects import REFUSED


def read(text: str) -> list[Document]:
    documents, error = read_json(text, "a.json")
    assert error is None, error
    return documents


def fault(text: str) -> ManifestError:
    _, error = read_json(text, "a.json")
    assert error is not None
    return error


def test_documents_one_after_the_other() -> None:
    """Values stand side by side, as ``kubectl get -o json`` of several calls leaves them."""
    documents = read('{"a": 1}\n{}{"items": 5}\n\n [1] "x" null\n')
    assert [(d.number, d.line, d.value) for d in documents] == [
        (1, 1, {"a": 1}),
        (2, 2, {}),
        (3, 2, {"items": 5}),
        (4, 4, [1]),
        (5, 4, "x"),
        (6, 4, None),
    ]
    assert read(" \n") == []


def test_items_keep_their_lines() -> None:
    """Each object of a list knows the line it begins on, whatever stands before ``items``."""
    (document,) = read(
        '{"kind": "List",\n "items": [\n  {"a": 1},\n  {\n  "b": 2}, [3]],\n "z": 1}'
    )
    items = document.value["items"]
    assert items == [{"a": 1}, {"b": 2}, [3]]
    assert [document.lines[id(item)] for item in items] == [3, 4, 5]
    assert document.value["z"] == 1
    assert read('{"items": [ ]}')[0].value == {"items": []}


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ('{"labels": {"a": 1,\n"a": 2}}', 2, 'the key "a" is in this map twice, first on li'),
        ('{"spec": [{"selector":\n [{"b": 1, "b": 3}]}]}', 2, 'the key "b" is in this map twice'),
        ('{"a": 1', 1, "expecting '}'"),
        ('{"a": 1,}', 1, "expecting a key in double quotes"),
        ("{'a': 1}", 1, "expecting a key in double quotes"),
        ('{"a" 1}', 1, "expecting ':'"),
        ('{"a": }', 1, "expecting value"),
        ('{"items": [1,]}', 1, "expecting value"),
        ('{"items": [1 2]}', 1, "expecting ']'"),
        ('{"items": [\n{"a": tru}]}', 2, "expecting value"),
        ('{"a": "x\ny"}', 1, "invalid control character"),
        ('{"a": NaN}', 1, "NaN is not a number"),
        ('{"a": -Infinity}', 1, "-Infinity is not a number"),
        ('{"a": 1e999}', 1, "the number 1e999 is too large"),
        ('{"a": "\\ud800"}', 1, "a lone surrogate"),
        ('{"a": ' + "9" * 5000 + "}", 1, "9… is too large"),
        ("}", 1, "expecting value"),
    ],
)
def test_faults(text: str, line: int, problem: str) -> None:
    """A fault has its line, and words that say what is wrong there."""
    error = fault(text)
    assert problem in error.problem
    assert (error.document, error.line) == (1, line)


def test_a_doubled_key() -> None:
    """Of a key that stands twice the last one counts, as for kubectl, and that is told."""
    text = r"""{}
{"a\"": {"labels": {"b": 1}, "c": "{", "c": [
  {"x": "a\"", "y": {}, "x": 2}]},
 "\u0061\"": 3}"""
    _, document = read(text)
    assert document.value == {'a"': 3}
    assert [(warning.document, warning.line, warning.problem) for warning in document.warnings] == [
        (
            2,
            line,
            f'the key "{key}" is in this map twice, first on line {first}: the last entry counts',
        )
        for line, key, first in ((2, "c", 2), (3, "x", 3), (4, 'a"', 2))
    ]
    assert read('{"a": 1} {"b": {}, "c": {}}')[1].warnings == []


@pytest.mark.parametrize("key", REFUSED)
def test_a_doubled_key_that_says_which(key: str) -> None:
    """As in YAML it is refused, wherever it stands."""
    error = fault(f'{{"a": [{{"{key}": {{}},\n"{key}": {{}}}}]}}')
    assert error.line == 2
    assert error.problem.startswith(f'the key "{key}" is in this map twice, first on line 1: ')


def test_many_doubled_keys() -> None:
    """As in YAML, ten are told each."""
    (document,) = read("{" + '"a": 1,\n' * 10_000 + '"a": 1}')
    assert [warning.line for warning in document.warnings] == [*range(2, 12), 12]
    assert document.warnings[-1].problem.startswith("… and 9,990 more duplicate keys")


def test_documents_before_a_fault_are_kept() -> None:
    """A fault in the second document leaves the first."""
    documents, error = read_json('{"a": 1}\n{"b": }', "a.json")
    assert [document.value for document in documents] == [{"a": 1}]
    assert error is not None
    assert (error.document, error.line) == (2, 2)


def test_surrogate_pairs_are_characters() -> None:
    """Escapes that stand in pairs are one character, as most writers of JSON have it."""
    assert read(json.dumps({"a": "🚀"}))[0].value == {"a": "🚀"}


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_depth_is_bounded(opening: str) -> None:
    """Hostile nesting is refused, just over the limit and far over it."""
    closing = "]" if opening == "[" else "}"

    def nested(depth: int) -> str:
        return '{"x": ' + opening * depth + "1" + closing * depth + "}"

    assert read(nested(MAX_DOCUMENT_DEPTH))[0].number == 1
    assert (
        f"more than {MAX_DOCUMENT_DEPTH} levels deep"
        in fault(nested(MAX_DOCUMENT_DEPTH + 1)).problem
    )
    assert f"more than {MAX_DOCUMENT_DEPTH} levels deep" in fault(nested(100_000)).problem


def test_a_wide_value_is_not_a_deep_one() -> None:
    """Many maps side by side are no fault."""
    assert len(read(json.dumps({"x": [{}] * 1000}))[0].value["x"]) == 1000


def test_progress_is_told() -> None:
    """Long lists report how far they are read."""
    reports: list[tuple[int, int]] = []
    text = json.dumps({"items": [{}] * 5000})
    read_json(text, "a.json", lambda read, total: reports.append((read, total)))
    assert len(reports) == 4
    assert reports == sorted(reports)
    assert reports[-1][1] == len(text)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda parts: st.lists(parts) | st.dictionaries(st.text() | st.just("items"), parts),
)


@given(JSON)
def test_reads_what_json_writes(value: Any) -> None:
    """Whatever the standard library writes is read the same."""
    for indent in (None, 2):
        (document,) = read(json.dumps(value, indent=indent))
        assert document.value == value


@given(st.text() | st.text(alphabet='{}[]:,"\\u0d8 \n\t1e.-items'))
def test_any_text_is_documents_or_a_fault(text: str) -> None:
    """No text raises."""
    read_json(text, "a.json")


def test_long_integers() -> None:
    """As in YAML, and in Go, an integer that is neither int64 nor uint64 is a float."""
    numbers = [2**63 - 1, -(2**63), 2**64 - 1, 2**64, -(2**63) - 1, 10**300]
    (document,) = read(json.dumps({"a": numbers}))
    found = document.value["a"]
    assert found == [*numbers[:3], *map(float, numbers[3:])]
    assert [type(each) for each in found] == [int, int, int, float, float, float]
    assert "the number 1000" in fault('{"a": 1' + "0" * 400 + "}").problem
    assert "the number -1000" in fault('{"a": -1' + "0" * 5000 + "}").problem
