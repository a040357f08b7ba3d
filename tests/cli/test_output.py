"""What ``labelsel get`` prints: tables, names, JSON, YAML."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from labelsel.cli.app import app
from labelsel.errors import escape
from tests.cli.conftest import Run


def table(run: Run, *words: str) -> str:
    result = run("get", "-f", "shop.yaml", *words)
    assert result.exit_code == 0, result.stderr
    return result.stdout


@pytest.mark.usefixtures("shop")
def test_one_kind(run: Run) -> None:
    """Of one kind the table shows what is worth knowing of it; nothing stands behind a line."""
    assert table(run, "pods", "-n", "shop") == (
        "NAME    STATUS    NODE\n"
        "web-1   Running   n1\n"
        "db-1    <none>    <none>\n"
    )  # fmt: skip


@pytest.mark.usefixtures("shop")
def test_no_headers(run: Run) -> None:
    """Without headings the columns are as wide as what stands in them."""
    assert table(run, "pods", "-n", "shop", "--no-headers") == (
        "web-1   Running   n1\n"
        "db-1    <none>    <none>\n"
    )  # fmt: skip


@pytest.mark.usefixtures("shop")
def test_several_kinds_and_namespaces(run: Run) -> None:
    """Of several kinds the kind is shown; with -A the namespace."""
    assert table(run, "-A", "-l", "app!=db") == (
        "NAMESPACE   KIND         NAME\n"
        "shop        Pod          web-1\n"
        "shop        Deployment   web\n"
        "            Node         n1\n"
        "            Pod          tool\n"
        "ops         Probe        door\n"
    )


@pytest.mark.usefixtures("shop")
def test_wide(run: Run) -> None:
    """Wide adds what takes room, the API version, and file and line."""
    assert table(run, "deploy", "-n", "shop", "-o", "wide") == (
        "NAME   REPLICAS   IMAGES                        API VERSION   SOURCE\n"
        "web    3          example/web:1,example/log:2   apps/v1       shop.yaml:11\n"
    )


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("keys", [["-L", "app,app.kubernetes.io/x"], ["-L=app", "-Ldisk,,"]])
def test_label_columns(run: Run, keys: list[str]) -> None:
    """-L may be repeated or hold a list; a heading is the last part of the key, in capitals."""
    heading, first, *_ = table(run, "-A", "-l", "app=web", *keys).splitlines()
    assert heading.split()[:4] == ["NAMESPACE", "KIND", "NAME", "APP"]
    assert heading.split()[4:] == (["X"] if "/" in keys[1] else ["DISK"])
    assert first.split()[:4] == ["shop", "Pod", "web-1", "web"]


@pytest.mark.usefixtures("shop")
def test_show_labels(run: Run) -> None:
    """All labels in one column, sorted, and <none> where there are none."""
    text = table(run, "-A", "-l", "app!=tool", "--show-labels", "-n", "x")
    cells = [line.split()[-1] for line in text.splitlines()]
    assert cells == [
        *("LABELS", "app=web,app.kubernetes.io/x=1,tier=front", "app=db", "app=web", "disk=ssd"),
        "<none>",
    ]


KINDS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("ConfigMap", {"data": {"a": "1"}, "binaryData": {"b": ""}}, ["DATA", "2"]),
    ("ConfigMap", {"data": None}, ["DATA", "0"]),
    ("CronJob", {"spec": {"schedule": "@daily"}}, ["SCHEDULE", "@daily"]),
    ("Deployment", {"spec": []}, ["REPLICAS", "<none>"]),
    ("Deployment", {"spec": {"replicas": {}}}, ["REPLICAS", "<none>"]),
    ("Ingress", {"spec": {"rules": [{"host": "a.b"}, {}, 5]}}, ["HOSTS", "a.b,*"]),
    ("Ingress", {}, ["HOSTS", "*"]),
    ("Node", {}, ["ROLES", "<none>"]),
    ("Secret", {"stringData": {"a": "1"}}, ["TYPE DATA", "Opaque 1"]),
    ("Service", {}, ["TYPE PORTS", "ClusterIP <none>"]),
    (
        "Service",
        {
            "spec": {
                "type": "NodePort",
                "ports": [{"port": 80}, {"port": 53, "nodePort": 30053, "protocol": "UDP"}],
            }
        },
        ["TYPE PORTS", "NodePort 80/TCP,53:30053/UDP"],
    ),
    (
        "PersistentVolumeClaim",
        {"spec": {"resources": {"requests": {"storage": "1Gi"}}}},
        ["REQUEST STORAGECLASS", "1Gi <none>"],
    ),
    ("Probe", {"spec": {}}, ["", ""]),
]


@pytest.mark.parametrize(("kind", "body", "expected"), KINDS)
def test_columns_of_kinds(run: Run, kind: str, body: dict[str, Any], expected: list[str]) -> None:
    """Each kind has its columns; odd data makes odd cells, never a failure."""
    item = {"apiVersion": "v1", "kind": kind, "metadata": {"name": "a"}} | body
    result = run("get", "-f", "-", stdin=json.dumps(item))
    found = [" ".join(line.split()[1:]) for line in result.stdout.splitlines()]
    assert found == expected


@pytest.mark.parametrize(
    ("spec", "images"),
    [({"containers": [{"image": "a"}, {}]}, "a,<none>"), ({"containers": "x"}, "<none>")],
)
def test_images(run: Run, spec: dict[str, Any], images: str) -> None:
    """Images are listed, also where a container has none or the list is none."""
    item = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": spec}
    result = run("get", "-f", "-", "-o", "wide", stdin=json.dumps(item))
    assert result.stdout.splitlines()[1].split()[3] == images


def test_roles(run: Run) -> None:
    """A Node's roles stand in the keys of its labels."""
    labels = {"node-role.kubernetes.io/worker": "", "node-role.kubernetes.io/infra": ""}
    item = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "a", "labels": labels}}
    assert "infra,worker" in run("get", "-f", "-", stdin=json.dumps(item)).stdout


def test_long_lines_are_never_cut(run: Run) -> None:
    """Cells of any length stand whole on their line."""
    labels = {f"key-{number}": "v" * 63 for number in range(50)}
    item = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "a" * 253, "labels": labels}}
    _, line = run("get", "-f", "-", "--show-labels", stdin=json.dumps(item)).stdout.splitlines()
    name, roles, shown = line.split()
    assert (len(name), roles, shown.count(",")) == (253, "<none>", 49)


@pytest.mark.usefixtures("shop")
def test_json_and_yaml(run: Run) -> None:
    """JSON and YAML print a List of the objects whole, also of one, also of none."""
    document = json.loads(table(run, "pods", "-n", "shop", "-l", "app=db", "-o", "json"))
    assert document == {
        "apiVersion": "v1",
        "kind": "List",
        "items": [
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": "db-1", "namespace": "shop", "labels": {"app": "db"}},
            }
        ],
    }
    assert table(run, "-A", "-l", "app=none", "-o=yaml") == (
        "apiVersion: v1\nkind: List\nitems: []\n"
    )
    assert json.loads(table(run, "-A", "-l", "app=none", "-ojson"))["items"] == []


def test_data_is_utf_8_whatever_the_terminal_speaks(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """JSON and YAML are bytes of UTF-8; tables escape what the encoding cannot say."""
    labels = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "é", "labels": {"a": "ü"}}}
    (tmp_path / "a.json").write_text(json.dumps(labels))
    assert "é" in run("get", "-f", "a.json").stdout
    for form, expected in (("json", "é".encode()), ("yaml", "é".encode()), ("table", b"\\xe9")):
        stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
        monkeypatch.setattr(sys, "stdout", stream)
        app.main(["get", "-f", "a.json", "-o", form], standalone_mode=False)
        assert expected in stream.buffer.getvalue()


class Plain(io.StringIO):
    """A stream that cannot be told how to handle what it cannot encode."""


def test_a_stream_of_another_kind(run: Run, monkeypatch: pytest.MonkeyPatch, shop: Path) -> None:
    """Standard output may be replaced by any text stream, as tests and notebooks do."""
    del run
    monkeypatch.setattr(sys, "stdout", stream := Plain())
    app.main(["get", "no", "-f", str(shop), "-o", "name"], standalone_mode=False)
    assert stream.getvalue() == "node/n1\n"


def test_hostile_text_cannot_reach_the_terminal(run: Run) -> None:
    """Control characters in a manifest are shown as escapes, in tables, names and messages."""
    item = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a\x1b[31m\nb"}}
    for form in ("table", "name"):
        result = run("get", "-f", "-", "-o", form, stdin=json.dumps(item))
        assert r"a\x1b[31m\nb" in result.stdout
        assert "\x1b" not in result.stdout
    item["metadata"] = {"name": "a", "labels": {"\x1b]0;x\x07": 5}}
    result = run("get", "-f", "-", stdin=json.dumps(item))
    assert r"\x1b]0;x\x07" in result.stderr
    assert "\x1b" not in result.stderr


def test_brackets_are_no_markup(run: Run) -> None:
    """Square brackets and colons are printed as they are."""
    item = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "[bold]a[/bold] :smile:"}}
    result = run("get", "-f", "-", stdin=json.dumps(item))
    assert "[bold]a[/bold] :smile:" in result.stdout


def test_escaped() -> None:
    """Letters of all scripts are visible; what a terminal obeys or hides is not."""
    assert escape("web é 漢字 🚀") == "web é 漢字 🚀"
    assert escape("a\tb\u202ec\u200b") == r"a\tb\u202ec\u200b"
