"""Small programs on PATH in place of kustomize, kubectl and Helm: real child processes."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

#: Writes a program of a name, of a script for sh, and returns its path.
Install: TypeAlias = Callable[[str, str], str]

#: The folders of the programs that a script calls: test, echo and printf are part of sh.
_SHELL: str = "/bin/sh"


def make_install(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Install:
    """Make the folder the whole PATH, and return what writes programs into it."""
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def install(name: str, script: str) -> str:
        program = folder / name
        program.write_text(f"#!{_SHELL}\n{script}\n")
        program.chmod(0o755)
        return str(program)

    return install
