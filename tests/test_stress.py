"""`make stress` runs through, and finds what is broken."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="it forks"),
]

ROOT = Path(__file__).resolve().parent.parent

#: A round whose LabelIndex has a lock that every thread has.
SPOILED = """
from contextlib import nullcontext
from tests.stress import play

class NoLock(nullcontext):
    def acquire(self):
        return True
    def release(self):
        pass
    def _is_owned(self):
        return False

def spoil(one):
    one.index._lock = one.index._table.lock = NoLock()

print(any(play(seed, 3, spoil).faults for seed in range(5)))
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the checkout."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def test_a_round() -> None:
    """A round of each kind of thread has no fault."""
    done = run("-m", "tests.stress", "--rounds=1", "--seconds=1", "--jobs=1", "--seed=3")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("== 1 rounds") or "\n== 1 rounds" in done.stdout
    assert done.stdout.endswith(": 0 faults\n")
    for kind in ("change", "live change", "object change", "question", "file", "fork"):
        assert f"{kind}: " in done.stdout


def test_no_round() -> None:
    """Without time there is no round, and that is no success."""
    done = run("-m", "tests.stress", "--minutes=1e-9")
    assert done.returncode == 1
    assert "== 0 rounds" in done.stdout


def test_a_fault_is_found() -> None:
    """Without the lock of the index some round finds a fault."""
    done = run("-c", SPOILED)
    assert done.stdout.endswith("True\n"), done.stdout + done.stderr
