"""README.md: an index page shows it alone, so it is short, complete, and links to what exists."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

import labelsel
from labelsel.cli.app import app
from tests.test_docs import anchors, relative_links

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCS = ROOT / "docs"

#: Where the addresses of the project lead in a checkout.
_FILES = re.compile(
    r"https://(?:github\.com/labelsel/labelsel/(?:blob|tree)|raw\.githubusercontent\.com/labelsel/labelsel)"
    r"/main/([^\s)#\"]+)(?:#([^\s)\"]+))?"
)
_PAGES = re.compile(r"https://labelsel\.readthedocs\.io/en/latest/([^\s)#\"]*)(?:#([^\s)\"]+))?")
_OWN = re.compile(
    r"https://(?:github\.com/labelsel|raw\.githubusercontent\.com/labelsel|labelsel\.readthedocs\.io)"
    r"(?:/[^\s)\"`]*)?"
)
#: What GitHub makes, which is no file.
_MADE = re.compile(
    r"https://labelsel\.readthedocs\.io/?"
    r"|https://github\.com/labelsel/labelsel(?:/(?:issues|releases|security)\b.*)?"
)


def read_target(address: str) -> tuple[Path, str | None] | None:
    """Return the file of the checkout that an address of the project shows, and the anchor."""
    if found := _FILES.fullmatch(address):
        return ROOT / found[1], found[2]
    if found := _PAGES.fullmatch(address):
        page = DOCS / found[1].removesuffix(".html")
        if found[1].endswith("/") or not found[1]:
            return page, found[2]
        return page.with_name(page.name + ".md"), found[2]
    return None


def dead_addresses(text: str) -> list[str]:
    """Return the addresses of the project in a text that show no file, or no heading of it."""
    dead = []
    for address in _OWN.findall(text):
        if _MADE.fullmatch(address):
            continue
        target = read_target(address)
        if target is None:
            dead.append(address)
            continue
        path, anchor = target
        if not path.exists() or (anchor and anchor not in anchors(path)):
            dead.append(address)
    return dead


def test_it_works_outside_the_repository() -> None:
    """A package index shows README.md without the files beside it: it links to none of them."""
    assert relative_links(README) == []


@pytest.mark.parametrize(
    "document", [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))], ids=lambda path: path.name
)
def test_absolute_links(document: Path) -> None:
    """Each address of the project, written out, shows a file of this checkout."""
    assert dead_addresses(document.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/labelsel/labelsel/blob/main/docs/gone.md",
        "https://github.com/labelsel/labelsel/blob/main/docs/why.md#gone",
        "https://github.com/labelsel/other/blob/main/README.md",
        "https://raw.githubusercontent.com/labelsel/labelsel/main/docs/images/gone.svg",
        "https://labelsel.readthedocs.io/en/latest/gone.html",
        "https://labelsel.readthedocs.io/en/latest/why.html#gone",
        "https://labelsel.readthedocs.io/en/latest/gone/",
        "https://labelsel.readthedocs.io/en/v1/why.html",
    ],
)
def test_a_dead_address_is_found(address: str) -> None:
    """The check can fail: on a file, a heading, an image, a page and a folder."""
    assert dead_addresses(
        f"[a]({address}) and [b](https://labelsel.readthedocs.io/en/latest/why.html)"
    ) == [address]


def test_it_is_short() -> None:
    """Details are on pages of their own."""
    assert README.count("\n") <= 250


def test_it_begins_with_an_example() -> None:
    """What it is, how to install it, and an example of twelve lines are in the first screen."""
    example = re.search(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert example is not None
    assert example[1].count("\n") <= 12
    assert "\npip install labelsel " in README[: example.start()]
    first = README[: README.index("\n## ")]
    assert first.count("\n") <= 40
    assert {"/start.html", "/playground/"} <= set(re.findall(r"/latest(/[^)\s]*)", first))


#: The commands that look at the examples, and change nothing.
LOOKS = [
    line
    for document in (ROOT / "README.md", DOCS / "guides" / "command.md")
    for line in document.read_text(encoding="utf-8").splitlines()
    if line.startswith("labelsel ") and " -f examples" in line
]


@pytest.mark.parametrize("line", dict.fromkeys(LOOKS))
def test_a_command_shows_something(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An example that finds nothing explains nothing."""
    monkeypatch.chdir(ROOT)
    words = shlex.split(line.partition(" | ")[0])[1:]
    result = CliRunner().invoke(app, words, catch_exceptions=False)
    assert result.exit_code == 0
    assert result.stdout.strip()
    assert "No resources found" not in result.stderr


@pytest.mark.parametrize(
    "document", [ROOT / "README.md", DOCS / "start.md"], ids=lambda path: path.name
)
def test_every_extra_is_named(document: Path) -> None:
    """The extras that are explained are those of the package, but for those of its makers."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    text = document.read_text(encoding="utf-8")
    table = text.split("| extra | for |\n")[1].split("\n\n")[0]
    named = {name for row in table.splitlines() for name in re.findall(r"`(\w+)`", row[:30])}
    assert named == set(project["optional-dependencies"]) - {"docs"}


def read_answers(text: str) -> list[tuple[str, str, str]]:
    """Return selector, labels and right answer of each row about one label set."""
    rows = [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in text.splitlines()
        if line.startswith("| `")
    ]
    return [
        (row[0].strip("`"), row[1].replace("`", ""), row[3])
        for row in rows
        if len(row) >= 4 and re.fullmatch(r"no labels|none|(`[\w=,]+`(, )?)+", row[1])
    ]


ANSWERS = [
    (document.name, *row)
    for document in (ROOT / "README.md", DOCS / "why.md")
    for row in read_answers(document.read_text(encoding="utf-8"))
]


def test_the_answers_are_found() -> None:
    """Both documents have rows."""
    assert len(ANSWERS) >= 12
    assert {name for name, *_ in ANSWERS} == {"README.md", "why.md"}


@pytest.mark.parametrize(("document", "selector", "labels", "answer"), ANSWERS)
def test_an_answer_is_right(document: str, selector: str, labels: str, answer: str) -> None:
    """What a row says that Kubernetes answers is what labelsel answers."""
    assert document
    pairs = [pair.strip() for pair in labels.split(",") if "=" in pair]
    if answer == "an error":
        with pytest.raises(labelsel.SelectorError):
            labelsel.parse(selector)
        return
    right = labelsel.parse(selector).matches(dict(pair.split("=") for pair in pairs))
    assert answer in (("yes", "matches") if right else ("no", "does not match"))


#: Each word of the picture that names a class.
NAMES = re.findall(r">([A-Z]\w+[A-Z]\w+)<", (DOCS / "images" / "overview.svg").read_text())


def test_the_picture_names_what_exists() -> None:
    """The classes in the picture are public, and it loads nothing from elsewhere."""
    assert {"LabelIndex", "SelectorIndex", "LiveIndex"} <= set(NAMES)
    assert [name for name in NAMES if not hasattr(labelsel, name)] == []
    text = (DOCS / "images" / "overview.svg").read_text()
    assert re.findall(r"https?://[^\"\s]+", text) == ["http://www.w3.org/2000/svg"]


#: The rows of README's table of times, and the tables of the benchmark that they are from.
TIMES = {
    "rows": "The rows of a query, {} in random order, the worst case",
    "rows, after `compact()`": "The rows of a query, {} in random order, after compact()",
    "count": "The count of a query, {} in random order, the worst case",
}


def read_row(table: str, name: str) -> dict[str, str]:
    """Return the cells of a row of a table by the names of the columns."""
    lines = [line for line in table.splitlines() if line.startswith("|")]
    head, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    [row] = (row for row in rows if row[0] == name)
    return dict(zip(head[1:], row[1:], strict=True))


@pytest.mark.parametrize("name", TIMES)
def test_the_times_are_those_of_the_benchmark(name: str) -> None:
    """All times come from the run whose results are in the repository, and from no other."""
    said = read_row(README.split("## How fast")[1].split("\n## ")[0], name)
    results = (ROOT / "benchmarks" / "results" / "results.md").read_text()
    title = TIMES[name].format("1,000,000 label sets")
    table = results.split(f"## {title}\n")[1].split("\n## ")[0]
    measured = read_row(table, "geometric mean")
    assert said.keys() == {"labelsel", "Polars", "pandas", "DuckDB", "SQLite", "plain scan"}
    assert said == {library: measured[library] for library in said}
