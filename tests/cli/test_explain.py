"""``labelsel explain``: the plan of a selector over the objects that are read."""

import io
import json
import re
import sys
from pathlib import Path

import pytest
import yaml

from labelsel import LabelIndex
from labelsel.cli.app import app
from labelsel.kubernetes import read_manifests
from tests.cli.conftest import SHOP, Run
from tests.cli.test_process import in_process, on_a_terminal

_TIME = re.compile(r" +[\d,]+\.\d [µu]s")


def explained(run: Run, *words: str) -> str:
    """What a run that ends well prints, each time as a single T."""
    result = run("explain", "-f", "shop.yaml", *words)
    assert result.exit_code == 0, result.stderr
    return _TIME.sub(" T", result.stdout)


@pytest.mark.usefixtures("shop")
def test_a_tree(run: Run) -> None:
    """Each step is a line under the one that it belongs to, with its rows and its time."""
    lines = explained(run, "-A", "-l", "app,app!=db,!tier", "-o", "table").splitlines()
    assert re.fullmatch("STEP +ROWS   LEFT   AT MOST +TIME", lines[0])
    assert lines[1:] == [
        "subtract                    2      2         3 T",
        "├─ subtract                 3      3         3 T",
        "│  ├─ key app               4      4         4 T",
        "│  └─ not label app=db      1      3         1 T",
        "└─ not key tier             1      2         1 T",
        "2 of 6 objects match; planned in T",
    ]


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("words", "first", "matching", "objects"),
    [
        ("-A", "all 6 6 6", 6, 6),
        ("", "all 2 2 2", 2, 2),
        ("-n shop -l app=web", "label app=web 2 2 2", 2, 3),
        ("-n=shop -l=app=web pods", "label app=web 1 1 1", 1, 2),
        ("po,deploy -A -l !app", "subtract 0 0 4", 0, 4),
        ("probes -n ops -l app=x", "none 0 0 0", 0, 1),
        ("no -n shop -l disk=ssd", "label disk=ssd 1 1 1", 1, 1),
    ],
)
def test_what_is_looked_at(run: Run, words: str, first: str, matching: int, objects: int) -> None:
    """Kinds and namespaces are those of ``get``; the selector is asked among these objects."""
    lines = explained(run, *words.split()).splitlines()
    assert " ".join(lines[1].split()) == f"{first} T"
    assert lines[-1] == f"{matching} of {objects} objects match; planned in T"
    shown = run("get", "-f", "shop.yaml", "-o", "name", *words.split())
    assert len(shown.stdout.splitlines()) == matching


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("words", "messages"),
    [
        ("-l app=web", ["No resources found in default namespace.",
                        "2 in other namespaces: shop (2); use -A to see all of them"]),
        ("-l app", ["3 more in other namespaces: shop (3); use -A to see all of them"]),
        ("-A -l none", ["No resources found", "No object here has the label none"]),
        ("-n none -l app=web", ["No resources found in none namespace."]),
        ("-n shop -l app=web", []),
    ],
)  # fmt: skip
def test_what_is_hidden_is_told(run: Run, words: str, messages: list[str]) -> None:
    """Standard error says what it says for ``get``."""
    result = run("explain", "-f", "shop.yaml", *words.split())
    assert result.stderr.splitlines() == messages
    assert run("get", "-f", "shop.yaml", *words.split()).stderr == result.stderr
    assert result.exit_code == 0


@pytest.mark.usefixtures("shop")
def test_data(run: Run) -> None:
    """JSON and YAML print the plan of the library as data, with the selector that was read."""
    words = ("explain", "-f", "shop.yaml", "-A", "-l", " app != db , app")
    data = json.loads(run(*words, "-o", "json").stdout)
    assert (data["selector"], data["objects"]) == ("app!=db,app", 6)
    index = LabelIndex(enumerate(item.labels for item in read_manifests(["shop.yaml"])))
    plan = index.explain("app,app!=db")
    assert data["plan"].keys() == plan.to_dict().keys()
    assert (data["plan"]["operation"], data["plan"]["actual"]) == (plan.operation, 3)
    assert data["plan"]["planning"] > 0
    again = yaml.safe_load(run(*words, "-o=yaml").stdout)
    assert again.keys() == data.keys()
    assert [step["detail"] for step in again["plan"]["steps"]] == [
        step.detail for step in plan.steps
    ]


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("words", "messages"),
    [
        (["-l", "a=b||c=d"], ["error: -l 'a=b||c=d': not a valid selector:", "     ^", "  hint: "]),
        (["depoy"], ['error: "depoy" is not a kind', "did you mean deploy?"]),
        (["-f", "none.yaml"], ["error: none.yaml: no such file or directory"]),
        (["-f", "none.yaml", "-l", "a,,b"], ["error: -l 'a,,b': not a valid selector"]),
    ],
)
def test_failures(run: Run, words: list[str], messages: list[str]) -> None:
    """A failure has status 1, one message on standard error, and nothing on standard output."""
    result = run("explain", "-A", "-f", "shop.yaml", *words)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("error:") == 1
    for message in messages:
        assert message in result.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-l", "a"], "nothing to read: name a file or a folder with -f PATH, or standard input"),
        (["pods", "web", "-f", "x"], "explain covers all objects of a kind; remove web"),
        (["-f", "x", "-o", "name"], "'name' is not one of"),
        (["--nonsense"], "labelsel explain has no option --nonsense"),
    ],
)
def test_usage_errors(run: Run, words: list[str], message: str) -> None:
    """Words that make no sense have status 2 and a sentence."""
    result = run("explain", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_keep_going(run: Run, tmp_path: Path) -> None:
    """Bad input ends the run; with --keep-going the rest is explained, and the status says so."""
    (tmp_path / "bad.yaml").write_text(SHOP + "---\nkind: Pod\n")
    result = run("explain", "-A", "-f", "bad.yaml", "-l", "app")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "bad.yaml, document 7" in result.stderr
    result = run("explain", "-A", "-f", "bad.yaml", "-l", "app", "--keep-going")
    assert (result.exit_code, "4 of 6 objects match" in result.stdout) == (1, True)
    assert "error: 1 input error (above)" in result.stderr


def test_standard_input_and_folders(run: Run, tmp_path: Path) -> None:
    """All that -f names is read, folders as deep as -R says."""
    (tmp_path / "dir" / "sub").mkdir(parents=True)
    (tmp_path / "dir" / "b.json").write_text('{"apiVersion": "v1", "kind": "List", "items": []}')
    (tmp_path / "dir" / "sub" / "a.yaml").write_text(SHOP)
    deep = run("explain", "-A", "-f", "dir", "-f", "-", stdin=SHOP)
    assert "12 of 12 objects match" in deep.stdout
    words = ("explain", "-A", "-f", "dir", "-f", "-", "--no-recursive", "--allow-empty")
    flat = run(*words, stdin=SHOP)
    assert "6 of 6 objects match" in flat.stdout


@pytest.mark.slow
def test_colour_is_for_terminals(shop: Path) -> None:
    """On a terminal steps have their colours; NO_COLOR and a pipe have none."""
    words = ("explain", "-A", "-f", str(shop), "-l", "app=web,!tier")
    seen = on_a_terminal(*words)
    assert "\x1b[32mlabel\x1b[0m" in seen
    assert "├─ " in seen
    assert "\x1b[3" not in on_a_terminal(*words, NO_COLOR="1")


def test_a_terminal_without_lines(monkeypatch: pytest.MonkeyPatch, shop: Path) -> None:
    """Where the encoding has no lines to draw with, steps are indented."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    app.main(["explain", "-A", "-f", str(shop), "-l", "app=web,!tier"], standalone_mode=False)
    lines = stream.buffer.getvalue().decode("ascii").splitlines()
    assert [line.split("  ")[0] for line in lines[:2]] == ["STEP", "subtract"]
    assert [line[:7] for line in lines[2:4]] == ["  label", "  not k"]
    assert lines[-1].endswith(" us")


def test_hostile_text_cannot_reach_the_terminal(run: Run) -> None:
    """What a selector names is printed with escapes, and brackets are no markup."""
    item = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "a", "labels": {"a": "b"}}}
    result = run("explain", "-f", "-", "-l", "a=b", stdin=json.dumps(item))
    assert "label a=b" in result.stdout
    assert "\x1b" not in result.stdout


def test_help(run: Run) -> None:
    """Help says what the columns mean, and has examples."""
    text = run("explain", "--help").stdout
    assert "\n  Examples:\n    labelsel explain pods -A" in text
    assert "AT MOST" in text


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk(
    monkeypatch: pytest.MonkeyPatch, shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Output that cannot be written is a failure, in one sentence."""
    with Path("/dev/full").open("w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        assert in_process(monkeypatch, "explain", "-A", "-f", str(shop)) == 1
    expected = "error: the output cannot be written: No space left on device\n"
    assert capsys.readouterr().err == expected
