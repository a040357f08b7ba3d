"""`make interrupts` tries the points that there are, and finds what is broken."""

import os
import subprocess
import sys

import pytest

from labelsel.index import label_index
from labelsel.index.contents import Contents
from labelsel.kubernetes.inventory import inventory
from labelsel.live import selector_index
from tests.every_interrupt import CASES, Case, main, run

SET = "instruction, LabelIndex: set"


def test_points_of_each_kind(capsys: pytest.CaptureFixture[str]) -> None:
    """Each case has points, and none of those that are tried leaves something broken."""
    for kind in ("instruction, LabelIndex: delete", "key, LabelIndex: delete"):
        result = run(CASES[kind], every=32 if kind.startswith("instr") else 1)
        assert result.points >= 2
        assert (result.broken, result.first) == (0, "")
    assert main(["--only", "key, LabelIndex: set"]) == 0
    assert capsys.readouterr().out.endswith("0 of them sampled: 0 broken\n")


@pytest.mark.slow
def test_no_memory_in_the_pure_code() -> None:
    """There a LiveIndex and an Inventory are tried, too; one allocation of each change here."""
    command = [sys.executable, "-m", "tests.every_interrupt", "--minutes", "0.0001"]
    for only in ("memory, LiveIndex: set", "memory, Inventory: update"):
        done = subprocess.run(
            [*command, "--only", only],
            env=os.environ | {"LABELSEL_PURE": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert int(done.stdout.rpartition("== ")[2].split()[0]) > 0


@pytest.mark.parametrize(
    "name",
    [
        "instruction, LabelIndex: update an empty index",
        "instruction, SelectorIndex: update",
        "instruction, Inventory: update",
    ],
)
def test_a_load_in_a_copy_has_points_of_its_own(name: str) -> None:
    """Small loads are made in place, unless the case says otherwise; then all is as before."""
    modules = label_index, selector_index, inventory
    before = [each._LOAD for each in modules]
    in_place, in_a_copy = (run(CASES[each], every=512) for each in (name, f"{name} in a copy"))
    assert (in_place.broken, in_a_copy.broken) == (0, 0)
    assert in_place.points < in_a_copy.points
    assert before == [each._LOAD for each in modules]


def test_each_point_once() -> None:
    """Points far from each other come first; together they are all, and none comes twice."""
    tried: list[int] = []

    def check(point: int) -> bool:
        if point <= 3000:
            tried.append(point)
        return point <= 3000

    assert run(Case(check)).every == 1
    assert tried[:5] == [1, 1025, 2049, 513, 1537]
    assert sorted(tried) == list(range(1, 3001))
    tried.clear()
    assert run(Case(check), every=512).every == 512
    assert sorted(tried) == [1, 513, 1025, 1537, 2049, 2561]


def test_the_time_of_a_case() -> None:
    """One point is tried in any case, and none after the time is over."""
    tried: list[int] = []

    def check(point: int) -> bool:
        tried.append(point)
        return True

    result = run(Case(check), -1)
    assert (tried, result.points, result.every) == ([1], 1, 0)


def test_no_case() -> None:
    """A name that no case has is a mistake of the caller, and not a success."""
    with pytest.raises(SystemExit, match="2"):
        main(["--only", "no such case"])


def test_what_is_broken_is_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without repairs an interrupted change leaves the structure broken."""
    monkeypatch.setattr(Contents, "repair", lambda self: setattr(self, "note", None))
    assert main(["--only", SET, "--minutes", "0.01"]) == 1
    assert "sampled: 0 broken" not in capsys.readouterr().out
