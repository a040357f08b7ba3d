"""Many threads and processes on one index: random changes, questions, files and forks.

    python -m tests.stress --minutes 60
    python -m tests.stress --seed 7 --rounds 1 --jobs 1     # what a fault said

A round is one process with a seed. Some threads write, each of them its own keys, so that it knows
what they must have. Others ask what is true at each moment: both labels of an item are always
equal, and what a subscriber was told is what matches. Others hold selections, save and load,
pickle, and fork. In the end everything is compared with what the writers know. Exit status 1: a
fault was found.
"""

from __future__ import annotations

import argparse
import faulthandler
import math
import multiprocessing
import os
import pickle
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any, Final, TypeAlias

import numpy.ma  # noqa: F401  # numpy loads it at the first np.unique

from benchmarks.options import positive_float, positive_int
from labelsel import Change, LabelIndex, LiveIndex, core_info, parse
from labelsel.index import label_index
from labelsel.kubernetes import Inventory
from labelsel.live import selector_index

__all__ = ["Outcome", "Round", "main", "play"]

Key: TypeAlias = tuple[int, int]

WRITERS: Final = 3
KEYS: Final = 150
"""Keys of a writer."""
VALUES: Final = 6
HANGS_AFTER: Final = 300
"""Seconds after which a round that has not ended counts as one that hangs."""


@dataclass(slots=True)
class Outcome:
    """What a round did.

    Attributes:
        seed: the seed of the round.
        operations: the number of changes and questions of each kind.
        faults: what was found.
        threads: how many threads there were.
    """

    seed: int
    operations: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    threads: int = 0


class Round:
    """The structures of a round, and the threads that use them."""

    def __init__(self, seed: int) -> None:
        self.outcome = Outcome(seed)
        self.index: LabelIndex[Key] = LabelIndex()
        self.live: LiveIndex[Key, Key] = LiveIndex()
        self.objects = Inventory()
        # What each writer knows of its own keys.
        self.labels: list[dict[Key, dict[str, str]]] = [{} for _ in range(WRITERS)]
        self.items: list[dict[Key, dict[str, str]]] = [{} for _ in range(WRITERS)]
        self.selectors: list[dict[Key, str]] = [{} for _ in range(WRITERS)]
        self.pods: list[dict[str, dict[str, str]]] = [{} for _ in range(WRITERS)]
        self.pairs: set[tuple[Key, Key]] = set()
        self.process = os.getpid()
        self.ended = Event()
        self.folder = TemporaryDirectory()
        self.live.subscribe(self.told)

    def told(self, change: Change[Key, Key]) -> None:
        """Keep the pairs that match, from the changes alone."""
        stopped, started = set(change.stopped), set(change.started)
        # A process that was forked in the middle of this function is told again.
        if os.getpid() == self.process:
            assert self.pairs >= stopped, "a pair stopped that did not match"
            assert self.pairs.isdisjoint(started), "a pair started that matched"
        self.pairs -= stopped
        self.pairs |= started

    # Writers

    def write_labels(self, random: Random, writer: int) -> None:
        """Change own items of the LabelIndex in one of all ways."""
        index, mine = self.index, self.labels[writer]
        key = writer, random.randrange(KEYS)
        new = labels(random)
        way = random.randrange(9)
        if way == 0:
            index[key] = new
        elif way == 1 and key in mine:
            index.patch(key, new)
            new = mine[key] | new
        elif way == 2:
            assert index.exchange(key, new).before == mine.get(key)
        elif way in (3, 4):
            self.update_labels(random, writer)
            return
        elif way == 5 and key in mine:
            assert index.pop(key) == mine.pop(key)
            assert key not in index
            return
        elif way == 6 and not random.randrange(20):
            index.compact()
            return
        else:
            assert (key in index) == (key in mine)
            return
        mine[key] = new
        assert index[key] == new

    def update_labels(self, random: Random, writer: int) -> None:
        """Set many own items in one call."""
        many = {(writer, n): labels(random) for n in random.sample(range(KEYS), KEYS // 3)}
        self.index.update(many)
        self.labels[writer] |= many
        for key in random.sample(sorted(many), 3):
            assert self.index[key] == many[key]

    def write_live(self, random: Random, writer: int) -> None:
        """Change own items and selectors of the LiveIndex."""
        live, items, selectors = self.live, self.items[writer], self.selectors[writer]
        key = writer, random.randrange(KEYS // 3)
        way = random.randrange(6)
        if way == 0:
            items[key] = labels(random)
            live.set_item(key, items[key])
        elif way == 1 and items.pop(key, None) is not None:
            live.remove_item(key)
        elif way == 2:
            many = {(writer, n): labels(random) for n in range(0, KEYS // 3, 2)}
            items |= many
            live.update_items(many)
        elif way == 3:
            selectors[key] = selector(random)
            live.set_selector(key, selectors[key])
        elif way == 4 and selectors.pop(key, None) is not None:
            live.remove_selector(key)
        elif way == 5:
            texts = {(writer, n): selector(random) for n in range(0, KEYS // 3, 5)}
            selectors |= texts
            live.update_selectors(texts)
        if key in items:
            assert live.items[key] == items[key]

    def write_objects(self, random: Random, writer: int) -> None:
        """Apply events of own pods to the inventory."""
        name = f"p{random.randrange(KEYS)}"
        mine = self.pods[writer]
        namespace = f"n{writer}"
        way = random.randrange(4)
        if way == 0 and mine.pop(name, None) is not None:
            event = {"type": "DELETED", "object": pod(name, namespace, {})}
            assert self.objects.apply(event) is not None
        elif way == 1:
            mine.clear()
            mine.update({f"p{n}": labels(random) for n in random.sample(range(KEYS), 20)})
            pods = [pod(each, namespace, found) for each, found in mine.items()]
            self.objects.replace("pods", pods, namespace=namespace)
        else:
            mine[name] = labels(random)
            self.objects.apply({"type": "ADDED", "object": pod(name, namespace, mine[name])})
        found = self.objects.select("pods", namespace=namespace)
        assert {each.name: dict(each.labels) for each in found} == mine

    # Readers

    def ask(self, random: Random, _: int) -> None:
        """Ask for items whose two labels differ: there are none."""
        value = random.randrange(VALUES)
        for text in (f"x={value},y!={value}", f"y={value},x!={value}", "x,!y", "y,!x"):
            assert not self.index.count(text), text
            assert not self.index.select(text), text
            assert not self.objects.select("pods", text), text
        found = self.index.select(f"n>{random.randrange(99)},x={value}")
        keys = list(found)
        assert keys == list(found)
        assert len(keys) == len(set(keys)) == len(found)
        assert all(key in found for key in keys[:5])

    def hold(self, random: Random, _: int) -> None:
        """Hold selections while the index changes: they never do."""
        held = [self.index.select(selector(random)) for _ in range(5)]
        keys = [list(each) for each in held]
        both = [list(held[0] & held[1]), list(held[0] - held[1])]
        for _ in range(random.randrange(30)):
            self.ask(random, 0)
        assert [list(each) for each in held] == keys
        assert [sorted(held[0] & held[1]), sorted(held[0] - held[1])] == list(map(sorted, both))
        assert set(held[0] | held[1]) == {*keys[0], *keys[1]}
        again = self.index.select("x")
        assert set(again & held[0]) == set(again) & set(keys[0])
        assert set(again | held[0]) == set(again) | set(keys[0])
        assert set(again - held[0]) == set(again) - set(keys[0])

    def match(self, random: Random, _: int) -> None:
        """Ask the live index from either side."""
        key = random.randrange(WRITERS), random.randrange(KEYS // 3)
        try:
            assert not any("never" in str(self.live.selectors[key]) for _ in "a")
            found = self.live.selection(key)
        except KeyError:
            return
        assert list(found) == list(found)

    def store(self, random: Random, number: int) -> None:
        """Save, load, pickle and copy: what comes back is whole, and of one moment."""
        path = Path(self.folder.name, f"{number}.index")
        self.index.save(path)
        loaded: LabelIndex[Key] = LabelIndex.load(path)
        for index in (loaded, pickle.loads(pickle.dumps(self.index)) if number % 2 else loaded):  # noqa: S301  # ours
            index.check_invariants()
            assert all(found["x"] == found["y"] for found in index.values())
        text = selector(random)
        expected = {key for key, found in loaded.items() if parse(text).matches(found)}
        assert set(loaded.select(text)) == expected
        self.index.check_invariants()

    def fork(self, random: Random, _: int) -> None:
        """Fork: in the child the index is whole, and can be changed."""
        child = os.fork()
        if not child:  # pragma: no cover  # another process
            faulthandler.register(signal.SIGALRM, chain=True)
            signal.alarm(15)
            status = 1
            try:
                self.index.check_invariants()
                self.live.check_invariants()
                assert not self.index.count("x,!y")
                self.index[9, 9] = {"x": "1"}
                assert self.index.count("x,!y") == 1
                self.live.set_item((9, 9), {"x": "1", "y": "1"})
                self.index.update({(9, n): labels(random) for n in range(90)})
                self.objects.apply({"type": "ADDED", "object": pod("child", "child", {})})
                self.index.check_invariants()
                status = 0
            except BaseException:  # noqa: BLE001  # said here, and counted there
                traceback.print_exc()
            finally:
                os._exit(status)
        assert os.waitpid(child, 0)[1] == 0, "a forked process failed or did not end"

    # The round

    def run(self, seconds: float) -> Outcome:
        """Let all threads run for so many seconds, and compare what is left."""
        jobs: list[tuple[str, int, Callable[[Random, int], None]]] = [
            *(("change", n, self.write_labels) for n in range(WRITERS)),
            *(("live change", n, self.write_live) for n in range(WRITERS)),
            *(("object change", n, self.write_objects) for n in range(WRITERS)),
            *(("question", n, self.ask) for n in range(2)),
            ("held selection", 0, self.hold),
            ("live question", 0, self.match),
            *(("file", n, self.store) for n in range(2)),
        ]
        # Without the global lock each object has one, and those that other threads held when the
        # process was forked are never free: Python 3.13 hangs there in `functools.lru_cache`.
        has_global_lock = getattr(sys, "_is_gil_enabled", lambda: True)()
        if hasattr(os, "fork") and has_global_lock:
            jobs.append(("fork", 0, self.fork))
        # Python loads modules when they are first used. A process that is forked while another
        # thread loads one waits for that thread, which it does not have, when it needs the module.
        self.index.update({(8, n): labels(Random(n)) for n in range(20)})  # noqa: S311
        for number in range(2):
            self.store(Random(number), number)  # noqa: S311
            self.ask(Random(number), number)  # noqa: S311
        self.index.clear()
        threads = [Thread(target=self.work, args=job, daemon=True) for job in jobs]
        self.outcome.threads = len(threads)
        for thread in threads:
            thread.start()
        self.ended.wait(seconds)
        self.ended.set()
        for thread in threads:
            thread.join()
        with self.folder:
            self.guarded(self.compare)
        return self.outcome

    def work(self, name: str, number: int, step: Callable[[Random, int], None]) -> None:
        """Do one thing again and again."""
        random = Random(f"{self.outcome.seed} {name} {number}")  # noqa: S311  # no secret
        for done in count(1):
            self.guarded(lambda: step(random, number))
            if self.ended.is_set():
                operations = self.outcome.operations
                operations[f"{name} {number}"] = done
                return

    def guarded(self, step: Callable[[], None]) -> None:
        """Take a step; whatever it raises is a fault, and ends the round."""
        try:
            step()
        except Exception:  # noqa: BLE001  # all of them
            self.outcome.faults.append(traceback.format_exc())
            self.ended.set()

    def compare(self) -> None:
        """Compare everything with what the writers know."""
        self.index.check_invariants()
        self.live.check_invariants()
        expected = {key: found for mine in self.labels for key, found in mine.items()}
        assert dict(self.index) == expected
        items = {key: found for mine in self.items for key, found in mine.items()}
        selectors = {key: text for mine in self.selectors for key, text in mine.items()}
        assert dict(self.live.items) == items
        assert self.live.selectors == {key: parse(text) for key, text in selectors.items()}
        matches = {
            (item, key)
            for key, text in selectors.items()
            for item in parse(text).filter(items, key=items.__getitem__)
        }
        assert self.pairs == matches, "a subscriber has other pairs than those that match"
        for item in items:
            assert self.live.selected_by(item) == {key for one, key in matches if one == item}


def labels(random: Random) -> dict[str, str]:
    """Return labels, of which two are equal."""
    value = str(random.randrange(VALUES))
    found = {"x": value, "y": value, "n": str(random.randrange(100))}
    return found | ({f"k{random.randrange(5)}": value} if random.randrange(2) else {})


def selector(random: Random) -> str:
    """Return the text of a selector."""
    value, number = random.randrange(VALUES), random.randrange(100)
    texts = (f"x={value}", f"y!={value}", f"n>{number}", f"x in ({value},1),n<{number}", "k1,!k2")
    return random.choice(texts)


def pod(name: str, namespace: str, found: dict[str, str]) -> dict[str, Any]:
    """Return a pod."""
    metadata = {"name": name, "namespace": namespace, "labels": found}
    return {"kind": "Pod", "apiVersion": "v1", "metadata": metadata}


def play(seed: int, seconds: float, spoil: Callable[[Round], object] = bool) -> Outcome:
    """Play a round in this process, which is for this only. ``spoil`` may break something first."""
    warnings.simplefilter("ignore", DeprecationWarning)  # to fork beside threads is the purpose
    faulthandler.dump_traceback_later(seconds + HANGS_AFTER, exit=True)
    random = Random(seed)  # noqa: S311  # no secret
    sys.setswitchinterval(random.choice((1e-6, 1e-4, 5e-3)))
    # As for very many: so that what few threads do in seconds meets loads, too.
    label_index._LOAD = random.choice((8, 40, 4096))  # type: ignore[misc]
    selector_index._LOAD = random.choice((4, 1000))  # type: ignore[misc]
    one = Round(seed)
    spoil(one)
    try:
        return one.run(seconds)
    finally:
        faulthandler.cancel_dump_traceback_later()


def rounds(options: argparse.Namespace) -> tuple[list[Outcome], list[str]]:
    """Play rounds in as many processes as there are jobs, each in a new one."""
    until = time.monotonic() + 60 * options.minutes
    seeds = count(options.seed)
    outcomes: list[Outcome] = []
    broken: list[str] = []
    context = multiprocessing.get_context("spawn")
    left = options.rounds
    with ProcessPoolExecutor(options.jobs, context, max_tasks_per_child=1) as pool:
        waiting: dict[Future[Outcome], int] = {}
        while not broken:
            while left > 0 and len(waiting) < options.jobs and time.monotonic() < until:
                seed = next(seeds)
                waiting[pool.submit(play, seed, options.seconds)] = seed
                left -= 1
            if not waiting:
                break
            for done in wait(waiting, return_when=FIRST_COMPLETED).done:
                seed = waiting.pop(done)
                if (error := done.exception()) is not None:
                    broken.append(f"seed {seed}: the process of the round ended: {error}")
                else:
                    outcomes.append(done.result())
                    for fault in outcomes[-1].faults:
                        print(f"-- seed {seed}:\n{fault}", flush=True)
    for line in broken:
        print(f"-- {line}", flush=True)
    return outcomes, broken


def main(arguments: Sequence[str]) -> int:
    """Play rounds until the time is over, and print what they did."""
    parser = argparse.ArgumentParser(description="Many threads and processes on one index.")
    parser.add_argument("--minutes", type=positive_float, default=math.inf, help="default: no end")
    parser.add_argument("--rounds", type=positive_int, default=sys.maxsize, help="default: no end")
    parser.add_argument("--seconds", type=positive_float, default=10, help="of a round")
    parser.add_argument(
        "--jobs", type=positive_int, default=os.cpu_count() or 1, help="rounds at a time"
    )
    parser.add_argument("--seed", type=int, default=None, help="of the first round; default: new")
    options = parser.parse_args(arguments)
    if options.seed is None:
        options.seed = time.time_ns() // 10**9 * 1000
    start = time.monotonic()
    outcomes, broken = rounds(options)
    minutes = (time.monotonic() - start) / 60
    kinds: dict[str, int] = {}
    for each in outcomes:
        for name, number in each.operations.items():
            kind = name.rsplit(" ", 1)[0]
            kinds[kind] = kinds.get(kind, 0) + number
    print(", ".join(f"{kind}: {number:,}" for kind, number in kinds.items()))
    faults = sum(len(each.faults) for each in outcomes) + len(broken)
    threads = max((each.threads for each in outcomes), default=0)
    print(
        f"== {len(outcomes)} rounds in {minutes:.0f} minutes, {sum(kinds.values()):,} operations"
        f" in {threads} threads each, {core_info()}: {faults} faults"
    )
    return 1 if faults or not outcomes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
