"""Every input that fuzzing kept: each still reaches its code, and breaks nothing."""

from pathlib import Path

import pytest

from tests.fuzzing.targets import SEEDS, TARGETS

#: The first of each target are enough for `make test`.
_FIRST = 8


@pytest.mark.parametrize("name", TARGETS)
def test_the_first_seeds(name: str) -> None:
    """Those that somebody named are among them: their names are the last."""
    replay(name, TARGETS[name].seeds[-_FIRST:])


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_all_other_seeds(name: str) -> None:
    """The law holds for all others, too."""
    replay(name, TARGETS[name].seeds[:-_FIRST])


def replay(name: str, seeds: list[Path]) -> None:
    """Run a law on files, and name the file that breaks it."""
    __tracebackhide__ = True
    law = TARGETS[name].load()
    for path in seeds:
        try:
            law(path.read_bytes())
        except Exception as error:
            error.add_note(f"the seed is {path}")
            raise


def test_seeds_are_small() -> None:
    """All together have less than a megabyte, and each target has some."""
    assert {path.name for path in SEEDS.iterdir()} == set(TARGETS)
    assert all(target.seeds for target in TARGETS.values())
    assert sum(path.stat().st_size for target in TARGETS.values() for path in target.seeds) < 10**6


def test_the_seed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a law that is broken the report names the file."""

    def refuse(data: bytes) -> None:
        raise ValueError(data)

    monkeypatch.setattr("tests.fuzzing.language_targets.calico", refuse)
    with pytest.raises(ValueError, match="a ==") as caught:
        replay("calico", [each for each in TARGETS["calico"].seeds if each.name == "hand-01"])
    assert "seeds/calico" in caught.value.__notes__[0].replace("\\", "/")
