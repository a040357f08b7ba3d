"""Numbers on the command line of a benchmark or a long test."""

from pathlib import Path

import pytest

from benchmarks import hostile, waiting
from benchmarks.options import documented_parser, positive_float, positive_int, positive_ints
from tests import every_interrupt, hostile_outputs


def test_numbers() -> None:
    """A number is read, also one that has no end."""
    assert (positive_int("7"), positive_ints("10,3"), positive_float("0.5")) == (7, [10, 3], 0.5)
    assert positive_float("inf") > 1e300


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--minutes -1", "argument --minutes: must be a number, more than 0, not '-1'"),
        ("--minutes 0", "argument --minutes: must be a number, more than 0, not '0'"),
        ("--minutes nan", "argument --minutes: must be a number, more than 0, not 'nan'"),
        ("--minutes long", "argument --minutes: must be a number, more than 0, not 'long'"),
        ("--jobs 0", "argument --jobs: must be a whole number, 1 or more, not '0'"),
        ("--jobs 1.5", "argument --jobs: must be a whole number, 1 or more, not '1.5'"),
    ],
)
def test_what_tries_nothing(
    arguments: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A number with which nothing would be tried is a mistake, and no success."""
    with pytest.raises(SystemExit):
        hostile_outputs.main(arguments.split())
    assert capsys.readouterr().err.endswith(f"{message}\n")
    with pytest.raises(SystemExit):
        every_interrupt.main(["--minutes=-1"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--sizes="], "argument --sizes: must be a whole number, 1 or more, not ''"),
        (["--sizes=10,x"], "argument --sizes: must be a whole number, 1 or more, not 'x'"),
        (["--reader=nosuch"], "argument --reader: invalid choice: 'nosuch'"),
    ],
)
def test_hostile(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Sizes are a list."""
    assert hostile.main(["--only=nosuch"]) == 1
    assert "--only: no reader holds 'nosuch'; there are " in capsys.readouterr().err
    with pytest.raises(SystemExit):
        hostile.main(arguments)
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nosuch"], "no load nosuch; there are LabelIndex.update, new, "),
        (["--size=999"], "--size must be 1,000 or more"),
    ],
)
def test_waiting(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A load that is none is told."""
    with pytest.raises(SystemExit):
        waiting.main(arguments)
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("folder", ["benchmarks", "tests"])
def test_a_help_keeps_the_lines_of_its_docstring(folder: str) -> None:
    """By itself argparse makes one paragraph of a description, with its lists and commands."""
    files = Path(folder).rglob("*.py")
    filled = "description=" + "__doc__"
    assert [str(file) for file in files if filled in file.read_text(encoding="utf-8")] == []
    text = documented_parser("demo", "What ``x`` is.\n\n1. One.\n2. Two.\n").format_help()
    assert "usage: python -m demo" in text
    assert "\nWhat x is.\n\n1. One.\n2. Two.\n\n" in text
