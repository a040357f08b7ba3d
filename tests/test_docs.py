"""What the documentation shows is true: its examples are run.

1. Python blocks of README.md, CONTRIBUTING.md and docs/**/*.md share one namespace per file and run
   in order: with prompts (`>>>`) as a doctest, without as plain code.
2. The examples in the docstrings of labelsel run as doctests, module by module.
3. Shell blocks are run by .ci/run_blocks.py; here it is shown that it can fail.
4. Links between the documents lead somewhere; test_readme.py has those that are written out.

The registries of labelsel are as before after each document and docstring.
"""

import doctest
import importlib
import pkgutil
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import labelsel
from labelsel.languages import LANGUAGES

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
MODULES = ["labelsel"] + [
    module.name for module in pkgutil.walk_packages(labelsel.__path__, "labelsel.")
]

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_PYTHON_BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def relative_name(path: Path) -> str:
    """Return the name of a document: docs/lint.md and docs/guides/lint.md are two."""
    return path.relative_to(ROOT).as_posix()


def run_examples(test: doctest.DocTest) -> None:
    """Run the examples of one doctest and fail with doctest's own report.

    White space counts: the column of a caret is what some examples are about.
    """
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    results = runner.run(test, out=report.append, clear_globs=False)
    assert results.failed == 0, "".join(report)


@pytest.fixture(autouse=True)
def _languages() -> Iterator[None]:
    """Remove the languages that an example registers."""
    before = dict(LANGUAGES)
    yield
    LANGUAGES.clear()
    LANGUAGES.update(before)


def run_document(text: str, file: str) -> None:
    """Run the Python blocks of a Markdown text in order, in one namespace."""
    names: dict[str, Any] = {"__name__": "__main__"}
    for block in _PYTHON_BLOCK.finditer(text):
        code, line = block.group(1), text.count("\n", 0, block.start(1))
        if ">>>" in code:
            examples = doctest.DocTestParser().get_examples(code, file)
            test = doctest.DocTest(examples, names, file, file, line, None)
            run_examples(test)
            names.update(test.globs)  # DocTest works on a copy of the namespace
        else:
            # Blank lines before it give the code the line numbers of the document.
            exec(compile("\n" * line + code, file, "exec"), names)  # noqa: S102 -- our own text


@pytest.mark.parametrize("document", DOCUMENTS, ids=relative_name)
def test_document(document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every Python block of the document does what it shows, and may write where it runs."""
    monkeypatch.chdir(tmp_path)
    run_document(document.read_text(encoding="utf-8"), str(document))


#: The recipes of docs/engines.md, by their line.
RECIPES = {
    text.count("\n", 0, block.start(1)): block[1]
    for text in [(ROOT / "docs" / "engines.md").read_text(encoding="utf-8")]
    for block in _PYTHON_BLOCK.finditer(text)
    if ">>>" not in block[1]
}


@pytest.mark.parametrize("line", RECIPES)
def test_a_recipe_runs_alone(line: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who pastes one recipe has all of its imports."""
    monkeypatch.chdir(tmp_path)
    exec(compile("\n" * line + RECIPES[line], "docs/engines.md", "exec"), {})  # noqa: S102 -- our own text


@pytest.mark.usefixtures("without_explanations")
@pytest.mark.parametrize("name", MODULES)
def test_docstrings(name: str) -> None:
    """Every example in the module's docstrings does what it shows."""
    module = importlib.import_module(name)
    for test in doctest.DocTestFinder(exclude_empty=True).find(module, name):
        run_examples(test)


def relative_links(text: str) -> list[str]:
    """Return the targets of links and images that are not URLs."""
    return [target for target in _LINK.findall(text) if "://" not in target]


def dead_links(document: Path) -> list[str]:
    """Return the links of a document that lead to no file, or to no heading of it."""
    dead = []
    for target in relative_links(document.read_text(encoding="utf-8")):
        path, _, anchor = target.partition("#")
        file = document.parent / path if path else document
        if not file.exists() or (anchor and anchor not in anchors(file)):
            dead.append(target)
    return dead


def anchors(file: Path) -> set[str]:
    """Return the anchors of a document's headings, made as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=relative_name)
def test_links(document: Path) -> None:
    """Each link between the documents leads to a file, and to a heading of it."""
    assert dead_links(document) == []


def test_a_dead_link_is_found(tmp_path: Path) -> None:
    """The check can fail: on a file and on a heading."""
    (tmp_path / "b.md").write_text("# One `two` - three\n")
    links = "[a](no.md) ![b](b.md#one-two---three) [c](b.md#four) [d](https://e.example/no.md)"
    (tmp_path / "a.md").write_text(links)
    assert dead_links(tmp_path / "a.md") == ["no.md", "b.md#four"]


def test_a_wrong_example_is_found() -> None:
    """The runner can fail: on a doctest's wrong answer, also after a right block."""
    text = "```python\nx = 1\n```\ntext\n```python\n>>> x + 1\n3\n```\n"
    with pytest.raises(AssertionError, match=r'File "made-up\.md", line 6'):
        run_document(text, "made-up.md")


def test_a_failing_block_is_found() -> None:
    """The runner can fail: on plain code, with the line of the document."""
    text = "# Title\n\n```python\nx = 1\nassert x == 2\n```\n"
    with pytest.raises(AssertionError) as caught:
        run_document(text, "made-up.md")
    assert caught.traceback[-1].lineno == 4  # counted from 0: the fifth line


def run_blocks(tmp_path: Path, text: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run .ci/run_blocks.py on a made-up document."""
    document = tmp_path / "made-up.md"
    document.write_text(text)
    command = [sys.executable, str(ROOT / ".ci" / "run_blocks.py"), str(document), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("```sh\ntrue\n```\n\n```sh\nexit 3\n```\n", ":5: this block failed with exit status 3"),
        ("```bash\nfalse\ntrue\n```\n", ":1: this block failed with exit status 1"),
        ("```sh\necho $missing_variable\n```\n", ":1: this block failed"),
        ("1. text\n\n   ~~~sh\n   false\n   ~~~\n", ":3: this block failed with exit status 1"),
        ("```console\n$ echo a\nb\n```\n", ":1: this block printed something else"),
        ("```console\n$ echo a; exit 2\na\n```\n", ":1: this block failed with exit status 2"),
    ],
)
def test_a_failing_shell_block_is_found(tmp_path: Path, text: str, fault: str) -> None:
    """The runner of shell blocks can fail, and says in which line of which file."""
    done = run_blocks(tmp_path, text)
    assert done.returncode == 1
    assert f"made-up.md{fault}" in done.stderr


def test_shell_blocks_run(tmp_path: Path) -> None:
    """Good blocks pass; other languages and commands already run are left alone."""
    text = (
        "```text\nfalse\n```\n"
        "```sh\nfalse\ntest -f pyproject.toml\n```\n"
        "```console\n$ printf '%s\\n' a b c \\\n>   d\na\n...\nd\n$ true\n```\n"
    )
    done = run_blocks(tmp_path, text, "--already", "false")
    assert (done.returncode, done.stderr) == (0, "")
    assert "already run by the caller: false" in done.stdout
    assert "2 of 2 shell blocks succeeded" in done.stdout


#: The pages below docs/ that show commands. CI runs those of README.md and CONTRIBUTING.md itself.
SHELL_PAGES = [
    page
    for page in sorted((ROOT / "docs").rglob("*.md"))
    if re.search(r"^ *```(sh|bash|console)$", page.read_text(encoding="utf-8"), re.MULTILINE)
]


@pytest.mark.slow
@pytest.mark.parametrize("page", SHELL_PAGES, ids=lambda page: page.name)
def test_the_commands_of_a_page(page: Path, tmp_path: Path) -> None:
    """Each command of a page runs and prints what is shown, in a folder with the examples."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    command = [sys.executable, str(ROOT / ".ci" / "run_blocks.py"), str(page)]
    done = subprocess.run(
        [*command, "--folder", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_document_without_blocks_is_an_error(tmp_path: Path) -> None:
    """A runner that finds nothing to run has not shown anything."""
    assert run_blocks(tmp_path, "# Title\n").returncode == 1
