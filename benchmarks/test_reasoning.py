"""Questions about selectors: 1,000 pairs of conjunctions of five requirements at a time."""

import random
from typing import Final

from pytest_benchmark.fixture import BenchmarkFixture

from labelsel import Selector, clear_cache, parse

PAIRS: Final = 1_000
REQUIREMENTS: Final = 5


def _requirement(chance: random.Random) -> str:
    key = chance.choice(("app", "env", "tier", "zone", "name", "team", "cores", "port"))
    value, other = (chance.choice(("web", "db", "prod", "dev", "1", "5")) for _ in "vo")
    number = chance.randrange(9)
    return chance.choice(
        (
            f"{key}={value}",
            f"{key}!={value}",
            f"{key} in ({value},{other})",
            f"{key} notin ({value},{other})",
            key,
            f"!{key}",
            f"{key}>{number}",
            f"{key}<{number}",
        )
    )


def conjunctions(count: int, seed: int = 20) -> list[Selector]:
    """Return so many conjunctions of `REQUIREMENTS` requirements each, over eight keys."""
    chance = random.Random(seed)
    clear_cache()
    return [
        parse(",".join(_requirement(chance) for _ in range(REQUIREMENTS))) for _ in range(count)
    ]


def test_overlaps(benchmark: BenchmarkFixture) -> None:
    """1,000 overlap questions; the target is 50 ms. Each witness is checked beforehand."""
    selectors = conjunctions(2 * PAIRS)
    pairs = list(zip(selectors[::2], selectors[1::2], strict=True))
    for one, other in pairs:
        answer = one.overlaps(other)
        assert answer.truth == (answer.witness is not None)
        assert answer.witness is None or (
            one.matches(answer.witness) and other.matches(answer.witness)
        )

    def ask() -> int:
        return sum(bool(one.overlaps(other)) for one, other in pairs)

    assert 0 < benchmark(ask) < PAIRS
