"""Runs a function and raises an exception in the middle of it, at a chosen step."""

from __future__ import annotations

import dis
import sys
from collections.abc import Callable
from functools import cache
from itertools import count, pairwise
from types import CodeType, FrameType
from typing import Any

from labelsel import locks

__all__ = [
    "Interrupt",
    "after_calls",
    "at_each",
    "at_signals",
    "call_at",
    "check_locks",
    "interrupt_at",
]


class Interrupt(BaseException):
    """What a signal handler raises."""


def interrupt_at(
    step: int,
    function: Callable[[], object],
    of: str = "labelsel",
    points: Callable[[CodeType], frozenset[int]] | None = None,
) -> bool:
    """Run a function; raise `Interrupt` before the step-th instruction of labelsel that it runs.

    See `call_at`. Returns whether the function was interrupted: False if it has fewer steps.
    AssertionError if a lock is held afterwards.
    """

    def interrupt() -> None:
        raise Interrupt

    try:
        has_ended = not call_at(step, function, interrupt, of, points)
    except Interrupt:
        has_ended = False
    check_locks()
    return not has_ended


def call_at(
    step: int,
    function: Callable[[], object],
    hook: Callable[[], object],
    of: str = "labelsel",
    points: Callable[[CodeType], frozenset[int]] | None = None,
) -> bool:
    """Run a function; call another one before the step-th instruction of labelsel that it runs.

    Counted are those of modules whose names begin with ``of``, at the offsets that ``points``
    returns: where Python may raise something. Returns whether the other one was called: False if
    the function has fewer steps.
    """
    steps = 0
    where = points or _interruptible

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal steps
        if not str(frame.f_globals.get("__name__")).startswith(of):
            return None
        frame.f_trace_opcodes = True
        if event == "opcode" and frame.f_lasti in where(frame.f_code):
            steps += 1
            if steps == step:
                sys.settrace(None)
                hook()
                sys.settrace(trace)
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        function()
    finally:
        sys.settrace(before)
    return steps >= step


def check_locks() -> None:
    """Raise AssertionError if this thread holds a lock of labelsel: no other would ever get it."""
    assert not any(lock._is_owned() for lock in locks._locks)  # type: ignore[attr-defined]
    assert not any(lock.locked() for lock in locks._inner_locks)


#: What stands between the last statement of a ``with`` block, or an exception in it, and the call
#: of ``__exit__``; and at the end of an ``except`` block.
_QUIET = {
    *("COPY", "NOP", "POP_EXCEPT", "PUSH_EXC_INFO", "RERAISE", "SWAP", "WITH_EXCEPT_START"),
}


@cache
def _interruptible(code: CodeType) -> frozenset[int]:
    """Return the offsets of the instructions before which Python may raise something.

    All but those that leave a ``with`` block, between its last statement and the call of
    ``__exit__(None, None, None)``, and those that leave an ``except`` block by another exception:
    they neither allocate nor look for signals. After an exception there Python would take the
    first one for one that is being handled, for as long as the thread lives.
    """
    found: set[int] = set()
    constants = 0
    for each in dis.get_instructions(code):
        if each.opname in _QUIET:
            constants = 0
        elif each.opname == "LOAD_CONST":
            constants += 1
        elif each.opname != "PRECALL":
            if not (each.opname == "CALL" and constants >= 3):
                found.add(each.offset)
            constants = 0
    return frozenset(found)


@cache
def after_calls(code: CodeType) -> frozenset[int]:
    """Return the offsets of the instructions before which Python looks for signals, without loops.

    That is after each call, and at the beginning of a function.
    """
    instructions = list(dis.get_instructions(code))
    looks = {"CALL", "CALL_KW", "CALL_FUNCTION_EX", "RESUME"}
    return frozenset(after.offset for each, after in pairwise(instructions) if each.opname in looks)


@cache
def at_signals(code: CodeType) -> frozenset[int]:
    """Return the offsets `after_calls` where a signal handler may raise something."""
    return after_calls(code) & _interruptible(code)


def at_each(every: int, check: Callable[[int], bool]) -> int:
    """Call a function with one of ``every`` steps on average, until it returns False.

    Returns how many steps there were. The distances differ, so that no loop is always met at the
    same place.
    """
    step = 1
    for number in count():
        if not check(step):
            return number
        step += every + number % 3 - 1 if every > 1 else 1
    raise AssertionError
