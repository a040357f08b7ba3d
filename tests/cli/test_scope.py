"""Which namespaces are looked in: files have a default, standard input has been asked already."""

from pathlib import Path

import pytest

from tests.cli.conftest import SHOP, Run

ALL = ["pod/web-1", "pod/db-1", "deployment.apps/web", "node/n1", "pod/tool"]
ALL.append("probe.example.com/door")


def test_standard_input(run: Run) -> None:
    """Of standard input all namespaces are shown, and the column tells them apart."""
    for more in ((), ("-A",)):
        assert run("get", "-f", "-", "-o", "name", *more, stdin=SHOP).stdout.split() == ALL
    shown = run("get", "pods", "-f", "-", stdin=SHOP)
    assert shown.stderr == ""
    assert shown.stdout.splitlines()[0].startswith("NAMESPACE   NAME")
    Path("shop.yaml").write_text(SHOP)
    for namespace in ("shop", "default", "ops"):
        words = ("-n", namespace, "-o", "name")
        from_file = run("get", "-f", "shop.yaml", *words)
        assert run("get", "-f", "-", *words, stdin=SHOP).stdout == from_file.stdout


def test_files(run: Run, shop: Path) -> None:
    """Of files the namespace default is, and a line says what else would have matched."""
    result = run("get", "-f", shop.name, "-o", "name")
    assert result.stdout == "node/n1\npod/tool\n"
    assert result.stderr == (
        "4 more in other namespaces: ops (1), shop (3); use -A to see all of them\n"
    )


def test_standard_input_beside_files(run: Run, shop: Path) -> None:
    """Each object is looked for as the place that it was read from says."""
    elsewhere = SHOP.replace("name: ", "name: in-")
    result = run("get", "pods", "-f", shop.name, "-f", "-", "-o", "name", stdin=elsewhere)
    assert result.stdout.split() == ["pod/tool", "pod/in-web-1", "pod/in-db-1", "pod/in-tool"]
    assert result.stderr.startswith("2 more in other namespaces: shop (2);")


def test_a_file_called_standard_input(run: Run) -> None:
    """A file is a file, whatever it is called."""
    Path("standard input").write_text(SHOP)
    result = run("get", "-f", "standard input", "-o", "name")
    assert result.stdout == "node/n1\npod/tool\n"


def test_names_in_standard_input(run: Run) -> None:
    """A name is found in whatever namespace; where several have it, each has an answer."""
    assert run("get", "pod/web-1", "-f", "-", "-o", "name", stdin=SHOP).stdout == "pod/web-1\n"
    said = run("why", "-f", "-", "-l", "a", "pod/web-1", stdin=SHOP)
    assert "web-1 in namespace shop" in said.stdout
    pod = SHOP.split("---\n")[0]
    twice = f"{pod}---\n{pod.replace('namespace: shop', 'namespace: lab')}"
    result = run("who-selects", "-f", "-", "pod/web-1", stdin=twice)
    assert (result.exit_code, result.stdout) == (0, "")
    assert [line.partition(" namespace")[0] for line in result.stderr.splitlines()] == [
        f"Nothing selects pod/web-1 (standard input:{line}) in {namespace}"
        for line, namespace in ((1, "shop"), (pod.count("\n") + 2, "lab"))
    ]
    chosen = run("who-selects", "-f", "-", "pod/web-1", "-n", "lab", stdin=twice)
    assert chosen.stderr == "Nothing selects pod/web-1 in lab namespace.\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("-f -", "No resources found\n"),
        ("-f - -n shop", "No resources found in shop namespace.\n"),
        ("-f - -f shop.yaml", "No resources found in default namespace.\n"),
        ("-f shop.yaml", "No resources found in default namespace.\n"),
        ("-f shop.yaml -A", "No resources found\n"),
    ],
)
@pytest.mark.parametrize("command", ["get", "explain", "groups all -L app", "delete"])
@pytest.mark.usefixtures("shop")
def test_nothing_found(run: Run, command: str, words: str, said: str) -> None:
    """What is said where nothing is found tells where it was looked for."""
    dry = ["--dry-run"] if command == "delete" else []
    result = run(*command.split(), "-l", "none", *dry, *words.split(), stdin=SHOP)
    kinds = "Pod" if words == "-f shop.yaml" else "object of these kinds"
    what = kinds if command.startswith("groups") else "object"
    no_label = f"No {what} here has the label none\n"
    assert (result.exit_code, result.stderr) == (0, f"{said}{no_label}")


@pytest.mark.parametrize(
    "words",
    [
        ("get", "pods", "-n", "shop,ops"),
        ("get", "pods", "-n", "shop*"),
        ("get", "pods", "-n", "ns/shop"),
        ("get", "pods", "-n", "-A"),
        ("get", "pods", "-n", "<NS>"),
        ("label", "pods", "--all", "-n", "shop ops", "a=b", "--dry-run"),
        ("reach", "pod/web-1", "pod/web-2", "-n", "shop", "--to-namespace", "shop,ops"),
    ],
)
@pytest.mark.usefixtures("shop")
def test_no_name_of_a_namespace(run: Run, words: tuple[str, ...]) -> None:
    """A list or a pattern of namespaces is an error, and no namespace without objects."""
    result = run(*words, "-f", "shop.yaml")
    assert result.exit_code == 2
    assert "is not the name of a namespace: -" in result.stderr
    assert " takes one name, and -A looks in all namespaces\n" in result.stderr


@pytest.mark.usefixtures("shop")
def test_a_placeholder_as_a_namespace(run: Run) -> None:
    """What stands in files as a namespace may be asked for, legal or not."""
    result = run("get", "pods", "-n", "${NAMESPACE}", "-f", "shop.yaml")
    assert (result.exit_code, result.stderr) == (
        0,
        "No resources found in ${NAMESPACE} namespace.\n",
    )
