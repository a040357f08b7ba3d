"""Runs one target with Atheris in a process of its own: `python -m tests.fuzzing` starts it."""

import shlex
import sys
from contextlib import nullcontext
from pathlib import Path

import atheris

from tests.fuzzing.targets import TARGETS
from tests.fuzzing.watched import Watched

__all__ = ["main"]


def main(name: str, crashes: str, *options: str) -> None:
    """Fuzz a target; the options are those of libFuzzer, the folder of its corpus among them."""
    target = TARGETS[name]
    # To Atheris an empty list of packages means all.
    counting = atheris.instrument_imports(include=list(target.instrumented))
    with counting if target.instrumented else nullcontext():
        watched = Watched(target.load(), Path(crashes))
        # What is imported only when it is needed must be imported here to be instrumented.
        for path in target.seeds:
            watched(path.read_bytes())
    # libFuzzer starts more of its kind with its first argument, through a shell, to merge inputs.
    itself = shlex.join([sys.executable, "-m", "tests.fuzzing.child", name, crashes])
    atheris.Setup([itself, *options], watched)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
