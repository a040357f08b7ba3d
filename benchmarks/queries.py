"""What an answer takes: `LabelIndex` beside its peers and beside the floor.

1. In a heat all peers answer a query. Time is that of the clock on the wall, for some have
   threads of their own. All answers are compared before any is timed.
2. In the final `select`, the two fastest peers and the floor take turns: ratios are from there.
3. The same with `count`, without a floor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from statistics import geometric_mean
from typing import Any, Final

import numpy as np

import labelsel
from benchmarks.cases import CASES, Case
from benchmarks.data import LabelSet, label_sets
from benchmarks.floor import Bitmaps
from benchmarks.peers import PEERS, Columns, Peer
from benchmarks.tables import Grid
from benchmarks.timing import LONG_TURN, WALL, Agree, Mix, Race, duration, race, times

__all__ = [
    "FLOOR",
    "OURS",
    "Answer",
    "World",
    "asked",
    "counts_grid",
    "measure",
    "mix_seconds",
    "repeated",
    "rows_grid",
    "same_counts",
    "same_rows",
    "sizes_grid",
]

Rivals = dict[str, Callable[[], Any]]

OURS: Final = "labelsel"
FLOOR: Final = "floor"
_FINALISTS: Final = 2
"""Peers in the final: a heat has few rounds, and may mistake which of two is faster."""
_ROWS_NOTE: Final = (
    "Time by the clock on the wall until the row numbers are there: for labelsel"
    " `index.select(selector).rows()`, parsed beforehand; for the floor the best sequence of"
    " pyroaring calls written by hand. Ratios are from rounds in which labelsel, the two fastest"
    " peers and the floor took turns."
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
        fastest: which peer is the fastest.
        gain: how many times the seconds of labelsel that peer takes.
        above: how many times the seconds of the floor labelsel takes.
    """

    query: str
    matches: int
    seconds: Mapping[str, float]
    fastest: str
    gain: float
    above: float | None


def measure(size: int, *, seconds: float = 0.1) -> dict[str, list[Answer]]:
    """Ask all queries of so many label sets: for their rows, and for the count."""
    with closing(World.of(label_sets(size))) as world:
        return asked(world, CASES, seconds=seconds)


def asked(world: World, cases: Iterable[Case], *, seconds: float = 0.1) -> dict[str, list[Answer]]:
    """Ask some queries: for their rows, and for the count."""
    answers: dict[str, list[Answer]] = {"rows": [], "count": []}
    for case in cases:
        rivals: Rivals = {OURS: _select(world.index, case.selector)}
        rivals |= {peer.name: peer.rows(case) for peer in world.peers}
        floor: Rivals = {FLOOR: world.bitmaps.rows(case)}
        answers["rows"].append(_answer(case, rivals, floor, same_rows, seconds))
        rivals = {OURS: partial(world.index.count, case.selector)}
        rivals |= {peer.name: peer.count(case) for peer in world.peers}
        answers["count"].append(_answer(case, rivals, {}, same_counts, seconds))
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


def same_counts(results: Mapping[str, Any]) -> None:
    """Raise AssertionError where not all results are one number."""
    assert len(set(results.values())) == 1, results


def mix_seconds(answers: Iterable[Answer], rival: str) -> float:
    """Return the geometric mean of what a rival takes."""
    return geometric_mean(answer.seconds[rival] for answer in answers)


def rows_grid(size: int, answers: Sequence[Answer]) -> Grid:
    """Draw what the rows of each query take."""
    setups = "".join(f"\n- {peer.name}: {peer.setup}" for peer in PEERS.values())
    return _grid(f"The rows of a query, {size:,} label sets", answers, f"{_ROWS_NOTE}\n{setups}")


def counts_grid(size: int, answers: Sequence[Answer]) -> Grid:
    """Draw what the count of each query takes."""
    return _grid(f"The count of a query, {size:,} label sets", answers, "")


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


def _answer(case: Case, rivals: Rivals, floor: Rivals, agree: Agree, seconds: float) -> Answer:
    heat = race(rivals, agree, seconds=seconds, clock=WALL, turn=LONG_TURN)
    peers = sorted(rivals.keys() - {OURS}, key=lambda name: min(heat.seconds[name]))[:_FINALISTS]
    runners = {OURS: rivals[OURS], **{name: rivals[name] for name in peers}, **floor}
    final = race(runners, agree, seconds=2 * seconds, clock=WALL, turn=LONG_TURN)
    fastest = min(peers, key=final.median)
    answer = rivals[OURS]()
    return Answer(
        query=case.name,
        matches=answer if isinstance(answer, int) else len(answer),
        seconds={name: _last(name, heat, final).median(name) for name in rivals | floor},
        fastest=fastest,
        gain=final.ratio(fastest, OURS),
        above=final.ratio(OURS, FLOOR) if floor else None,
    )


def _last(name: str, heat: Race, final: Race) -> Race:
    return final if name in final.seconds else heat


def _grid(title: str, answers: Sequence[Answer], note: str) -> Grid:
    names = list(answers[0].seconds)
    above = [answer.above for answer in answers if answer.above is not None]
    header = ["query", "matches", *names, "fastest peer /\nlabelsel"]
    grid = Grid(title, header + (["labelsel /\nfloor"] if above else []), note=note)
    for answer in answers:
        cells = [answer.query, f"{answer.matches:,}", *map(duration, answer.seconds.values())]
        cells.append(f"{answer.fastest} {times(answer.gain)}")
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
