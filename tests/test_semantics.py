"""The rules that the code cites are written down: docs/semantics.md, each with an example.

That the examples are true is shown by test_docs.py, which runs them.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parent.parent
DOCUMENT: Final = ROOT / "docs" / "semantics.md"
RULES: Final = [*map(str, range(1, 35)), *(f"D{number}" for number in range(1, 9))]

_RULE: Final = re.compile(r"^### (D?[0-9]+)\. (.+)$", re.MULTILINE)
_NUMBER: Final = r"D?[0-9]+"
_CITED: Final = re.compile(rf"\b[Rr]ules? ({_NUMBER}(?:(?:, and |, | and | to |-){_NUMBER})*)")
_DEVIATION: Final = re.compile(r"(?<![\w+'\"\\{])D[0-9]+\b")


def sections(text: str) -> dict[str, str]:
    """Return the text under the heading of each rule, until the next heading."""
    _, *parts = re.split(r"^(?=#{2,3} )", text, flags=re.MULTILINE)
    found = [(match[1], part) for part in parts if (match := _RULE.match(part))]
    assert len(dict(found)) == len(found), "a rule stands there twice"
    return dict(found)


def cited(text: str) -> Iterator[str]:
    """Yield each rule that a text cites; of "8 to 10", the rules between them, too."""
    for citation in _CITED.finditer(text):
        yield from re.findall(_NUMBER, citation[1])
        for first, last in re.findall(r"([0-9]+)(?: to |-)([0-9]+)", citation[1]):
            yield from map(str, range(int(first), int(last)))
    yield from _DEVIATION.findall(text)


def sources() -> list[Path]:
    """Return the files that cite rules."""
    folders = ("selectors", "grammar", "tests", "benchmarks")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.*")]
    code = [path for path in files if path.suffix in {".py", ".lark"}]
    return [*code, *(ROOT / "docs").glob("*.md"), ROOT / "README.md"]


def unknown(text: str) -> list[str]:
    """Return the rules that a text cites and that are not written down."""
    return [rule for rule in cited(text) if rule not in RULES]


def without_example(text: str) -> list[str]:
    """Return the rules in whose section nothing is run."""
    return [rule for rule, section in sections(text).items() if "\n>>> " not in section]


def test_the_rules_are_there() -> None:
    """All are there, in order."""
    assert list(sections(DOCUMENT.read_text(encoding="utf-8"))) == RULES


def test_each_rule_has_an_example() -> None:
    """Each rule shows what it says, and test_docs.py runs it."""
    assert without_example(DOCUMENT.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_cited_is_there(path: Path) -> None:
    """A rule that a docstring or comment names is one of those written down."""
    text = path.read_text(encoding="utf-8")
    assert "SEMANT" + "ICS" not in text, "cite rules by number: rule 12"
    if path != Path(__file__):
        assert unknown(text) == []


def test_every_rule_is_cited() -> None:
    """No rule is written down that neither code nor tests name: it would be held by nothing."""
    code = [path for path in sources() if path.suffix != ".md" and path != Path(__file__)]
    found = {rule for path in code for rule in cited(path.read_text(encoding="utf-8"))}
    assert [rule for rule in RULES if rule not in found] == []


def test_a_missing_rule_is_found() -> None:
    """The checks can fail: on a rule that is not there, and on one without an example."""
    assert unknown("Source: rules 33 to 36, D6 and rule 8. D9: no.") == ["36", "35", "D9"]
    assert unknown("Rules 8, 99 and 12") == ["99"]
    assert unknown("0xD800 '\\D8' UD9 D7FF") == []
    text = "## A\n### 1. One\n```python\n>>> 1\n1\n```\n### 2. Two\ntext\n## B\n>>> 1\n"
    assert without_example(text) == ["2"]
    with pytest.raises(AssertionError, match="twice"):
        sections("### 1. One\n### 1. Again\n")
