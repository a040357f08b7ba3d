"""`make fuzz`: what it runs, what it reads in the logs, and what it says at its end."""

import os
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.fuzzing import __main__ as fuzzing
from tests.fuzzing.targets import TARGETS
from tests.fuzzing.watched import FOUND, Watched, kind_of

LOG = f"""\
#2\tINITED cov: 5 ft: 9
#150\tNEW    cov: 7 ft: 10
{FOUND} build/found/crash-1 KeyError at a.py:5
Done 170 runs in 2 second(s)
stat::number_of_executed_units: 170
"""


@pytest.fixture(autouse=True)
def work(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Write nothing into the checkout."""
    monkeypatch.setattr(fuzzing, "WORK", tmp_path)
    return tmp_path


def test_a_law_that_is_broken_is_watched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each kind of failure is written to a file and printed once, and the search goes on."""

    def law(data: bytes) -> None:
        if data.startswith(b"a"):
            raise KeyError(data)
        if data == b"b":
            raise KeyError(data)

    watched = Watched(law, tmp_path)
    for data in (b"a", b"aa", b"b", b"c"):
        watched(data)
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith(FOUND)]
    assert [Path(line.split()[2]).read_bytes() for line in lines] == [b"a", b"b"]
    assert all("KeyError at test_fuzzing.py:" in line for line in lines)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_failure_elsewhere_has_a_kind() -> None:
    """It has the last frame of ours, and without one those of others."""
    with pytest.raises(ValueError, match="time data") as caught:
        time.strptime("x", "%Y")
    assert kind_of(caught.value).startswith("ValueError at test_fuzzing.py:")
    traceback = caught.value.__traceback__
    assert traceback is not None
    others = caught.value.with_traceback(traceback.tb_next)
    assert kind_of(others).startswith("ValueError at _strptime.py:")


def test_what_a_search_printed() -> None:
    """The executions and what was found are read from the log, also of a process that crashed."""
    search = fuzzing.Search(TARGETS["editor"])
    search.read(LOG, 0)
    assert (search.runs, search.found) == (170, {"build/found/crash-1": "KeyError at a.py:5"})
    crashed = fuzzing.Search(TARGETS["core"])
    crashed.read("#8\tNEW\nTest unit written to build/found/timeout-2\n", 70)
    assert crashed.runs == 8
    assert crashed.found["build/found/timeout-2"].startswith("the process ended with status 70")
    nothing = fuzzing.Search(TARGETS["core"])
    nothing.read("", 1)
    assert list(nothing.found) == [""]


def test_the_table() -> None:
    """Targets stand in their own order, and the last line adds them up."""
    one = fuzzing.Search(TARGETS["core"], 90, 1500, {"x": "y"})
    two = fuzzing.Search(TARGETS["calico"], 30, 500)
    for search in (one, two, two):
        fuzzing._add(search)
    assert fuzzing.summary([one, two]).splitlines() == [
        "target        minutes   executions  found  all minutes   executions",
        "calico            0.5          500      0          1.0        1,000",
        "core              1.5        1,500      1          1.5        1,500",
        "== 2 targets, 2 minutes together, 2,000 executions, 1 kinds of failure found",
    ]


def test_the_command_of_a_search(work: Path) -> None:
    """It names the corpus first, into which new inputs go, then the seeds; and its words."""
    line = fuzzing.command(TARGETS["calico"])
    assert line[:3] == [sys.executable, "-m", "tests.fuzzing.child"]
    assert "-timeout=25" in line
    assert Path(line[-2]) == work / "corpus" / "calico"
    assert sorted(path.name for path in work.iterdir()) == ["calico.words", "corpus", "found"]
    assert (work / "calico.words").read_text().startswith('"\\x26\\x26"\n')
    fuzzing.command(TARGETS["index_file"])
    assert (work / "index_file.words").read_text() == '"\\x00\\x00"\n'


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Let a program of the test take the place of the one that needs Atheris."""
    path = tmp_path / "child.py"
    monkeypatch.setattr(fuzzing, "command", lambda target: [sys.executable, path, target.name])
    monkeypatch.setattr(fuzzing, "environment", lambda _: dict(os.environ))
    return path


def test_searches_run_beside_each_other(children: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each target has its process; what it finds is printed with the command to run it again."""
    children.write_text(
        f"import sys\nname = sys.argv[1]\nprint('#5')\n"
        f"print('{FOUND} /x/crash KeyError at a.py:1') if name == 'editor' else None\n"
    )
    assert fuzzing.main(["--minutes", "1", "--jobs", "2", "editor", "field", "core"]) == 1
    printed = capsys.readouterr().out
    assert "-- editor: KeyError at a.py:1\n" in printed
    assert "-m tests.fuzzing --again editor /x/crash\n" in printed
    assert printed.endswith("15 executions, 1 kinds of failure found\n")
    children.write_text("print('Done 3 runs')")
    assert fuzzing.main(["--minutes", "1", "field"]) == 0


def test_the_time_is_that_of_the_processor(
    children: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A process that waits takes none; one that works is asked to end, and what it ran counts."""
    children.write_text(
        "import signal, sys\n"
        "def end(*_):\n"
        "    print('Done 9 runs', flush=True)\n"
        "    sys.exit()\n"
        "signal.signal(signal.SIGUSR1, end)\n"
        "while True: pass\n"
    )
    # A third of a second: the process is there before.
    assert fuzzing.main(["--minutes", "0.005", "field"]) == 0
    minutes, executions, found = capsys.readouterr().out.splitlines()[-2].split()[1:4]
    assert (executions, found) == ("9", "0")
    assert 0 <= float(minutes) < 1
    assert fuzzing._all_runs(TARGETS["field"])[0] >= 0.3


def test_ctrl_c_ends_all(
    children: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What ran is in the table, and no process is left."""
    children.write_text("import time\nprint('#7', flush=True)\ntime.sleep(600)\n")

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", interrupt)
    assert fuzzing.main(["--jobs", "2", "editor", "field"]) == 0
    assert "== stopped" in capsys.readouterr().out


def test_what_is_kept(
    children: Path, work: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The smallest of what was merged are the seeds; those that somebody named stay."""
    for module in ("tests.fuzzing.__main__", "tests.fuzzing.targets"):
        monkeypatch.setattr(f"{module}.SEEDS", work / "seeds")
    monkeypatch.setattr(fuzzing, "command", lambda *_: [sys.executable, str(children), "a", "b"])
    monkeypatch.setattr(fuzzing, "_MOST_SEEDS", 3)
    seeds = work / "seeds" / "field"
    seeds.mkdir(parents=True)
    for name in ("named", "0" * 40):
        (seeds / name).write_text("known")
    children.write_text(
        "import pathlib, sys\n"
        "for size in (9, 1, 5, 3):\n"
        "    text = 'known' if size == 5 else 'x' * size\n"
        "    pathlib.Path(sys.argv[2], f'{size:040x}').write_text(text)\n"
    )
    assert fuzzing.main(["--keep", "field"]) == 0
    assert capsys.readouterr().out == "field: 3 seeds\n"
    assert {path.name.lstrip("0") for path in seeds.iterdir()} == {"named", "1", "3"}


def test_one_input_again(tmp_path: Path) -> None:
    """`--again` raises what the input breaks."""
    path = tmp_path / "input"
    path.write_bytes(b"a == 'b'")
    assert fuzzing.main(["--again", "calico", str(path)]) == 0


def test_a_target_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    """A name with a typo is an error that lists the names."""
    with pytest.raises(SystemExit):
        fuzzing.main(["edito"])
    assert "no target edito; there are kubernetes, field" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.skipif(find_spec("atheris") is None, reason="only `make fuzz` installs Atheris")
def test_a_real_search(capsys: pytest.CaptureFixture[str], work: Path) -> None:
    """Atheris runs a target for seconds, counts, and keeps what reaches new code."""
    assert fuzzing.main(["--minutes", "0.05", "field"]) == 0
    assert "0 kinds of failure found" in capsys.readouterr().out
    assert list((work / "corpus" / "field").iterdir())
