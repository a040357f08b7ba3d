"""Which tests reach a line: recorded once with coverage.py, then for each test file that changed.

A recording is a folder in ``build/mutation/reach``: what coverage.py wrote, with a context for each
test; how long each test took; the text of each test file that ran, as a hash; and the text of each
module, as lines that have moved since are found again by their text. Test files are recorded some
at a time: a run that is stopped loses what it recorded of the last of them.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import math
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Collection, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Final

from coverage import CoverageData

from tests.mutation.modules import FOLDER, ROOT

__all__ = ["Reach", "mutated_environment", "test_files"]

RECORDS: Final = FOLDER / "reach"

# What these run is not in this process, or is no code of labelsel; some take long.
LEFT_OUT: Final = (
    "tests/docs/", "tests/playground/", "tests/projects/", "tests/cli/test_process.py",
    "tests/test_benchmarks.py", "tests/test_explore.py", "tests/test_growth.py",
    "tests/test_hook_and_action.py", "tests/test_interpreters.py", "tests/test_mutation.py",
    "tests/test_packaging.py", "tests/test_readme.py", "tests/test_reference.py",
    "tests/test_release_check.py", "tests/test_setup.py", "tests/test_docs.py",
)  # fmt: skip
#: Test files that are recorded at once. Each start of pytest takes some seconds of two processors.
_AT_ONCE: Final = 40
_SETTINGS: Final = "[run]\nbranch = false\nsource = labelsel\n"


class _Record:
    """One recording."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        stored = json.loads((folder / "texts.json").read_text(encoding="utf-8"))
        self.tests: dict[str, str] = stored["tests"]
        self._modules: dict[str, str] = stored["modules"]
        self.seconds: dict[str, float] = {}
        for line in (folder / "durations.jsonl").read_text(encoding="utf-8").splitlines():
            name, seconds, passed = json.loads(line)
            if passed:
                self.seconds[name] = seconds
        self.file_of = {name: name.partition("::")[0] for name in self.seconds}
        #: The test files that no later recording has.
        self.newest: set[str] = set()
        self._data = CoverageData(str(folder / "coverage"))
        self._data.read()

    # Mutants come module by module; each recording needs its place, or all is read for each mutant.
    @lru_cache(maxsize=64)  # noqa: B019  # there are few, and all live as long as the run
    def contexts(self, module: str) -> dict[int, set[str]]:
        """Return the tests that passed and that reach each line; "" is the import."""
        file = next((f for f in self._data.measured_files() if f.endswith(f"/{module}")), None)
        if file is None:
            return {}
        names: dict[str, str] = {}
        found: dict[int, set[str]] = {}
        for line, contexts in self._data.contexts_by_lineno(file).items():
            here = found[line] = set()
            for context in contexts:
                name = names.get(context)
                if name is None:
                    name = names[context] = context.rpartition("|")[0]
                if not name or (name in self.seconds and self.file_of[name] in self.newest):
                    here.add(name)
        return found

    @lru_cache(maxsize=64)  # noqa: B019  # as above
    def old_lines(self, module: str, text: str) -> dict[int, int]:
        """Return where each line stood when it was recorded, from 1."""
        before = self._modules.get(module, "")
        if before == text:
            return {number: number for number in range(1, text.count("\n") + 2)}
        matcher = difflib.SequenceMatcher(
            a=before.splitlines(), b=text.splitlines(), autojunk=False
        )
        return {
            new + step + 1: old + step + 1
            for old, new, size in matcher.get_matching_blocks()
            for step in range(size)
        }


class Reach:
    """The newest recording of each test file."""

    def __init__(self, records: Iterable[_Record], files: Iterable[str]) -> None:
        self._records = list(records)
        newest = {file: record for record in self._records for file in record.tests}
        for file in files:
            newest[file].newest.add(file)

    @classmethod
    def load(cls, files: Iterable[str] | None = None, until: float = math.inf) -> Reach:
        """Load what is recorded, after recording each test file that changed since.

        Arguments:
            files: only these test files; default: all.
            until: no more files are recorded after this, by `time.monotonic`.

        Raises:
            TimeoutError: some files are not recorded yet. The next call goes on with them.
        """
        folders = _folders()
        records = [_Record(folder) for folder in folders]
        known = {file: text for record in records for file, text in record.tests.items()}
        wanted = test_files() if files is None else list(files)
        changed = [file for file in wanted if known.get(file) != _hash(ROOT / file)]
        # Later recordings sort behind: a folder that was removed may have left a gap.
        number = 1 + max((int(path.name[:3]) for path in folders), default=-1)
        for done in range(0, len(changed), _AT_ONCE):
            if time.monotonic() >= until:
                left = f"{len(changed) - done} of {len(wanted)} test files are not recorded yet"
                raise TimeoutError(f"{left}: the next run goes on with them")
            some = changed[done : done + _AT_ONCE]
            print(
                "== Recording which lines the tests of "
                f"{len(some)} files reach ({done} of {len(changed)} done)",
                flush=True,
            )
            records.append(_Record(run_tests(RECORDS / f"{number:03}-{os.getpid()}", some)))
            number += 1
        return cls(records, wanted)

    def tests(self, module: str, text: str, lines: Iterable[int]) -> dict[str, float]:
        """Return the tests that reach one of the lines of a module, with their seconds."""
        found: dict[str, float] = {}
        for record in self._records:
            old, contexts = record.old_lines(module, text), record.contexts(module)
            for line in lines:
                for name in contexts.get(old.get(line, 0), ()):
                    if name:
                        found[name] = record.seconds[name]
        return found

    def files(self, modules: Iterable[str]) -> set[str]:
        """Return the test files with a test that reaches one of the modules."""
        return {
            record.file_of[name]
            for record in self._records
            for module in modules
            for names in record.contexts(module).values()
            for name in names
            if name
        }

    def tests_of(self, files: Collection[str]) -> dict[str, float]:
        """Return the tests of some files with their seconds."""
        return {
            name: seconds
            for record in self._records
            for name, seconds in record.seconds.items()
            if record.file_of[name] in record.newest and record.file_of[name] in files
        }

    def at_import(self, module: str, text: str, lines: Iterable[int]) -> bool:
        """Whether a line ran outside of a test: at an import, or when tests were gathered."""
        numbers = list(lines)
        return any(
            "" in record.contexts(module).get(record.old_lines(module, text).get(line, 0), ())
            for record in self._records
            for line in numbers
        )


def _folders() -> list[Path]:
    """Return the folders of recordings, after removing those of which a run was stopped."""
    found = sorted(RECORDS.iterdir()) if RECORDS.exists() else []
    whole = [folder for folder in found if (folder / "texts.json").exists()]
    for folder in set(found).difference(whole):
        shutil.rmtree(folder)
    return whole


def test_files() -> list[str]:
    """Return the test files that can see a mutant, from the root of the checkout."""
    files = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests").rglob("test_*.py"))
    return [file for file in files if not file.startswith(LEFT_OUT)]


def mutated_environment() -> dict[str, str]:
    """Return the environment in which tests run: with the pure Python code."""
    return {
        **os.environ, "LABELSEL_PURE": "1", "HYPOTHESIS_PROFILE": "mutation",
        "GIT_CEILING_DIRECTORIES": str(ROOT),
        "HYPOTHESIS_NO_PLUGINS": "", "OPENBLAS_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1",
    }  # fmt: skip


def run_tests(folder: Path, files: list[str]) -> Path:
    """Run test files with coverage.py and keep what each test reaches."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = folder / "coveragerc"
    settings.write_text(_SETTINGS, encoding="utf-8")
    environment = mutated_environment() | {
        "COVERAGE_FILE": str(folder / "coverage"),
        "MUTATION_DURATIONS": str(folder / "durations.jsonl"),
    }
    command = [
        sys.executable, "-m", "pytest", "-q", "-m", "not slow",
        f"--numprocesses={'auto' if len(files) > 4 else 0}",
        "-p", "tests.mutation.recording", "-p", "no:cacheprovider", "--cov",
        f"--cov-config={settings}", "--cov-context=test", "--cov-report=", *files,
    ]  # fmt: skip
    texts = {
        "tests": {file: _hash(ROOT / file) for file in files},
        "modules": {
            str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
            for path in (ROOT / "selectors").rglob("*.py")
        },
    }
    with (folder / "log").open("wb") as log:
        subprocess.run(command, cwd=ROOT, env=environment, stdout=log, stderr=log, check=False)
    (folder / "texts.json").write_text(json.dumps(texts), encoding="utf-8")
    return folder


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""
