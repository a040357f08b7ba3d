"""Keys of columns, texts that a terminal would obey, and click's own messages."""

import pytest

from labelsel.kubernetes import Inventory
from tests.cli.conftest import Run

POD = "{kind: Pod, apiVersion: v1, metadata: {name: a, labels: {app: web, tier: front}}}"


@pytest.mark.parametrize("words", [("get", "pods"), ("groups", "pods")])
def test_label_columns(run: Run, words: tuple[str, ...]) -> None:
    """White space around commas is no part of a key, and what is no key is an error."""
    result = run(*words, "-f", "-", "-L", "app, tier", stdin=POD)
    assert "front" in result.stdout
    result = run(*words, "-f", "-", "-L", "app,a b", stdin=POD)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "-L" in result.stderr
    assert "'a b' is not a label key" in result.stderr


def test_a_missing_option_keeps_its_lines(run: Run) -> None:
    """Click lists what may be chosen in lines of its own."""
    result = run("translate", "app=web")
    assert result.exit_code == 2
    assert "\\n" not in result.stderr
    assert "\n  kubernetes,\n" in result.stderr


def test_a_translation_with_an_escape_character(run: Run) -> None:
    """A text that a terminal would obey is refused, and shown with visible escapes."""
    result = run("translate", "--from", "calico", "--to", "calico", "a == 'x\x1b[31m'")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "not printable" in result.stderr
    assert "\x1b" not in result.stderr


@pytest.mark.parametrize("given", ["pods", [{"kind": "Pod"}]])
def test_an_inventory_changes_its_own_objects(given: object) -> None:
    """Words and dicts are no objects of it."""
    with pytest.raises(TypeError, match="pass objects of this inventory"):
        Inventory().label(given, {"a": "b"})  # type: ignore[arg-type] # what is refused


def test_an_empty_namespace() -> None:
    """It would select nothing without a word."""
    with pytest.raises(ValueError, match="is not a namespace"):
        Inventory().select(namespace="")
