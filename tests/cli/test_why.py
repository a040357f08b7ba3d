"""``labelsel why``: why objects match a selector or do not."""

import io
import json
import sys
from pathlib import Path

import pytest
import yaml

from labelsel import parse
from labelsel.cli.app import app
from tests.cli.conftest import SHOP, Run
from tests.cli.test_process import in_process, on_a_terminal


def why(run: Run, *words: str) -> str:
    """What a run that ends well prints."""
    result = run("why", "-f", "shop.yaml", *words)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


@pytest.mark.usefixtures("shop")
def test_a_table(run: Run) -> None:
    """Each requirement has a line: whether it holds, and what the object has."""
    words = ("-n", "shop", "-l", "app=web,!debug,teir in (front,back),x=1", "pod/web-1")
    assert why(run, *words) == (
        "pod/web-1 in namespace shop (shop.yaml:1) does not match\n"
        "REQUIREMENT            HOLDS   HAS\n"
        "app=web                ✓ yes   app=web\n"
        "!debug                 ✓ yes   no debug\n"
        "teir in (back,front)   ✗ no    no teir, but tier=front\n"
        "x=1                    ✗ no    no x, but app.kubernetes.io/x=1\n"
    )


@pytest.mark.usefixtures("shop")
def test_several_objects(run: Run) -> None:
    """Each object has a table of its own, in the order of the words; nodes have no namespace."""
    shown = why(run, "-A", "-l", "app=web", "po/db-1", "deploy/web", "no/n1")
    assert shown == (
        "pod/db-1 in namespace shop (shop.yaml:7) does not match\n"
        "REQUIREMENT   HOLDS   HAS\n"
        "app=web       ✗ no    app=db\n"
        "\n"
        "deployment.apps/web in namespace shop (shop.yaml:11) matches\n"
        "REQUIREMENT   HOLDS   HAS\n"
        "app=web       ✓ yes   app=web\n"
        "\n"
        "node/n1 (shop.yaml:18) does not match\n"
        "REQUIREMENT   HOLDS   HAS\n"
        "app=web       ✗ no    no app\n"
    )
    assert why(run, "-n=shop", "-l=app", "pod", "web-1", "db-1").count("matches") == 2


@pytest.mark.usefixtures("shop")
def test_the_empty_selector(run: Run) -> None:
    """Blank text selects everything, and says so."""
    assert why(run, "-l", " ", "pod/tool").splitlines()[2] == "everything    ✓ yes"


@pytest.mark.usefixtures("shop")
def test_data(run: Run) -> None:
    """JSON and YAML print the tree of the library, with the object that it is about."""
    words = ("-n", "shop", "-l", "app=web,x=1", "pod/web-1", "pod/db-1")
    data = json.loads(why(run, *words, "-o", "json"))
    assert data["selector"] == "app=web,x=1"
    first, second = data["objects"]
    labels = {"app": "web", "tier": "front", "app.kubernetes.io/x": "1"}
    assert first.pop("why") == parse("app=web,x=1").why(labels).to_dict()
    assert first == {
        "kind": "Pod",
        "apiVersion": "v1",
        "namespace": "shop",
        "name": "web-1",
        "source": "shop.yaml:1",
    }
    assert (second["name"], second["why"]["truth"]) == ("db-1", False)
    assert yaml.safe_load(why(run, *words, "-o=yaml")) == json.loads(why(run, *words, "-o", "json"))


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("-l a pod/web-1", "pod/web-1 is not in namespace default, but in shop: add -n shop\n"),
        ("-l a -n shop pod/wbe-1", "pod/wbe-1 not found; did you mean pod/web-1 in namespace"),
        ("-l a pdo/web-1", '"pdo" is not a kind: '),
        ("-l a,, pod/tool", "-l 'a,,': not a valid selector: "),
        ("-l a,, -f none.yaml pod/tool", "-l 'a,,': not a valid selector: "),
        ("-l a -f none.yaml pod/tool", "none.yaml: no such file or directory\n"),
    ],
)
def test_failures(run: Run, words: str, message: str) -> None:
    """A failure has status 1, one message on standard error, and nothing on standard output."""
    result = run("why", "-f", "shop.yaml", *words.split())
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"error: {message}")
    assert result.stderr.count("error:") == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("-l a pod/a", "nothing to read: name a file or a folder with -f PATH"),
        ("-f x pod/a", "add a selector with -l SELECTOR, -e EXPRESSION or --matchers"),
        ("-f x -l a", "no object is named: write pod/NAME, or pod NAME"),
        ("-f x -l a pod", "no object is named: write pod/NAME, or pod NAME"),
        ("-f x -l a pod/a b", '"b" has no kind, as other names here have: write KIND/b'),
        ("-f x -l a pod/a -o name", "'name' is not one of"),
    ],
)
def test_usage_errors(run: Run, words: str, message: str) -> None:
    """Words that make no sense have status 2 and a sentence."""
    result = run("why", *words.split())
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_keep_going(run: Run, tmp_path: Path) -> None:
    """Bad input ends the run; with --keep-going the rest is answered, and the status says so."""
    (tmp_path / "bad.yaml").write_text(SHOP + "---\nkind: Pod\n")
    words = ("why", "-f", "bad.yaml", "-l", "app", "pod/tool")
    result = run(*words)
    assert (result.exit_code, result.stdout) == (1, "")
    result = run(*words, "--keep-going")
    assert (result.exit_code, "app=tool" in result.stdout) == (1, True)
    assert "error: 1 input error (above)" in result.stderr


@pytest.mark.slow
def test_colour_is_for_terminals(shop: Path) -> None:
    """On a terminal yes is green and no is red; NO_COLOR and a pipe have words and marks alone."""
    words = ("why", "-A", "-f", str(shop), "-l", "app=web,x=2", "pod/web-1")
    seen = on_a_terminal(*words)
    assert "\x1b[32m✓ yes\x1b[0m" in seen
    assert "\x1b[1;31m✗ no\x1b[0m" in seen
    assert "\x1b[3" not in on_a_terminal(*words, NO_COLOR="1")


def test_a_terminal_without_marks(monkeypatch: pytest.MonkeyPatch, shop: Path) -> None:
    """Where the encoding has no marks the words do."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    app.main(["why", "-f", str(shop), "-l", "app,x", "pod/tool"], standalone_mode=False)
    lines = stream.buffer.getvalue().decode("ascii").splitlines()
    assert [line.split()[1] for line in lines[2:]] == ["yes", "no"]


def test_hostile_text_cannot_reach_the_terminal(run: Run) -> None:
    """What a manifest holds is printed with escapes, and brackets are no markup."""
    labels = {"a": "[red]\x1b[31m"}
    item = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "a\x1b", "labels": labels}}
    result = run("why", "-f", "-", "-l", "a=b", "no/a\x1b", stdin=json.dumps(item))
    assert "a=[red]\\x1b[31m" in result.stdout
    assert "\x1b" not in result.stdout + result.stderr


def test_help(run: Run) -> None:
    """Help has examples."""
    assert "\n  Examples:\n    labelsel why -f shop/" in run("why", "--help").stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize(
    "words", [("why", "-l", "app"), ("nodes-for",), ("groups", "pods", "-L", "app")]
)
def test_a_full_disk(
    monkeypatch: pytest.MonkeyPatch,
    shop: Path,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
) -> None:
    """Output that cannot be written is a failure, in one sentence."""
    objects = () if words[0] == "groups" else ("pod/tool",)
    with Path("/dev/full").open("w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        assert in_process(monkeypatch, *words, "-f", str(shop), *objects) == 1
    expected = "error: the output cannot be written: No space left on device\n"
    assert capsys.readouterr().err == expected
