"""Fixes that are certain: written in the file, gone from the findings, and no new finding."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from labelsel.kubernetes import Resource, read_manifests, write_files
from labelsel.kubernetes.edit.part_edits import PartEdit
from labelsel.lint import RULES, Finding, Severity, Suppression, lint_objects, make_finding
from labelsel.lint.fixer import FixResult, fix_findings
from labelsel.lint.formats.sarif import sarif
from labelsel.lint.runner import Checks, run_checks
from tests.lint.manifests import affinity, labelled, policy, service, workload


def read(*paths: Path) -> list[Resource]:
    return list(read_manifests(paths, any_labels=True))


def fix(resources: list[Resource], checks: Checks | None = None) -> FixResult:
    known = checks or Checks()
    return fix_findings(resources, run_checks(resources, known).findings, known.find)


#: Texts with findings that have a certain fix, what is written and what instead of it.
CASES = {
    "value": (
        service("front", "app: wbeshop") + workload("web", "app: webshop"),
        "wbeshop",
        "webshop",
    ),
    "key": (
        service("front", "aplication: web") + workload("web", "application: web"),
        "aplication",
        "application",
    ),
    "value-in-expression": (
        policy("{matchExpressions: [{key: app, operator: In, values: [wbeshop]}]}")
        + workload("web", "app: webshop"),
        "wbeshop",
        "webshop",
    ),
    "key-in-expression": (
        policy("{matchExpressions: [{key: aplication, operator: In, values: [web]}]}")
        + workload("web", "application: web"),
        "aplication",
        "application",
    ),
    "well-known-key": (
        labelled("ConfigMap", "v1", "a", labels="app.kubernets.io/name: web"),
        "app.kubernets.io/name",
        "app.kubernetes.io/name",
    ),
    "wrap": (
        labelled(
            "Deployment",
            "apps/v1",
            "web",
            "{selector: {app: web, tier: x}, template: {metadata: {labels: {app: web, tier: x}}}}",
        ),
        "selector: {app: web, tier: x}",
        "selector: {matchLabels: {app: web, tier: x}}",
    ),
    "wrap-lines": (
        labelled(
            "Deployment",
            "apps/v1",
            "web",
            "\n  selector:\n    app: web # x\n    tier: x\n"
            "  template: {metadata: {labels: {app: web, tier: x}}}",
        ),
        "    app: web # x\n    tier: x\n",
        "    matchLabels:\n      app: web # x\n      tier: x\n",
    ),
    "wrap-peer": (
        labelled(
            "NetworkPolicy",
            "networking.k8s.io/v1",
            "a",
            "{podSelector: {}, ingress: [{from: [{podSelector: {app: web}}]}]}",
        )
        + workload("web", "app: web"),
        "{podSelector: {app: web}}",
        "{podSelector: {matchLabels: {app: web}}}",
    ),
    "value-of-a-peer": (
        labelled(
            "NetworkPolicy",
            "networking.k8s.io/v1",
            "a",
            "{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: wbe}}}]}]}",
        )
        + labelled("Pod", "v1", "p", labels="app: web"),
        "app: wbe",
        "app: web",
    ),
    "unwrap": (
        service("web", "matchLabels: {app: web}") + workload("web", "app: web"),
        "selector: {matchLabels: {app: web}}}",
        "selector: {app: web}}",
    ),
    "field": (
        policy("{matchLabel: {app: web}}") + workload("web", "app: web"),
        "matchLabel:",
        "matchLabels:",
    ),
    "snake-case": (
        policy("{match_labels: {app: web}}") + workload("web", "app: web"),
        "match_labels",
        "matchLabels",
    ),
    "operator": (
        policy("{matchExpressions: [{key: app, operator: exists}]}") + workload("web", "app: web"),
        "operator: exists",
        "operator: Exists",
    ),
    "operator-of-nodes": (
        affinity("{key: cores, operator: gt, values: ['4']}"),
        "operator: gt",
        "operator: Gt",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_certain_fix(tmp_path: Path, name: str) -> None:
    """Exactly this is written; linted again the finding is gone and no other is there."""
    text, old, new = CASES[name]
    assert text.count(old) == 1
    path = tmp_path / "a.yaml"
    path.write_text(text)
    resources = read(path)
    assert lint_objects(resources)
    result = fix(resources)
    assert len(result.fixed) == len(lint_objects(resources))
    write_files(result.rewrites)
    assert path.read_text() == text.replace(old, new)
    assert lint_objects(read(path)) == []
    assert fix(read(path)).rewrites == ()


@pytest.mark.parametrize(
    "text",
    [
        # Two words are equally near.
        service("x", "app: web-ab") + workload("a", "app: web-ac") + workload("b", "app: web-ad"),
        # The typo may be in the labels: the word is the name of the Service, or of the workload.
        service("webshop", "app: webshop") + workload("a", "app: wbeshop"),
        service("x", "app: webshop") + workload("webshop", "app: wbeshop"),
        # Or another selector has the word, too.
        service("x", "app: wbeshop") + service("z", "app: wbeshop") + workload("a", "app: webshop"),
        service("x", "aplication: web")
        + workload("a", "application: web")
        + labelled("ConfigMap", "v1", "a", labels="aplication: y"),
        # Also if the other selector is a peer.
        service("x", "app: wbeshop")
        + labelled(
            "NetworkPolicy",
            "networking.k8s.io/v1",
            "a",
            "{podSelector: {}, egress: [{to: [{podSelector: {matchLabels: {app: wbeshop}}}]}]}",
        )
        + workload("a", "app: webshop"),
        # Several values.
        policy("{matchExpressions: [{key: app, operator: In, values: [wbeshop, y]}]}")
        + workload("a", "app: webshop"),
        policy("{matchExpressions: [{key: app, operator: In, values: [wbeshop, wbeshop]}]}")
        + workload("a", "app: webshop"),
        # No typo.
        service("x", "app: other") + workload("a", "app: webshop"),
        # A selector that a cluster does not let anybody change, and its template.
        workload("a", "app.kubernets.io/name: web"),
        # Labels that are illegal, or beside fields; a field that is there already.
        labelled("Deployment", "apps/v1", "a", "{selector: {app: w w}, template: {}}"),
        policy("{app: web, matchLabels: {a: b}}"),
        policy("{matchLabel: {app: web}, matchLabels: {a: b}}"),
        policy("{matchLabel: {app: 'w w'}}"),
        policy("{matchLabels: {app: 'w w'}}"),
        policy("{matchExpressions: [{key: app, operator: [in], values: [web]}]}"),
        policy("{matchExpressions: [{key: app, operator: in, values: ['w w']}]}"),
        policy("{matchExpressions: [{key: app, operator: Inn, values: [web]}]}"),
        policy("web"),
        service("a", "matchLabels: {app: w w}") + workload("web", "app: web"),
        service("a", "matchLabels: {app: web}, b: c") + workload("web", "app: web"),
        labelled("Pod", "v1", "a", "{nodeSelector: {disk: s s d}}"),
        labelled("Pod", "v1", "a", labels="app: a b"),
    ],
)
def test_no_certain_fix(tmp_path: Path, text: str) -> None:
    """What needs the judgement of a person has findings and no edit."""
    path = tmp_path / "a.yaml"
    path.write_text(text)
    resources = read(path)
    found = lint_objects(resources)
    assert found
    assert [one.edit for one in found] == [None] * len(found)
    assert fix(resources) == FixResult((), (), ()) or not fix(resources).fixed


def test_a_fix_that_breaks_something_else(tmp_path: Path) -> None:
    """A fix that would add a finding is left out, and so are its like; others are made."""
    text = (
        labelled("ConfigMap", "v1", "a", labels="app.kubernets.io/name: web")
        + labelled("ConfigMap", "v1", "b", labels="app.kubernetes.io/verson: '1'")
        + policy("{matchLabel: {app: web}}")
        + workload("web", "app: web")
    )
    path = tmp_path / "a.yaml"
    path.write_text(text)
    resources = read(path)

    def check(objects: object) -> list[Finding]:
        # A rule that wants the wrong spelling.
        items = list(objects)  # type: ignore[call-overload]  # it is a list of objects
        found = Checks().find(items)
        first = items[0]
        if "app.kubernets.io/name" not in first.labels:
            (template, *_) = Checks().find(resources)
            found.append(
                Finding(template.rule, first, ("metadata", "labels"), "it is gone", "x", 1)
            )
        return found

    result = fix_findings(resources, run_checks(resources, Checks()).findings, check)
    words = [one.edit.text for one in result.fixed if one.edit is not None]
    assert words == ["app.kubernetes.io/version", "matchLabels"]
    (rewrite,) = result.rewrites
    assert rewrite.after.decode() == text.replace("verson", "version").replace(
        "matchLabel:", "matchLabels:"
    )


def test_a_fix_that_corrects_nothing(tmp_path: Path) -> None:
    """An edit after which its finding is still there is not made."""
    path = tmp_path / "a.yaml"
    path.write_text(labelled("ConfigMap", "v1", "a", labels="owner: a b"))
    resources = read(path)
    (found,) = lint_objects(resources)
    edit = PartEdit("replace", ("metadata", "labels", "owner"), "c d")
    result = fix_findings(resources, [found.with_edit(edit)], Checks().find)
    assert result.rewrites == ()
    (reason,) = result.left
    assert reason == "the fix would leave the finding, or cause another one"


def test_edits_that_cannot_be_made_together(tmp_path: Path) -> None:
    """Of two edits that contradict each other the first is made."""
    path = tmp_path / "a.yaml"
    path.write_text(labelled("ConfigMap", "v1", "a", labels="owner: a b"))
    resources = read(path)
    (found,) = lint_objects(resources)
    edits = [PartEdit("replace", ("metadata", "labels", "owner"), word) for word in ("x", "y")]
    result = fix_findings(resources, [found.with_edit(edit) for edit in edits], Checks().find)
    (rewrite,) = result.rewrites
    assert b"{owner: x}" in rewrite.after


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_text(path.read_text() + "# x\n"),
        lambda path: path.unlink(),
    ],
)
def test_a_file_that_changed(tmp_path: Path, change: Callable[[Path], object]) -> None:
    """A file that is not as it was read is not fixed."""
    path = tmp_path / "a.yaml"
    path.write_text(CASES["well-known-key"][0])
    resources = read(path)
    findings = run_checks(resources, Checks()).findings
    change(path)
    assert fix_findings(resources, findings, Checks().find).rewrites == ()


def test_what_is_not_fixed(tmp_path: Path) -> None:
    """Unsure and ignored findings are not corrected; shared labels neither."""
    text = service("front", "app: wbeshop") + workload("web", "app: webshop")
    path = tmp_path / "a.yaml"
    path.write_text(text)
    incomplete = Checks(complete=False)
    assert run_checks(read(path), incomplete).findings[0].edit is None
    (sure,) = lint_objects(read(path))
    unsure = replace(sure, unsure=True)
    assert fix_findings(read(path), [unsure], Checks().find).rewrites == ()
    note = Checks(levels={"selects-nothing": Severity.NOTE})
    assert len(fix(read(path), note).fixed) == 1
    assert fix(read(path), incomplete).rewrites == ()
    path.write_text(text.replace("wbeshop}}", "wbeshop}} # labelsel: ignore[selects-nothing]"))
    assert fix(read(path)).rewrites == ()
    shared = "{selector: &x {app: web}, template: {metadata: {labels: *x}}}"
    path.write_text(labelled("Deployment", "apps/v1", "web", shared))
    assert lint_objects(read(path))[0].edit is not None
    assert fix(read(path)).rewrites == ()


def test_fixes_in_several_files(tmp_path: Path) -> None:
    """A key that is corrected in a selector is corrected in the labels, too."""
    texts = {
        "policy.yaml": policy("{matchLabels: {app.kubernets.io/name: web}}"),
        "pod.yaml": labelled("Pod", "v1", "a", labels="app.kubernets.io/name: web"),
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    result = fix(read(tmp_path))
    assert len(result.fixed) == 2
    write_files(result.rewrites)
    for name, text in texts.items():
        assert (tmp_path / name).read_text() == text.replace("kubernets", "kubernetes")
    assert lint_objects(read(tmp_path)) == []


def test_the_texts_of_fixes(tmp_path: Path) -> None:
    """A scanner gets the replacements, each with the text that it is for."""
    path = tmp_path / "a.yaml"
    text, old, new = CASES["field"]
    path.write_text(text)
    ((whole, edits),) = fix(read(path)).text_fixes
    (edit,) = edits
    assert whole == text
    assert (whole[edit.start : edit.end], edit.text) == (old.strip(":"), new.strip(":"))


#: Cases that select by the same word with a typo.
SAME_WORDS = ({"key", "key-in-expression"}, {"value", "value-in-expression"})


@given(
    st.lists(st.sampled_from(sorted(CASES)), min_size=1, max_size=6, unique=True),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_any_cases_together(
    tmp_path_factory: pytest.TempPathFactory,
    names: list[str],
    end: str,
    as_json: bool,  # noqa: FBT001 - an argument of the strategy
) -> None:
    """Findings only go, and each that is said to be fixed is gone, however cases are mixed."""
    folder = tmp_path_factory.mktemp("mixed")
    for number, name in enumerate(names):
        # Each case has a namespace and a file of its own.
        text = CASES[name][0].replace("namespace: shop", f"namespace: shop-{number}")
        if as_json:
            items = [one for one in yaml.safe_load_all(text) if one]
            text = json.dumps({"kind": "List", "apiVersion": "v1", "items": items}, indent=2)
        path = folder / f"{number}.{'json' if as_json else 'yaml'}"
        path.write_text(text.replace("\n", end), newline="")
    resources = read(folder)
    before = lint_objects(resources)
    result = fix(resources)
    # No fix of a word is certain that two cases select by: `test_no_certain_fix`.
    assert bool(result.fixed) == any(one.edit is not None for one in before)
    assert result.fixed or set(names) in SAME_WORDS
    write_files(result.rewrites)
    after = lint_objects(read(folder))
    assert len(after) == len(before) - len(result.fixed)
    keys = {one.key() for one in before} - {one.key() for one in result.fixed}
    assert {one.key() for one in after} <= keys
    for rewrite in result.rewrites:
        assert rewrite.before is not None
        assert rewrite.after.count(b"\r\n") == rewrite.after.count(b"\n") * (end == "\r\n")


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_fix_in_sarif(tmp_path: Path, name: str, end: str) -> None:
    """A reader of SARIF that makes the replacements gets the text that --fix writes."""
    path = tmp_path / "a.yaml"
    path.write_text(f"# é😀{CASES[name][0]}".replace("\n", end), newline="")
    result = fix(read(path))
    fixes = {id(one): text for one, text in zip(result.fixed, result.text_fixes, strict=True)}
    results = sarif(result.fixed, "1", fixes=fixes)["runs"][0]["results"]
    lines = path.read_bytes().decode().split(end)
    starts = [sum(len(line) + len(end) for line in lines[:number]) for number in range(len(lines))]
    replacements = {
        (
            starts[region["startLine"] - 1] + region["startColumn"] - 1,
            starts[region["endLine"] - 1] + region["endColumn"] - 1,
            each["insertedContent"]["text"],
        )
        for one in results
        for each in one["fixes"][0]["artifactChanges"][0]["replacements"]
        for region in [each["deletedRegion"]]
    }
    text = end.join(lines)
    for start, stop, new in sorted(replacements, reverse=True):
        text = text[:start] + new + text[stop:]
    (rewrite,) = result.rewrites
    assert text.encode() == rewrite.after


MAY_BE_WRONG = "a note may be wrong"
NEEDS_A_PERSON = "no single fix is certain, so a person has to choose"
NOT_CLEAN = "the fix would leave the finding, or cause another one"


def checks_refusing(
    resources: list[Resource], refused: Callable[[set[str]], bool]
) -> Callable[[Sequence[Resource]], list[Finding]]:
    """All checks, and one more finding if the objects that were changed are refused, by name."""
    before = {one.name: one.body for one in resources}

    def check(objects: Sequence[Resource]) -> list[Finding]:
        changed = {one.name for one in objects if one.body != before[one.name]}
        found = Checks().find(objects)
        if refused(changed):
            found.append(make_finding(RULES["null-value"], objects[0], ("kind",), "a", "b"))
        return found

    return check


def wall(name: str, selector: str) -> str:
    spec = f"{{podSelector: {selector}}}"
    return labelled("NetworkPolicy", "networking.k8s.io/v1", name, spec)


#: Objects with an edit each of a word of the API; those of the two last ones are the same.
WORDS = {
    "missing-s": wall("missing-s", "{matchLabel: {app: web}}"),
    "snake": wall("snake", "{match_labels: {app: web}}"),
    "lower": wall("lower", "{matchExpressions: [{key: app, operator: exists}]}"),
    "upper": wall("upper", "{matchExpressions: [{key: app, operator: EXISTS}]}"),
    "unwrap": service("unwrap", "matchLabels: {app: web}"),
    "one": wall("one", "{matchLabelz: {app: web}}"),
    "same": wall("same", "{matchLabelz: {app: web}}"),
}


@pytest.mark.parametrize("refused", WORDS)
def test_which_fixes_belong_together(tmp_path: Path, refused: str) -> None:
    """If one cannot be made, nor are those of the same words; all others are."""
    path = tmp_path / "a.yaml"
    path.write_text("".join(WORDS.values()) + workload("web", "app: web"))
    resources = read(path)
    check = checks_refusing(resources, lambda changed: refused in changed)
    result = fix_findings(resources, run_checks(resources, Checks()).findings, check)
    left = {refused} if refused not in {"one", "same"} else {"one", "same"}
    assert {one.resource.name for one in result.fixed} == {*WORDS} - left
    names = {reason: {one.resource.name for one in found} for reason, found in result.left.items()}
    assert names == {NOT_CLEAN: left}


def test_fixes_that_need_each_other(tmp_path: Path) -> None:
    """All together are tried first: each by itself would add a finding."""
    path = tmp_path / "a.yaml"
    path.write_text(WORDS["snake"] + WORDS["lower"] + workload("web", "app: web"))
    resources = read(path)
    check = checks_refusing(resources, lambda changed: len(changed) == 1)
    result = fix_findings(resources, run_checks(resources, Checks()).findings, check)
    assert [one.resource.name for one in result.fixed] == ["snake", "lower"]
    assert result.left == {}


def test_the_reasons(tmp_path: Path) -> None:
    """Only what is reported has a reason; that a note may be wrong goes before all others."""
    path = tmp_path / "a.yaml"
    path.write_text(WORDS["snake"] + labelled("ConfigMap", "v1", "a", labels="owner: a b"))
    resources = read(path)
    certain, person = run_checks(resources, Checks()).findings
    for found, reason in (
        (replace(certain, unsure=True), MAY_BE_WRONG),
        (replace(person, unsure=True), MAY_BE_WRONG),
        (person, NEEDS_A_PERSON),
    ):
        left = fix_findings(resources, [found], Checks().find).left
        assert left == {reason: [found]}
        ignored = replace(found, suppression=Suppression.IGNORED)
        assert fix_findings(resources, [ignored], Checks().find).left == {}


@pytest.mark.parametrize("more", [[], ["-"]], ids=["searched", "not searched"])
def test_words_and_the_rest_of_the_input(tmp_path: Path, more: list[str]) -> None:
    """A word that is kept, or not searched, is no reason; a word of the API is not searched."""
    key = "app.kubernets.io/name"
    path = tmp_path / "a.yaml"
    path.write_text(
        WORDS["snake"]
        + labelled("ConfigMap", "v1", "kept", labels=f"{key}: web")
        + workload("web", "app: web")
    )
    script = tmp_path / "run.sh"
    script.write_text(f"kubectl get pods -l {key}=web\n")
    resources = read(path)
    findings = run_checks(resources, Checks()).findings
    refusing = checks_refusing(resources, lambda changed: "snake" in changed)
    paths: list[str | Path] = [tmp_path, *more]
    for check, fixed in ((Checks().find, ["snake"]), (refusing, [])):
        result = fix_findings(resources, findings, check, paths=paths)
        assert [one.resource.name for one in result.fixed] == fixed
        left = {reason: [one.resource.name for one in of] for reason, of in result.left.items()}
        assert left == ({} if fixed else {NOT_CLEAN: ["snake"]})
        assert result.searched is not bool(more)
        assert result.kept_words == ({} if more else {key: [script]})


def test_what_is_checked_again(tmp_path: Path) -> None:
    """The changed objects are those that are read from the new text; others are the same."""
    path = tmp_path / "a.yaml"
    head = "kind: ConfigMap\napiVersion: v1\nmetadata:\n  name: a\n"
    labels = "{app.kubernets.io/name: null, a: 5, b: c, d: null}"
    path.write_text(
        f"{head}  labels: {labels}\n  annotations: {labels.replace('app', 'x')}\n---\n"
        f"{head.replace('name: a', 'name: b')}"
    )
    resources = read(path)
    seen: list[Sequence[Resource]] = []

    def check(objects: Sequence[Resource]) -> list[Finding]:
        seen.append(objects)
        return Checks().find(objects)

    result = fix_findings(resources, run_checks(resources, Checks()).findings, check)
    assert [one.rule.id for one in result.fixed] == ["key-typo"]
    write_files(result.rewrites)
    new, same = read(path)
    _, (changed, kept) = seen  # first the objects as they were
    assert changed.body == new.body
    assert (changed.labels, changed.annotations) == (new.labels, new.annotations)
    assert new.labels == {"app.kubernetes.io/name": "", "b": "c", "d": ""}
    assert (kept.body, kept.labels, kept.annotations) == (same.body, {}, {})


def test_changed_annotations_are_checked_again(tmp_path: Path) -> None:
    """An edit may be of any part of an object."""
    path = tmp_path / "a.yaml"
    path.write_text(
        "kind: ConfigMap\napiVersion: v1\nmetadata: {name: a, annotations: {a b: c, d: e}}\n"
    )
    resources = read(path)
    [found] = run_checks(resources, Checks()).findings
    edit = PartEdit("rename", ("metadata", "annotations", "a b"), "a-b")
    seen: list[Sequence[Resource]] = []

    def check(objects: Sequence[Resource]) -> list[Finding]:
        seen.append(objects)
        return Checks().find(objects)

    result = fix_findings(resources, [found.with_edit(edit, api_word=True)], check)
    assert len(result.fixed) == 1
    assert seen[-1][0].annotations == {"a-b": "c", "d": "e"}


def test_no_fixes() -> None:
    """A result is complete, unless it says something else."""
    assert fix_findings([], [], Checks().find, paths=[]) == FixResult([], (), [])
    assert FixResult([], ()).searched is True
