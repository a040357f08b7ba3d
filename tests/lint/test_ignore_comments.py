"""Comments that ignore findings: real comments only, each used, each naming a rule that exists."""

from pathlib import Path

import pytest

from labelsel.kubernetes import read_manifests
from labelsel.lint import Severity, Suppression, lint_objects
from labelsel.lint.ignore_comments import IgnoreComment, find_ignore_comments
from labelsel.lint.runner import Checks, run_checks

BAD_LABELS = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  labels:\n    app: a b\n"
IGNORE = "# labelsel: ignore[illegal-label]"


def found(folder: Path, text: str, name: str = "a.yaml") -> list[tuple[int, str]]:
    """The line and the rule of each finding that is reported."""
    path = folder / name
    path.write_text(text, newline="")
    return [(one.line, one.rule.id) for one in lint_objects(read_manifests([path]))]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["app: a b"], [(6, "illegal-label")]),
        ([f"app: a b  {IGNORE}"], []),
        ([f"app: a b  {IGNORE} because the operator rewrites it"], []),
        (["app: a b  #labelsel:ignore[ illegal-label ]"], []),
        (["app: a b  # x # labelsel: ignore[illegal-label,key-typo]"], [(6, "unused-ignore")]),
        ([IGNORE, "app: a b"], []),
        ([IGNORE, "# more", "app: a b"], []),
        ([IGNORE, "", "app: a b"], [(6, "unused-ignore"), (8, "illegal-label")]),
        ([f"app: x {IGNORE}", "tier: a b"], [(6, "unused-ignore"), (7, "illegal-label")]),
        ([f"app: a b {IGNORE}", "tier: a b"], [(7, "illegal-label")]),
        (["app: a b", IGNORE], [(6, "illegal-label"), (7, "unused-ignore")]),
        (["app: a b # labelsel: ignore"], [(6, "illegal-label"), (6, "wrong-ignore")]),
        (["app: a b # labelsel: ignore []"], [(6, "illegal-label"), (6, "wrong-ignore")]),
        (["app: a b # labelsel: ignore[]"], [(6, "illegal-label"), (6, "wrong-ignore")]),
        (["app: a b # labelsel: ignore[illegal]"], [(6, "illegal-label"), (6, "wrong-ignore")]),
        (["app: a b # labelsel: ignore[x, illegal-label]"], [(6, "wrong-ignore")]),
        (["app: a b # labelsel: ignore[illegal-label,unused-ignore]"], [(6, "wrong-ignore")]),
        (["app: a b # labelsel: ignore[illegal-label, wrong-ignore]"], [(6, "wrong-ignore")]),
        (["app: >- # labelsel: ignore[illegal-label]", "  a b"], []),
        (["app: | # labelsel: ignore[illegal-label]", "  a b"], []),
        (["app: |", "  a b", "  # labelsel: ignore[illegal-label]"], [(6, "illegal-label")]),
        (["app: '> # labelsel: ignore[illegal-label]'"], [(6, "illegal-label")]),
        (["app: a b#labelsel:ignore[illegal-label]"], [(6, "illegal-label")]),
        ([f"app: 'a b {IGNORE}'"], [(6, "illegal-label")]),
        ([f"app: 'a {IGNORE}", "    b'"], [(6, "illegal-label")]),
        (["app: |", f"  {IGNORE}", "  a b"], [(6, "illegal-label")]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_ignored(
    tmp_path: Path, lines: list[str], expected: list[tuple[int, str]], end: str
) -> None:
    """On the line, or on lines of comments just above it; nothing else is ignored."""
    text = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  labels:\n"
    text += "".join(f"    {line}\n" if line else "\n" for line in lines)
    assert found(tmp_path, text.replace("\n", end)) == expected


@pytest.mark.parametrize(
    ("comment", "wrong"),
    [
        ("labelsel ignore[illegal-label]", True),
        ("Labelsel: ignore[illegal-label]", True),
        ("nolint labelsel: ignore[illegal-label]", True),
        ("labelsel: disable[illegal-label]", True),
        ("labelsel: ignore-next-line[illegal-label]", True),
        ("labelsel: disable", True),
        ("labelsel: ignore[a[b]]", True),
        ("labelsel: a tool", False),
        ("labelsel ignores this", False),
        ("labelsel", False),
    ],
)
def test_misspelled(tmp_path: Path, comment: str, *, wrong: bool) -> None:
    """A comment that is not written as it must be ignores nothing, and is reported."""
    expected = ["illegal-label", "wrong-ignore"] if wrong else ["illegal-label"]
    text = BAD_LABELS.replace("a b", f"a b # {comment}")
    assert [rule for _, rule in found(tmp_path, text)] == expected


def test_the_words_of_findings_about_comments(tmp_path: Path) -> None:
    """Each says what is wrong, and what to write."""
    path = tmp_path / "a.yaml"
    path.write_text(
        "# labelsel: ignore[key-tpo]\n# labelsel: ignore[null-value, qqq]\n"
        "# labelsel: disable[ null-value ]\n# labelsel: ignore[unused-ignore]\n"
        "# labelsel: disable\n"
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n---\n"
        "apiVersion: v1\nkind: Pod\nmetadata: {name: b} # labelsel: ignore\n"
    )
    told = [
        (one.line, one.subject, str(one.severity), one.message, one.fix)
        for one in lint_objects(read_manifests([path]))
    ]
    assert told == [
        (1, "pod/a", "warning", '"key-tpo" is not a rule; did you mean key-typo?',
         "write key-typo"),
        (2, "pod/a", "note", "the comment ignores null-value, which finds nothing on its line",
         "remove null-value from the comment"),
        (2, "pod/a", "warning", '"qqq" is not a rule',
         "write the name of a rule, or remove it"),
        (3, "pod/a", "warning",
         'the comment "# labelsel: disable[ null-value ]" is misspelled, so it ignores nothing',
         "write # labelsel: ignore[null-value]"),
        (4, "pod/a", "warning", "unused-ignore is about comments, so no comment can ignore it",
         "remove unused-ignore, and correct the comments or switch the rule off"),
        (5, "pod/a", "warning",
         'the comment "# labelsel: disable" is misspelled, so it ignores nothing',
         "write # labelsel: ignore[rule]"),
        (12, "pod/b", "warning",
         "the comment labelsel: ignore names no rule, so it ignores nothing",
         "write the rule in brackets: # labelsel: ignore[rule]"),
    ]  # fmt: skip


def test_only_rules_that_were_checked(tmp_path: Path) -> None:
    """A rule that was not checked may find something: its comment is not unused."""
    path = tmp_path / "a.yaml"
    path.write_text(f"apiVersion: v1\nkind: Pod\nmetadata: {{name: a}} {IGNORE}\n")
    resources = list(read_manifests([path]))
    rules = {"key-typo", "unused-ignore"}
    assert lint_objects(resources, rules) == []
    assert [one.rule.id for one in lint_objects(resources)] == ["unused-ignore"]
    assert lint_objects(resources, {"illegal-label"}) == []


def test_ignored_findings_are_known(tmp_path: Path) -> None:
    """A finding that is ignored is still there for who asks for all."""
    path = tmp_path / "a.yaml"
    path.write_text(BAD_LABELS.replace("a b", f"a b {IGNORE}"))
    result = run_checks(read_manifests([path], any_labels=True), Checks())
    assert [one.suppression for one in result.findings] == [Suppression.IGNORED]
    assert result.reported == []


def test_json_has_no_comments(tmp_path: Path) -> None:
    """In JSON nothing is ignored: what looks like a comment is text."""
    text = '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a",\n'
    text += f'"annotations": {{"x": "{IGNORE}"}}, "labels": {{"app": "a b"}}}}}}\n'
    assert found(tmp_path, text, "a.json") == [(2, "illegal-label")]


def test_text_that_is_not_yaml() -> None:
    """Comments behind a fault are not found: it is not known where tokens are."""
    text = f"a: 1 {IGNORE}\nb: 'x\n---\n"
    assert find_ignore_comments(text) == [IgnoreComment(1, 1, ("illegal-label",))]
    assert find_ignore_comments(f"'a {IGNORE}\n") == []
    assert find_ignore_comments(IGNORE) == [IgnoreComment(1, 2, ("illegal-label",))]
    assert find_ignore_comments(f"%YAML 1.1\n--- {IGNORE}\n") != []


def test_many_comments() -> None:
    """The time grows with the text: twenty thousand comments took more than a minute."""
    comments = find_ignore_comments(f"{IGNORE}\n" * 20_000 + "a: 1\n")
    assert {one.target for one in comments} == {20_001}
    assert find_ignore_comments("a: 1 " + "# labelsel: ignore[" * 20_000)[0].names is None


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    """A file that cannot be read again has no comments."""
    path = tmp_path / "a.yaml"
    path.write_text(BAD_LABELS.replace("a b", f"a b {IGNORE}"))
    resources = list(read_manifests([path], any_labels=True))
    path.unlink()
    assert [one.rule.id for one in lint_objects(resources)] == ["illegal-label"]


def test_the_severity_of_findings_about_comments(tmp_path: Path) -> None:
    """A configuration gives these rules a severity as any other."""
    path = tmp_path / "a.yaml"
    path.write_text(f"apiVersion: v1\nkind: Pod\nmetadata: {{name: a}} {IGNORE}\n")
    checks = Checks(levels={"unused-ignore": Severity.ERROR})
    (found_one,) = run_checks(read_manifests([path]), checks).findings
    assert found_one.severity is Severity.ERROR
