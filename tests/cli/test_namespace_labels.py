"""Each command that evaluates a label selector sees the label with a Namespace's name."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

NAMESPACE = "{kind: Namespace, apiVersion: v1, metadata: {name: shop}}\n"
SELECTOR = "kubernetes.io/metadata.name=shop"


@pytest.fixture(autouse=True)
def _file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ns.yaml").write_text(NAMESPACE)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("form", ["name", "yaml", "json"])
def test_get(run: Run, form: str) -> None:
    """The object is found, and printed as it was read."""
    result = run("get", "ns", "-f", "ns.yaml", "-l", SELECTOR, "-o", form)
    assert "shop" in result.stdout
    assert "metadata.name" not in result.stdout
    assert run("get", "ns", "-f", "ns.yaml", "-l", SELECTOR + "x", "-o", "name").stdout == ""


def test_why_and_explain(run: Run) -> None:
    """The commands that explain a selector agree with `get`."""
    found = json.loads(run("why", "-f", "ns.yaml", "ns/shop", "-l", SELECTOR, "-o", "json").stdout)
    assert found["objects"][0]["why"]["truth"] is True
    plan = run("explain", "ns", "-f", "ns.yaml", "-l", SELECTOR, "-o", "json").stdout
    assert json.loads(plan)["plan"]["actual"] == 1


def test_label(run: Run) -> None:
    """An edit writes only what was asked for."""
    assert run("label", "ns", "-f", "ns.yaml", "-l", SELECTOR, "team=a").exit_code == 0
    assert "team: a" in Path("ns.yaml").read_text()
    assert "metadata.name" not in Path("ns.yaml").read_text()


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        ("get ns --show-labels", "shop kubernetes.io/metadata.name=shop"),
        ("get ns -L kubernetes.io/metadata.name", "shop shop"),
        ("groups ns -L kubernetes.io/metadata.name", "shop 1 shop"),
    ],
)
def test_columns(run: Run, words: str, printed: str) -> None:
    """They show the label, as a cluster does, for which they are asked."""
    result = run(*words.split(), "-f", "ns.yaml", "--no-headers")
    assert (" ".join(result.stdout.split()), result.stderr) == (printed, "")


def test_list(run: Run) -> None:
    """What is listed is what is in the file, and can be changed there."""
    assert run("label", "ns", "shop", "-f", "ns.yaml", "--list").stdout == ""
