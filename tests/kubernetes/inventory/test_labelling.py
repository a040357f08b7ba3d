"""Labels and annotations set, changed and removed, by kubectl's rules."""

import copy
import pickle
from pathlib import Path

import pytest

from labelsel import InvalidLabelError
from labelsel.kubernetes import (
    LabellingError,
    Resource,
    annotate,
    label,
    parse_changes,
    read_manifests,
)
from labelsel.limits import MAX_ANNOTATIONS_BYTES

TEXT = """\
apiVersion: v1
kind: Pod
metadata:
  name: a
  resourceVersion: "7"
  labels: &shared {app: web, tier: front}
  annotations: {note: old}
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Pod, metadata: {name: b, labels: &x {app: api}}}
- {apiVersion: v1, kind: Pod, metadata: {name: c, labels: *x}}
- {apiVersion: v1, kind: Pod, metadata: {name: d}}
"""


@pytest.fixture
def pods(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Resource]:
    """Four pods, of which two share one map of labels."""
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(TEXT)
    return list(read_manifests(["a.yaml"]))


@pytest.mark.parametrize(
    ("words", "what", "expected"),
    [
        (["a=b", "c=", "d-"], "label", {"a": "b", "c": "", "d": None}),
        # A key that ends in a hyphen is no legal one, but may be there to be removed.
        (["a--"], "label", {"a-": None}),
        (["example.com/A=b"], "label", {"example.com/A": "b"}),
        (["a=b=c d é", "Example.COM/x=y"], "annotation", {"a": "b=c d é", "Example.COM/x": "y"}),
        ([], "label", {}),
    ],
)
def test_words(words: list[str], what: str, expected: dict[str, str | None]) -> None:
    """Words say what is set and what is removed."""
    assert parse_changes(words, what) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "problems"),
    [
        (["x=\udc85", "y=1"], ["'x=\\udc85' is not UTF-8"]),
        (["app"], ["'app' is not a change: write app=VALUE to set the label, app- to remove it"]),
        (["a=b", "a-"], ["the label 'a' is both set and removed: leave one of them out"]),
        (["a-", "a=b"], ["the label 'a' is both set and removed: leave one of them out"]),
        (["a=b", "a=c"], ["the label 'a' is named twice"]),
        (["a-", "a-"], ["the label 'a' is named twice"]),
        (["-"], ["no label is named before '-'"]),
        (["=v"], ["label '': a key must not be empty"]),
        (
            ["a=="],
            [
                (
                    "label 'a': a value may hold only letters, digits, '-', '_' and '.', "
                    "this one has '='"
                )
            ],
        ),
        (
            ["x", "a=-", "y"],
            [
                "'x' is not a change: write x=VALUE to set the label, x- to remove it",
                "'y' is not a change: write y=VALUE to set the label, y- to remove it",
                "label 'a': a value must begin and end with a letter or digit, this one is '-'",
            ],
        ),
    ],
)
def test_bad_words(words: list[str], problems: list[str]) -> None:
    """All that is wrong is told at once."""
    with pytest.raises(InvalidLabelError) as caught:
        parse_changes(words)
    assert list(caught.value.problems) == problems


def test_labels(pods: list[Resource]) -> None:
    """Labels are added, kept and removed; each object knows what became of it."""
    done = label(pods, {"env": "dev", "tier": None})
    assert [change.outcome for change in done] == ["labeled"] * 4
    assert [dict(change.after.labels) for change in done] == [
        {"app": "web", "env": "dev"},
        *({"app": "api", "env": "dev"},) * 2,
        {"env": "dev"},
    ]
    assert [change.missing for change in done] == [(), *(("tier",),) * 3]
    assert all(change.changed for change in done)
    assert [change.before for change in done] == pods


def test_objects_stay_as_they_are(pods: list[Resource]) -> None:
    """The change is in the body of new objects, and in nothing that the old ones share."""
    before = copy.deepcopy(pods)
    done = label(pods, {"app": "new", "tier": None}, overwrite=True)
    annotate(pods, {"note": "new"})
    assert pods == before
    bodies = [change.after.body["metadata"] for change in done]
    assert [body["labels"] for body in bodies] == [{"app": "new"}] * 4
    assert list(bodies[0]) == ["name", "resourceVersion", "labels", "annotations"]
    assert [change.after.source for change in done] == [pod.source for pod in pods]


def test_outcomes(pods: list[Resource]) -> None:
    """The same value is not a change; where labels only went, the object is unlabeled."""
    [same, *_] = label(pods[:1], {"app": "web"})
    assert (same.outcome, same.changed, same.after) == ("not labeled", False, pods[0])
    [gone] = label(pods[1:2], {"app": None, "x": None})
    assert (gone.outcome, gone.missing) == ("unlabeled", ("x",))
    assert gone.after.labels == {}
    assert gone.after.body["metadata"] == {"name": "b"}
    [none] = label(pods[3:], {"x": None})
    assert (none.outcome, none.missing) == ("not labeled", ("x",))
    [noted] = annotate(pods[:1], {"note": "old"})
    assert noted.outcome == "not annotated"
    [noted] = annotate(pods[:1], {"note": None})
    assert (noted.outcome, noted.after.annotations) == ("annotated", {})
    assert label([], {"a": "b"}) == []


def test_all_or_nothing(pods: list[Resource]) -> None:
    """Every object that refuses is named with its place, its value and the one wanted."""
    with pytest.raises(LabellingError) as caught:
        label(pods, {"app": "api", "tier": "", "env": "dev"})
    assert str(caught.value) == (
        "a.yaml, document 1 (line 1): Pod/a: label app is already web: "
        "add --overwrite to make it api\n"
        "a.yaml, document 1 (line 1): Pod/a: label tier is already front: "
        "add --overwrite to make it empty"
    )
    refusals = caught.value.refusals
    assert [(each.resource, each.key, each.has, each.required) for each in refusals] == [
        (pods[0], "app", "web", "api"),
        (pods[0], "tier", "front", ""),
    ]
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # noqa: S301 - ours
    [done] = label(pods[:1], {"app": "api"}, overwrite=True)
    assert done.after.labels == {"app": "api", "tier": "front"}


@pytest.mark.parametrize("changes", [{"a": "b c"}, {"a b": "c"}, {"": None}, {"": "x"}])
def test_illegal_changes(pods: list[Resource], changes: dict[str, str | None]) -> None:
    """What is legal nowhere is refused before any object is looked at."""
    with pytest.raises(InvalidLabelError):
        label([], changes)
    with pytest.raises(InvalidLabelError):
        label(pods, changes)


def test_what_was_illegal_before(tmp_path: Path) -> None:
    """An illegal label that is there blocks no change of others; it is changed and removed."""
    path = tmp_path / "a.yaml"
    illegal = "labels: {v: 1+2, w-: x}, annotations: {a b: c}"
    path.write_text(f"{{apiVersion: v1, kind: Pod, metadata: {{name: a, {illegal}}}}}")
    pods = list(read_manifests([path]))
    [done] = label(pods, {"app": "web"})
    assert done.after.labels == {"v": "1+2", "w-": "x", "app": "web"}
    assert annotate(pods, {"x": "y"})[0].after.annotations == {"a b": "c", "x": "y"}
    with pytest.raises(InvalidLabelError, match="label 'v': a value may hold"):
        label(pods, {"v": "1+2"}, overwrite=True)
    [done] = label(pods, {"v": "1", "w-": None}, overwrite=True)
    assert done.after.labels == {"v": "1"}
    assert label(pods, {"v": None, "w-": None})[0].outcome == "unlabeled"


def test_annotations_that_are_kept(pods: list[Resource]) -> None:
    """Without overwriting kubectl refuses the same value, too, and one key never."""
    [done] = annotate(pods[:1], {"kubernetes.io/change-cause": "a"}, overwrite=False)
    [again] = annotate([done.after], {"kubernetes.io/change-cause": "b"}, overwrite=False)
    assert again.overwritten == {"kubernetes.io/change-cause": "a"}
    with pytest.raises(LabellingError) as caught:
        annotate(pods[:1], {"note": "old"}, overwrite=False)
    problem = "annotation note is already old, and --overwrite is false"
    assert [refusal.problem for refusal in caught.value.refusals] == [problem]
    [kept] = label(pods[:1], dict(pods[0].labels), overwrite=False)
    assert not kept.changed


def test_annotations(pods: list[Resource]) -> None:
    """Annotations take any text and give way, unless that is not wanted."""
    [done] = annotate(pods[:1], {"note": "a b\n=é", "more": ""})
    assert done.after.annotations == {"note": "a b\n=é", "more": ""}
    assert done.after.body["metadata"]["annotations"] == done.after.annotations
    assert (done.outcome, done.after.labels) == ("annotated", pods[0].labels)
    with pytest.raises(LabellingError, match="annotation note is already old: leave out"):
        annotate(pods[:1], {"note": "new"}, overwrite=False)
    with pytest.raises(LabellingError) as caught:
        annotate([done.after], {"note": "x" * 100_000}, overwrite=False)
    message = str(caught.value)
    assert r"annotation note is already 'a b\n=é': leave out --overwrite=false" in message
    assert len(message) < 300
    [again] = annotate([done.after], {"note": "new", "more": None, "extra": "x"})
    assert again.overwritten == {"note": "a b\n=é"}
    with pytest.raises(InvalidLabelError, match="annotation 'a b'"):
        annotate(pods, {"a b": "c"})


def test_annotations_have_a_limit_in_all(pods: list[Resource]) -> None:
    """262,144 bytes of keys and values are legal, one more is not, whoever brought it."""
    text = "x" * (MAX_ANNOTATIONS_BYTES - len("noteoldbig"))
    [done] = annotate(pods[:1], {"big": text})
    assert done.changed
    with pytest.raises(LabellingError, match="at most 262144 bytes in total, these take 262145"):
        annotate(pods[:1], {"big": text + "x"})
    with pytest.raises(InvalidLabelError, match="at most 262144 bytes"):
        annotate(pods, {"big": text + "x" * 8})


def test_resource_version(pods: list[Resource]) -> None:
    """An object that is not at the version wanted is refused."""
    assert label(pods[:1], {"x": "y"}, resource_version="7")[0].changed
    with pytest.raises(LabellingError, match=r"it is at resourceVersion 7, not 6: it was modified"):
        label(pods[:1], {"x": "y"}, resource_version="6")
    with pytest.raises(LabellingError, match="it is at resourceVersion none, not 7"):
        label(pods, {"x": "y"}, resource_version="7")
