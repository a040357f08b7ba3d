"""Every way in which the library answers a selector, side by side.

An engine takes label sets and gives a function that tells of each of them whether a selector
selects it. `by_allows` is the definition; whatever else stands in `ENGINES` must say the same.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Final, TypeAlias

from labelsel import LabelIndex, LiveIndex, Not, Selector, SelectorIndex, compile_predicate
from labelsel.index.postings import SMALL
from labelsel.selector import MAX_DEPTH, holds

Labels: TypeAlias = Mapping[str, str]
Ask: TypeAlias = Callable[[Selector], list[bool]]
Engine: TypeAlias = Callable[[Sequence[Labels]], Ask]


def by_allows(label_sets: Sequence[Labels]) -> Ask:
    """The definition: walk the tree, and ask `allows` at the leaves."""
    return lambda selector: [holds(selector, labels) for labels in label_sets]


def by_predicate(label_sets: Sequence[Labels]) -> Ask:
    """The compiled function."""
    return lambda selector: list(map(compile_predicate(selector), label_sets))


def by_matches(label_sets: Sequence[Labels]) -> Ask:
    """The method that keeps the compiled function in the selector."""
    return lambda selector: list(map(selector.matches, label_sets))


def by_index(label_sets: Sequence[Labels]) -> Ask:
    """An index made from all label sets at once."""
    index = LabelIndex(enumerate(label_sets))
    return lambda selector: selected(index, selector, len(label_sets))


def by_index_one_by_one(label_sets: Sequence[Labels]) -> Ask:
    """An index that got its label sets one after the other."""
    index: LabelIndex[int] = LabelIndex()
    for number, labels in enumerate(label_sets):
        index[number] = labels
    return lambda selector: selected(index, selector, len(label_sets))


def by_churned_index(label_sets: Sequence[Labels]) -> Ask:
    """An index whose items first had other labels, were removed, and came again."""
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
    return lambda selector: selected(index, selector, count)


def by_index_of_bitmaps(label_sets: Sequence[Labels]) -> Ask:
    """An index with so many copies of each label set that every set of rows is a bitmap."""
    copies = SMALL + 1
    index = LabelIndex(enumerate(chain.from_iterable(zip(*[label_sets] * copies, strict=True))))

    def ask(selector: Selector) -> list[bool]:
        chosen = set(index.select(selector))
        answers = [start in chosen for start in range(0, len(index), copies)]
        if len(chosen) != copies * sum(answers):
            message = f"{selector!r} tells equal label sets apart in {list(label_sets)}"
            raise AssertionError(message)
        return answers

    return ask


def by_selector_index(label_sets: Sequence[Labels]) -> Ask:
    """An index of the selector and its negation, one of which matches each label set."""

    def ask(selector: Selector) -> list[bool]:
        index = SelectorIndex(with_opposite(selector))
        return [one_of(index.matching(labels), selector) for labels in label_sets]

    return ask


def by_live_index(label_sets: Sequence[Labels]) -> Ask:
    """A live index that has its items when the selectors come."""
    live: LiveIndex[int, str] = LiveIndex(enumerate(label_sets))

    def ask(selector: Selector) -> list[bool]:
        for key in list(live.selectors):
            live.remove_selector(key)
        live.update_selectors(with_opposite(selector))
        chosen = live.selection("it")
        answers = [one_of(live.selected_by(number), selector) for number in range(len(label_sets))]
        if answers != [number in chosen for number in range(len(label_sets))]:
            message = f"{selector!r}: selection and selected_by differ on {list(label_sets)}"
            raise AssertionError(message)
        return answers

    return ask


def with_opposite(selector: Selector) -> dict[str, Selector]:
    """Return a selector and its negation, which is left out where it would nest too deep."""
    return {"it": selector} if is_deepest(selector) else {"it": selector, "not": ~selector}


def is_deepest(selector: Selector) -> bool:
    """Whether no `Not` can stand above a selector."""
    return selector.depth == MAX_DEPTH and not isinstance(selector, Not)


def one_of(keys: set[str], selector: Selector) -> bool:
    """Return whether the selector matched, of it and its negation, one of which must."""
    if len(keys) != 1 and not is_deepest(selector):
        message = f"{selector!r}: of it and its negation, {keys} match"
        raise AssertionError(message)
    return "it" in keys


def selected(index: LabelIndex[int], selector: Selector, count: int) -> list[bool]:
    """Ask an index for the keys 0 to count - 1, and hold its answers against each other."""
    selection = index.select(selector)
    answers = [number in selection for number in range(count)]
    keys = list(selection)
    told = {len(selection), len(keys), sum(answers), index.count(selector)}
    if told != {index.explain(selector).actual}:
        message = f"{selector!r}: len, list, in, count and explain differ on {dict(index)}"
        raise AssertionError(message)
    if keys != [key for key in index if key in selection]:
        message = f"{selector!r}: {keys} are not in the order of the index"
        raise AssertionError(message)
    return answers


ENGINES: Final[tuple[tuple[str, Engine], ...]] = (
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


def verdicts(
    selector: Selector,
    label_sets: Sequence[Labels],
    engines: Sequence[tuple[str, Engine]] = ENGINES,
) -> list[bool]:
    """Return what all engines say of the label sets, or fail where one says something else."""
    return all_verdicts([selector], label_sets, engines)[0]


def all_verdicts(
    selectors: Sequence[Selector],
    label_sets: Sequence[Labels],
    engines: Sequence[tuple[str, Engine]] = ENGINES,
) -> list[list[bool]]:
    """Return the verdicts on several selectors, for which each engine is made ready once."""
    (first, engine), *others = engines
    expected = list(map(engine(label_sets), selectors))
    for name, other in others:
        for selector, wanted, answers in zip(
            selectors, expected, map(other(label_sets), selectors), strict=True
        ):
            if answers != wanted:
                sets = [s for s, a, b in zip(label_sets, answers, wanted, strict=True) if a != b]
                message = f"{selector!r}: {name!r} and {first!r} disagree about {sets}"
                raise AssertionError(message)
    return expected
