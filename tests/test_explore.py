"""`make explore` finds what is planted, says how to run it again, and ends in an orderly way."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.slow
HEADER = "import os, signal\nfrom hypothesis import given, strategies as st\n"
GOOD = "@given(st.integers())\ndef test_good(x): assert x == x\n"
BAD = "@given(st.integers())\ndef test_bad(x): assert x < 1000\n"
CRASH = "@given(st.integers())\ndef test_crash(x): os._exit(3)\n"
STOP = "@given(st.integers())\ndef test_stop(x): os.kill(os.getppid(), signal.SIGINT)\n"


def explore(folder: Path, text: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Explore a made-up test file, one round at a time."""
    (folder / "test_made_up.py").write_text(HEADER + text)
    command = [sys.executable, "-m", "tests.explore", "--jobs", "1", *options, str(folder)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_failure_is_found_and_found_again(tmp_path: Path) -> None:
    """Later rounds go on after a failure; the command that is printed shows it again."""
    done = explore(tmp_path, GOOD + BAD, "--rounds", "2")
    assert done.returncode == 1, done.stderr
    assert "== 2 rounds, 2 property tests passed, 1 kinds of failure found" in done.stdout
    assert done.stdout.count("x=1000") == 1  # the whole report, and once only
    command = done.stdout.splitlines()[-1]
    again = subprocess.run(  # noqa: S602  # the line is for a shell
        command,
        shell=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert again.returncode == pytest.ExitCode.TESTS_FAILED, again.stdout + again.stderr
    assert "x=1000" in again.stdout


def test_nothing_is_found(tmp_path: Path) -> None:
    """Without a failure the status is 0; without time there is no round, and no success."""
    done = explore(tmp_path, GOOD, "--rounds", "1")
    assert (done.returncode, done.stderr) == (0, "")
    assert "== 1 rounds, 1 property tests passed, 0 kinds of failure found" in done.stdout
    done = explore(tmp_path, BAD, "--minutes", "1e-9")
    assert done.returncode == 2
    assert "no property test had ended when the time was up: give more --minutes" in done.stderr
    assert done.stdout == "== 0 rounds, 0 property tests passed, 0 kinds of failure found\n"


@pytest.mark.parametrize(
    ("text", "trouble"),
    [(CRASH, "its process ended with status 3"), ("syntax error", "INTERRUPTED"),
     ("", "NO_TESTS_COLLECTED")],
)  # fmt: skip
def test_a_round_that_cannot_run(tmp_path: Path, text: str, trouble: str) -> None:
    """A crash, a file that cannot be read, and a run without tests are no success."""
    done = explore(tmp_path, text)
    assert done.returncode == 2
    assert trouble in done.stderr


def test_a_stop(tmp_path: Path) -> None:
    """Ctrl-C prints the summary of what was found until then."""
    done = explore(tmp_path, STOP)
    assert (done.returncode, done.stderr) == (0, "")
    assert (
        done.stdout
        == "== stopped\n== 0 rounds, 0 property tests passed, 0 kinds of failure found\n"
    )
