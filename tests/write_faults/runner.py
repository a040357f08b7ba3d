"""Runs a command once for each of its system calls and each fault, and judges what is left."""

from __future__ import annotations

import gc
import os
import re
import shutil
import signal
import sys
import traceback
from collections.abc import Mapping, Sequence
from contextlib import chdir, nullcontext, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import BytesIO, StringIO, TextIOWrapper
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

from labelsel.cli.app import run as run_command
from tests.write_faults.cases import CASES, Case
from tests.write_faults.strace import Call, Fault, attach, faults_of, read_calls

__all__ = ["Outcome", "Report", "find_calls", "run_case", "run_named", "run_once"]

#: The exit status of a process in which something else than the command failed.
_CRASHED = 70

#: So many characters of an error are shown.
_SHOWN = 300

Attributes = tuple[int, int, int, bytes | None]


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        status: the exit status; negative for the signal that ended it.
        errors: what it wrote to standard error.
        files: the content of each file in its folder.
        attributes: mode, owner, group and one extended attribute of each file.
    """

    status: int
    errors: str
    files: dict[str, bytes]
    attributes: dict[str, Attributes]


@dataclass
class Report:
    """What was tried, and what was wrong.

    Attributes:
        calls: how many system calls of the command are about its files.
        faults: how many faults were tried.
        kills: how many of these ended the process.
        mixed: after how many kills some files were new and some old.
        half: how often a file was neither old nor new.
        problems: what was wrong, a line each.
    """

    calls: int = 0
    faults: int = 0
    kills: int = 0
    mixed: int = 0
    half: int = 0
    problems: list[str] = field(default_factory=list)

    def add(self, other: Report) -> None:
        """Count what another report counts, too."""
        for each in ("calls", "faults", "kills", "mixed", "half"):
            setattr(self, each, getattr(self, each) + getattr(other, each))
        self.problems += other.problems


def run_once(
    case: Case,
    folder: Path,
    options: Sequence[str] | None = None,
    words: Sequence[str] | None = None,
) -> Outcome:
    """Run the command of a case in its folder, in a process of its own.

    Arguments:
        case: the case, whose files are there.
        folder: the folder.
        options: what strace does in the process; None if the process is not traced.
        words: another command line.
    """
    log = folder.with_name(f"{folder.name}.log")
    errors = folder.with_name(f"{folder.name}.err")
    ready, waits = os.pipe()
    process = os.fork()
    if process == 0:
        _child(case, folder, errors, case.words if words is None else words, waits)
    os.close(waits)
    os.read(ready, 1)  # what the process does before it waits is not traced: no fault may hit that
    os.close(ready)
    with nullcontext() if options is None else attach(process, log, options):
        os.kill(process, signal.SIGUSR1)
        _, waited = os.waitpid(process, 0)
    status = os.waitstatus_to_exitcode(waited)
    return Outcome(status, errors.read_text(), *_look(folder))


def _child(case: Case, folder: Path, errors: Path, words: Sequence[str], waits: int) -> None:
    """Close a descriptor, wait for a signal, run the command, and end this process."""
    status = _CRASHED
    try:
        os.chdir(folder)
        descriptor = os.open(errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(descriptor, 2)
        if case.output is not None and words == case.words:
            descriptor = os.open(case.output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(descriptor, 1)
        sys.stdout = os.fdopen(1, "w")
        sys.stderr = os.fdopen(2, "w")
        os.close(waits)
        signal.sigwait({signal.SIGUSR1})
        status = _perform(case, words)
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:  # noqa: BLE001  # the parent reads it
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(status)


def _perform(case: Case, words: Sequence[str]) -> int:
    """Run the command line, or what the case calls, in the current folder; return the status."""
    if words:
        sys.argv = ["labelsel", *words]
        return run_command()
    assert case.call is not None
    try:
        case.call()
    except OSError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


def warm_up(case: Case, work: Path) -> None:
    """Run a case in this process, so that the processes forked from it need not load modules."""
    folder = _prepare(case, work, "warm")
    output = TextIOWrapper(BytesIO())  # with a buffer: some commands write bytes
    with chdir(folder), redirect_stdout(output), redirect_stderr(StringIO()):
        for words in (case.words, ("recover",)):
            _perform(case, words)
    gc.collect()
    gc.freeze()


def _look(folder: Path) -> tuple[dict[str, bytes], dict[str, Attributes]]:
    files: dict[str, bytes] = {}
    attributes: dict[str, Attributes] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name = str(path.relative_to(folder))
            files[name] = path.read_bytes()
            status = path.stat()
            try:
                note = os.getxattr(path, "user.note")
            except OSError:
                note = None
            attributes[name] = (status.st_mode, status.st_uid, status.st_gid, note)
    return files, attributes


def find_calls(case: Case, work: Path) -> tuple[list[Call], Outcome]:
    """Run a case without a fault; return its calls that are about its files, and how it ended."""
    warm_up(case, work)
    folder = _prepare(case, work, "plain")
    outcome = run_once(case, folder, ())
    calls = read_calls(folder.with_name("plain.log"))
    return [call for call in calls if _is_inside(call.text, folder)], outcome


#: Calls whose texts are paths; those of others are contents, or names of attributes.
_OF_PATHS = re.compile(
    r"(?:access|chmod|chown|link|lstat|mkdir|open|readlink|rename|rmdir|stat|symlink|unlink|utime)\("
    r"|\w+\(AT_FDCWD"
)
_QUOTED = re.compile(r'"([^"]*)"')
_OPEN = re.compile(r"\d<([^>]*)>")


def _is_inside(text: str, folder: Path) -> bool:
    """Return whether a call is about something in a folder, which is where the process runs."""
    start = folder if _OF_PATHS.match(text) else Path("/")
    paths = [str(start / name) for name in _QUOTED.findall(text)] + _OPEN.findall(text)
    return any(path == str(folder) or path.startswith(f"{folder}/") for path in paths)


def run_case(case: Case, every: int) -> Report:
    """Run a case once for each of its calls and faults; with ``every`` only for some of them."""
    report = Report()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    with TemporaryDirectory() as folder:
        work = Path(folder).resolve()
        calls, plain = find_calls(case, work)
        report.calls = len(calls)
        judge = _Judge(case, plain, report)
        judge.check_plain()
        faults = [fault for call in calls for fault in faults_of(call)]
        for fault in [fault for fault in faults if _can_be_seen(case, fault)][::every]:
            judge.try_fault(fault, work)
    return report


def _can_be_seen(case: Case, fault: Fault) -> bool:
    """Return whether a command can find a fault: not a lie about a file that a shell has opened."""
    return case.output is None or fault.kind != "short"


def run_named(name: str, every: int) -> Report:
    """Run the case of a name; see `run_case`."""
    return run_case(CASES[name], every)


def _prepare(case: Case, work: Path, name: str) -> Path:
    folder = work / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    case.prepare(folder)
    return folder


class _Judge:
    """Tries the faults of a case, and compares what is left with what may be left."""

    def __init__(self, case: Case, plain: Outcome, report: Report) -> None:
        self._case = case
        self._plain = plain
        self._report = report
        self._old = {name: text for name, text in case.files.items() if text is not None}
        self._target = {name: plain.files[name] for name in case.files}
        self._new = self._target if case.half_done is None else dict(case.half_done)
        self._choices = cycle(("--finish", "--undo"))

    def check_plain(self) -> None:
        """Check that the case does what it should without a fault, and leaves nothing."""
        plain, right = self._plain, self._target in (self._old, self._new)
        if plain.status != 0 or plain.files != self._target or self._new == self._old or not right:
            self._complain("without a fault", plain)

    def try_fault(self, fault: Fault, work: Path) -> None:
        """Run the case with a fault, and report what is wrong then."""
        folder = _prepare(self._case, work, "fault")
        prepared = _look(folder)[1]
        outcome = run_once(self._case, folder, ("-e", fault.injection))
        self._report.faults += 1
        if not self._was_made(fault, folder):
            self._complain(f"{fault.kind} was not made at {fault.call.text}", outcome)
            return
        self._check_whole(fault, outcome, prepared)
        if fault.kind == "kill":
            self._report.kills += 1
            if outcome.status != -signal.SIGKILL:
                self._complain(f"{fault} did not end the process", outcome)
            outcome = self._recover(fault, outcome, folder)
            self._check_whole(fault, outcome, prepared)
        else:
            self._check_status(fault, outcome)
            if self._case.half_done is not None and outcome.status != 0:
                outcome = self._recover(fault, outcome, folder)
                self._check_whole(fault, outcome, prepared)
        left = [name for name in outcome.files if Path(name).name.startswith(".labelsel-")]
        if left and "labelsel recover" in outcome.errors:
            left = self._left_after_recovery(folder)
        if left:
            self._complain(f"{fault.kind} at {fault.call.text} leaves {left}", outcome)

    def _was_made(self, fault: Fault, folder: Path) -> bool:
        if fault.kind == "kill":
            return True
        return "(INJECTED)" in folder.with_name("fault.log").read_text()

    def _check_whole(
        self, fault: Fault, outcome: Outcome, prepared: Mapping[str, Attributes]
    ) -> None:
        for name in self._case.files:
            content = outcome.files.get(name)
            # What a shell has opened may be half if the exit status has said so.
            is_failed = fault.kind == "kill" or outcome.status != 0
            is_output = name == self._case.output and is_failed
            if content not in {self._old.get(name), self._new[name]} and not is_output:
                self._report.half += 1
                self._complain(f"{fault.kind} at {fault.call.text}: {name} is half", outcome)
            kept = name not in prepared or prepared[name] == outcome.attributes.get(name)
            # What this user may not keep is said.
            is_said = "could not be kept" in outcome.errors
            if not kept and not (fault.kind == "EACCES" and is_said):
                self._complain(f"{fault.kind} at {fault.call.text}: {name} lost something", outcome)

    def _check_status(self, fault: Fault, outcome: Outcome) -> None:
        """Check that the exit status and the message say what is true of the files."""
        files = {name: outcome.files[name] for name in self._case.files if name in outcome.files}
        is_new, is_old = files == self._target, files == self._old
        right = is_old or (is_new and self._case.may_fail_late)
        if outcome.status == 0:
            right = is_new
        elif self._case.half_done is not None or self._case.output is not None:
            right = True  # any of the files may be done; that each is whole is checked
        said = outcome.status == 0 or "rror" in outcome.errors
        if not right or not said or outcome.status < 0 or "Traceback" in outcome.errors:
            self._complain(f"{fault.kind} at {fault.call.text}", outcome)

    def _recover(self, fault: Fault, killed: Outcome, folder: Path) -> Outcome:
        """Run ``labelsel recover`` after the process was killed; return what is left then."""
        files = {name: killed.files[name] for name in self._case.files if name in killed.files}
        found = run_once(self._case, folder, words=("recover",))
        if found.status == 0:
            files.pop(str(self._case.output), None)
            new = {name: text for name, text in self._new.items() if name in files}
            if files not in (self._old, new):
                self._complain(f"{fault.call.text}: half new, and nobody was asked", found)
            return found
        self._report.mixed += fault.kind == "kill"
        choice = next(self._choices)
        done = run_once(self._case, folder, words=("recover", choice))
        expected = self._new if choice == "--finish" else self._old
        if done.files != expected or done.status != 0:
            self._complain(f"{fault.call.text}: recover {choice}", done)
        return done

    def _left_after_recovery(self, folder: Path) -> list[str]:
        done = run_once(self._case, folder, words=("recover",))
        return [name for name in done.files if name not in self._case.files]

    def _complain(self, problem: str, outcome: Outcome) -> None:
        self._report.problems.append(
            f"{self._case.name}: {problem}\n  status {outcome.status}, files "
            f"{sorted(outcome.files)}\n  {outcome.errors.strip()[-_SHOWN:]}"
        )
