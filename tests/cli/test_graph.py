"""``labelsel graph``: pictures of what selects what."""

import builtins
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from labelsel.cli import graph as graph_module
from labelsel.kubernetes.graph import layout
from labelsel.kubernetes.graph import picture as picture_module
from tests.cli.conftest import Run

SHOP = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}}}
---
{kind: Pod, apiVersion: v1, metadata: {name: web-1, namespace: shop, labels: {app: web}}}
---
{kind: Service, apiVersion: v1, metadata: {name: web, namespace: shop},
 spec: {selector: {app: web}}}
---
{kind: Service, apiVersion: v1, metadata: {name: too, namespace: shop},
 spec: {selector: {app: web}}}
---
{kind: Service, apiVersion: v1, metadata: {name: gone, namespace: shop}, spec: {selector: {a: b}}}
---
{kind: ConfigMap, apiVersion: v1, metadata: {name: settings, namespace: shop}}
---
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata: {name: all, namespace: watch}
spec: {selector: {}, namespaceSelector: {any: true}}
---
{kind: Pod, apiVersion: v1, metadata: {name: alone, namespace: other}}
"""


@pytest.fixture(autouse=True)
def _shop(tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text(SHOP)


def test_a_namespace_with_its_neighbours(run: Run) -> None:
    """What selects an object of the namespace is drawn, too, without its other selections."""
    result = run("graph", "-f", "all.yaml", "-n", "shop")
    assert result.stdout == (
        "flowchart LR\n"
        '  subgraph g0["shop"]\n'
        '    n0["Deployment web (1 pod)"]\n'
        '    n1["Service web<br>selects the same pods as service/too"]\n'
        '    n2["Service too<br>selects the same pods as service/web"]\n'
        '    n3["Service gone<br>a=b selects nothing"]\n'
        "  end\n"
        '  subgraph g1["watch"]\n'
        '    n4["PodMonitor all"]\n'
        "  end\n"
        '  n1 ==>|"app=web"| n0\n'
        '  n2 ==>|"app=web"| n0\n'
        '  n4 -->|"#60;everything#62;"| n0\n'
        "  class n3 dangling\n"
        "  class n1,n2 overlap\n"
        "  classDef dangling stroke:#c00,stroke-width:2px\n"
        "  classDef overlap stroke:#b60,stroke-width:2px\n"
    )
    assert result.stderr == (
        "Not drawn: 1 that neither selects nor is selected.\n"
        "Selectors that select nothing: 1.\n"
        "Sets of objects that select the same pods: 1.\n"
    )


def test_labels_say_which_objects(run: Run) -> None:
    result = run("graph", "-f", "all.yaml", "-A", "-l", "app=web", "-o", "dot")
    assert "Deployment web" in result.stdout
    assert "Service web" in result.stdout
    assert "gone" not in result.stdout
    assert "alone" not in result.stdout
    assert result.stderr == ""


def test_data(run: Run) -> None:
    result = run("graph", "-f", "all.yaml", "-A", "-o", "json")
    data = json.loads(result.stdout)
    service = next(
        each for each in data["nodes"] if each["objects"][0]["name"] == "web" and each["id"]
    )
    assert service["selectors"] == [
        {
            "path": "spec.selector",
            "selector": "app=web",
            "kind": "Pod",
            "namespaces": ["shop"],
            "state": "selects",
            "selects": [{"node": 0, "count": 2}],
        }
    ]
    assert data["overlaps"] == [{"kinds": "Services", "owners": [1, 2], "selects": [0]}]
    assert [pod["name"] for pod in data["nodes"][0]["pods"]] == ["web-1"]
    monitor = next(each for each in data["nodes"] if each["objects"][0]["name"] == "all")
    assert monitor["selectors"][0]["namespaces"] is None
    assert yaml.safe_load(run("graph", "-f", "all.yaml", "-A", "-o", "yaml").stdout) == data
    part = json.loads(run("graph", "-f", "all.yaml", "-n", "other", "-o", "json").stdout)
    assert part["overlaps"] == []


def test_pictures(run: Run) -> None:
    svg = run("graph", "-f", "all.yaml", "-A", "-o", "svg")
    assert svg.stdout.startswith("<svg xmlns=")
    assert run("graph", "-f", "all.yaml", "-A", "-o", "html").stdout.startswith("<!DOCTYPE html>")


def test_namespaces(run: Run) -> None:
    result = run("graph", "-f", "all.yaml", "-A", "--detail", "namespaces")
    assert '"Namespace shop<br>3 Service<br>1 Deployment' in result.stdout
    assert (
        "Drawn by namespace instead of 6 boxes: -n NAME draws the objects of one.\n"
        in result.stderr
    )
    page = run("graph", "-f", "all.yaml", "-A", "--detail", "namespaces", "-o", "html").stdout
    assert page.count('<div class="view"') == 4


def test_too_many_are_drawn_by_namespace(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph_module, "_BOXES", 2)
    assert "Namespace shop" in run("graph", "-f", "all.yaml", "-A").stdout
    assert "Service gone" in run("graph", "-f", "all.yaml", "-A", "--detail", "objects").stdout
    # One namespace as one box says nothing.
    assert "Service gone" in run("graph", "-f", "all.yaml", "-n", "shop").stdout


def test_a_picture_that_is_too_large(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture of objects is refused with advice; in a page that namespace is one box."""
    monkeypatch.setattr(layout, "MAX_PICTURE_BOXES", 3)
    result = run("graph", "-f", "all.yaml", "-n", "shop", "-o", "svg")
    assert result.exit_code == 1
    assert result.stderr == (
        "error: 5 boxes and 3 arrows are more than a picture can show: 3 and 7,500; draw a part of "
        "it, with -n NAME or -l SELECTOR, or take -o json\n"
    )
    page = run("graph", "-f", "all.yaml", "-A", "--detail", "namespaces", "-o", "html").stdout
    assert page.count('<tspan class="kind">Namespace</tspan> shop') == 2


def test_too_many_pairs(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """N workloads that select each other's pods are refused as text and as data, with advice."""
    monkeypatch.setattr(graph_module, "MAX_PRINTED_PAIRS", 4)
    monkeypatch.setattr(picture_module, "MAX_PICTURE_ARROWS", 2)
    for output in ("dot", "mermaid"):
        result = run("graph", "-f", "all.yaml", "-n", "shop", "-o", output)
        assert (result.exit_code, result.stdout) == (1, "")
        assert "error: 3 arrows are more than a picture can show" in result.stderr
    problem = "pairs of a selector and an object; take a part of it, with -n NAME or -l SELECTOR"
    for output in ("json", "yaml"):
        result = run("graph", "-f", "all.yaml", "-A", "-o", output)
        assert (result.exit_code, result.stdout) == (1, "")
        assert problem in result.stderr
        assert run("graph", "-f", "all.yaml", "-n", "shop", "-o", output).exit_code == 0
    result = run("graph", "-f", "all.yaml", "-A", "--detail", "namespaces")
    assert (result.exit_code, "3 Service" in result.stdout) == (0, True)


def test_without_the_extra(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(
        name: str,
        globals: Mapping[str, object] | None = None,  # noqa: A002 - its name
        locals: Mapping[str, object] | None = None,  # noqa: A002
        fromlist: Sequence[str] = (),
        level: int = 0,
    ) -> ModuleType:
        if name == "pygraphviz":
            raise ImportError(name)
        return real(name, globals, locals, fromlist, level)

    monkeypatch.setattr(builtins, "__import__", refuse)
    for name in ("svg", "html"):
        result = run("graph", "-f", "all.yaml", "-A", "-o", name)
        assert result.exit_code == 1
        assert result.stderr == "error: pictures need pygraphviz: pip install 'labelsel[graph]'\n"
        assert result.stdout == ""


def test_nothing_to_draw(run: Run) -> None:
    result = run("graph", "-f", "all.yaml")
    assert result.exit_code == 0
    assert "No resources found in default namespace" in result.stderr
    assert "8 in other namespaces: " in result.stderr
    more = run("graph", "-f", "all.yaml", "-n", "shop", "-l", "app=wep")
    assert "there is app=web" in more.stderr


def test_bad_input(run: Run, tmp_path: Path) -> None:
    bad = "{kind: Service, apiVersion: v1, metadata: {name: bad}, spec: {selector: [a]}}"
    (tmp_path / "bad.yaml").write_text(bad)
    result = run("graph", "-f", "all.yaml", "-f", "bad.yaml", "-A", "--keep-going")
    assert result.exit_code == 1
    assert "bad.yaml, document 1" in result.stderr
    assert "flowchart" in result.stdout
    assert run("graph", "-f", "bad.yaml", "-A").stdout == ""
