"""Edits of objects in files: what may change, and that nothing else does."""

import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelsel.kubernetes import (
    Edit,
    EditError,
    append_objects,
    apply_edits,
    read_manifests,
    write_files,
)
from labelsel.kubernetes.edit import apply
from labelsel.kubernetes.edit.verify import Edits, ReadResult, find_difference
from tests.kubernetes.edit.changes import (
    COMMENTED,
    HEAD,
    POD,
    deleted,
    labelled,
    lines,
    meta,
    names,
    run,
)

ROOT = Path(__file__).resolve().parents[3]
MANIFESTS = ROOT.parent / "shared" / "manifests"


def test_only_labels_and_annotations_change(tmp_path: Path) -> None:
    """Other changes of an object are refused, and so are objects that come from no file."""
    path = tmp_path / "a.yaml"
    path.write_text(COMMENTED)
    (pod,) = read_manifests([path])
    other = replace(pod, labels={}, body={**pod.body, "spec": {"x": "y"}})
    homeless = replace(pod, source=replace(pod.source, location=None))
    with pytest.raises(EditError) as caught:
        apply_edits([Edit(pod, other), Edit(homeless, None)])
    assert [fault.problem for fault in caught.value.faults] == [
        "Pod/a: an edit may change only labels and annotations",
        "Pod/a: not read from a file that can be written",
    ]


@pytest.mark.parametrize(
    "body",
    [
        {**POD, "metadata": {"name": "a", "labels": {"a": "b"}, "finalizers": ["x"]}},
        {**POD, "metadata": {"name": "b", "labels": {"a": "b"}}},
        {**POD, "kind": "Job"},
        {**POD, "more": 1},
    ],
)
def test_each_other_change_is_refused(tmp_path: Path, body: dict[str, object]) -> None:
    """Also in the metadata, beside the labels."""
    path = tmp_path / "a.json"
    path.write_text(json.dumps(POD))
    (pod,) = read_manifests([path])
    with pytest.raises(EditError, match="an edit may change only labels and annotations"):
        apply_edits([Edit(pod, replace(pod, labels={}, body=body))])
    assert Edit(pod, replace(pod, labels={})).fault is None


def test_idle(tmp_path: Path) -> None:
    """An edit of one map of strings, of both, of a template, or of none."""
    path = tmp_path / "a.json"
    path.write_text(json.dumps(POD))
    (pod,) = read_manifests([path])
    assert Edit(pod, pod).is_idle
    assert not Edit(pod, replace(pod, annotations={"x": "z"})).is_idle
    assert not Edit(pod, replace(pod, labels={}, annotations={"x": "z"})).is_idle
    assert not Edit(pod, None).is_idle
    template = ("spec", "template", "metadata")
    bodies = [
        {**pod.body, "spec": {"template": {"metadata": m}}} for m in ({}, {"labels": {"x": "z"}})
    ]
    one, other = (replace(pod, body=body) for body in bodies)
    assert Edit(one, one, (template,)).is_idle
    assert list(Edit(one, other, (template,)).changes) == [(template, "labels", {}, {"x": "z"})]


def test_an_idle_edit_behind_a_link(tmp_path: Path) -> None:
    """Nobody named the target, so it is not written; an edit of nothing is no fault."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "a.json").write_text(json.dumps(POD))
    (folder / "b.json").symlink_to(tmp_path / "a.json")
    (pod,) = read_manifests([folder])
    assert apply_edits([Edit(pod, pod)]) == []
    with pytest.raises(EditError, match="the file is a link to "):
        apply_edits([Edit(pod, replace(pod, labels={}))])


def test_a_file_that_changed_since(tmp_path: Path) -> None:
    """A file that somebody else changed, or removed, is left alone."""
    path = tmp_path / "a.yaml"
    path.write_text(COMMENTED)
    edits = labelled({"a": "b"})(list(read_manifests([path])))
    path.write_text(f"{COMMENTED}# more\n")
    with pytest.raises(EditError, match="changed since it was read"):
        apply_edits(edits)
    path.unlink()
    with pytest.raises(EditError, match="no such file or directory"):
        apply_edits(edits)


def test_a_file_of_two_names(tmp_path: Path) -> None:
    """A file that is read under two names is written once, and stays what the names lead to."""
    path, link = tmp_path / "a.yaml", tmp_path / "b.yaml"
    path.write_text(COMMENTED)
    link.symlink_to(path)
    edits = labelled({"app": "api"})(list(read_manifests([path, link])))
    (rewrite,) = apply_edits(edits)
    write_files([rewrite])
    assert link.is_symlink()
    assert path.read_text() == COMMENTED.replace("web", "api")


def test_all_faults_are_told_and_progress(tmp_path: Path) -> None:
    """What is in the way in each file is told, not only the first; progress ends with all."""
    shared = meta("\n  name: a\n  labels: &l\n    a: b\nspec: {x: *l}\n")
    for name in "ab":
        (tmp_path / f"{name}.yaml").write_text(f"{shared}---\n{shared}")
    told: list[tuple[int, int]] = []
    edits = labelled({"c": "d"})(list(read_manifests([tmp_path])))
    with pytest.raises(EditError) as caught:
        apply_edits(edits, on_progress=lambda done, total: told.append((done, total)))
    assert len(caught.value.faults) == len(str(caught.value).splitlines()) == 4
    assert told == sorted(told)
    assert told[-1][0] < told[-1][1] == 4 * len(shared) + 8
    path = tmp_path / "c.yaml"
    path.write_text(names("a", "b"))
    (rewrite,) = apply_edits(
        deleted("a")(list(read_manifests([path]))), on_progress=lambda *_: None
    )
    assert rewrite.after.decode() == names("b")


def test_idle_edits_are_left_out(tmp_path: Path) -> None:
    """Who changes nothing needs no file."""
    path = tmp_path / "a.yaml"
    path.write_text(names("a"))
    (pod,) = read_manifests([path])
    path.unlink()
    assert apply_edits([Edit(pod, pod)]) == []


def test_progress(tmp_path: Path) -> None:
    """In characters: once through the edited documents, three times if some are deleted."""
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_text(names("a", "b", "c"))
    second.write_text(names("d", "e"))
    one, other = len(names("a", "b", "c")), len(names("d", "e"))
    resources = list(read_manifests([first, second]))
    edits = [*labelled({"x": "y"})(resources)[:3], *deleted("e")(resources)]
    told: list[tuple[int, int]] = []
    apply_edits(edits, on_progress=lambda *each: told.append(each))
    total = one + 3 * other
    assert {each for _, each in told} == {total}
    done = [each for each, _ in told]
    assert done == sorted(done)
    assert done[:4] == [0, one // 3, 2 * one // 3, one]
    # The second file is looked through, read as it was, and read as it is now.
    middle, end = one + 2 * other, one + 2 * other + len(names("d"))
    assert done[4:] == [middle, middle, end, end]


def verified(monkeypatch: pytest.MonkeyPatch, path: Path, edits: list[Edit]) -> list[int]:
    """Return how many documents were compared together, in the order in which they were."""
    counts: list[int] = []

    def note(old: Iterable[ReadResult], new: Sequence[ReadResult], each: Edits) -> str | None:
        counts.append(len(documents := list(old)))
        return find_difference(documents, new, each)

    with monkeypatch.context() as patch:
        patch.setattr(apply, "find_difference", note)
        before = path.read_bytes()
        (rewrite,) = apply_edits(edits)
        assert rewrite.before == before
    return counts


def test_which_documents_are_verified_together(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """At most 64 that follow each other; all of the file if one is deleted."""
    path = tmp_path / "a.yaml"
    pods = [f"{meta(f'{{name: a{n}, labels: {{a: b}}}}')}\n" for n in range(130)]
    path.write_text("---\n".join(pods))
    edits = labelled({"a": "c"})(list(read_manifests([path])))
    assert verified(monkeypatch, path, edits) == [64, 64, 2]
    assert verified(monkeypatch, path, [*edits[:3], *edits[4:6], edits[9]]) == [3, 2, 1]
    gone = Edit(edits[0].before, None)
    assert verified(monkeypatch, path, [gone, *edits[1:3]]) == [130]
    # An object in a List is compared with all of the List, and with nothing around it.
    items = f"kind: List\napiVersion: v1\nitems:\n- {json.dumps(POD)}\n- {json.dumps(POD)}\n"
    path.write_text("---\n".join([*pods[:2], items, *pods[2:4]]))
    edits = labelled({"a": "c"})(list(read_manifests([path])))
    assert verified(monkeypatch, path, edits) == [2, 1, 2]
    path.write_text(f"{json.dumps(POD)} {json.dumps(POD)}")
    edits = labelled({"a": "c"})(list(read_manifests([path])))
    assert verified(monkeypatch, path, edits) == [1, 1]


def test_faults_beside_a_deletion(tmp_path: Path) -> None:
    """What cannot be edited is told alone: a text without that edit is not compared."""
    path = tmp_path / "a.yaml"
    shared = meta("\n  name: s\n  labels: &l\n    a: b\nspec: {x: *l}\n")
    path.write_text(f"{shared}---\n{names('a')}")
    pods = list(read_manifests([path]))
    with pytest.raises(EditError) as caught:
        apply_edits([*labelled({"a": "c"})(pods[:1]), Edit(pods[1], None)])
    (fault,) = caught.value.faults
    assert "shared by the alias *l" in fault.problem


def test_json_that_no_yaml_parser_reads(tmp_path: Path) -> None:
    """A key of more than 1,024 characters: JSON is never read as YAML."""
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"spec": {"k" * 1100: "é"}, **POD}))
    after = run(path, path.read_text(), labelled({"a": "c"}))
    assert after == json.dumps({"spec": {"k" * 1100: "é"}, **POD}).replace('"b"', '"c"')


@pytest.mark.parametrize("end", ["", "\n", " \n \n"])
def test_the_end_of_a_file_of_json(tmp_path: Path, end: str) -> None:
    """It stays, whichever document goes; of a file without documents nothing is left."""
    path = tmp_path / "a.json"
    one, other = json.dumps(POD), json.dumps(POD).replace('"a"', '"x"')
    assert run(path, f"{one}\n{other}{end}", deleted("x")) == f"{one}{end}"
    assert run(path, f"{one}\n{other}{end}", deleted("a")) == f"{other}{end}"
    assert run(path, f"{one}\n{other}{end}", deleted()) == ""


def test_json_with_an_end_that_cannot_be_read(tmp_path: Path) -> None:
    """The end stays as it is; another error in its place would be a change."""
    path = tmp_path / "a.json"
    one, other = json.dumps(POD), json.dumps(POD).replace('"a"', '"x"')
    path.write_text(f"{one}\n{other}\n{{")
    pods = list(read_manifests([path], on_error=lambda _: None))
    assert [pod.name for pod in pods] == ["a", "x"]
    (rewrite,) = apply_edits([Edit(pods[0], None)])
    assert rewrite.after.decode() == f"{other}\n{{"


def test_many_documents_in_one_file(tmp_path: Path) -> None:
    """Documents that follow each other are verified together, the odd ones among them alone."""
    plain = [meta(f"\n  name: a{number}\n  labels:\n    a: b\n") for number in range(150)]
    # The last metadata count: whoever edits the first has changed nothing.
    first = "metadata: {name: y, labels: {a: b}}\n"
    twice = meta("\n  name: x\n  labels: {a: b}\n").replace("metadata", f"{first}metadata")
    other = meta("\n  name: other\n  labels:\n    a: other\n")
    shared = meta("\n  name: s\n  labels: &l\n    a: b\nspec: {x: *l}\n")
    texts = [*plain[:100], twice, *plain[100:140], other, *plain[140:]]
    path = tmp_path / "a.yaml"
    path.write_text("---\n".join(texts))
    warnings: list[str] = []
    found = read_manifests([path], on_warning=lambda each: warnings.append(each.problem))
    resources = [each for each in found if each.name != "other"]
    assert [each.partition(", ")[0] for each in warnings] == [
        'the key "metadata" is in this map twice'
    ]
    (rewrite,) = apply_edits(labelled({"a": "c"})(resources))
    expected = [text.replace("a: b", "a: c") for text in texts]
    at = twice.rindex("a: b")
    expected[100] = f"{twice[:at]}a: c{twice[at + 4 :]}"
    assert rewrite.after.decode() == "---\n".join(expected)
    path.write_text("---\n".join([*plain, shared]))
    with pytest.raises(EditError, match=r"Pod/s: its labels are shared by the alias \*l"):
        apply_edits(labelled({"a": "c"})(list(read_manifests([path]))))


NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}


NAMESPACE_TEXT = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", NAMESPACE_TEXT),
        ("# only a comment", f"# only a comment\n{NAMESPACE_TEXT}"),
        (names("a"), f"{names('a')}---\n{NAMESPACE_TEXT}"),
        (names("a").rstrip(), f"{names('a')}---\n{NAMESPACE_TEXT}"),
        (
            names("a").replace("\n", "\r\n"),
            f"{names('a')}---\n{NAMESPACE_TEXT}".replace("\n", "\r\n"),
        ),
        # The line ends of the first line count.
        (
            "\n" + names("a").replace("\n", "\r\n"),
            "\n" + names("a").replace("\n", "\r\n") + f"---\n{NAMESPACE_TEXT}",
        ),
        # A document that cannot be read stays as it is.
        (f"x: *no\n---\n{names('a')}", f"x: *no\n---\n{names('a')}---\n{NAMESPACE_TEXT}"),
        (json.dumps(POD), f"{json.dumps(POD)}\n{json.dumps(NAMESPACE, indent=4)}\n"),
    ],
)
def test_appended(tmp_path: Path, before: str, after: str) -> None:
    """A document is put behind the others, in the language and with the line ends of the file."""
    path = tmp_path / "a.yaml"
    path.write_bytes(before.encode())
    write_files([append_objects(str(path), NAMESPACE)])
    assert path.read_bytes().decode() == after


def test_appended_to_a_new_file(tmp_path: Path) -> None:
    """A new file is YAML, or JSON where its name says so."""
    for name, text in (("a.yml", NAMESPACE_TEXT), ("a.json", json.dumps(NAMESPACE, indent=4))):
        path = tmp_path / name
        write_files([append_objects(str(path), NAMESPACE)])
        assert path.read_text().rstrip() == text.rstrip()


def test_what_cannot_be_appended_to(tmp_path: Path) -> None:
    """A file that is no text, that changed, or that cannot be read to its end, stays."""
    path = tmp_path / "a.yaml"
    for data, version, problem in (
        (b"\xff", None, "not UTF-8"),
        (b"a: b", b"another", "changed since it was read"),
    ):
        path.write_bytes(data)
        with pytest.raises(EditError, match=problem):
            append_objects(str(path), NAMESPACE, version)
    path = tmp_path / "a.json"
    path.write_text('{"a": 1} {')
    with pytest.raises(EditError, match="something else would change, too: not valid JSON"):
        append_objects(str(path), NAMESPACE)


STYLES = st.sampled_from(["{}", "'{}'", '"{}"'])


WORDS = st.from_regex(r"k[a-z0-9]{0,3}", fullmatch=True)


@st.composite
def manifests(draw: st.DrawFn) -> str:
    """Documents with labels in all kinds of writing, and comments between them."""
    documents = []
    for number in range(draw(st.integers(1, 4))):
        labels = draw(st.dictionaries(WORDS, WORDS, max_size=4))
        pairs = [
            f"{draw(STYLES).format(key)}: {draw(STYLES.filter(lambda s: s != '{}')).format(value)}"
            for key, value in labels.items()
        ]
        unit = " " * draw(st.integers(1, 4))
        if not pairs:
            written = draw(st.sampled_from(["", f"{unit}labels: {{}}\n", f"{unit}labels:\n"]))
        elif draw(st.booleans()):
            written = f"{unit}labels: {{{', '.join(pairs)}}}\n"
        else:
            remark = st.sampled_from(["", "  # c", f"\n{unit * 2}# c"])
            written = f"{unit}labels:\n" + "".join(
                f"{unit * 2}{pair}{draw(remark)}\n" for pair in pairs
            )
        name = f"{unit}name: n{number}\n"
        parts = draw(st.permutations([name, written]))
        documents.append(f"{HEAD}metadata:\n{''.join(parts)}# end\nspec: {{}}\n")
    return "---\n".join(documents)


@given(manifests(), st.dictionaries(WORDS, st.none() | WORDS, min_size=1, max_size=3))
def test_any_change_reads_back(
    tmp_path_factory: pytest.TempPathFactory, text: str, changes: dict[str, str | None]
) -> None:
    """Whatever is written however: the labels are what they should be, all else stays."""
    path = tmp_path_factory.mktemp("any") / "a.yaml"
    path.write_text(text)
    before = list(read_manifests([path]))
    edits = labelled(changes)(before)
    write_files(apply_edits(edits))
    after = list(read_manifests([path]))
    assert [item.labels for item in after] == [
        edit.after.labels for edit in edits if edit.after is not None
    ]
    changed = [line for line in lines(text, path.read_text()) if "# end" in line or "spec" in line]
    assert not changed


@pytest.mark.skipif(not MANIFESTS.is_dir(), reason=f"no real manifests at {MANIFESTS}")
def test_real_manifests(tmp_path: Path) -> None:
    """In real manifests the lines of these labels change, or come, and no others."""
    key = "app.kubernetes.io/part-of"
    copy = tmp_path / "manifests"
    shutil.copytree(MANIFESTS, copy, copy_function=shutil.copyfile)
    before = {path: path.read_text() for path in copy.rglob("*.yaml")}
    resources = list(read_manifests([copy]))
    had = [item.labels.get(key) for item in resources]
    write_files(apply_edits(labelled({key: "all"})(resources)))
    changed = [line for path, text in before.items() for line in lines(text, path.read_text())]
    stripped = [line[1:].strip() for line in changed]
    assert {line for line in stripped if line[:4] != "app."} <= {"labels:"}
    assert stripped.count(f"{key}: all") == len(resources)
    assert sum(line.startswith("-") for line in changed) == len(resources) - had.count(None)
    assert [item.labels[key] for item in read_manifests([copy])] == ["all"] * len(resources)
    write_files(apply_edits(deleted()(list(read_manifests([copy])))))
    assert list(read_manifests([copy])) == []
