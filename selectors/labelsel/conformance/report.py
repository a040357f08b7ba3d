"""What a run of the cases shows: the wrong answers of a group, and the table of all groups."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from labelsel.conformance.cases import Outcome, Verdict

__all__ = ["Count", "count", "describe_group", "table"]

RULES: Final = "https://labelsel.readthedocs.io/en/latest/semantics.html"
_MOST: Final = 10
"""How many wrong answers of a group are shown."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many answers of a group have which verdict."""

    about: str
    rule: int
    cases: int
    fails_open: int
    selects_less: int
    no_answer: int

    @property
    def wrong(self) -> int:
        """How many answers are wrong."""
        return self.fails_open + self.selects_less + self.no_answer


def count(outcomes: Iterable[Outcome]) -> list[Count]:
    """Return the numbers of each group, in the order of the cases.

    Arguments:
        outcomes: the outcomes of any number of groups.

    Returns:
        One `Count` for each group.

    Complexity: O(outcomes).

    >>> from labelsel.conformance.cases import read_cases, run
    >>> sum(group.wrong for group in count(run(lambda selector, labels: False, read_cases()))) > 99
    True
    """
    verdicts: dict[tuple[str, int], Counter[Verdict]] = {}
    for outcome in outcomes:
        group = outcome.case.about, outcome.case.rule
        verdicts.setdefault(group, Counter())[outcome.verdict] += 1
    return [
        Count(
            *group,
            cases=found.total(),
            fails_open=found[Verdict.FAILS_OPEN],
            selects_less=found[Verdict.SELECTS_LESS],
            no_answer=found[Verdict.NO_ANSWER],
        )
        for group, found in verdicts.items()
    ]


def describe_group(outcomes: Sequence[Outcome], *, most: int = _MOST) -> str:
    """Return what is wrong in a group; "" if nothing is.

    Arguments:
        outcomes: the outcomes of one group.
        most: how many wrong answers are shown at most; those that fail open come first.

    Returns:
        Some lines: what the group is about, and selector, labels and both answers of each.

    Complexity: O(outcomes).

    >>> from labelsel.conformance.cases import Case, Outcome, Verdict
    >>> case = Case("a1", 12, "`k` where k is absent", "x", {}, False)
    >>> print(describe_group([Outcome(case, True, Verdict.FAILS_OPEN)]))
    `k` where k is absent: 1 of 1 answers is wrong (rule 12)
      FAILS OPEN    selector 'x'  labels {}
                    Kubernetes: False  here: True
    """
    wrong = [outcome for outcome in outcomes if outcome.verdict is not Verdict.RIGHT]
    if not wrong:
        return ""
    order = list(Verdict)
    wrong.sort(key=lambda outcome: order.index(outcome.verdict))
    case = wrong[0].case
    verb = "is" if len(wrong) == 1 else "are"
    head = f"{case.about}: {len(wrong)} of {len(outcomes)} answers {verb} wrong (rule {case.rule})"
    lines = [line for outcome in wrong[:most] for line in _describe(outcome)]
    if len(wrong) > most:
        lines.append(f"  and {len(wrong) - most} more")
    return "\n".join([head, *lines])


def _describe(outcome: Outcome) -> list[str]:
    case = outcome.case
    selector = repr(case.selector) if isinstance(case.selector, str) else json.dumps(case.selector)
    expected = "an error" if case.expected is None else case.expected
    source = f"rule {case.rule}" if case.by_rule else "Kubernetes"
    return [
        f"  {outcome.verdict.value:<13} selector {selector}  labels {case.labels}",
        f"  {'':<13} {source}: {expected}  here: {outcome.answer}",
    ]


def table(counts: Sequence[Count], name: str) -> str:
    """Return the summary: a line for each group with wrong answers, and the sum.

    Arguments:
        counts: the numbers of each group.
        name: what was tested.

    Returns:
        Some lines, of which the last says whether all is right.

    Complexity: O(groups).

    >>> print(table([Count("`k`", 12, cases=4, fails_open=1, selects_less=0, no_answer=0)], "a:b"))
    cases  fails open  selects less  no answer  rule  about
        4           1             0          0    12  `k`
    a:b: 1 of 4 answers is wrong, in 1 of 1 groups; 1 fails open
    The rules: https://labelsel.readthedocs.io/en/latest/semantics.html
    """
    broken = [group for group in counts if group.wrong]
    total, wrong = sum(group.cases for group in counts), sum(group.wrong for group in counts)
    if not broken:
        return f"{name}: all {total} answers are those of Kubernetes"
    fails_open = sum(group.fails_open for group in counts)
    verb, fails = "is" if wrong == 1 else "are", "fails" if fails_open == 1 else "fail"
    rows = [
        f"{group.cases:>5}  {group.fails_open:>10}  {group.selects_less:>12}  {group.no_answer:>9}"
        f"  {group.rule:>4}  {group.about}"
        for group in broken
    ]
    where = f"in {len(broken)} of {len(counts)} groups; {fails_open} {fails} open"
    return "\n".join(
        [
            "cases  fails open  selects less  no answer  rule  about",
            *rows,
            f"{name}: {wrong} of {total} answers {verb} wrong, {where}",
            f"The rules: {RULES}",
        ]
    )
