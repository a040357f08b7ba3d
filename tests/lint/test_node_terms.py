"""What the API server refuses of node affinity, and what it accepts and never matches."""

from pathlib import Path

import pytest

from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.selection.selector_fields import SelectorField, Syntax
from labelsel.lint.node_terms import node_problems
from tests.lint.manifests import (
    affinity,
    findings,
    labelled,
)


@pytest.mark.parametrize(
    ("expression", "rule", "message"),
    [
        ("{key: a, operator: Gt, values: ['1.0']}", "never-matches",
         ("must be a whole number of 64 bits, not '1.0'; "
          "the API server accepts it, and no node matches the term")),
        ("{key: a, operator: Lt, values: ['-1']}", "illegal-selector",
         "a value must begin and end with a letter or digit, this one is '-1'"),
        ("{key: a, operator: Gt, values: [5]}", "illegal-selector",
         "a value must be a string, this is the number 5; write \"5\", in quotes"),
    ],
)  # fmt: skip
def test_bounds(tmp_path: Path, expression: str, rule: str, message: str) -> None:
    """What the API server accepts and no node meets is a warning; the rest is refused."""
    (found,) = findings(tmp_path, affinity(expression))
    path = (
        "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution"
        ".nodeSelectorTerms[0].matchExpressions[0].values[0]"
    )
    assert (found.rule.id, found.message) == (rule, f"{path}: {message}")


def test_a_preference_that_cannot_be_read(tmp_path: Path) -> None:
    """The API server takes any values in a preferred term; the scheduler's reader does not."""
    term = "{matchExpressions: [{key: a, operator: In, values: [b c]}]}"
    kind = "preferredDuringSchedulingIgnoredDuringExecution"
    spec = f"{{affinity: {{nodeAffinity: {{{kind}: [{{weight: 1, preference: {term}}}]}}}}}}"
    (found,) = findings(tmp_path, labelled("Pod", "v1", "a", spec))
    assert found.rule.id == "never-matches"
    assert found.message.endswith("the scheduler cannot read the preference")


def test_a_field_that_is_no_string(tmp_path: Path) -> None:
    """It is told of once."""
    term = "{matchFields: [{key: 5, operator: In, values: [n1]}]}"
    kind = "requiredDuringSchedulingIgnoredDuringExecution"
    spec = f"{{affinity: {{nodeAffinity: {{{kind}: {{nodeSelectorTerms: [{term}]}}}}}}}}"
    (found,) = findings(tmp_path, labelled("Pod", "v1", "a", spec))
    assert found.message.endswith("matchFields[0].key: must be a string, not 5")


NAMES = "nodeSelectorTerms"


def by_name(value: Data) -> dict[str, Data]:
    """A term for the node of a name."""
    return {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [value]}]}


OF_NAME = "a node's name may hold only lower-case letters, digits, '-' and '.', this one has 'B'"
NO_STRING = 'must be a string, not 5; write "5", in quotes'


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        (["x"], ["must be an object with nodeSelectorTerms, not ['x']"]),
        ({}, [f"{NAMES}: there must be at least one term"]),
        ({NAMES: {}}, [f"{NAMES}: must be a list, not {{}}"]),
        ({NAMES: [{}, {}]}, [f"{NAMES}: all terms are empty"]),
        ({NAMES: [{}, {"matchExpressions": [{"key": "a", "operator": "Exists"}]}]}, []),
        (
            {NAMES: [by_name("Bad"), by_name(5)]},
            [
                f"{NAMES}[1].matchFields[0].values[0]: {NO_STRING}",
                f"{NAMES}[0].matchFields[0].values[0]: {OF_NAME}",
            ],
        ),
    ],
)
def test_what_is_wrong_with_terms(selector: Data, expected: list[str]) -> None:
    """Each fault once, with its path."""
    found = node_problems(SelectorField((), selector, Syntax.NODE_SELECTOR))
    assert [str(one.problem) for one in found] == expected


def test_a_name_in_a_preference() -> None:
    """The API server refuses it: it is no value of an expression."""
    [found] = node_problems(SelectorField((), by_name("Bad"), Syntax.NODE_TERM))
    assert (found.problem.path, found.outcome) == (("matchFields", 0, "values", 0), None)
