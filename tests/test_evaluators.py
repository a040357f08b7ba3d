"""The comparison of evaluators can fail: it finds a wrong one and shows each vote."""

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from labelsel import Equals, Exists, LabelIndex, Or, Requirement, parse
from labelsel.selector import holds
from tests.evaluators import (
    EVALUATORS,
    Answer,
    Evaluator,
    Labels,
    evaluate,
    evaluate_all,
    is_positive,
    select_from,
)

LABELS = [{"a": "1"}, {}, {"a": "2"}]
REPORT = """\
'wrong' and 'allows' disagree
  selector:  a=
  as nodes:  Equals(key='a', value='')
  label set: {}
    allows            no
    predicate         no
    matches           no
    index             no
    index one by one  no
    index churned     no
    index of bitmaps  no
    selector index    no
    live index        no
    wrong             yes   <- differs
  docs/semantics.md, for Equals:
    12. Keys that are absent

    `!=`, `notin` and `!x` match where the key is absent."""


def by_always(label_sets: Sequence[Labels]) -> Answer:
    """An evaluator that selects everything."""
    return lambda _: [True] * len(label_sets)


def by_absent_as_empty(label_sets: Sequence[Labels]) -> Answer:
    """An evaluator that reads an absent key as the empty value."""
    return lambda selector: [holds(selector, {"a": "", **labels}) for labels in label_sets]


def by_too_few(label_sets: Sequence[Labels]) -> Answer:
    """An evaluator that forgets the last label set."""
    return lambda selector: [holds(selector, labels) for labels in label_sets[:-1]]


def test_equal_answers_are_returned() -> None:
    """Where all evaluators give the same answers, these are returned."""
    assert evaluate(Equals("a", "1"), LABELS) == [True, False, False]


@pytest.mark.parametrize("wrong", [by_always, by_absent_as_empty])
def test_a_wrong_evaluator_is_found(wrong: Evaluator) -> None:
    """One evaluator that differs is named, with the label sets that it is wrong about."""
    evaluators = (*EVALUATORS, ("wrong", wrong))
    with pytest.raises(AssertionError, match=r"'wrong' and 'allows' disagree\n.*\n.*\n.*set: \{"):
        evaluate(Equals("a", ""), LABELS, evaluators)


def test_the_report() -> None:
    """The report has each vote, and the rules of the operators with their text."""
    evaluators = (*EVALUATORS, ("wrong", by_absent_as_empty))
    with pytest.raises(AssertionError) as caught:
        evaluate_all([Exists("b"), Equals("a", "")], LABELS, evaluators)
    assert str(caught.value).startswith(REPORT)


class Long(Requirement):
    """An operator without a rule: the value has at least three characters."""

    __slots__ = ()

    def allows(self, value: str | None) -> bool:
        return len(value or "") > 2

    def __str__(self) -> str:
        return f"long({self.key}\n)"


def test_the_report_of_many_label_sets() -> None:
    """A few label sets are enough, line breaks are escaped, and an operator may have no rule."""
    evaluators = (EVALUATORS[0], ("wrong", by_always))
    selector = Or((~Long("a"), parse("a>4,b in (x)"))) & Long("c")
    with pytest.raises(AssertionError) as caught:
        evaluate(selector, [{"a": str(number)} for number in range(9)], evaluators)
    report = str(caught.value)
    assert report.count("label set: ") == 5
    assert "  and 4 other label sets\n" in report
    assert "long(c\\n)" in report
    assert "  Long: its definition is Long.allows\n" in report
    titles = re.findall(r"semantics.md, for (.*):\n    (\d+)\. ", report)
    assert titles == [("In", "6"), ("GreaterThan", "10"), ("In", "12"), ("GreaterThan", "13")]


def test_an_answer_too_few_is_found() -> None:
    """An evaluator answers for each label set."""
    with pytest.raises(AssertionError, match=r"'wrong' gives 2 answers"):
        evaluate(Equals("a", "1"), LABELS, (EVALUATORS[0], ("wrong", by_too_few)))


def test_an_index_that_contradicts_itself_is_found() -> None:
    """A selection with keys that the index does not have is no answer."""
    index = LabelIndex({0: {"a": "1"}, 1: {"a": "2"}})
    with pytest.raises(AssertionError, match=r"the answers of an index differ: {'len': 1, "):
        select_from(index, Equals("a", "2"), 1)


@pytest.mark.parametrize("keys", [set(), {"selector", "negation"}], ids=len)
def test_an_index_of_selectors_that_contradicts_itself_is_found(keys: set[str]) -> None:
    """Of a selector and its negation exactly one matches."""
    with pytest.raises(AssertionError, match="of a selector and its negation"):
        is_positive(keys, Equals("a", "2"), {})
    assert is_positive({"selector"}, Equals("a", "2"), {})


def test_no_source_of_a_helper_is_shown(tmp_path: Path) -> None:
    """What pytest prints is the failing test and the report, not the code that compares."""
    file = tmp_path / "test_wrong.py"
    file.write_text(
        "from labelsel import Equals\n"
        "from tests.evaluators import EVALUATORS, evaluate\n"
        "from tests.test_evaluators import by_always\n\n"
        "def test_wrong():\n"
        "    evaluators = (*EVALUATORS, ('wrong', by_always))\n"
        "    evaluate(Equals('a', '1'), [{}], evaluators)\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", str(file)]
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "E       AssertionError: 'wrong' and 'allows' disagree\n" in done.stdout
    assert ">       evaluate(Equals('a', '1'), [{}], evaluators)\n" in done.stdout
    assert "evaluators.py:" not in done.stdout
    assert "__tracebackhide__" not in done.stdout
