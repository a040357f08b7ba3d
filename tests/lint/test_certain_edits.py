"""The edits that are certain: which path, key and word has one, and which has none."""

from dataclasses import replace

import pytest

from labelsel import parse
from labelsel.errors import Path
from labelsel.kubernetes import POD, Resource, SelectorTarget, Source, read_object_selector
from labelsel.kubernetes.edit.part_edits import PartEdit
from labelsel.kubernetes.model.document import Data
from labelsel.lint import Context
from labelsel.lint.certain_edits import (
    corrections,
    label_map_edit,
    rename_key,
    selector_edit,
    target_edit,
)
from labelsel.lint.known_words import KnownWords
from labelsel.lint.target_group import TargetGroup
from labelsel.selector import Everything


def an_object(body: dict[str, Data]) -> Resource:
    return Resource("Any", "v1", None, "a", {}, {}, body, Source("a.yaml", 1, 1))


@pytest.mark.parametrize(
    ("body", "path", "edit"),
    [
        ({"labels": {"ap": "web"}}, ("labels", "ap"), ("rename", ("labels", "ap"))),
        ({"labels": {"ap": "ap"}}, ("labels", "ap"), ("rename", ("labels", "ap"))),
        ({"a": [{"key": "ap"}]}, ("a", 0), ("replace", ("a", 0, "key"))),
        ({"a": [{"key": "ap"}]}, ("a", 0, "key"), ("replace", ("a", 0, "key"))),
        ({"topologyKey": "ap"}, ("topologyKey",), ("replace", ("topologyKey",))),
        ({"a": [{"key": "x"}]}, ("a", 0), None),
        ({"topologyKey": "x"}, ("topologyKey",), None),
        ({"labels": {"ap": "web", "x": "y"}}, ("labels", "x"), None),
        ({"labels": {"ap": "web", "app": "y"}}, ("labels", "ap"), None),
        ({"labels": {"x": "web"}}, ("labels", "ap"), None),
        ({"labels": "map"}, ("labels", "ap"), None),
        ({"labels": ["ap"]}, ("labels", "ap"), None),
        ({}, ("labels", "ap"), None),
    ],
)
def test_the_new_name_of_a_key(
    body: dict[str, Data], path: Path, edit: tuple[str, Path] | None
) -> None:
    found = rename_key(an_object(body), path, "ap", "app")
    assert (found and (found.operation, found.path, found.text)) == (edit and (*edit, "app"))


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"matchLabels": {"app": "web"}}, True),
        ({"matchLabels": {"app": "web"}, "tier": "x"}, False),
        ({"matchLabels": {"app": "a b"}}, False),
        ({"matchLabels": {}}, False),
        ({"matchLabels": None}, False),
        ({"matchLabels": "app"}, False),
        ({"matchLabels": ["app"]}, False),
        ({"tier": "x"}, False),
        ({}, False),
        ("app", False),
    ],
)
def test_labels_out_of_match_labels(labels: Data, *, expected: bool) -> None:
    edit = PartEdit("unwrap", ("spec", "selector"), "matchLabels") if expected else None
    assert label_map_edit(("spec", "selector"), labels) == edit


def operator(word: Data, *values: str) -> dict[str, Data]:
    return {"matchExpressions": [{"key": "app", "operator": word, "values": [*values]}]}


OPERATOR = ("matchExpressions", 0, "operator")


@pytest.mark.parametrize(
    ("selector", "path", "edit"),
    [
        ({"app": "web", "tier": "x"}, ("app",), ("wrap", (), "matchLabels")),
        ({"matchLabel": "x", "app": "web"}, ("app",), None),
        ({"app": "a b"}, ("app",), None),
        ({"app": 1}, ("app",), None),
        ({"matchlabels": {"app": "web"}}, ("matchlabels",), ("rename", None, "matchLabels")),
        ({"match_labels": {"app": "web"}}, ("match_labels",), ("rename", None, "matchLabels")),
        ({"matchLabel": {"a": "b"}}, ("matchLabel",), ("rename", None, "matchLabels")),
        ({"matchLabel": {"a": "b"}, "matchLabels": {}}, ("matchLabel",), None),
        ({"x": 1, "matchLabel": {"a": "b"}}, ("matchLabel",), None),
        ({"matchLabels": "app"}, ("matchLabels",), None),
        ({"matchExpressions": "app"}, ("matchExpressions",), None),
        ({"matchLabels": {"matchLabel": {"a": "b"}}}, ("matchLabels", "matchLabel"), None),
        ({"matchExpressions": ["matchLabel"]}, ("matchExpressions", 0), None),
        ({"matchExpressions": [{"matchLabel": {}}]}, ("matchExpressions", 0), None),
        (["app"], ("app",), None),
        ("app", ("app",), None),
        (operator("in", "a"), OPERATOR, ("replace", None, "In")),
        (operator("notin", "a"), OPERATOR, ("replace", None, "NotIn")),
        (operator("exists"), OPERATOR, ("replace", None, "Exists")),
        (operator("exists", "a"), OPERATOR, None),
        (operator("In", "a"), OPERATOR, None),
        (operator("gt", "1"), OPERATOR, None),
        (operator("like", "a"), OPERATOR, None),
        (operator(None, "a"), OPERATOR, None),
        (operator(["in"], "a"), OPERATOR, None),
    ],
)
@pytest.mark.parametrize("field", ["selector", "podSelector", "pods"])
def test_a_wrong_part_of_a_label_selector(
    field: str, selector: Data, path: Path, edit: tuple[str, Path | None, str] | None
) -> None:
    """Labels are wrapped only in a field whose name says that it is a selector."""
    found = selector_edit(an_object({"spec": {field: selector}}), ("spec", field, *path))
    if edit is None or (edit[0] == "wrap" and field == "pods"):
        assert found is None
    else:
        inside = path if edit[1] is None else edit[1]
        assert found is not None
        written = (found.operation, found.path, found.text)
        assert written == (edit[0], ("spec", field, *inside), edit[2])


@pytest.mark.parametrize(
    ("term", "path", "edit"),
    [
        ({"matchFeilds": []}, ("matchFeilds",), "matchFields"),
        ({"matchField": []}, ("matchField",), "matchFields"),
        ({"matchexpressions": []}, ("matchexpressions",), "matchExpressions"),
        ({"matchLabel": {"a": "b"}}, ("matchLabel",), None),
        ({"matchlabels": {"a": "b"}}, ("matchlabels",), None),
        ({"matchLabels": {"a": "b"}}, ("matchLabels",), None),
        (operator("gt", "1"), OPERATOR, "Gt"),
        (operator("lt", "1"), OPERATOR, "Lt"),
        (operator("doesnotexist"), OPERATOR, "DoesNotExist"),
        (operator("gt", "1", "2"), OPERATOR, None),
        (operator("Gt", "1"), OPERATOR, None),
    ],
)
def test_a_wrong_part_of_a_term_of_nodes(
    term: dict[str, Data], path: Path, edit: str | None
) -> None:
    around = ("nodeAffinity", "nodeSelectorTerms", 0)
    one = an_object({"nodeAffinity": {"nodeSelectorTerms": [term]}})
    found = selector_edit(one, (*around, *path))
    operation = "replace" if path == OPERATOR else "rename"
    written = found and (found.operation, found.path, found.text)
    assert written == (edit and (operation, (*around, *path), edit))


def group(*all_labels: dict[str, str]) -> TargetGroup:
    found = TargetGroup()
    found.items += [SelectorTarget(POD, "shop", labels, an_object({})) for labels in all_labels]
    return found


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("app=wbe,tier=front", ["app=web"]),
        ("app in (wbe),tier=front", ["app=web"]),
        ("app in (wbe,blog),tier=front", []),
        ("app=wbe,tier=back", []),
        ("ap=web,tier=front", ["app=web"]),
        ("app=wbe", ["app=web"]),
        ("app=db", []),
    ],
)
def test_the_corrections_of_a_selector(selector: str, expected: list[str]) -> None:
    """Each with which it selects something, in any of the groups."""
    groups = group({"app": "blog"}), group({"app": "web", "tier": "front"})
    areas = [(each, Everything()) for each in groups]
    found = corrections(parse(selector), areas)
    assert [str(meant) for _, meant in found] == expected


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"spec": {}}, ("spec", "selector", "operator")),
        ({"spec": {"selector": ["a"]}}, ("spec", "selector", "operator")),
        ({"spec": {"selector": {"app": "web"}}}, ("spec", "selector", 0)),
        ({"spec": {"selector": [{"app": "web"}]}}, ("spec", "selector", 0)),
    ],
)
def test_a_part_that_is_not_there(body: dict[str, Data], path: Path) -> None:
    """Nothing is moved for it."""
    assert selector_edit(an_object(body), path) is None


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ({"matchLabels": {"app": "wbe"}}, ("matchLabels", "app")),
        (
            {"matchExpressions": [{"key": "app", "operator": "In", "values": ["wbe"]}]},
            ("matchExpressions", 0, "values", 0),
        ),
        # Which of the two is meant is not known.
        (
            {
                "matchLabels": {"app": "web"},
                "matchExpressions": [{"key": "app", "operator": "In", "values": ["wbe"]}],
            },
            None,
        ),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["wbe", "wbe"]}]}, None),
    ],
)
def test_the_value_of_a_selector(selector: Data, expected: Path | None) -> None:
    """It is replaced where the word stands, and nowhere else."""
    one = replace(an_object({"spec": {"selector": selector}}), kind="PodDisruptionBudget")
    one = replace(one, api_version="policy/v1")
    found = read_object_selector(one)
    assert found is not None
    edit = target_edit(found, found.selector, [group({"app": "web"})], KnownWords(Context([one])))
    where = None if expected is None else ("spec", "selector", *expected)
    assert (edit and (edit.path, edit.text)) == (where and (where, "web"))


def test_one_of_several_values_is_no_typo() -> None:
    """The selector may be for the others."""
    areas = [(group({"app": "web"}, {"app": "blog"}), Everything())]
    assert corrections(parse("app in (wbe,blgo)"), areas) == set()
