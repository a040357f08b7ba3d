"""Rule misspelled-field: names of fields are case-sensitive, and unknown ones are dropped."""

from pathlib import Path

import pytest

from tests.lint.manifests import findings, labelled, lines_and_rules, marked

MISSPELLED = """\
apiVersion: v1
kind: Service
metadata:
  name: web
  Labels: {app: web} #! misspelled-field
spec:
  Selector: {app: web} #! misspelled-field
"""


def test_misspelled_fields(tmp_path: Path) -> None:
    """Each is reported on its line, with the name that the API server knows."""
    found = findings(tmp_path, MISSPELLED)
    assert lines_and_rules(found) == marked(MISSPELLED)
    assert [(one.message, one.fix, one.edit) for one in found] == [
        (
            "metadata.Labels: unknown field, which the API server drops or refuses",
            "write labels",
            None,
        ),
        (
            "spec.Selector: unknown field, which the API server drops or refuses",
            "write selector",
            None,
        ),
    ]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (("NetworkPolicy", "networking.k8s.io/v1", "podSelector"), "illegal-selector"),
        (("PersistentVolumeClaim", "v1", "selector"), "illegal-selector"),
        (("ServiceMonitor", "monitoring.coreos.com/v1", "selector"), "illegal-selector"),
        (("Service", "v1", "selector"), "illegal-selector"),
        (("Foo", "example.com/v1", "selector"), "misspelled-field"),
    ],
)
@pytest.mark.parametrize("field", ["MatchLabels", "Matchlabels", "matchexpressions"])
def test_fields_of_selectors(
    tmp_path: Path, where: tuple[str, str, str], expected: str, field: str
) -> None:
    """In a selector that is known these are illegal, and reported once."""
    kind, version, selector = where
    text = labelled(kind, version, "a", f"{{{selector}: {{{field}: {{a: b}}}}}}")
    assert [one.rule.id for one in findings(tmp_path, text)] == [expected]


def test_fields_beside_selectors(tmp_path: Path) -> None:
    """A field of a selector without the selector around it."""
    text = labelled("NetworkPolicy", "networking.k8s.io/v1", "a", "{MatchLabels: {a: b}}")
    assert "misspelled-field" in [one.rule.id for one in findings(tmp_path, text)]


def test_labels_of_that_name(tmp_path: Path) -> None:
    """A label may have any name."""
    text = labelled("Service", "v1", "a", "{selector: {MatchLabels: web}}", labels="Selector: web")
    assert findings(tmp_path, text) == []


def test_fields_of_a_selector_by_its_name(tmp_path: Path) -> None:
    """In a kind that is not known no other rule knows the fields of a selector."""
    selector = "{matchLabels: {a: b}, MatchExpressions: [{key: a, operator: Exists}]}"
    text = labelled("Foo", "example.com/v1", "a", f"{{selector: {selector}}}")
    (found,) = findings(tmp_path, text)
    assert (found.rule.id, found.path[-1]) == ("misspelled-field", "MatchExpressions")
