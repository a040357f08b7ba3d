"""``labelsel groups``: objects by the values of their labels."""

import json
import os
import pty
import sys
from pathlib import Path

import pytest
import yaml

from labelsel.cli.app import app
from tests.cli.conftest import SHOP, Run

NODES = "---\n".join(
    f"apiVersion: v1\nkind: Node\nmetadata: {{name: {name}, labels: {labels}}}\n"
    for name, labels in {
        "n1": "{x.io/zone: a, disk: ssd}",
        "n2": "{x.io/zone: b}",
        "n3": "{x.io/zone: a, disk: ssd}",
        "n4": '{disk: ""}',
    }.items()
)


def grouped(run: Run, *words: str) -> str:
    """What a run that ends well prints."""
    result = run("groups", "-f", "-", *words, stdin=f"{NODES}---\n{SHOP}")
    assert result.exit_code == 0, result.stderr
    return result.stdout


def test_nodes(run: Run) -> None:
    """Without KIND nodes are grouped; an absent label and an empty one are told apart."""
    assert grouped(run, "-L", "x.io/zone,disk") == (
        "ZONE     DISK     COUNT   NAMES\n"
        "a        ssd      2       n1, n3\n"
        "b        <none>   1       n2\n"
        '<none>   ""       1       n4\n'
        "<none>   ssd      1       n1\n"
    )


@pytest.mark.parametrize(
    "words",
    [
        ("-L", "x.io/zone", "-L=disk"),
        ("--by", "x.io/zone,disk"),
        ("--label-columns=x.io/zone,disk",),
    ],
)
def test_the_flag(run: Run, words: tuple[str, ...]) -> None:
    """Keys are given as a list, one by one, or by the long names."""
    assert grouped(run, *words) == grouped(run, "-L", "x.io/zone,disk")


def test_a_kind(run: Run) -> None:
    """KIND, -l, -n and -A are those of get; names say what tells objects apart."""
    assert grouped(run, "pods", "-A", "-L", "app") == (
        "APP    COUNT   NAMES\n"
        "db     1       shop/db-1\n"
        "tool   1       tool\n"
        "web    1       shop/web-1\n"
    )
    assert grouped(run, "pods,deploy", "-n", "shop", "-L", "app", "-l", "app!=db") == (
        "APP   COUNT   NAMES\n"
        "web   2       pod/web-1, deployment.apps/web\n"
    )  # fmt: skip


def test_data(run: Run) -> None:
    """JSON and YAML have every object; a label that is absent is null."""
    data = json.loads(grouped(run, "-L", "disk", "-l", "x.io/zone", "-o", "json"))
    node = {"kind": "Node", "apiVersion": "v1", "namespace": None}
    assert data == {
        "keys": ["disk"],
        "groups": [
            {
                "labels": {"disk": "ssd"},
                "count": 2,
                "objects": [
                    node | {"name": "n1", "source": "standard input:1"},
                    node | {"name": "n3", "source": "standard input:9"},
                ],
            },
            {
                "labels": {"disk": None},
                "count": 1,
                "objects": [node | {"name": "n2", "source": "standard input:5"}],
            },
        ],
    }
    again = grouped(run, "-L", "disk", "-l", "x.io/zone", "-o", "yaml")
    assert yaml.safe_load(again) == data


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("-L disk", ""),
        ("-L zone", "No object here has the label zone; did you mean x.io/zone?\n"),
        ("-L dsik,dsik", "No object here has the label dsik; did you mean disk?\n"),
        ("-L rack,zoe", "No object here has the label rack\nNo object here has the label zoe\n"),
        ("-L zone -l rack",
         "No resources found\nNo Node here has the label rack\n"),
        ("pods -L app -A -l rack", "No resources found\nNo Pod here has the label rack\n"),
        ("pods -L app",
         "2 more in other namespaces: shop (2); use -A to see all of them\n"),
        ("svc -L app", """No resources found in default namespace.
The input has no svc; it has Node (5), Pod (3), Deployment (1), Probe (1)
"""),
    ],
)  # fmt: skip
def test_what_is_told(run: Run, words: str, message: str) -> None:
    """Standard error says which label nobody has, and what is hidden."""
    Path("all.yaml").write_text(f"{NODES}---\n{SHOP}")
    result = run("groups", "-f", "all.yaml", *words.split())
    assert (result.exit_code, result.stderr) == (0, message)


@pytest.mark.parametrize("words", ["", "-A", "-l app"])
def test_no_node(run: Run, words: str) -> None:
    """Without KIND nodes are counted, which nobody can know who typed none."""
    pod = "{kind: Pod, apiVersion: v1, metadata: {name: a}}"
    result = run("groups", "-f", "-", "-L", "app", *words.split(), stdin=pod)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "No Node in the input; name a KIND, as in groups pods\n"


def test_a_custom_kind_called_node_is_no_node(run: Run) -> None:
    """Without KIND it is Kubernetes' own nodes that are grouped."""
    custom = "apiVersion: x.io/v1\nkind: Node\nmetadata: {name: c}\n"
    result = run("groups", "-f", "-", "-L", "disk", stdin=f"{NODES}---\n{custom}")
    assert "c" not in result.stdout.splitlines()[-1].split()
    assert result.stdout.splitlines()[-1].split() == ["<none>", "1", "n2"]


def on_a_screen(monkeypatch: pytest.MonkeyPatch, columns: int, *words: str) -> list[str]:
    """The lines that a person sees on a terminal that is so wide; no colours, to count in."""
    reader, writer = pty.openpty()
    with (
        os.fdopen(reader, "rb") as screen,
        os.fdopen(writer, "w", encoding="utf-8") as stream,
        monkeypatch.context() as patch,
    ):
        patch.setattr(sys, "stdout", stream)
        patch.setenv("COLUMNS", str(columns))
        patch.setenv("NO_COLOR", "1")
        app.main(["groups", *words], standalone_mode=False)
        stream.flush()
        return screen.read1().decode().splitlines()


def test_names_are_cut_to_the_terminal(
    monkeypatch: pytest.MonkeyPatch, run: Run, tmp_path: Path
) -> None:
    """A terminal gets as many names as it has room for; wide, a pipe and data have all of them."""
    names = [f"node-number-{number}" for number in range(40)]
    path = tmp_path / "nodes.yaml"
    path.write_text(
        "---\n".join(
            f"apiVersion: v1\nkind: Node\nmetadata: {{name: {name}, labels: {{a: b}}}}\n"
            for name in names
        )
    )
    words = ("-f", str(path), "-L", "a")
    for columns, kept in ((35, 1), (60, 2), (80, 4), (2000, 40)):
        _, line = on_a_screen(monkeypatch, columns, *words)
        shown = line.split("   ")[-1].split(", ")
        assert shown[:kept] == names[:kept]
        assert shown[kept:] == ([f"+{40 - kept} more"] if kept < 40 else [])
        assert len(line) <= columns
        if kept in {2, 4}:
            assert on_a_screen(monkeypatch, len(line), *words)[1] == line
            shorter = on_a_screen(monkeypatch, len(line) - 1, *words)[1]
            assert shorter.endswith(f"{names[kept - 2]}, +{41 - kept} more")
    _, line, rest = on_a_screen(monkeypatch, 30, *words)
    assert [*line.split(), *rest.split()] == ["b", "40", "node-number-0,", "+39", "more"]
    assert len(line) <= 30
    wide = "".join(on_a_screen(monkeypatch, 30, *words, "-o", "wide"))
    assert wide.count("node-number") == 40
    assert run("groups", *words).stdout.count("node-number") == 40


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        ("-L a -f none.yaml", 1, "error: none.yaml: no such file or directory"),
        ("-L a -f none.yaml -l b,,", 1, "error: -l 'b,,': not a valid selector"),
        ("pdo -L a -f -", 1, 'error: "pdo" is not a kind'),
        ("-f x", 2, "Missing option '-L' / '--label-columns' / '--by'"),
        ("-L a", 2, "nothing to read"),
        ("pods web -L a -f x", 2, "groups counts all objects of a kind; remove web"),
        ("-L a -f x -o name", 2, "'name' is not one of"),
    ],
)
def test_failures(run: Run, words: str, status: int, message: str) -> None:
    """Bad input has status 1, bad words 2; both have a sentence."""
    result = run("groups", *words.split(), stdin=NODES)
    assert (result.exit_code, result.stdout) == (status, "")
    assert message in result.stderr


def test_keep_going(run: Run) -> None:
    """With --keep-going bad input is told, and the rest is grouped."""
    result = run("groups", "-f", "-", "-L=disk", "--keep-going", stdin=f"{NODES}---\nkind: Pod\n")
    assert (result.exit_code, len(result.stdout.splitlines())) == (1, 4)
    assert "error: 1 input error (above)" in result.stderr


def test_help(run: Run) -> None:
    """Help has examples."""
    assert "\n  Examples:\n    labelsel groups -f cluster/" in run("groups", "--help").stdout
