"""Rule budgets-overlap: two budgets for one pod; not versions of one budget, nor alternatives."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from labelsel.kubernetes import SelectorTarget, read_manifests
from labelsel.lint import lint_objects
from labelsel.lint.target_group import TargetGroup
from labelsel.selector import Selector
from tests.lint.manifests import findings, labelled, workload


def budget(name: str, selector: str, *, namespace: str = "shop", version: str = "v1") -> str:
    spec = f"{{selector: {selector}}}"
    return labelled("PodDisruptionBudget", f"policy/{version}", name, spec, namespace=namespace)


def test_many_budgets_of_many_pods(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A budget has one finding, and a pod that has two budgets saves the query for more."""
    asked: list[object] = []
    select = TargetGroup.select

    def count(group: TargetGroup, selector: Selector) -> Iterator[SelectorTarget]:
        asked.append(selector)
        return select(group, selector)

    monkeypatch.setattr(TargetGroup, "select", count)
    texts = [workload(f"w{number}", f"app: w{number}") for number in range(30)]
    texts += [budget(f"all{number}", "{}") for number in range(30)]
    others = "{matchExpressions: [{key: app, operator: NotIn, values: [w%d]}]}"
    texts += [budget(f"not{number}", others % number) for number in range(30)]
    texts += [budget("other", "{matchLabels: {app: none}}")]
    found = [one for one in findings(tmp_path, *texts) if one.rule.id == "budgets-overlap"]
    assert [one.resource.name for one in found][:2] == ["all1", "all2"]
    assert len(found) == 59
    assert len(asked) < 30


WEB = workload("web", "app: web, tier: front")
BY_APP = budget("by-app", "{matchLabels: {app: web}}")
BY_TIER = budget("by-tier", "{matchLabels: {tier: front}}")


def test_two_budgets(tmp_path: Path) -> None:
    """The second is reported, at its selector, with the first and the pods."""
    (found,) = findings(tmp_path, WEB, BY_APP, BY_TIER)
    assert (found.rule.id, found.resource.name, found.line) == ("budgets-overlap", "by-tier", 20)
    assert found.message == (
        "spec.selector tier=front selects deployment.apps/web's pods, and so does "
        f"poddisruptionbudget.policy/by-app ({tmp_path}/shop.yaml, line 11); the API server "
        "evicts no pod that has two budgets"
    )
    assert found.fix == "take one of the two out, or give each a label that only its own pods have"


def test_three_budgets(tmp_path: Path) -> None:
    """Each but the first is reported once."""
    found = findings(tmp_path, WEB, BY_APP, BY_TIER, budget("all", "{}"))
    assert [one.resource.name for one in found] == ["by-tier", "all"]


def test_equal_budgets_without_pods(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, BY_APP, budget("again", "{matchLabels: {app: web}}"))
    assert "selects the same pods, and so does poddisruptionbudget.policy/by-app" in found.message


def test_what_is_no_overlap(tmp_path: Path) -> None:
    """Other pods, another namespace, no selector, none in an old version, another version of it."""
    for other in (
        budget("db", "{matchLabels: {app: db}}"),
        budget("by-tier", "{matchLabels: {tier: front}}", namespace="other"),
        labelled("PodDisruptionBudget", "policy/v1", "none"),
        budget("empty", "{}", version="v1beta1"),
        budget("by-app", "{matchLabels: {tier: front}}"),
    ):
        found = findings(tmp_path, WEB, workload("db", "app: db"), BY_APP, other)
        assert [one for one in found if one.rule.id == "budgets-overlap"] == []


def test_alternatives_in_two_folders(tmp_path: Path) -> None:
    for folder, text in (("a", WEB + BY_APP), ("b", WEB + BY_TIER)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "all.yaml").write_text(text)
    found = lint_objects(read_manifests([tmp_path]), ["budgets-overlap"])
    assert found == []
    (tmp_path / "a" / "more.yaml").write_text(BY_TIER)
    (one,) = lint_objects(read_manifests([tmp_path]), ["budgets-overlap"])
    assert one.file.endswith("a/more.yaml")


def test_budgets_without_any_pods(tmp_path: Path) -> None:
    """Equal selectors overlap, and others do not; a budget without a selector is for no pods."""
    some = budget("some", "{matchLabels: {app: some}}")
    missing = [labelled("PodDisruptionBudget", "policy/v1", name) for name in ("none", "nil")]
    found = findings(tmp_path, BY_APP, BY_TIER, some, *missing, *missing)
    assert [one for one in found if one.rule.id == "budgets-overlap"] == []
    equal = [budget(name, "{matchLabels: {app: web}}") for name in ("second", "third")]
    found = findings(tmp_path, BY_APP, *equal)
    assert [one.resource.name for one in found] == ["second", "third"]


@pytest.mark.parametrize(("crowded", "again", "named"), [(8, 0, 8), (9, 0, 0), (2, 9, 2)])
def test_which_pod_is_named(tmp_path: Path, crowded: int, again: int, named: int) -> None:
    """One of eight pods that are known to have two budgets, each counted once; else the first."""

    def of(*numbers: int) -> str:
        values = ", ".join(f"w{number}" for number in numbers)
        return f"{{matchExpressions: [{{key: app, operator: In, values: [{values}]}}]}}"

    texts = [workload(f"w{number}", f"app: w{number}") for number in range(crowded + 1)]
    texts += [budget(f"a{n}", of(n)) + budget(f"b{n}", of(n)) for n in range(1, crowded)]
    texts += [budget(f"more{n}", of(1)) for n in range(again)]
    texts += [budget("c", of(crowded)), budget("d", of(crowded)), budget("first", of(0))]
    *_, found = findings(tmp_path, *texts, budget("last", of(0, crowded)))
    assert f" selects deployment.apps/w{named}'s pods, and " in found.message
