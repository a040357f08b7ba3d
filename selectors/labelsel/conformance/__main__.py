"""``python -m labelsel.conformance``: the cases as JSON lines, and the verdict on answers."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from labelsel.conformance.cases import (
    Answer,
    Case,
    Other,
    Outcome,
    Refused,
    judge,
    read_cases,
    run,
)
from labelsel.conformance.matcher import MatcherError, load_matcher
from labelsel.conformance.report import count, describe_group, table

__all__ = ["main"]

_OK, _WRONG, _BAD_INPUT = 0, 1, 2
_BROKEN_PIPE = 141
"""What a shell reports for a program that SIGPIPE ended: 128 + 13."""
_ANSWERS: Mapping[object, Answer] = {True: True, False: False, "error": Refused()}


class _AnswersError(ValueError):
    """A file of answers cannot be read."""


class _RepeatError(ValueError):
    """An object of JSON has a name twice."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and return its exit status.

    Arguments:
        arguments: the words of the command line, by default those of this process.

    Returns:
        0 if all is right; 1 if an answer is wrong or missing; 2 for bad input; 141 if what reads
        the output ended first, ``head`` for example.

    Complexity: O(cases).

    >>> main(["--matcher", "no_such_module:match"])
    2
    """
    given = _arguments().parse_args(arguments)
    try:
        status = _run(given)
        sys.stdout.flush()
    except BrokenPipeError:
        # Python writes what is left at exit, and would complain then.
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
        return _BROKEN_PIPE
    return status


def _run(given: argparse.Namespace) -> int:
    cases = read_cases(objects=given.objects)
    try:
        if given.matcher is not None:
            return _report(run(load_matcher(given.matcher), cases), given.matcher)
        if given.check is not None:
            return _report(_check(given.check, cases), given.check)
    except BrokenPipeError:
        raise
    except (MatcherError, _AnswersError, OSError, UnicodeDecodeError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201  # it is a command
        return _BAD_INPUT
    for case in cases:
        print(json.dumps(case.to_json()))  # noqa: T201  # it is a command
    return _OK


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m labelsel.conformance",
        description="Print the cases that a matcher of label selectors must answer as Kubernetes"
        " does, one JSON object a line; or judge answers to them.",
        epilog="Exit status: 0 if all is right, 1 if an answer is wrong or missing, 2 for bad"
        " input.",
    )
    parser.add_argument(
        "--objects", action="store_true", help="LabelSelector objects instead of texts"
    )
    one = parser.add_mutually_exclusive_group()
    one.add_argument(
        "--check",
        metavar="FILE",
        help='judge answers, each a line {"id": ..., "answer": true, false or "error"};'
        " - is standard input",
    )
    one.add_argument("--matcher", metavar="MODULE:NAME", help="judge a function of Python")
    return parser


def _report(outcomes: Sequence[Outcome], name: str) -> int:
    for _, group in groupby(outcomes, key=lambda outcome: outcome.case.about):
        text = describe_group(list(group))
        if text:
            print(text, end="\n\n")  # noqa: T201  # it is a command
    counts = count(outcomes)
    print(table(counts, name))  # noqa: T201  # it is a command
    return _WRONG if any(group.wrong for group in counts) else _OK


def _check(name: str, cases: Iterable[Case]) -> list[Outcome]:
    text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    text = text.removeprefix("\ufeff")  # the byte order mark that programs on Windows write
    by_id = {case.id: case for case in cases}
    answers: dict[str, Answer] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            identifier, answer = _read_answer(line, f"{name}:{number}")
            if identifier not in by_id:
                message = f"{name}:{number}: there is no case {identifier!r}"
                raise _AnswersError(message)
            if identifier in answers:
                message = f"{name}:{number}: a second answer to the case {identifier!r}"
                raise _AnswersError(message)
            answers[identifier] = answer
    missing = Other("nothing")
    found = ((case, answers.get(case.id, missing)) for case in by_id.values())
    return [Outcome(case, answer, judge(case, answer)) for case, answer in found]


def _read_answer(line: str, location: str) -> tuple[str, Answer]:
    try:
        read: Any = json.loads(line, object_pairs_hook=_without_repeats)
    except _RepeatError as error:
        message = f"{location}: {error}"
        raise _AnswersError(message) from None
    except (ValueError, RecursionError):
        read = None
    identifier = read.get("id") if isinstance(read, dict) else None
    if not isinstance(identifier, str) or "answer" not in read:
        message = f'{location}: expected {{"id": ..., "answer": ...}}'
        raise _AnswersError(message)
    answer = read["answer"]
    if isinstance(answer, bool) or answer == "error":
        return identifier, _ANSWERS[answer]
    message = f'{location}: an answer is true, false or "error", not {json.dumps(answer):.60}'
    raise _AnswersError(message)


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object of JSON. Of two values of one name, none is better than the other."""
    read = dict(pairs)
    if len(read) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        message = f"the name {json.dumps(repeated)} is there twice"
        raise _RepeatError(message)
    return read


if __name__ == "__main__":
    sys.exit(main())
