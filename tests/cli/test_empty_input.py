"""Input without objects: an error, since what should have written it has perhaps failed."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run

COMMANDS = [
    ("get",),
    ("get", "pod/a", "--ignore-not-found"),
    ("explain",),
    ("groups", "-L", "a"),
    ("lint",),
    ("label", "pods", "--all", "a=b", "--dry-run"),
    ("annotate", "pods", "--all", "a=b", "--dry-run"),
    ("delete", "pods", "--all", "--dry-run"),
]
#: These are about one object, which must be there whatever the options are.
ABOUT_ONE = [
    ("why", "-l", "a", "pod/a"),
    ("who-selects", "pod/a"),
    ("selects", "pod/a"),
    ("nodes-for", "pod/a"),
    ("reach", "pod/a", "pod/b"),
]
TEXTS = ["", "\n", "---\n", "# only\n---\n# comments\n", "null\n", "kind: List\nitems: []\n"]


@pytest.mark.parametrize("words", COMMANDS + ABOUT_ONE, ids=" ".join)
@pytest.mark.parametrize("text", TEXTS)
def test_no_objects(run: Run, words: tuple[str, ...], text: str) -> None:
    """Standard input and files without objects end every command with status 1 and a sentence."""
    Path("a.yaml").write_text(text)
    Path("folder").mkdir()
    Path("folder/b.yaml").write_text(text)
    for path, name in (("-", "standard input"), ("a.yaml", "a.yaml"), ("folder", "folder")):
        result = run(*words, "-f", path, stdin=text)
        assert (result.exit_code, result.stdout) == (1, "")
        allow = "add --allow-empty if that is correct"
        assert result.stderr == f"error: no objects in the input ({name}): {allow}\n"


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_empty_is_allowed(run: Run, words: tuple[str, ...]) -> None:
    """With --allow-empty no objects are an answer, from a folder without manifests, too."""
    Path("folder").mkdir()
    for path in ("-", "folder"):
        for more in ((), ("--keep-going",)):
            result = run(*words, "-f", path, "--allow-empty", *more, stdin="")
            assert result.exit_code == 0
            assert "error" not in result.stderr


def test_a_folder_without_manifests(run: Run) -> None:
    """It is an error, and stays one beside other input; --allow-empty passes it over."""
    Path("folder").mkdir()
    Path("a.yaml").write_text("{kind: Pod, apiVersion: v1, metadata: {name: a}}")
    paths = ("-f", "a.yaml", "-f", "folder", "-o", "name")
    result = run("get", *paths)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "error: folder: no manifest" in result.stderr
    assert run("get", *paths, "--allow-empty").stdout == "pod/a\n"
    result = run("get", "-f", "missing", "--allow-empty")
    assert (result.exit_code, result.stdout) == (1, "")


def test_many_paths(run: Run) -> None:
    """A few paths are named, not all of hundreds."""
    names = [f"{number}.yaml" for number in range(7)]
    for name in names:
        Path(name).write_text("")
    result = run("get", *(word for name in names for word in ("-f", name)))
    assert "(0.yaml, 1.yaml, 2.yaml, 3.yaml, 4.yaml, …)" in result.stderr


def test_a_fault_is_not_called_empty(run: Run) -> None:
    """Where input could not be read, that is what is told."""
    Path("a.yaml").write_text("kind: [")
    result = run("get", "-f", "a.yaml", "--keep-going")
    assert result.exit_code == 1
    assert "no objects in the input" not in result.stderr
    assert "error: 1 input error (above)" in result.stderr


def test_a_namespace_in_an_empty_file(run: Run) -> None:
    """A file may be empty where an object is put into it."""
    Path("a.yaml").write_text("")
    assert run("create", "ns", "shop", "-f", "a.yaml").stdout == "namespace/shop created\n"


@pytest.mark.parametrize("words", COMMANDS + ABOUT_ONE, ids=" ".join)
def test_empty_input_beside_other(run: Run, words: tuple[str, ...]) -> None:
    """Each path must have an object: other input does not hide that one has none."""
    Path("d").mkdir()
    Path("d/a.yaml").write_text("{kind: Pod, apiVersion: v1, metadata: {name: a}}")
    result = run(*words, "-f", "-", "-f", "d", stdin="")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "error: no objects in the input (standard input): add --allow-empty" in result.stderr


def test_empty_input_is_passed_over(run: Run) -> None:
    """To keep going it is a fault as others are; with --allow-empty it is none."""
    Path("a.yaml").write_text("{kind: Pod, apiVersion: v1, metadata: {name: a}}")
    paths = ("get", "-f", "-", "-f", "a.yaml", "-o", "name")
    result = run(*paths, "--keep-going", stdin="")
    assert (result.exit_code, result.stdout) == (1, "pod/a\n")
    assert "error: no objects in the input (standard input)" in result.stderr
    assert "error: 1 input error (above)" in result.stderr
    result = run(*paths, "--allow-empty", stdin="")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "pod/a\n", "")
