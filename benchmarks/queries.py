"""What an answer takes: `LabelIndex` beside its peers and beside the floor.

1. In a heat all peers answer a query, in each of their ways. Time is that of the clock on the
   wall, for some have threads of their own. All answers are compared before any is timed.
2. In the final `select`, the two fastest peers, each in its fastest way, and the floor take turns:
   ratios are from there.
3. The same with `count`, without a floor.
4. All of it in each of the `ORDERS`, because the order of the rows decides how large bitmaps are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from statistics import geometric_mean
from typing import Any, Final, TypeAlias

import numpy as np

import labelsel
from benchmarks.cases import CASES, Case
from benchmarks.data import LabelSet, label_sets, listed
from benchmarks.floor import Bitmaps
from benchmarks.peers import PEERS, Columns, Peer, Ways
from benchmarks.tables import Grid
from benchmarks.timing import LONG_TURN, WALL, Agree, Mix, Race, duration, race, timed, times

__all__ = [
    "FLOOR",
    "ORDERS",
    "OURS",
    "Answer",
    "World",
    "asked",
    "asked_compact",
    "counts_grid",
    "measure",
    "measure_orders",
    "mix_seconds",
    "orders_grid",
    "repeated",
    "rows_grid",
    "same_counts",
    "same_rows",
    "sizes_grid",
]

Rivals = dict[str, Callable[[], Any]]

Answers: TypeAlias = "dict[str, list[Answer]]"
"""The answers to some queries: of their rows, and of their count."""

OURS: Final = "labelsel"
FLOOR: Final = "floor"
ORDERS: Final = {
    "random": "in random order, the worst case",
    "list": "in the order of a list: by namespace and name",
    "compact": "in random order, after compact()",
}
"""The orders of the rows. In the last one the peers hold the same as in the first."""
_SLOW: Final = 0.02
_FAR: Final = 10
"""A rival whose first call takes more than `_SLOW` seconds, and `_FAR` times that of the fastest,
is called no more: a million label sets in all orders take minutes then, and not half an hour."""
_FINALISTS: Final = 2
"""Peers in the final: a heat has few rounds, and may mistake which of two is faster."""
_ROWS_NOTE: Final = (
    "Time by the clock on the wall until the row numbers are there: for labelsel"
    " `index.select(selector).rows()`, parsed beforehand; for the floor the best sequence of"
    " pyroaring calls written by hand. Ratios are from rounds in which labelsel, the two fastest"
    " peers and the floor took turns. Each peer answers in its fastest way for that query; that of"
    " the fastest peer is named."
)
_COMPACT_NOTE: Final = (
    "`rows()` has internal numbers here, and the peers' are those in the order of insertion; the"
    " keys of both are compared before anything is timed. The two peers of each query, and the"
    " ways, are those of the table in random order."
)


@dataclass(frozen=True, slots=True)
class World:
    """Label sets, held by everybody who is asked about them."""

    index: labelsel.LabelIndex[int]
    peers: Sequence[Peer]
    bitmaps: Bitmaps

    @classmethod
    def of(cls, sets: Sequence[LabelSet]) -> World:
        """Make the index, the tables of all peers and the bitmaps of the floor."""
        columns = Columns(sets)
        peers = [peer(columns) for peer in PEERS.values()]
        return cls(labelsel.LabelIndex(enumerate(sets)), peers, Bitmaps(sets))

    def close(self) -> None:
        """Close what peers hold open."""
        for peer in self.peers:
            peer.close()


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answer to one query takes.

    Attributes:
        query: the name of the query.
        matches: how many label sets it selects.
        seconds: of labelsel, of each peer, and of the floor where there is one.
        ways: the fastest way of each peer.
        fastest: which peer is the fastest.
        gain: how many times the seconds of labelsel that peer takes.
        above: how many times the seconds of the floor labelsel takes.
    """

    query: str
    matches: int
    seconds: Mapping[str, float]
    ways: Mapping[str, str]
    fastest: str
    gain: float
    above: float | None


def measure(size: int, *, seconds: float = 0.1) -> Answers:
    """Ask all queries of so many label sets: for their rows, and for the count."""
    with closing(World.of(label_sets(size))) as world:
        return asked(world, CASES, seconds=seconds)


def measure_orders(size: int, *, seconds: float = 0.1) -> dict[str, Answers]:
    """Ask all queries of so many label sets in each of the `ORDERS`."""
    found = {}
    sets = label_sets(size)
    with closing(World.of(sets)) as world:
        found["random"] = asked(world, CASES, seconds=seconds)
        found["compact"] = asked_compact(world, CASES, found["random"], seconds=seconds)
    with closing(World.of(listed(sets))) as world:
        found["list"] = asked(world, CASES, seconds=seconds)
    return {order: found[order] for order in ORDERS}


def asked(world: World, cases: Iterable[Case], *, seconds: float = 0.1) -> Answers:
    """Ask some queries: for their rows, and for the count."""
    answers: Answers = {"rows": [], "count": []}
    for case in cases:
        ours = _select(world.index, case.selector)
        peers = {peer.name: peer.rows(case) for peer in world.peers}
        floor: Rivals = {FLOOR: world.bitmaps.rows(case)}
        answers["rows"].append(_answer(case, ours, peers, floor, same_rows, seconds))
        ours = partial(world.index.count, case.selector)
        peers = {peer.name: peer.count(case) for peer in world.peers}
        answers["count"].append(_answer(case, ours, peers, {}, same_counts, seconds))
    return answers


def asked_compact(
    world: World, cases: Iterable[Case], before: Answers, *, seconds: float = 0.1
) -> Answers:
    """Make the index of a world compact, and ask it and the peers that were the fastest before."""
    world.index.compact()
    answers: Answers = {"rows": [], "count": []}
    peers = {peer.name: peer for peer in world.peers}
    for number, case in enumerate(cases):
        for what, agree in (("rows", _same_keys(world.index, case)), ("count", same_counts)):
            last = before[what][number]
            runners: Rivals = {
                OURS: _select(world.index, case.selector)
                if what == "rows"
                else partial(world.index.count, case.selector)
            }
            for name in sorted(last.ways, key=last.seconds.__getitem__)[:_FINALISTS]:
                ways = peers[name].rows(case) if what == "rows" else peers[name].count(case)
                runners[name] = ways[last.ways[name]]
            final = race(runners, agree, seconds=2 * seconds, clock=WALL, turn=LONG_TURN)
            answers[what].append(_verdict(case, last.matches, final, last.ways, last.seconds))
    return answers


def repeated(index: labelsel.LabelIndex[int], *, seconds: float = 0.1) -> Mix:
    """Ask all queries of an index in each way: as text, as selector, prepared."""
    races = []
    for case in CASES:
        rivals: Rivals = {
            "selector": _select(index, case.selector),
            "text": _select(index, case.text),
            "prepared": _prepared(index, case.selector),
        }
        races.append(race(rivals, same_rows, seconds=seconds, clock=WALL))
    return Mix(races)


def same_rows(results: Mapping[str, Any]) -> None:
    """Raise AssertionError where not all results are the same row numbers in the same order."""
    first, *others = (np.asarray(rows, dtype=np.int64) for rows in results.values())
    assert all(np.array_equal(first, other) for other in others), results


def _same_keys(index: labelsel.LabelIndex[int], case: Case) -> Agree:
    """Return what compares the keys of labelsel's answer, which here are no row numbers."""

    def agree(results: Mapping[str, Any]) -> None:
        keys = sorted(index.select(case.selector))
        assert len(results[OURS]) == len(keys)
        same_rows({**results, OURS: keys})

    return agree


def same_counts(results: Mapping[str, Any]) -> None:
    """Raise AssertionError where not all results are one number."""
    assert len(set(results.values())) == 1, results


def mix_seconds(answers: Iterable[Answer], rival: str) -> float:
    """Return the geometric mean of what a rival takes."""
    return geometric_mean(answer.seconds[rival] for answer in answers)


def rows_grid(size: int, answers: Sequence[Answer], order: str = "random") -> Grid:
    """Draw what the rows of each query take."""
    setups = "".join(f"\n- {peer.name}: {peer.setup}" for peer in PEERS.values())
    notes = {"random": f"{_ROWS_NOTE}\n{setups}", "compact": _COMPACT_NOTE}
    title = f"The rows of a query, {size:,} label sets {ORDERS[order]}"
    return _grid(title, answers, notes.get(order, ""))


def counts_grid(size: int, answers: Sequence[Answer], order: str = "random") -> Grid:
    """Draw what the count of each query takes."""
    return _grid(f"The count of a query, {size:,} label sets {ORDERS[order]}", answers, "")


def orders_grid(size: int, by_order: Mapping[str, Answers]) -> Grid:
    """Draw how many times labelsel's time the fastest peer takes, by the order of the rows."""
    grid = Grid(
        f"The peers' time / labelsel's, {size:,} label sets",
        ("order", "answer", "fastest,\nmean", "fastest,\nworst", *PEERS),
        note="The fastest peer of each query; then each peer, as geometric mean of all queries.",
    )
    for order, answers in by_order.items():
        for what, some in answers.items():
            gains = [answer.gain for answer in some]
            ours = mix_seconds(some, OURS)
            peers = (mix_seconds(some, peer) / ours for peer in some[0].ways)
            cells = map(times, (geometric_mean(gains), min(gains), *peers))
            grid.rows.append((ORDERS[order], what, *cells))
    return grid


def sizes_grid(by_size: Mapping[int, Mapping[str, Sequence[Answer]]]) -> Grid:
    """Draw the geometric mean over all queries, of the rows, by the number of label sets."""
    names = [OURS, *PEERS, FLOOR]
    grid = Grid("The rows of a query, geometric mean of all", ("label sets", *names))
    for size, answers in by_size.items():
        means = (mix_seconds(answers["rows"], name) for name in names)
        grid.rows.append((f"{size:,}", *map(duration, means)))
    return grid


def _select(index: labelsel.LabelIndex[int], asked: labelsel.Selector | str) -> Callable[[], Any]:
    return lambda: index.select(asked).rows()


def _prepared(index: labelsel.LabelIndex[int], selector: labelsel.Selector) -> Callable[[], Any]:
    query = index.prepare(selector)
    return lambda: query.select().rows()


def _answer(  # noqa: PLR0913, PLR0917  # all that takes part
    case: Case,
    ours: Callable[[], Any],
    peers: Mapping[str, Ways],
    floor: Rivals,
    agree: Agree,
    seconds: float,
) -> Answer:
    rivals = {
        f"{peer}, {way}": query for peer, ways in peers.items() for way, query in ways.items()
    }
    heat = _heat(ours, rivals, agree, seconds)
    ways = {
        peer: min(ways, key=lambda way: heat[f"{peer}, {way}"])  # called here
        for peer, ways in peers.items()
    }
    before = {peer: heat[f"{peer}, {way}"] for peer, way in ways.items()}
    finalists = sorted(ways, key=before.__getitem__)[:_FINALISTS]
    runners = {OURS: ours, **{peer: peers[peer][ways[peer]] for peer in finalists}, **floor}
    final = race(runners, agree, seconds=2 * seconds, clock=WALL, turn=LONG_TURN)
    answer = ours()
    matches = answer if isinstance(answer, int) else len(answer)
    return _verdict(case, matches, final, ways, before)


def _heat(
    ours: Callable[[], Any], rivals: Rivals, agree: Agree, seconds: float
) -> Mapping[str, float]:
    """Return the seconds of each rival, by the first call if that shows that it is slow."""
    first: dict[str, float] = {}
    results = {OURS: ours()}
    for name, rival in rivals.items():
        first[name], results[name] = timed(rival, WALL)
    agree(results)
    limit = max(_SLOW, _FAR * min(first.values()))
    racing = {name: rivals[name] for name in rivals if first[name] <= limit}
    heat = race(racing, agree, seconds=seconds, clock=WALL, turn=LONG_TURN)
    return {**first, **{name: heat.median(name) for name in racing}}


def _verdict(
    case: Case, matches: int, final: Race, ways: Mapping[str, str], before: Mapping[str, float]
) -> Answer:
    """Return the answer of a final; peers that were not in it took what they took ``before``."""
    taken = {name: final.median(name) for name in final.seconds}
    fastest = min(taken.keys() & ways.keys(), key=taken.__getitem__)
    names = [OURS, *ways, *([FLOOR] if FLOOR in taken else [])]
    return Answer(
        query=case.name,
        matches=matches,
        seconds={name: taken.get(name, before.get(name, 0.0)) for name in names},
        ways=ways,
        fastest=fastest,
        gain=final.ratio(fastest, OURS),
        above=final.ratio(OURS, FLOOR) if FLOOR in taken else None,
    )


def _grid(title: str, answers: Sequence[Answer], note: str) -> Grid:
    names = list(answers[0].seconds)
    above = [answer.above for answer in answers if answer.above is not None]
    header = ["query", "matches", *names, "fastest peer /\nlabelsel"]
    grid = Grid(title, header + (["labelsel /\nfloor"] if above else []), note=note)
    for answer in answers:
        cells = [answer.query, f"{answer.matches:,}", *map(duration, answer.seconds.values())]
        way = answer.ways[answer.fastest]
        cells.append(f"{answer.fastest}, {way} {times(answer.gain)}")
        grid.rows.append(cells + ([times(answer.above)] if answer.above is not None else []))
    grid.rows.append(())
    means = [duration(mix_seconds(answers, name)) for name in names]
    gains = [answer.gain for answer in answers]
    mean = ["geometric mean", "", *means, times(geometric_mean(gains))]
    least = ["worst", "", *[""] * len(names), times(min(gains))]
    if above:
        mean.append(times(geometric_mean(above)))
        least.append(times(max(above)))
    grid.rows.extend((mean, least))
    return grid
