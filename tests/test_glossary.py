"""One word has one meaning: words that used to have several stay out of names."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "selectors" / "labelsel"
GLOSSARY = ROOT / "docs" / "glossary.md"

#: Words that had several meanings here, or one that nobody else uses, and what to write instead.
BANNED = {
    "block": "bit matrix, or chunk",
    "carried": "label location",
    "effort": "budget",
    "elsewhere": "cluster only, or other namespaces",
    "form": "restrictions, or notation",
    "forms": "restrictions, or notations",
    "legality": "API validation",
    "lent": "shared",
    "member": "indexed selector, or path",
    "members": "indexed selectors, or paths",
    "narrow": "intersect",
    "near": "nearest match",
    "neighbours": "nearest match",
    "numbering": "value table",
    "opposite": "inverse",
    "place": "source, location, path or position",
    "places": "line locator",
    "questions": "the module that answers",
    "replacing": "atomic write",
    "scene": "context",
    "selectable": "selector target",
    "selecting": "object selector",
    "shelf": "bucket",
    "slip": "typo, or mistake",
    "slips": "typos, or mistakes",
    "splice": "text edit",
    "splices": "text edits",
}
#: Words that need another word beside them: `input_files` says whose files.
TOO_SHORT = {"file": "index file, or input file", "files": "candidate index, or input files"}


def split_words(name: str) -> list[str]:
    """Return the words of a snake_case or CamelCase name in lower case."""
    snake_case = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return [word for word in snake_case.split("_") if word]


def list_names(source: Path) -> Iterator[tuple[str, str]]:
    """Yield each module below a folder with its own name, and with the name of each class."""
    for file in sorted(source.rglob("*.py")):
        module = ".".join(file.relative_to(source).with_suffix("").parts)
        yield module, file.parent.name if file.name == "__init__.py" else file.stem
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                yield module, node.name


def find_faults(names: Iterable[tuple[str, str]]) -> list[str]:
    """Return a line for each banned word in a name, and for each public class defined twice."""
    faults = []
    modules: dict[str, list[str]] = defaultdict(list)
    for module, name in names:
        words = split_words(name)
        banned = BANNED | TOO_SHORT if len(words) == 1 and name.islower() else BANNED
        faults += [
            f"{module}: {name}: write {banned[word]} instead of {word!r}"
            for word in words
            if word in banned
        ]
        if name[0].isupper():
            modules[name].append(module)
    for name, places in modules.items():
        if len(places) > 1:
            faults.append(f"{name} is defined more than once: {', '.join(places)}")
    return faults


def read_rows(text: str) -> list[tuple[str, str, str]]:
    """Return the rows of the glossary: words, meaning, and where to look first."""
    lines = [line for line in text.splitlines() if line.startswith("| **")]
    return [(word, meaning, where) for word, meaning, where in map(_cells, lines)]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split(" | ")]


def find_missing(rows: Iterable[tuple[str, str, str]]) -> list[str]:
    """Return the files and folders that the glossary sends a reader to and that are not there."""
    found = [path for _, _, where in rows for path in re.findall(r"`([^`]+)`", where)]
    return [p for p in found if not ((SOURCE / p).exists() or (ROOT / p).exists())]


def test_no_banned_word_in_a_name() -> None:
    """Modules and classes are named with the words of docs/glossary.md."""
    assert find_faults(list_names(SOURCE)) == []


@pytest.mark.parametrize(
    ("names", "fault"),
    [
        ([("live.shelf", "shelf")], "live.shelf: shelf: write bucket instead of 'shelf'"),
        ([("live.files", "files")], "live.files: files: write candidate index, or input files"),
        ([("a", "TextPlace")], "a: TextPlace: write source, location"),
        ([("a", "_Slip")], "a: _Slip: write typo, or mistake instead of 'slip'"),
        ([("a", "Change"), ("b", "Change")], "Change is defined more than once: a, b"),
    ],
)
def test_the_checker_finds_a_fault(names: list[tuple[str, str]], fault: str) -> None:
    """The checker can fail: on each kind of name."""
    (found,) = find_faults(names)
    assert found.startswith(fault)


@pytest.mark.parametrize(
    "name", ["input_files", "InputFiles", "_File", "nearest_match", "Notation"]
)
def test_a_good_name_passes(name: str) -> None:
    """A compound that says which meaning is meant is no fault, nor is a word of the glossary."""
    assert find_faults([("a", name)]) == []


def test_each_word_is_explained_once() -> None:
    """The glossary has some fifty rows, and no word has two of them."""
    words = [
        word
        for words, _, _ in read_rows(GLOSSARY.read_text(encoding="utf-8"))
        for word in re.findall(r"\*\*([^*]+)\*\*", words)
    ]
    assert len(words) >= 40
    assert [word for word in words if words.count(word) > 1] == []
    assert [word for word in words if word in BANNED] == []


def test_the_glossary_names_modules_that_exist() -> None:
    """Each module that the glossary sends a reader to is there."""
    rows = read_rows(GLOSSARY.read_text(encoding="utf-8"))
    assert find_missing(rows) == []
    assert find_missing([("**a**", "A.", "`live/shelf.py`")]) == ["live/shelf.py"]
    assert [word for word, _, where in rows if "`" not in where] == []
