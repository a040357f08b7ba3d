"""`make write-faults` tries real faults, finds nothing in labelsel, and finds what is planted."""

import subprocess
import sys

import pytest

from tests.write_faults.__main__ import main
from tests.write_faults.strace import why_not

reason = why_not()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(reason is not None, reason=str(reason)),
]

#: Writes into its files one after the other, and leaves a temporary file.
LIAR = """
from pathlib import Path
from tests.write_faults.cases import Case
from tests.write_faults.runner import run_case

def write():
    Path("left").touch()
    for name in ("a", "b"):
        with open(name, "wb", buffering=0) as file:
            file.write(b"new")
            file.write(b" text")
        Path(name).chmod(0o644)
    Path("left").unlink()

report = run_case(Case("liar", {"a": b"old text", "b": b"old text"}, call=write), 1)
print(*report.problems, sep="\\n")
print(report.half, "half")
"""


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """Run Python with some words; a process of its own, because it forks."""
    return subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, check=False, timeout=120
    )


def test_some_faults() -> None:
    """A part of the faults of one command and of a save: no file is half, and nothing is left."""
    done = run("-m", "tests.write_faults", "annotate", "save", "--every", "30")
    assert done.returncode == 0, done.stdout + done.stderr
    last = done.stdout.splitlines()[-1]
    assert last.endswith("0 half files, 0 other problems")
    assert int(last.partition(" ")[0]) > 10


@pytest.mark.parametrize(
    ("words", "problem"),
    [(["no-such"], "no such case: no-such"), (["--every", "0"], "--every begins at 1")],
)
def test_words_that_try_nothing(
    capsys: pytest.CaptureFixture[str], words: list[str], problem: str
) -> None:
    """They are mistakes of the caller, and not a success."""
    with pytest.raises(SystemExit, match="2"):
        main(words)
    assert problem in capsys.readouterr().err


def test_a_program_that_writes_into_its_files() -> None:
    """Its half files are counted, and so is what it loses."""
    done = run("-c", LIAR)
    assert int(done.stdout.splitlines()[-1].partition(" ")[0]) > 10, done.stdout + done.stderr
    assert "a is half" in done.stdout
    assert "lost something" in done.stdout
    assert "half new, and nobody was asked" in done.stdout


#: What the calls of a command are named that takes relative paths.
CALLS = """
import signal
from pathlib import Path
from tempfile import TemporaryDirectory
from tests.write_faults.cases import CASES
from tests.write_faults.runner import find_calls

signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
with TemporaryDirectory() as folder:
    calls, _ = find_calls(CASES["finish"], Path(folder).resolve())
print(*{call.name for call in calls})
"""


def test_paths_from_the_current_folder() -> None:
    """A call that has them is about the files, too: such calls are tried."""
    done = run("-c", CALLS)
    assert done.returncode == 0, done.stderr
    assert {"rename", "unlink", "fsync"} <= set(done.stdout.split())
