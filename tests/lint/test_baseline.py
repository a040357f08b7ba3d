"""The baseline: known findings are not reported, new ones are; a broken file ignores nothing."""

import json
from pathlib import Path

import pytest

from labelsel.kubernetes import read_manifests, write_files
from labelsel.lint import RULES, Finding, Suppression, lint_objects
from labelsel.lint.baseline import Baseline, BaselineError, write_baseline
from tests.lint.manifests import labelled

BAD = labelled("Pod", "v1", "bad", labels="app: a b")


def found(folder: Path, text: str, name: str = "a.yaml") -> list[Finding]:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return lint_objects(read_manifests([path]))


def baseline(folder: Path, findings: list[Finding]) -> Baseline:
    path = str(folder / "baseline.json")
    write_files([write_baseline(path, findings)])
    return Baseline.read(path)


def suppressed(known: Baseline, findings: list[Finding]) -> list[Suppression | None]:
    return [one.suppression for one in known.compare(findings, RULES, ["a.yaml"]).findings]


def test_what_is_known(tmp_path: Path) -> None:
    """A finding that moved or has other words is known; another one is new."""
    known = baseline(tmp_path, found(tmp_path, BAD))
    assert suppressed(known, found(tmp_path, BAD)) == [Suppression.BASELINE]
    assert suppressed(known, found(tmp_path, f"# x\n# y\n{BAD.replace('a b', 'c d')}")) == [
        Suppression.BASELINE
    ]
    for new in (BAD.replace("name: bad", "name: worse"), BAD.replace("app: ", "tier: ")):
        assert suppressed(known, found(tmp_path, new)) == [None]
    assert suppressed(known, found(tmp_path, BAD, "b.yaml")) == [None]


def test_one_entry_is_for_one_finding(tmp_path: Path) -> None:
    """A second finding with the same key is new."""
    known = baseline(tmp_path, found(tmp_path, BAD))
    assert suppressed(known, found(tmp_path, BAD + BAD)) == [Suppression.BASELINE, None]
    both = baseline(tmp_path, found(tmp_path, BAD + BAD))
    assert suppressed(both, found(tmp_path, BAD + BAD)) == [Suppression.BASELINE] * 2
    assert len(both.compare(found(tmp_path, BAD), RULES, ["a.yaml"]).stale) == 1


def test_files_are_relative_to_the_baseline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The baseline means the same from wherever the command runs."""
    known = baseline(tmp_path, found(tmp_path, BAD, "shop/a.yaml"))
    (key,) = known.entries
    assert key == ("illegal-label", "shop/a.yaml", "pod/bad in shop", "metadata.labels.app")
    monkeypatch.chdir(tmp_path / "shop")
    again = lint_objects(read_manifests(["a.yaml"]))
    relative = Baseline.read("../baseline.json")
    assert suppressed(relative, again) == [Suppression.BASELINE]
    assert again[0].key(relative.folder) == key
    assert again[0].to_dict("..")["fingerprint"] == key.fingerprint


def test_stale_entries(tmp_path: Path) -> None:
    """An entry is stale if its rule was checked, and its file was read or is gone."""
    known = baseline(tmp_path, found(tmp_path, BAD))
    (key,) = known.entries
    assert known.compare([], RULES, ["a.yaml"]).stale == [key]
    assert known.compare([], RULES, []).stale == []
    assert known.compare([], {"key-typo"}, ["a.yaml"]).stale == []
    (tmp_path / "a.yaml").unlink()
    assert known.compare([], RULES, []).stale == [key]


def test_the_file(tmp_path: Path) -> None:
    """The file is sorted, so that changes are small, and readable; it can be written anew."""
    findings = found(tmp_path, BAD + BAD.replace("name: bad", "name: aaa"))
    path = tmp_path / "baseline.json"
    baseline(tmp_path, findings)
    text = path.read_text()
    objects = [entry["object"] for entry in json.loads(text)["findings"]]
    assert objects == ["pod/aaa in shop", "pod/bad in shop"]
    baseline(tmp_path, findings[::-1])
    assert path.read_text() == text
    assert baseline(tmp_path, []).entries == {}


GOOD = {"rule": "a", "file": "b", "object": "c", "path": "d"}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "there is no such file: --write-baseline makes it"),
        (b"\xff", "not UTF-8, so not a baseline"),
        (b"{", "not a baseline of labelsel (Expecting property name"),
        (b"[" * 100_000, "not a baseline of labelsel (maximum recursion depth"),
        (b"[]", 'it must be a map with "tool": "labelsel lint", "version" and "findings"'),
        (b'{"findings": []}', "it must be a map with"),
        (b'{"tool": "labelsel lint", "version": 2}', "its version is 2, and this labelsel knows 1"),
        (b'{"tool": "labelsel lint", "version": 1, "findings": {}}', "it must be a map with"),
        (b"kind: Pod\n", "not a baseline of labelsel"),
        ([1], "its finding 1 needs rule, file, object, path, each a string"),
        ([GOOD, {**GOOD, "path": 1}], "its finding 2 needs rule, file, object, path"),
        ([{"rule": "a"}], "its finding 1 needs"),
    ],
)
def test_a_broken_file(tmp_path: Path, content: bytes | list[object] | None, problem: str) -> None:
    """A file that is missing or broken is an error, and is not overwritten."""
    path = tmp_path / "x.json"
    if isinstance(content, list):
        data = {"tool": "labelsel lint", "version": 1, "findings": content}
        content = json.dumps(data).encode()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BaselineError) as caught:
        Baseline.read(str(path))
    assert str(caught.value).startswith(f"baseline {path}: ")
    assert problem in str(caught.value)
    if content is not None:
        with pytest.raises(BaselineError):
            write_baseline(str(path), [])
        assert path.read_bytes() == content


def test_no_such_folder(tmp_path: Path) -> None:
    """Neither a folder that is missing nor a folder in place of the file is written."""
    with pytest.raises(BaselineError, match="there is no such folder"):
        write_baseline(str(tmp_path / "no" / "x.json"), [])
    with pytest.raises(BaselineError, match="is a directory"):
        Baseline.read(str(tmp_path))
