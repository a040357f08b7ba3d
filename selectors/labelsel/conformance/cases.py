"""A case, its verdict, and how a matcher is asked: `read_cases`, `ask`, `run`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib.resources import files
from typing import Any, Final, TypeAlias

__all__ = [
    "Answer",
    "Case",
    "Matcher",
    "Other",
    "Outcome",
    "Refused",
    "Verdict",
    "ask",
    "describe_error",
    "judge",
    "read_cases",
    "run",
]

Matcher: TypeAlias = Callable[[Any, dict[str, str]], object]
"""A function from a selector and the labels of an object to whether it is selected."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A matcher raised an error; ``error`` is its text."""

    error: str = ""

    def __str__(self) -> str:
        return f"an error ({self.error})" if self.error else "an error"


@dataclass(frozen=True, slots=True)
class Other:
    """A matcher gave no answer; ``value`` is the repr of what it returned, or what it raised."""

    value: str

    def __str__(self) -> str:
        return f"{self.value}, neither True nor False"


Answer: TypeAlias = "bool | Refused | Other"


class Verdict(Enum):
    """How an answer compares with that of Kubernetes; the value is what reports call it."""

    RIGHT = "right"
    FAILS_OPEN = "FAILS OPEN"
    """It selects what Kubernetes does not select, or accepts what Kubernetes refuses."""
    SELECTS_LESS = "selects less"
    """It does not select what Kubernetes selects, or refuses what Kubernetes accepts."""
    NO_ANSWER = "no answer"
    """It is neither True nor False nor an error, or it is missing."""


@dataclass(frozen=True, slots=True)
class Case:
    """A question to a matcher, and what Kubernetes answers.

    Attributes:
        id: the name of the case; it stays the same from release to release.
        rule: the number of the rule in docs/semantics.md that decides.
        about: what the case is about, in words. Cases with the same words are a group.
        selector: the text of a selector, or a LabelSelector object as JSON has it.
        labels: the labels of an object.
        expected: whether Kubernetes selects the object; None if it refuses the selector.
        by_rule: whether the answer is from the rule, as labelsel reads it. It is otherwise from
            Kubernetes' own Go code.
    """

    id: str
    rule: int
    about: str
    selector: object
    labels: dict[str, str]
    expected: bool | None
    by_rule: bool = False

    def to_json(self) -> dict[str, object]:
        """Return the case as a line of the file of cases has it.

        Complexity: O(size of the case).

        >>> Case("a1", 12, "absent", "!x", {}, True).to_json()["expected"]
        True
        """
        kind = "selector" if isinstance(self.selector, str) else "object"
        return {
            "id": self.id,
            "rule": self.rule,
            "about": self.about,
            kind: self.selector,
            "labels": self.labels,
            "expected": "error" if self.expected is None else self.expected,
            **({"by_rule": True} if self.by_rule else {}),
        }

    @classmethod
    def from_json(cls, line: Mapping[str, Any]) -> Case:
        """Return the case of a line of the file of cases.

        Complexity: O(1).

        >>> case = Case("a1", 5, "a comma too many", "a,", {}, None)
        >>> Case.from_json(case.to_json()) == case
        True
        """
        selector = line["selector"] if "selector" in line else line["object"]
        expected = None if line["expected"] == "error" else line["expected"]
        by_rule = line.get("by_rule", False)
        about = line["about"]
        return cls(line["id"], line["rule"], about, selector, line["labels"], expected, by_rule)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A case with the answer of a matcher and the verdict."""

    case: Case
    answer: Answer
    verdict: Verdict


_SHOWN: Final = 60
"""Characters of what a matcher returned that a report shows."""

_FILES: Final = {False: "cases.jsonl", True: "objects.jsonl"}


@cache
def read_cases(*, objects: bool = False) -> tuple[Case, ...]:
    """Return the cases, group by group in the order of the rules.

    Arguments:
        objects: whether the selectors are LabelSelector objects instead of texts.

    Returns:
        The cases that are part of this package.

    Complexity: O(cases) at the first call; then the cases are kept.

    >>> sorted({case.about for case in read_cases() if case.rule == 5 and case.expected is None})
    ['`&&`, `||`, `and`, `or`', 'a comma too many', 'one separator that is wrong']
    """
    text = files("labelsel.conformance").joinpath(_FILES[objects]).read_text(encoding="utf-8")
    return tuple(Case.from_json(json.loads(line)) for line in text.splitlines())


def ask(matcher: Matcher, case: Case) -> Answer:
    """Return what a matcher answers to a case.

    Arguments:
        matcher: the function. It gets its own copy of the selector and the labels.
        case: the question.

    Returns:
        True, False, a `Refused` if the function raised an error, or else an `Other`. What pytest
        raises to skip a test is no error, so it is no refusal.

    Raises:
        KeyboardInterrupt: the run was stopped while the function ran.

    Complexity: that of the matcher.

    >>> ask(lambda text, labels: text in labels, read_cases()[0]) in (True, False)
    True
    """
    selector, labels = json.loads(json.dumps([case.selector, case.labels]))
    try:
        answer = matcher(selector, labels)
    except (Exception, SystemExit) as error:  # noqa: BLE001  # any error is a refusal
        return Refused(describe_error(error))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  # pytest.skip and the like: nothing was answered
        return Other(f"the exception {describe_error(error)}")
    if answer is True or answer is False:
        return answer
    return Other(_text_of(repr, answer)[:_SHOWN] or f"a {type(answer).__name__} without a repr")


def describe_error(error: BaseException) -> str:
    """Return the class and the first line of an error, also where its own text fails.

    Complexity: that of the text.

    >>> describe_error(KeyError("a"))
    "KeyError: 'a'"
    """
    first = _text_of(str, error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


def _text_of(to_text: Callable[[object], str], value: object) -> str:
    """Return the text of an object of a matcher; "" where the object's own code fails."""
    try:
        return to_text(value)
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001  # any code of the matcher's author may be in it
        return ""


def judge(case: Case, answer: Answer) -> Verdict:
    """Return how an answer compares with that of Kubernetes.

    Arguments:
        case: the question.
        answer: what the matcher answers.

    Returns:
        The verdict. Two refusals are equal, whatever their texts.

    Complexity: O(1).

    >>> case = Case("a1", 12, "absent", "x", {}, False)
    >>> judge(case, True), judge(case, Refused())
    (<Verdict.FAILS_OPEN: 'FAILS OPEN'>, <Verdict.SELECTS_LESS: 'selects less'>)
    """
    if isinstance(answer, Other):
        return Verdict.NO_ANSWER
    given = None if isinstance(answer, Refused) else answer
    if given is case.expected:
        return Verdict.RIGHT
    return Verdict.FAILS_OPEN if given or case.expected is None else Verdict.SELECTS_LESS


def run(matcher: Matcher, cases: Iterable[Case]) -> list[Outcome]:
    """Return what a matcher answers to each case, with the verdict.

    Arguments:
        matcher: a function ``match(selector, labels)``.
        cases: the cases, in any order; `read_cases` has all.

    Returns:
        An outcome for each case, in order.

    Complexity: O(cases), and the matcher once for each.

    >>> import labelsel
    >>> def match(selector, labels):
    ...     return labelsel.parse(selector).matches(labels)
    >>> {outcome.verdict for outcome in run(match, read_cases())}
    {<Verdict.RIGHT: 'right'>}
    """
    answers = ((case, ask(matcher, case)) for case in cases)
    return [Outcome(case, answer, judge(case, answer)) for case, answer in answers]
