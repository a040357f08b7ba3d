"""Runs other programs, and reads what they print up to a limit.

A program may print without an end, so nothing of it is read whole before its length is known.
A program that prints more than the limit is ended. There is no shell, and the program has its own
environment.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from labelsel.errors import RenderError, error_reason
from labelsel.kubernetes.read.input_files import read_stream
from labelsel.limits import MAX_MESSAGE_BYTES

if TYPE_CHECKING:
    from subprocess import Popen

__all__ = ["ChildProcess", "run_program", "start_program"]


class ChildProcess:
    """A program that runs.

    Attributes:
        messages: what it wrote to standard error, line by line; empty before it has ended.
    """

    def __init__(self, process: Popen[bytes]) -> None:
        self._process = process
        self.messages: list[str] = []

    @property
    def output(self) -> IO[bytes]:
        """What the program prints."""
        assert self._process.stdout is not None
        return self._process.stdout

    def write(self, data: bytes) -> None:
        """Write a few bytes to the program, which has asked for input.

        Raises:
            OSError: the program has ended.
        """
        assert self._process.stdin is not None
        # Not through the buffer of Python, which would be written again when it is closed.
        os.write(self._process.stdin.fileno(), data)


@contextmanager
def start_program(
    name: str, command: Sequence[str], error: type[RenderError], *, reads: bool = False
) -> Iterator[ChildProcess]:
    """Start a program, and wait for its end at the end of the block.

    The program is ended if the block raises an error. A block that finds the output too short
    raises EOFError: then the error says how the program has ended.

    Arguments:
        name: the program in messages.
        command: the path of the program, and its arguments.
        error: the class of the errors.
        reads: whether the block writes to the program.

    Raises:
        RenderError: the program cannot be started, or it failed, or its messages have more than
            `MAX_MESSAGE_BYTES`; it is of the class ``error``.
    """
    # Only --git, -k and --helm need them; they take some 10 ms to load.
    import subprocess  # noqa: PLC0415  # see above
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  # see above

    source = subprocess.PIPE if reads else subprocess.DEVNULL
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(command, stdin=source, stdout=pipe, stderr=pipe)  # noqa: S603  # no shell
    except (OSError, ValueError) as problem:
        raise error(name, f"cannot be started: {error_reason(problem)}") from problem
    program = ChildProcess(process)
    is_short = False
    # Both pipes at the same time: a program waits while one of them is full.
    with process, ThreadPoolExecutor(1) as pool:
        said = pool.submit(_read_messages, process)
        try:
            yield program
        except EOFError:
            is_short = True
        except BaseException:
            process.kill()
            raise
        finally:
            # Programs that this one has started have the same pipes, and end when they write.
            program.output.close()
            if process.stdin is not None:
                process.stdin.close()
    try:
        program.messages = said.result().decode(errors="backslashreplace").splitlines()
    except OSError as problem:
        raise error(name, f"prints {error_reason(problem)} of messages") from problem
    if process.returncode or is_short:
        raise error(name, _how_it_ended(process.returncode, program.messages), program.messages)


def _read_messages(process: Popen[bytes]) -> bytes:
    """Return what a program writes to standard error; end the program at the limit."""
    assert process.stderr is not None
    with process.stderr as pipe:
        try:
            return read_stream(pipe, MAX_MESSAGE_BYTES)
        except OSError:
            process.kill()
            raise


def _how_it_ended(status: int, messages: list[str]) -> str:
    ended = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
    return f"{ended}{':' if messages else ''}"


def run_program(
    name: str, command: Sequence[str], error: type[RenderError], limit: int
) -> tuple[bytes, list[str]]:
    """Run a program without input, and return what it prints, and its messages line by line.

    Arguments:
        name: the program in messages.
        command: the path of the program, and its arguments.
        error: the class of the errors.
        limit: the most bytes that it may print.

    Raises:
        RenderError: the program cannot be started, failed, or prints more than the limit; it is of
            the class ``error``.

    >>> import sys
    >>> run_program("python", (sys.executable, "-c", "print('a' * 9)"), RenderError, limit=9)
    Traceback (most recent call last):
    labelsel.errors.RenderError: python: prints more than 9 bytes
    """
    with start_program(name, command, error) as program:
        try:
            output = read_stream(program.output, limit)
        except OSError as problem:
            raise error(name, f"prints {error_reason(problem)}") from problem
    return output, program.messages
