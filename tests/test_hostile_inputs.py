"""The inputs of ``make hostile``, small: each is read or refused with a documented error.

Nothing is timed here. ``make hostile`` measures how time and memory grow.
"""

import json
from pathlib import Path

import pytest

from benchmarks import hostile
from benchmarks.hostile import measure, outcome_of, verdict
from benchmarks.hostile_inputs import READERS, Reader, Refused
from benchmarks.hostile_paths import PATHS, HostilePath, run_path
from labelsel.errors import LabelselError

SIZE = 300
#: They take seconds of processor time.
SLOW = ["lint", "commands", "commands of pairs"]
#: It reads 1 GiB.
ENDLESS = "a pipe without an end"


def faults(name: str) -> dict[str, str]:
    """Return what is wrong with the inputs of a reader."""
    reader = READERS[name]
    words = {each: outcome_of(reader.read, made(SIZE)) for each, made in reader.inputs.items()}
    return {each: word for each, word in words.items() if word not in {"read", "refused"}}


@pytest.mark.parametrize("name", [name for name in READERS if name not in SLOW])
def test_no_input_has_an_undocumented_end(name: str) -> None:
    """No RecursionError, no ValueError of Python, and no message of a whole input."""
    assert faults(name) == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW)
def test_no_command_has_an_undocumented_end(name: str) -> None:
    """The same for whole commands."""
    assert faults(name) == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in PATHS if name != ENDLESS])
def test_no_path_is_without_an_end(name: str, tmp_path: Path) -> None:
    """A pipe that is meant is read. What may never end, or leads nowhere, is refused or skipped."""
    assert run_path(PATHS[name], tmp_path) == ("refused" if PATHS[name].fails else "read")


def run(
    size: int, seconds: float = 0.1, memory: int = 0, outcome: str = "read"
) -> dict[str, object]:
    """Return what a run over so many bytes took."""
    return {"input": size, "seconds": seconds, "memory": memory, "outcome": outcome}


def test_the_judge() -> None:
    """More than linear is what takes more than 20 times as much for ten times the input."""
    assert verdict([run(10), run(100, 1.9)]) == "linear"
    assert verdict([run(10), run(100, 2.1)]) == "MORE THAN LINEAR"
    assert verdict([run(10, 0.001), run(100, 0.02)]) == "too short to judge"
    assert verdict([run(9, 0.01, outcome="refused")]) == "too short to judge, refused"
    assert verdict([run(10, memory=2**22), run(100, memory=2**28)]) == "MORE THAN LINEAR"
    assert verdict([run(10), run(100, 1.0, outcome="refused")]) == "linear, refused"
    assert verdict([run(10, outcome="UNDOCUMENTED: KeyError")]) == "UNDOCUMENTED: KeyError"
    assert verdict([run(10), run(10, 9.0)]) == "linear"  # the input did not grow


def raising(error: Exception) -> Reader:
    """Return a reader that raises an error for whatever it is given."""

    def read(_: object) -> object:
        raise error

    return Reader(read, {"a": lambda size: "x" * size, "b": lambda size: b"x" * size})


def test_faults_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The judge sees an undocumented error, a message without an end, and quadratic time."""
    # Nothing is kept here, and the collector would look at all that the tests hold, forty times.
    monkeypatch.setattr(hostile, "_forget", lambda: None)
    errors = {
        KeyError("x"): "UNDOCUMENTED: KeyError",
        RecursionError(): "UNDOCUMENTED: RecursionError",
        LabelselError("x" * 5000): "UNDOCUMENTED: a message of 5,000 characters",
        LabelselError("x"): "too short to judge, refused",
        Refused("x"): "too short to judge, refused",
    }
    for error, word in errors.items():
        assert {verdict(measure(raising(error), name, [10, 20])) for name in "ab"} == {word}
    squares = Reader(lambda size: [0] * size**2, {"a": lambda size: [size] * size})
    grown = Reader(lambda given: [0] * len(given) ** 2, {"a": lambda size: [1] * size})
    assert squares.inputs["a"](2) == [2, 2]
    assert verdict(measure(grown, "a", [200, 2000])) == "MORE THAN LINEAR"


def test_a_path_that_is_read_wrongly(tmp_path: Path) -> None:
    """The judge of paths sees a command that hangs, fails, or says something else."""
    words = {"sleep 60": "HANGS", "exit 3": "UNDOCUMENTED: exit code 3, ''"}
    for command, word in words.items():
        path = HostilePath(lambda _, command=command: command, "")  # type: ignore[misc]
        assert run_path(path, tmp_path, seconds=0.5) == word


@pytest.mark.slow
def test_the_program(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """It prints a line for each input, and their numbers; a fault is exit code 1."""
    monkeypatch.setattr(hostile, "PATHS", {})
    assert hostile.main(["--only", "columns", "--sizes", "5,50"]) == 0
    lines = capsys.readouterr().out.splitlines()
    number = len(READERS["columns"].inputs)
    assert len(lines) == 2 + number
    assert lines[-1].startswith(
        f"{number} hostile inputs: 0 linear, {number} too short to judge, 0 paths"
    )
    assert hostile.main(["--reader", "columns", "--sizes", "5"]) == 0
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [name for name, _ in printed] == list(READERS["columns"].inputs)
    # A run that tried nothing is no success.
    assert hostile.main(["--only", "no such reader", "--sizes", "5"]) == 1
    bad = {"a": HostilePath(lambda _: "exit 1", "x")}
    monkeypatch.setattr(hostile, "PATHS", bad)
    assert hostile.main(["--only", "paths", "--sizes", "5"]) == 1
    assert "UNDOCUMENTED: exit code 1" in capsys.readouterr().out
