"""Reads what kustomize or Helm prints for a folder: the objects of its patches and templates.

The program runs as a child process, without a shell. It gets its own environment and no input.
Nothing is read of an output whose program failed: it may be a part of what the program makes.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from labelsel.errors import RenderError, list_words
from labelsel.kubernetes.read.child_process import run_program
from labelsel.kubernetes.read.input_files import Content, decode
from labelsel.limits import MAX_INPUT_BYTES

__all__ = ["Rendering", "render_chart", "render_kustomization"]

_KUSTOMIZE: Final = (("kustomize", "build"), ("kubectl", "kustomize"))
_HELM: Final = (("helm", "template"),)


@dataclass(frozen=True, slots=True)
class Rendering:
    """What a program prints for a folder: an input as a file is one.

    Attributes:
        commands: the commands that render it; the first one that is installed runs.
        folder: the folder, the last word of the command.

    >>> Rendering((("no-such-program", "build"),), "shop").name
    'no-such-program build shop'
    """

    commands: tuple[tuple[str, ...], ...]
    folder: str

    @property
    def name(self) -> str:
        """The command as a person would type it: the name of this input in messages."""
        installed = (command for command in self.commands if shutil.which(command[0]))
        return " ".join((*next(installed, self.commands[0]), self.folder))

    @property
    def size(self) -> int:
        """The length in bytes is not known before the program has run."""
        return 0

    @property
    def path(self) -> Path | None:
        """There is no file, so nobody can write there."""
        return None

    @property
    def target(self) -> None:
        """It is no link."""
        return

    def content(self) -> Content:
        """Run the program and return what it prints; see `run`."""
        return self.run()[0]

    def run(self) -> tuple[Content, list[str]]:
        """Run the program, and return what it prints, and its messages line by line.

        Raises:
            RenderError: no program is installed, it cannot be started, it failed, or it prints
                more than `MAX_INPUT_BYTES`; or the folder begins with ``-``, and would be one of
                its options.
            ManifestError: what it prints is not UTF-8.
        """
        if self.folder.startswith("-"):
            problem = f"{self.folder!r} would be an option of the program: write ./{self.folder}"
            raise RenderError(self.name, problem)
        for words in self.commands:
            program = shutil.which(words[0])
            if program is not None:
                return self._run((program, *words[1:], self.folder))
        names = list_words([words[0] for words in self.commands])
        problem = f"{names} is not installed, or not in a folder of PATH"
        raise RenderError(self.name, problem)

    def _run(self, command: Sequence[str]) -> tuple[Content, list[str]]:
        output, messages = run_program(self.name, command, RenderError, MAX_INPUT_BYTES)
        return decode(self.name, output), messages


def render_kustomization(folder: str) -> Rendering:
    """Return what ``kustomize build`` prints; without kustomize, ``kubectl kustomize``.

    >>> render_kustomization("overlays/shop").commands[0]
    ('kustomize', 'build')
    """
    return Rendering(_KUSTOMIZE, folder)


def render_chart(chart: str) -> Rendering:
    """Return what ``helm template`` prints for a chart with its own values.

    >>> render_chart("charts/shop").name
    'helm template charts/shop'
    """
    return Rendering(_HELM, chart)
