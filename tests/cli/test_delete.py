"""``labelsel delete`` and ``labelsel create``: what goes, what comes, and who is asked."""

import os
import pty
import sys
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import SHOP, Run
from tests.cli.test_process import in_process

DOCUMENTS = SHOP.split("---\n")
NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n"


def left() -> list[int]:
    """The numbers of the documents of the shop that are left."""
    return [DOCUMENTS.index(text) for text in Path("shop.yaml").read_text().split("---\n")]


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("words", "said", "expected"),
    [
        ("pod tool", ['pod "tool" deleted'], [0, 1, 2, 3, 5]),
        ("pod/tool --dry-run", ['pod "tool" deleted (dry run)'], [0, 1, 2, 3, 4, 5]),
        ("deploy web -n shop -o name", ["deployment.apps/web"], [0, 1, 3, 4, 5]),
        ("pods -A -l app=db", ['pod "db-1" deleted from shop namespace'], [0, 2, 3, 4, 5]),
        ("no --all", ['node "n1" deleted'], [0, 1, 2, 4, 5]),
        ("--all -n ops", ['probe.example.com "door" deleted from ops namespace'], [0, 1, 2, 3, 4]),
        (
            "pods --all -n shop -y",
            ['pod "web-1" deleted from shop namespace', 'pod "db-1" deleted from shop namespace'],
            [2, 3, 4, 5],
        ),
    ],
)
def test_delete(run: Run, words: str, said: list[str], expected: list[int]) -> None:
    """Each line of words deletes these objects, and says so."""
    result = run("delete", "-f", "shop.yaml", *words.split())
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == said
    assert left() == expected


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("pod web-1 -n shop -o json", ["web-1"]),
        ("pods --all -n shop -o json", ["web-1", "db-1"]),
        ("pods -l app=db -n shop -o yaml", ["db-1"]),
        ("ns shop -o json", ["web-1", "db-1", "web"]),
    ],
)
def test_deletion_as_data(run: Run, words: str, names: list[str]) -> None:
    """The objects that would be deleted, without asking; nothing is deleted, and that is said."""
    result = run("delete", "-f", "shop.yaml", *words.split())
    data = yaml.safe_load(result.stdout)
    items = [data] if words.startswith("pod ") else data["items"]
    assert [item["metadata"]["name"] for item in items] == names
    form = words.rsplit(maxsplit=1)[-1]
    assert result.stderr == f"nothing is deleted: -o {form} shows what would be\n"
    assert (result.exit_code, left()) == (0, [0, 1, 2, 3, 4, 5])


def test_deletion_from_standard_input_as_data(run: Run) -> None:
    """Standard input cannot be written, and need not be."""
    words = ("delete", "pods", "-A", "--all", "-f", "-")
    refused = run(*words, stdin=SHOP)
    assert (refused.exit_code, "cannot be written" in refused.stderr) == (2, True)
    names = run(*words, "-o", "jsonpath={.items[*].metadata.name}", stdin=SHOP)
    assert names.stdout == "web-1 db-1 tool"


@pytest.mark.usefixtures("shop")
def test_a_namespace_takes_along_what_is_inside(run: Run) -> None:
    """All objects of a namespace go with it, from all files; a file stays without objects."""
    Path("ns.yaml").write_text(f"# The shop.\n\n{NAMESPACE}")
    words = ("delete", "ns", "shop", "-f", "ns.yaml", "-f", "shop.yaml")
    refused = run(*words)
    assert refused.exit_code == 1
    assert "4 objects would be deleted: -y deletes them, --dry-run shows them" in refused.stderr
    shown = run(*words, "--dry-run")
    assert shown.stdout.count("(dry run)") == 4
    assert shown.stderr == "ns.yaml would have no object left\n"
    assert left() == [0, 1, 2, 3, 4, 5]
    done = run(*words, "-y")
    assert done.stdout.splitlines() == [
        'namespace "shop" deleted',
        'pod "web-1" deleted from shop namespace',
        'pod "db-1" deleted from shop namespace',
        'deployment.apps "web" deleted from shop namespace',
    ]
    assert done.stderr == "ns.yaml has no object left\n"
    assert Path("ns.yaml").read_text() == "# The shop.\n\n"
    assert left() == [3, 4, 5]


@pytest.mark.usefixtures("shop")
def test_a_namespace_that_is_no_object(run: Run) -> None:
    """A namespace that is only known by what is inside can be deleted by its name, too."""
    result = run("delete", "ns/ops", "ns/shop", "-f", "shop.yaml", "-y", "-o", "name")
    assert result.stdout.splitlines() == [
        *("pod/web-1", "pod/db-1", "deployment.apps/web", "probe.example.com/door")
    ]
    assert left() == [3, 4]


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("ns none", "ns/none not found"),
        ("ns/shop pod/shop", "pod/shop not found"),
        ("ns/default pod/tool", "the namespace default cannot be deleted: Kubernetes keeps it"),
        ("pod none", "pod/none not found"),
        ("pod tool none", "pod/none not found"),
        ("ns default -f ns.yaml", "the namespace default cannot be deleted: Kubernetes keeps it"),
    ],
)
def test_failures(run: Run, words: str, message: str) -> None:
    """What cannot all be deleted is not deleted at all."""
    Path("ns.yaml").write_text(NAMESPACE.replace("shop", "default"))
    result = run("delete", "-f", "shop.yaml", *words.split())
    assert (result.exit_code, result.stdout) == (1, "")
    assert message in result.stderr
    assert left() == [0, 1, 2, 3, 4, 5]


def test_the_only_object_need_not_be_named(run: Run, shop: Path) -> None:
    """As ``kubectl delete -f node.yaml``; of several none goes, whatever is said beside."""
    node = Path("node.yaml")
    node.write_text(DOCUMENTS[3])
    result = run("delete", "-f", "node.yaml")
    assert (result.exit_code, result.stdout) == (0, 'node "n1" deleted\n')
    assert node.read_text() == ""
    result = run("delete", "-f", "shop.yaml", "-y")
    assert (result.exit_code, result.stdout, shop.read_text()) == (1, "", SHOP)
    several = "error: the input has 6 objects: name the objects, or add -l SELECTOR or --all\n"
    assert result.stderr == several


@pytest.mark.usefixtures("shop")
def test_nothing_to_delete(run: Run) -> None:
    """Nothing found is no failure; without names, a selector or --all nothing is meant."""
    result = run("delete", "pods", "-l", "app=none", "-f", "shop.yaml")
    assert (result.exit_code, result.stderr) == (
        0,
        "No resources found in default namespace.\nNo Pod here has app=none; app is tool\n",
    )
    for words in (("pods",), ("-n", "shop")):
        unclear = run("delete", *words, "-f", "shop.yaml")
        assert unclear.exit_code == 2
        assert "no object is named" in unclear.stderr


@pytest.mark.parametrize(("answer", "status"), [("y", 0), ("n", 1), ("", 1)])
def test_a_terminal_is_asked(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    shop: Path,
    answer: str,
    status: int,
) -> None:
    """On a terminal the objects are shown, and only a yes deletes them."""
    keyboard, terminal = pty.openpty()
    os.write(keyboard, f"{answer}\n".encode())
    with os.fdopen(terminal) as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        words = ("delete", "pods", "-n", "shop", "--all", "-f", str(shop))
        assert in_process(monkeypatch, *words) == status
    os.close(keyboard)
    said = capsys.readouterr().err
    assert said.startswith(
        'pod "web-1" in shop namespace\npod "db-1" in shop namespace\nDelete these 2 objects? [y/N]'
    )
    assert said.endswith("nothing is deleted\n") == bool(status)
    assert (shop.read_text() == SHOP) == bool(status)


@pytest.mark.usefixtures("shop")
def test_create_namespace(run: Run) -> None:
    """A namespace stands behind what is in the file, or in a new one; a second is an error."""
    assert (
        run("create", "namespace", "shop", "-f", "shop.yaml").stdout == "namespace/shop created\n"
    )
    assert Path("shop.yaml").read_text() == f"{SHOP}---\n{NAMESPACE}"
    again = run("create", "ns", "shop", "-f", "shop.yaml")
    assert again.exit_code == 1
    assert again.stderr == (
        'error: shop.yaml, document 7 (line 30): namespaces "shop" already exists\n'
    )
    assert run("create", "ns", "shop", "-f", "new.yaml", "-o", "name").stdout == "namespace/shop\n"
    assert Path("new.yaml").read_text() == NAMESPACE
    Path("empty.yaml").write_text("")
    run("create", "ns", "shop", "-f", "empty.yaml")
    assert Path("empty.yaml").read_text() == NAMESPACE


@pytest.mark.usefixtures("shop")
def test_create_shows(run: Run) -> None:
    """With -o yaml, -o json or --dry-run nothing is written."""
    assert run("create", "ns", "shop", "-o", "yaml").stdout == NAMESPACE
    shown = run("create", "ns", "shop", "-o", "json", "-f", "shop.yaml")
    assert yaml.safe_load(shown.stdout) == yaml.safe_load(NAMESPACE)
    dry = run("create", "ns", "shop", "--dry-run", "-f", "-", stdin=SHOP)
    assert dry.stdout == "namespace/shop created (dry run)\n"
    assert Path("shop.yaml").read_text() == SHOP


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        ("Shop -o yaml", 1, "the name of a namespace has at most 63 lower-case letters"),
        ("shop", 2, "nowhere to write: name a file with -f FILE, or add -o yaml"),
        ("shop -f .", 2, ". is a folder: name the file in it"),
        ("shop -f -", 2, "standard input cannot be written"),
        ("shop -f bad.yaml", 1, "bad.yaml, document 1 (line 1): Pod: no apiVersion"),
        ("shop -f bad.json", 1, "bad.json, document 1 (line 2): not valid JSON"),
        ("shop -f none/a.yaml", 1, "cannot be written: no such file or directory"),
    ],
)
def test_create_failures(run: Run, words: str, status: int, message: str) -> None:
    """What cannot be created is told in a sentence."""
    Path("bad.yaml").write_text("kind: Pod\n")
    Path("bad.json").write_text('{"kind": 1\n')
    result = run("create", "namespace", *words.split())
    assert (result.exit_code, result.stdout) == (status, "")
    assert message in result.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize(
    "words", ["label pod/tool a=b", "create ns x", "delete pod/tool", "delete no/n1 -o name"]
)
def test_a_full_disk(
    monkeypatch: pytest.MonkeyPatch, shop: Path, capsys: pytest.CaptureFixture[str], words: str
) -> None:
    """Output that cannot be written is a failure, which says that the work is done."""
    with Path("/dev/full").open("w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        assert in_process(monkeypatch, *words.split(), "-f", str(shop)) == 1
    problem = "the output cannot be written: No space left on device"
    assert capsys.readouterr().err == f"error: {problem}; the files are written\n"
    assert shop.read_text() != SHOP
