"""What the API server refuses of node affinity, and what it accepts and never matches."""

from pathlib import Path

import pytest

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
