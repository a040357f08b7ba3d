"""What is on the disk before what: a loss of power leaves what a killed process leaves.

A write is on the disk after fsync of its file, and a name after fsync of its folder. Here the calls
are recorded, and each step must be on the disk before the next one begins. No power is cut.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labelsel import LabelIndex
from labelsel.atomic_write.recovery import FileState, recover
from labelsel.atomic_write.replacement import open_replacement
from labelsel.kubernetes import Rewrite, write_files
from tests.atomic_write.faults import kill_after

Record = Callable[[Callable[[], object]], list[str]]
_ID = re.compile(r"[0-9a-f]{16}")


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Record:
    """Return a function that calls another one, and returns what that did to the disk, in order.

    ``sync a`` is a write of a file or folder to the disk, ``name a`` that it gets or loses a name.
    The folder of the test is ``.``; a random part of a name is left out.
    """

    def run(function: Callable[[], object]) -> list[str]:
        done: list[str] = []

        def short(path: str | Path) -> str:
            return _ID.sub("", os.path.relpath(os.path.realpath(path), tmp_path))

        def recorded(name: str, word: str, place: int) -> Callable[..., object]:
            real = getattr(os, name)

            def call(*arguments: Any, **options: Any) -> object:
                given = arguments[place]
                if isinstance(given, int):
                    given = Path(f"/proc/self/fd/{given}").readlink()
                result = real(*arguments, **options)
                done.append(f"{word} {short(given)}")
                return result

            return call

        calls = {"fsync": ("sync", 0), "link": ("name", 1), "rename": ("name", 1)}
        calls |= {"replace": ("name", 1), "unlink": ("name", 0)}
        with monkeypatch.context() as patch:
            for name, (word, place) in calls.items():
                patch.setattr(os, name, recorded(name, word, place))
            function()
        return done

    return run


def files_in(folder: Path) -> list[Rewrite]:
    """Return the rewrites of one file, of one in a folder, and of a new one."""
    (folder / "in").mkdir()
    (folder / "a").write_text("a")
    (folder / "in/b").write_text("b")
    return [
        Rewrite("a", folder / "a", b"a", b"a2"),
        Rewrite("in/b", folder / "in/b", b"b", b"b2"),
        Rewrite("c", folder / "c", None, b"c2"),
    ]


def test_a_set(tmp_path: Path, record: Record) -> None:
    """The journal, the texts, the files, and at last the journal again."""
    files = files_in(tmp_path)
    done = record(lambda: write_files(files))
    assert done == [
        # 1. The journal says what will be done.
        *("sync .labelsel-journal", "sync ."),
        # 2. Old texts and new ones are beside the files.
        *("name .labelsel--0.old", "sync .labelsel--0.new"),
        *("name in/.labelsel--1.old", "sync in/.labelsel--1.new"),
        *("sync .labelsel--2.new", "sync .", "sync in"),
        # 3. Each new text takes the name of its file.
        *("name a", "name in/b", "name c", "sync .", "sync in"),
        # 4. The old texts go, and then the journal.
        *("name .labelsel--0.old", "name in/.labelsel--1.old", "name .labelsel--2.new"),
        *("name .labelsel-journal", "sync ."),
    ]


@pytest.mark.parametrize("make", [FileState.NEW, FileState.OLD])
def test_a_recovery(tmp_path: Path, record: Record, make: FileState) -> None:
    """All files are on the disk before a text or the journal goes."""
    kill_after(1, files_in(tmp_path))
    journal = tmp_path / ".labelsel-journal"
    done = record(lambda: recover(journal, make))
    last = max(
        place for place, each in enumerate(done) if each in {"name a", "name in/b", "name c"}
    )
    assert done[last + 1 : last + 3] == ["sync .", "sync in"]
    assert done[-2:] == ["name .labelsel-journal", "sync ."]


def test_one_file(tmp_path: Path, record: Record) -> None:
    """The new text, the name, the folder."""

    def write() -> None:
        with open_replacement(tmp_path / "a") as file:
            file.write(b"new")

    assert record(write)[:3] == ["sync .labelsel-.tmp", "name a", "sync ."]
    index = LabelIndex({"web-1": {"app": "web"}})
    done = record(lambda: index.save(tmp_path / "saved"))
    assert done[:3] == ["sync .labelsel-.tmp", "name saved", "sync ."]
