"""The commands that write files, each with files to write and what they become."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from labelsel import LabelIndex
from labelsel.kubernetes import Rewrite, write_files

__all__ = ["CASES", "Case"]

POD: Final = "kind: Pod\napiVersion: v1\nmetadata: {name: NAME, labels: {app: web}}\n"
#: Nobody's owner: it can be kept only by root.
_OTHER: Final = 12345


@dataclass(frozen=True)
class Case:
    """A command and its files.

    Attributes:
        name: what it is called.
        files: the old content of each file; None for one that the command creates.
        words: the words of the command line; none where `call` is run.
        call: what is run instead, in the folder of the files.
        may_fail_late: whether the command can fail after all its files are written: it reads them
            again, or the folder is written to the disk last.
        half_done: what a process that was killed after the first file was to write: the command
            recovers from that.
        output: the file that a shell sends standard output to.
    """

    name: str
    files: Mapping[str, bytes | None]
    words: tuple[str, ...] = ()
    call: Callable[[], object] | None = field(default=None, repr=False)
    may_fail_late: bool = False
    half_done: Mapping[str, bytes] | None = None
    output: str | None = None

    def prepare(self, folder: Path) -> None:
        """Make the files, with what belongs to a file beside its content."""
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if content is not None:
                path.write_bytes(content)
                path.chmod(0o640)
                with suppress(OSError):
                    os.setxattr(path, "user.note", b"kept")
                with suppress(OSError):
                    os.chown(path, _OTHER, _OTHER)
        if self.half_done is not None:
            _write_half(folder, self.half_done)


def _write_half(folder: Path, texts: Mapping[str, bytes]) -> None:
    """Write files in a process that is killed after the first of them."""
    process = os.fork()
    if process == 0:
        rewrites = [
            Rewrite(name, folder / name, (folder / name).read_bytes(), text)
            for name, text in texts.items()
        ]
        write_files(rewrites, on_progress=lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        os._exit(1)
    _, status = os.waitpid(process, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL


def _pods(*names: str) -> dict[str, bytes | None]:
    return {f"{name}.yaml": POD.replace("NAME", Path(name).name).encode() for name in names}


def _say(warning: str) -> None:
    sys.stderr.write(f"warning: {warning}\n")


def _save(value: str) -> None:
    LabelIndex({"a": {"app": value}}).save("saved.index", on_warning=_say)


def _export(value: str, layout: Literal["columns", "map"]) -> None:
    index = LabelIndex({"a": {"app": value}})
    index.to_parquet("labels.parquet", layout=layout, on_warning=_say)


def _cases() -> list[Case]:
    several = _pods("shop/a", "shop/in/b", "c")
    service = b"""kind: Service
apiVersion: v1
metadata: {name: web}
spec: {selector: {ap: web}}
---
"""
    typo: dict[str, bytes | None] = {"web.yaml": service + (_pods("web")["web.yaml"] or b"")}
    names = tuple(word for name in several for word in ("-f", name))
    changed = {name: text.replace(b"web", b"db") for name, text in several.items() if text}
    return [
        Case("label", several, ("label", "pods", "--all", "team=a", *names)),
        Case("annotate", _pods("a"), ("annotate", "pod/a", "note=x", "-f", "a.yaml")),
        Case("delete", several, ("delete", "pods", "--all", "-y", *names)),
        Case("create", {"new.yaml": None}, ("create", "namespace", "x", "-f", "new.yaml")),
        Case("append", _pods("a"), ("create", "namespace", "x", "-f", "a.yaml")),
        Case("rename", several, ("rename", "app", "name", *names)),
        Case("lint --fix", typo, ("lint", "web.yaml", "--fix"), may_fail_late=True),
        Case(
            "baseline",
            {"base.json": None, "web.yaml": typo["web.yaml"]},
            ("lint", "web.yaml", "--baseline", "base.json", "--write-baseline"),
            may_fail_late=True,
        ),
        Case("first save", {"saved.index": None}, call=lambda: _save("new"), may_fail_late=True),
        Case("save", {"saved.index": b"old"}, call=lambda: _save("new"), may_fail_late=True),
        Case(
            "parquet",
            {"labels.parquet": b"old"},
            call=lambda: _export("new", "columns"),
            may_fail_late=True,
        ),
        Case(
            "map",
            {"labels.parquet": None},
            call=lambda: _export("new", "map"),
            may_fail_late=True,
        ),
        Case("finish", several, ("recover", "--finish"), half_done=changed),
        Case("undo", several, ("recover", "--undo"), half_done=changed),
        Case(
            "page",
            {"page.html": None, **typo},
            ("graph", "-A", "-f", "web.yaml", "-o", "html"),
            output="page.html",
        ),
    ]


CASES: Final = {case.name: case for case in _cases()}
"""The cases by their names."""
