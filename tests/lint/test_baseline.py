"""The baseline: known findings are not reported, new ones are; a broken file ignores nothing."""

import copy
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from labelsel.kubernetes import read_manifests, write_files
from labelsel.lint import RULES, Finding, Suppression, lint_objects
from labelsel.lint.baseline import Baseline, BaselineError, write_baseline
from labelsel.lint.finding import relative_file
from tests.lint.manifests import labelled

BAD = labelled("Pod", "v1", "bad", labels="app: a b")


def found(folder: Path, text: str, name: str = "a.yaml") -> list[Finding]:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return lint_objects(read_manifests([path]))


def baseline(folder: Path, findings: list[Finding]) -> Baseline:
    path = str(folder / "baseline.json")
    files = {relative_file(one.file, folder) for one in findings} | {"a.yaml"}
    write_files([write_baseline(path, findings, RULES, files)[0]])
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
        (
            b"{",
            "not a baseline of labelsel: line 1, column 2 is not JSON; correct it, or",
        ),
        (b"[" * 100_000, "not a baseline of labelsel: it is nested too deep"),
        (b"1" * 5000, "not a baseline of labelsel: a number has thousands of digits"),
        (b" \n", "not a baseline of labelsel: it is empty"),
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
            write_baseline(str(path), [], RULES, [])
        assert path.read_bytes() == content


def test_no_such_folder(tmp_path: Path) -> None:
    """Neither a folder that is missing nor a folder in place of the file is written."""
    with pytest.raises(BaselineError, match="there is no such folder"):
        write_baseline(str(tmp_path / "no" / "x.json"), [], RULES, [])
    with pytest.raises(BaselineError, match="a regular file, and this is a folder"):
        Baseline.read(str(tmp_path))
    with pytest.raises(BaselineError, match="file name too long"):
        Baseline.read(str(tmp_path / ("x" * 300)))


@pytest.mark.parametrize("path", ["/dev/full", "/dev/zero", "-"])
def test_what_is_no_file(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A device may have no end, and - is no name of a file: neither is read or written."""
    monkeypatch.chdir(tmp_path)
    for refused in (lambda: Baseline.read(path), lambda: write_baseline(path, [], RULES, [])):
        with pytest.raises(BaselineError, match="a baseline is a"):
            refused()
    assert list(tmp_path.iterdir()) == []


def test_a_link(tmp_path: Path) -> None:
    """A link is followed: the file that it leads to is written, and stays where it is."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "baseline.json").symlink_to(tmp_path / "sub" / "b.json")
    known = baseline(tmp_path, found(tmp_path, BAD))
    assert (tmp_path / "baseline.json").is_symlink()
    assert [key.file for key in known.entries] == ["a.yaml"]
    assert Baseline.read(str(tmp_path / "sub" / "b.json")).entries == known.entries


def test_entries_that_were_not_checked_stay(tmp_path: Path) -> None:
    """A part of the rules or of the files changes only its own entries."""
    first = found(tmp_path, BAD)
    second = found(tmp_path, BAD.replace("name: bad", "name: b"), "b.yaml")
    known = baseline(tmp_path, [*first, *second])
    path = known.path

    def write(findings: list[Finding], rules: list[str], files: list[str]) -> int:
        rewrite, kept = write_baseline(path, findings, rules, files)
        write_files([rewrite])
        return kept

    assert write(first, list(RULES), ["a.yaml"]) == 1
    assert write([], ["key-typo"], ["a.yaml", "b.yaml"]) == 2
    assert Baseline.read(path) == known
    assert write([], list(RULES), ["a.yaml"]) == 1
    assert [key.file for key in Baseline.read(path).entries] == ["b.yaml"]
    (tmp_path / "b.yaml").unlink()
    assert write([], ["key-typo"], []) == 0


@pytest.mark.parametrize(
    ("change", "stale"),
    [
        ({}, False),
        ({"rule": "no-such-rule"}, True),
        ({"file": "gone.yaml"}, True),
        ({"file": "./a.yaml"}, True),
        ({"file": "sub/../a.yaml"}, True),
        ({"file": "../x/a.yaml"}, True),
        ({"file": "/etc/hostname"}, True),
        # These are read in other runs.
        ({"file": "standard input"}, False),
        ({"file": "helm template shop"}, False),
    ],
)
def test_entries_that_no_check_finds(
    tmp_path: Path, change: dict[str, str], *, stale: bool
) -> None:
    """An entry is stale if no check whatever can have its finding."""
    known = baseline(tmp_path, found(tmp_path, BAD))
    (key,) = known.entries
    (tmp_path / "sub").mkdir()
    other = key._replace(**change)
    entries = Baseline(known.path, Counter([other]))
    assert entries.compare([], [], []).stale == ([other] if stale else [])


def test_a_byte_order_mark(tmp_path: Path) -> None:
    """An editor may have written one."""
    known = baseline(tmp_path, found(tmp_path, BAD))
    path = Path(known.path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert Baseline.read(known.path) == known


def test_the_words_for_what_is_no_file(tmp_path: Path) -> None:
    """Each says what is there; the error can be copied, however it was made."""
    for path, what in ((tmp_path, "a folder"), (Path("/dev/zero"), "a device, a pipe or a socket")):
        with pytest.raises(BaselineError) as caught:
            Baseline.read(str(path))
        problem = f"a baseline is a regular file, and this is {what}"
        assert str(caught.value) == f"baseline {path}: {problem}"
        again = copy.copy(BaselineError(path=str(path), problem=problem))
        assert (again.path, again.problem) == (str(path), problem)


def test_what_a_comment_ignores_takes_no_entry(tmp_path: Path) -> None:
    """It stays ignored, and its entry is stale: the comment is enough."""
    known = baseline(tmp_path, found(tmp_path, BAD))
    ignored = [replace(one, suppression=Suppression.IGNORED) for one in found(tmp_path, BAD)]
    result = known.compare(ignored, RULES, ["a.yaml"])
    assert (result.findings, result.stale) == (ignored, list(known.entries))
