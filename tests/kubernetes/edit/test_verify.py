"""The last check before a file is written: nothing but the wanted change may have happened."""

from copy import deepcopy
from dataclasses import replace

import pytest

from labelsel.errors import ManifestError
from labelsel.kubernetes import Edit, Inventory
from labelsel.kubernetes.edit.verify import Edits, find_difference, read_again
from labelsel.kubernetes.model.document import Data, Document

UNSAFE = "something else would change, too"


def pod(name: str, labels: Data = None, **more: Data) -> Data:
    """Return a pod; ``labels=None`` writes no map of labels at all."""
    metadata = {"name": name} | ({} if labels is None else {"labels": labels})
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, **more}


def listed(*items: Data) -> Data:
    return {"apiVersion": "v1", "kind": "List", "items": list(items)}


def unread(problem: str) -> ManifestError:
    return ManifestError("a.yaml", problem)


def documents(*values: Data) -> list[Document | ManifestError]:
    """Return what a reader returns of so many documents."""
    return [
        value if isinstance(value, ManifestError) else Document(number, 1, value)
        for number, value in enumerate(values, 1)
    ]


def relabelled(body: Data, labels: dict[str, str] | None, **options: Data) -> Edit:
    """Return an edit that gives an object other labels, or removes it."""
    [before] = Inventory.of(deepcopy(body))
    return Edit(before, None if labels is None else replace(before, labels=labels), **options)


SAME = [
    ([], []),
    ([{"a": 1}], [{"a": 1}]),
    # The order of keys does not count, however deep; that of a list does.
    ([{"a": 1, "b": {"c": 1, "d": 2}}], [{"b": {"d": 2, "c": 1}, "a": 1}]),
    ([{"a": 1}, unread("bad"), None], [{"a": 1}, unread("bad"), None]),
    ([unread("bad")], [unread("bad")]),
    # An empty document holds nothing that could change.
    ([{"a": 1}, None], [{"a": 1}]),
]
DIFFERENT = [
    ([{"a": [1, 2]}], [{"a": [2, 1]}], ""),
    ([{"a": 1}], [{"a": 1.0}], ""),
    ([{"a": 1}], [{"a": True}], ""),
    ([{"a": 1}], [{"a": "1"}], ""),
    ([{"a": None}], [{"a": ""}], ""),
    ([{"a": None}], [{}], ""),
    ([{"a": 1}], [{"b": 1}], ""),
    ([{"a": 1}], [{"a": 1, "b": None}], ""),
    ([{"a": 1}], [], ""),
    ([{"a": 1}, {"a": 1}], [{"a": 1}], ""),
    ([{"a": 1}], [{"a": 1}, {"a": 1}], ""),
    ([{"a": 1}, {"b": 1}], [{"b": 1}, {"a": 1}], ""),
    ([unread("bad")], [], ""),
    ([unread("bad")], ["error: bad"], ""),
    ([unread("bad")], [["bad"]], ""),
    ([{"a": 1}], [{"a": 1}, unread("bad"), unread("worse")], ": bad"),
    ([{"a": 1}], [unread("bad")], ": bad"),
    ([unread("bad")], [unread("worse")], ": worse"),
    ([unread("bad")], [unread("bad"), unread("bad")], ": bad"),
]


@pytest.mark.parametrize(("old", "new"), SAME)
def test_nothing_else_changed(old: list[Data], new: list[Data]) -> None:
    assert find_difference(documents(*old), documents(*new), {}) is None


@pytest.mark.parametrize(("old", "new", "problem"), DIFFERENT)
def test_something_else_changed(old: list[Data], new: list[Data], problem: str) -> None:
    """Said with the first error of the new text."""
    assert find_difference(documents(*old), documents(*new), {}) == UNSAFE + problem


A, B, C = pod("a", {"x": "1"}), pod("b", {"x": "1"}, spec={"n": 1}), pod("c")
JOB = pod("j", {"x": "1"}, spec={"template": {"metadata": {"labels": {"x": "1"}, "n": 1}, "s": 2}})
NULLS = pod("n", {"x": None, "y": None, "z": "1"})


@pytest.mark.parametrize(
    ("old", "number", "path", "edit", "new"),
    [
        (A, 1, (), relabelled(A, {"y": "2"}), pod("a", {"y": "2"})),
        (A, 1, (), relabelled(A, {}), pod("a")),
        (B, 1, (), relabelled(B, {"x": "2"}), pod("b", {"x": "2"}, spec={"n": 1})),
        (C, 1, (), relabelled(C, {"x": "2"}), pod("c", {"x": "2"})),
        (A, 1, (), relabelled(A, None), None),
        # A null reads as "" and stays a null; it goes or gets a value like any other.
        (NULLS, 1, (), relabelled(NULLS, {"x": "", "y": "", "z": "2"}),
         pod("n", {"x": None, "y": None, "z": "2"})),
        (NULLS, 1, (), relabelled(NULLS, {"x": "1", "z": ""}), pod("n", {"x": "1", "z": ""})),
        # In a list only the object that is meant: the others are as they were.
        (listed(A, B, C), 1, ("items", 1), relabelled(B, {"y": "2"}),
         listed(A, pod("b", {"y": "2"}, spec={"n": 1}), C)),
        (listed(A, B, C), 1, ("items", 0), relabelled(A, None), listed(B, C)),
        (listed(A), 1, ("items", 0), relabelled(A, None), listed()),
        (listed(A, listed(B, C)), 1, ("items", 1, "items", 0), relabelled(B, {}),
         listed(A, listed(pod("b", spec={"n": 1}), C))),
        (listed(listed(A), B), 1, ("items", 0, "items", 0), relabelled(A, None),
         listed(listed(), B)),
        # The labels of a template beside those of the object.
        (JOB, 1, (), relabelled(JOB, {"x": "2"}),
         pod("j", {"x": "2"}, spec={"template": {"metadata": {"labels": {"x": "1"}, "n": 1},
                                                 "s": 2}})),
    ],
)  # fmt: skip
def test_the_change_that_is_wanted(
    old: Data, number: int, path: tuple[str | int, ...], edit: Edit, new: Data
) -> None:
    """The wanted change is all that may differ; not made, or made elsewhere, it is a difference."""
    before, after = documents(deepcopy(old), A), documents(new, A)
    assert find_difference(before, after, {number: {path: edit}}) is None
    assert find_difference(before, before, {number: {path: edit}}) == UNSAFE
    assert find_difference(before, after, {}) == UNSAFE
    if old != A:
        assert find_difference([before[1], before[0]], after, {2: {path: edit}}) == UNSAFE
        assert find_difference([before[1], before[0]], after[::-1], {2: {path: edit}}) is None


def test_several_edits_of_nested_lists() -> None:
    """Each is made where it is: an object of another list with the same number has none."""
    old = listed(listed(A, B), listed(B, C), A)
    new = listed(listed(A, pod("b", {"y": "2"}, spec={"n": 1})), listed(C), pod("a"))
    edits: Edits = {
        1: {
            ("items", 0, "items", 1): relabelled(B, {"y": "2"}),
            ("items", 1, "items", 0): relabelled(B, None),
            ("items", 2): relabelled(A, {}),
        }
    }
    assert find_difference(documents(old), documents(new), edits) is None


def test_labels_of_templates() -> None:
    """Maps deep in the object are set, and all around them stays."""
    [before] = Inventory.of(deepcopy(JOB))
    body = deepcopy(JOB)
    body["spec"]["template"]["metadata"]["labels"] = {"y": "2"}
    [after] = Inventory.of(body)
    edit = Edit(before, after, templates=(("spec", "template", "metadata"),))
    assert find_difference(documents(JOB), documents(body), {1: {(): edit}}) is None
    body["spec"]["template"]["metadata"]["n"] = 2
    assert find_difference(documents(JOB), documents(body), {1: {(): edit}}) == UNSAFE


def test_several_edits_at_once() -> None:
    edits: Edits = {1: {("items", 0): relabelled(A, None), ("items", 2): relabelled(C, {"x": "2"})}}
    old, new = listed(A, B, C), listed(B, pod("c", {"x": "2"}))
    assert find_difference(documents(old, A), documents(new, A), edits) is None
    assert find_difference(documents(old, A), documents(new), edits) == UNSAFE


@pytest.mark.parametrize("is_json", [True, False])
def test_a_text_is_read_to_its_end(*, is_json: bool) -> None:
    """What cannot be read is an error among the documents, in JSON as in YAML."""
    text = '{"a": 1} {' if is_json else "a: 1\n---\nb: [\n"
    document, error = read_again(text, "a.yaml", is_json=is_json)
    assert isinstance(document, Document)
    assert document.value == {"a": 1}
    assert isinstance(error, ManifestError)
    assert len(read_again('{"a": 1}', "a.yaml", is_json=is_json)) == 1
