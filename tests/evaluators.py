"""The evaluators: every way in which the library answers a selector, side by side.

An evaluator takes label sets and returns a function from a selector to its answers, one for each
label set. `by_allows` is the definition; every other evaluator in `EVALUATORS` must answer the
same. Where one differs, `evaluate` fails with the votes of all evaluators and the rules of
docs/semantics.md for the operators of the selector.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from textwrap import indent
from typing import Final, TypeAlias

from labelsel import (
    And,
    Everything,
    LabelIndex,
    LiveIndex,
    Not,
    Nothing,
    Or,
    Requirement,
    Selector,
    SelectorIndex,
    compile_predicate,
)
from labelsel.errors import escape
from labelsel.index.postings import SMALL
from labelsel.limits import MAX_SELECTOR_DEPTH
from labelsel.selector import holds, require_selector

Labels: TypeAlias = Mapping[str, str]
Answer: TypeAlias = Callable[[Selector], list[bool]]
Evaluator: TypeAlias = Callable[[Sequence[Labels]], Answer]

RULES_PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "semantics.md"
#: So many label sets are shown of those that the evaluators disagree about: the first are enough.
_SHOWN: Final = 5


# The evaluators


def by_allows(label_sets: Sequence[Labels]) -> Answer:
    """The definition: walk the tree, and call `allows` of the leaves."""
    return lambda selector: [holds(selector, labels) for labels in label_sets]


def by_predicate(label_sets: Sequence[Labels]) -> Answer:
    """The compiled function."""
    return lambda selector: list(map(compile_predicate(selector), label_sets))


def by_matches(label_sets: Sequence[Labels]) -> Answer:
    """The method that keeps the compiled function in the selector."""
    return lambda selector: list(map(selector.matches, label_sets))


def by_index(label_sets: Sequence[Labels]) -> Answer:
    """An index made from all label sets at once."""
    index = LabelIndex(enumerate(label_sets))
    return lambda selector: select_from(index, selector, len(label_sets))


def by_index_one_by_one(label_sets: Sequence[Labels]) -> Answer:
    """An index that got its label sets one after the other."""
    index: LabelIndex[int] = LabelIndex()
    for number, labels in enumerate(label_sets):
        index[number] = labels
    return lambda selector: select_from(index, selector, len(label_sets))


def by_churned_index(label_sets: Sequence[Labels]) -> Answer:
    """An index whose items first had other labels, were removed, and were added again."""
    count = len(label_sets)
    index: LabelIndex[int] = LabelIndex(
        {n: label_sets[(n + 1) % count] for n in range(count)} | {-n: {"a": "x"} for n in (1, 2)}
    )
    for number, labels in enumerate(label_sets):
        if number % 3 == 0:
            del index[number]
        index[number] = labels
    del index[-1], index[-2]
    index.check_invariants()
    return lambda selector: select_from(index, selector, count)


def by_index_of_bitmaps(label_sets: Sequence[Labels]) -> Answer:
    """An index with so many copies of each label set that every set of rows is a bitmap."""
    copies = SMALL + 1
    index = LabelIndex(enumerate(chain.from_iterable(zip(*[label_sets] * copies, strict=True))))

    def answer(selector: Selector) -> list[bool]:
        __tracebackhide__ = True
        keys = set(index.select(selector))
        answers = [start in keys for start in range(0, len(index), copies)]
        if len(keys) != copies * sum(answers):
            fail(f"of the {copies} copies of a label set some are selected", selector, label_sets)
        return answers

    return answer


def by_selector_index(label_sets: Sequence[Labels]) -> Answer:
    """An index of the selector and its negation, one of which matches each label set."""

    def answer(selector: Selector) -> list[bool]:
        __tracebackhide__ = True
        index = SelectorIndex(with_negation(selector))
        return [is_positive(index.matching(labels), selector, labels) for labels in label_sets]

    return answer


def by_live_index(label_sets: Sequence[Labels]) -> Answer:
    """A live index that has its items before the selectors are added."""
    live: LiveIndex[int, str] = LiveIndex(enumerate(label_sets))

    def answer(selector: Selector) -> list[bool]:
        __tracebackhide__ = True
        for key in list(live.selectors):
            live.remove_selector(key)
        live.update_selectors(with_negation(selector))
        selection = live.selection("selector")
        answers = [
            is_positive(live.selected_by(number), selector, labels)
            for number, labels in enumerate(label_sets)
        ]
        if answers != [number in selection for number in range(len(label_sets))]:
            fail("selection and selected_by of a live index differ", selector, label_sets)
        return answers

    return answer


def with_negation(selector: Selector) -> dict[str, Selector]:
    """Return a selector and its negation, which is left out where it would nest too deep."""
    if is_deepest(selector):
        return {"selector": selector}
    return {"selector": selector, "negation": ~selector}


def is_deepest(selector: Selector) -> bool:
    """Whether no `Not` can stand above a selector."""
    return selector.depth == MAX_SELECTOR_DEPTH and not isinstance(selector, Not)


def is_positive(keys: set[str], selector: Selector, labels: Labels) -> bool:
    """Return whether the selector matched, of a selector and its negation: exactly one must."""
    __tracebackhide__ = True
    if len(keys) != 1 and not is_deepest(selector):
        fail(f"of a selector and its negation {sorted(keys)} match, not one", selector, [labels])
    return "selector" in keys


def select_from(index: LabelIndex[int], selector: Selector, count: int) -> list[bool]:
    """Select the keys 0 to count - 1 of an index, and compare its answers with each other."""
    __tracebackhide__ = True
    selection = index.select(selector)
    answers = [number in selection for number in range(count)]
    keys = list(selection)
    numbers = {
        "len": len(selection),
        "list": len(keys),
        "in": sum(answers),
        "count": index.count(selector),
        "explain": index.explain(selector).actual,
    }
    if len(set(numbers.values())) != 1:
        fail(f"the answers of an index differ: {numbers}", selector, list(index.values()))
    if keys != [key for key in index if key in selection]:
        fail(f"{keys} are not in the order of the index", selector, list(index.values()))
    return answers


EVALUATORS: Final[tuple[tuple[str, Evaluator], ...]] = (
    ("allows", by_allows),
    ("predicate", by_predicate),
    ("matches", by_matches),
    ("index", by_index),
    ("index one by one", by_index_one_by_one),
    ("index churned", by_churned_index),
    ("index of bitmaps", by_index_of_bitmaps),
    ("selector index", by_selector_index),
    ("live index", by_live_index),
)


# Comparing them


def evaluate(
    selector: Selector,
    label_sets: Sequence[Labels],
    evaluators: Sequence[tuple[str, Evaluator]] = EVALUATORS,
) -> list[bool]:
    """Return the answers of all evaluators, or fail where they differ."""
    __tracebackhide__ = True
    return evaluate_all([selector], label_sets, evaluators)[0]


def evaluate_all(
    selectors: Sequence[Selector],
    label_sets: Sequence[Labels],
    evaluators: Sequence[tuple[str, Evaluator]] = EVALUATORS,
) -> list[list[bool]]:
    """Return the answers for several selectors; each evaluator is made once."""
    __tracebackhide__ = True
    # No comprehension: on Python 3.11 it is a frame of its own, whose source a failure would show.
    votes: dict[str, list[list[bool]]] = {}
    for name, make in evaluators:
        votes[name] = list(map(make(label_sets), selectors))
    definition, *_ = votes.values()
    for number, selector in enumerate(selectors):
        answers = {name: vote[number] for name, vote in votes.items()}
        for name, vote in answers.items():
            if len(vote) != len(label_sets):
                fail(f"{name!r} gives {len(vote)} answers", selector, label_sets)
        if any(vote != definition[number] for vote in answers.values()):
            raise AssertionError(report(selector, label_sets, answers))
    return definition


def report(
    selector: Selector, label_sets: Sequence[Labels], votes: Mapping[str, Sequence[bool]]
) -> str:
    """Return the text of a disagreement: selector, label sets, every vote, and the rules."""
    definition, *_ = votes.values()
    wrong = [name for name, vote in votes.items() if vote != definition]
    differing = [
        number for number in range(len(label_sets)) if len({v[number] for v in votes.values()}) > 1
    ]
    lines = [f"{', '.join(map(repr, wrong))} and {next(iter(votes))!r} disagree"]
    lines += describe(selector)
    for number in differing[:_SHOWN]:
        lines.append(f"  label set: {dict(label_sets[number])}")
        for name, vote in votes.items():
            answer = "yes" if vote[number] else "no"
            mark = "   <- differs" if vote[number] != definition[number] else ""
            lines.append(f"    {name:<18}{answer:<3}{mark}".rstrip())
    if len(differing) > _SHOWN:
        lines.append(f"  and {len(differing) - _SHOWN} other label sets")
    return "\n".join([*lines, *rules_of(selector)])


def fail(reason: str, selector: Selector, label_sets: Sequence[Labels]) -> None:
    """Fail because one evaluator contradicts itself."""
    __tracebackhide__ = True
    lines = [reason, *describe(selector)]
    lines += [f"  label set: {dict(labels)}" for labels in label_sets[:_SHOWN]]
    raise AssertionError("\n".join([*lines, *rules_of(selector)]))


def describe(selector: Selector) -> list[str]:
    """Return the lines that show a selector: its text, and its tree for pasting into a test."""
    return [f"  selector:  {escape(str(selector))}", f"  as nodes:  {selector!r}"]


def rules_of(selector: Selector) -> list[str]:
    """Return the rules that the classes of a selector's requirements cite, each once, as lines."""
    names: dict[str, list[str]] = {}
    lines = []
    for node in dict.fromkeys(map(type, leaves_of(selector))):
        cited = re.search(r"\bSource: rules? (\d+(?:(?:, | and )\d+)*)", node.__doc__ or "")
        if cited is None:
            lines.append(f"  {node.__name__}: its definition is {node.__qualname__}.allows")
        for rule in re.findall(r"\d+", cited[1]) if cited else ():
            names.setdefault(rule, []).append(node.__name__)
    for rule in sorted(names, key=int):
        lines.append(f"  docs/semantics.md, for {', '.join(names[rule])}:")
        lines.append(indent(rule_texts()[rule], "    "))
    return lines


def leaves_of(selector: Selector) -> Iterator[Requirement]:
    """Yield the requirements of a selector, in order."""
    match require_selector(selector):
        case And(terms) | Or(terms):
            for term in terms:
                yield from leaves_of(term)
        case Not(term):
            yield from leaves_of(term)
        case Requirement() as leaf:
            yield leaf
        case _:
            assert isinstance(selector, Everything | Nothing)


@cache
def rule_texts() -> dict[str, str]:
    """Return the text of each rule of docs/semantics.md, without its examples."""
    text = RULES_PAGE.read_text(encoding="utf-8")
    _, *sections = re.split(r"(?m)^### (?=\d+\. )", text)
    return {
        section.partition(".")[0]: section.partition("```")[0].partition("\n## ")[0].strip()
        for section in sections
    }
