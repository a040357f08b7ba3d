"""The outcomes of Prometheus' own parser and matchers, whole: every row, on every evaluator.

`matchers` are series selectors, `regexes` the expressions of ``=~``; `differences` are texts
that once came out otherwise here, by class: some classes were followed, for the others D6 of
docs/semantics.md says why not, and what comes out is held here. A test tells of every row that
differs, by its id.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest

from labelsel import Selector, SelectorSyntaxError, parse_matchers
from labelsel.languages.prometheus import METRIC_KEY
from tests.evaluators import EVALUATORS, Labels
from tests.vector_parts import PARTS, select_part

VECTORS: Final = Path(__file__).resolve().parent / "vectors"

Row: TypeAlias = Mapping[str, Any]


@cache
def rows(name: str) -> list[Row]:
    """Return the rows of a file."""
    text = (VECTORS / f"prometheus_{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def text_of(row: Row) -> str:
    """Return the selector of a row; a regular expression is put into one."""
    return row["selector"] if "selector" in row else f"{{v=~{in_quotes(row['regex'])}}}"


def in_quotes(value: str) -> str:
    """Return a string of Prometheus' language with this value."""
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n"}
    return '"' + "".join(escapes.get(char, char) for char in value) + '"'


def label_sets_of(row: Row) -> list[Labels]:
    """Return the label sets of a row, if it has any."""
    return [{"v": value} for value in row["values"]] if "regex" in row else row["labels"]


def is_named_twice(row: Row) -> bool:
    """Whether the metric has a name before the braces, and the braces are about it, too.

    Prometheus adds the name before the braces as the last matcher, and its query language
    refuses such a selector: the row says so.
    """
    matchers = row.get("matchers", [])
    about_name = [matcher for matcher in matchers if matcher["name"] == METRIC_KEY]
    if len(about_name) < 2 or row["promql_vector_selector"]:
        return False
    last = matchers[-1]
    # Such a matcher refuses "": that all of them accept it is not why it was refused.
    return last is about_name[-1] and last["op"] == "=" and last["value"] != ""


def faults(row: Row) -> Iterator[str]:
    """Yield what comes out otherwise than in Prometheus: rules 33 and 34."""
    text = text_of(row)
    wanted = row["ok"] and not is_named_twice(row)
    try:
        selector = parse_matchers(text)
    except SelectorSyntaxError as error:
        if wanted:
            yield f"refuses {text!r}: {error}"
        return
    if not wanted:
        yield f"reads {text!r} as {selector!r}"
    elif "matches" in row:
        yield from wrong_matches(selector, row)


def wrong_matches(selector: Selector, row: Row) -> Iterator[str]:
    """Yield a fault for each evaluator that does not match what Prometheus matches."""
    label_sets = label_sets_of(row)
    for name, evaluator in EVALUATORS:
        answers = list(map(int, evaluator(label_sets)(selector)))
        if answers != row["matches"]:
            yield f"{name}: {text_of(row)!r} matches {answers}, must be {row['matches']}"


def failures(some: Iterable[Row]) -> list[str]:
    """Return a line for everything that is wrong in rows."""
    return [f"row {row['id']}: {fault}" for row in some for fault in faults(row)]


FOLLOWED: Final = frozenset(
    {"empty text", "reserved metric name", "empty metric name", "backslash C", "group name"}
)


def followed() -> list[Row]:
    """Return the rows of the differences in which we do as Prometheus does."""
    return [row for row in rows("differences") if row["class"] in FOLLOWED]


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("name", ["matchers", "regexes"])
def test_vectors(name: str, part: str) -> None:
    """Every row comes out here as it does in Prometheus: outcome and matches."""
    found = failures(select_part(rows(name), part))
    assert not found, "\n".join([f"{len(found)} faults in {name}", *found[:10]])


def test_differences_that_were_followed() -> None:
    """In these classes of texts the outcome is that of Prometheus."""
    found = failures(followed())
    assert not found, "\n".join(found)
    assert {row["class"] for row in followed()} == FOLLOWED
    assert len(followed()) == 38


def test_unicode_tables_are_those_of_our_re2() -> None:
    """D6: Go knows classes and scripts of Unicode that our RE2 does not: we refuse them."""
    of_class = [row for row in rows("differences") if row["class"] == "unicode class"]
    assert len(of_class) == 6
    for row in of_class:
        assert row["ok"]
        with pytest.raises(SelectorSyntaxError, match="invalid character class range: "):
            parse_matchers(text_of(row))


def test_large_classes_do_not_fold_after_nfkd() -> None:
    """D6: Prometheus folds the case of large classes after NFKD; we fold what Unicode folds."""
    of_class = [row for row in rows("differences") if row["class"] == "NFKD folding"]
    assert len(of_class) == 2
    for row in of_class:
        for name, evaluator in EVALUATORS:
            answers = evaluator(label_sets_of(row))(parse_matchers(text_of(row)))
            ours = [value.isascii() for value in row["values"]]
            assert answers == ours, name
            assert list(map(int, ours)) != row["matches"]


def test_escapes_that_are_no_utf_8_are_refused() -> None:
    """D6: in Prometheus such a string holds bytes that no label value has; we refuse it."""
    of_class = [row for row in rows("differences") if row["class"] == "invalid utf-8 escape"]
    assert len(of_class) == 6
    for row in of_class:
        assert row["ok"]
        with pytest.raises(
            SelectorSyntaxError, match="is not an escape sequence of this kind of string"
        ):
            parse_matchers(text_of(row))


def test_the_replacement_character_is_a_character() -> None:
    """D6: Go takes a literal U+FFFD for broken UTF-8; here it is a character like others."""
    of_class = [row for row in rows("differences") if row["class"] == "U+FFFD"]
    assert len(of_class) == 2
    labels: list[Labels] = [{"a": "\ufffd"}, {"\ufffd": "b"}, {"a": "x"}]
    for number, row in enumerate(of_class):
        assert not row["ok"]
        for name, evaluator in EVALUATORS:
            answers = evaluator(labels)(parse_matchers(text_of(row)))
            assert answers == [position == number for position in range(3)], name


def test_the_classes_are_known() -> None:
    """No class of differences is passed over."""
    assert {row["class"] for row in rows("differences")} == FOLLOWED | {
        "unicode class", "NFKD folding", "invalid utf-8 escape", "U+FFFD",
    }  # fmt: skip


@pytest.mark.parametrize("pattern", [r"\pL{500}", r"(\w\W[^x]\pL){100}"])
def test_expressions_over_the_budget_are_refused(pattern: str) -> None:
    """D6: what compiles to more than half a megabyte is refused, though Prometheus takes it."""
    with pytest.raises(SelectorSyntaxError, match="pattern too large"):
        parse_matchers(f"{{a=~`{pattern}`}}")


def test_expressions_that_are_too_long_are_refused() -> None:
    """D6: a list of names is no expression, and may be longer."""
    with pytest.raises(SelectorSyntaxError, match="it has more than 65,536 characters"):
        parse_matchers('{a=~"' + "b?" * 32_769 + '"}')
    names = "|".join(f"name-{number}" for number in range(10_000))
    assert parse_matchers(f'{{a=~"{names}"}}').matches({"a": "name-9999"})


def test_the_vectors_are_there() -> None:
    """No file is empty or cut short: a loop over nothing would pass."""
    found = {n: len(rows(n)) for n in ("matchers", "regexes", "differences")}
    assert found == {"matchers": 450, "regexes": 264, "differences": 54}
    assert sum(row["ok"] for row in rows("matchers")) == 289
    assert sum(is_named_twice(row) for row in rows("matchers") if row["ok"]) == 20


@pytest.mark.parametrize("change", [{"ok": False}, {"matches": [1] * 12}], ids=repr)
@pytest.mark.parametrize("name", ["matchers", "regexes"])
def test_a_wrong_row_is_found(name: str, change: Row) -> None:
    """The checks can fail: a row that claims something false is told by its id."""
    good = next(row for row in rows(name) if row["ok"] and not all(row["matches"]))
    assert not failures([good])
    assert any(good["id"] in fault for fault in failures([{**good, **change}]))


def test_a_refused_row_is_found() -> None:
    """The checks can fail: a row that claims that a broken text is legal is told."""
    for name in ("matchers", "regexes"):
        bad = next(row for row in rows(name) if not row["ok"])
        assert failures([{**bad, "ok": True}])
    twice = next(row for row in rows("matchers") if row["ok"] and is_named_twice(row))
    assert not failures([twice])
    assert failures([{**twice, "promql_vector_selector": True}])
