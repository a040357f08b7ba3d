"""Rule illegal-annotation: annotations that are too large."""

from pathlib import Path

import pytest

from tests.lint.manifests import findings, labelled


@pytest.mark.parametrize(("more", "line"), [("", 6), ("    b: c\n", 5)])
def test_an_annotation_that_is_too_large(tmp_path: Path, more: str, line: int) -> None:
    """One that is too large alone is the one to blame; with others, it is all of them."""
    text = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  annotations:\n"
    (found,) = findings(tmp_path, f"{text}    a: {'x' * 300_000}\n{more}")
    assert (found.line, found.rule.id) == (line, "illegal-annotation")
    assert found.fix == "move what is large into a ConfigMap, and name that in the annotation"


def test_annotations_that_are_too_large(tmp_path: Path) -> None:
    """All annotations of an object together have a limit, which no single one is to blame for."""
    large = "\n".join(f"    a{n}: {'x' * 100_000}" for n in range(3))
    text = f"apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  annotations:\n{large}\n"
    (found,) = findings(tmp_path, text)
    assert (found.line, found.rule.id) == (5, "illegal-annotation")
    assert "at most 262144 bytes in total, these take 300006" in found.message
    assert found.fix == "move what is large into a ConfigMap, and name that in the annotation"


@pytest.mark.parametrize("written", ["5", "[a]", "text"])
def test_annotations_that_are_no_map(tmp_path: Path, written: str) -> None:
    text = "{selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}, annotations: "
    text = labelled("Deployment", "apps/v1", "web", f"{text}{written}}}}}}}")
    (found,) = findings(tmp_path, text)
    assert found.path == ("spec", "template", "metadata", "annotations")
    assert found.fix == "write a map from keys to strings"
