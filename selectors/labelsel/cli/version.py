"""``labelsel version``: which version of labelsel runs, on which Python."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

import click

from labelsel.cli.command import KubectlCommand
from labelsel.cli.printers import DataResult, LinesResult, Output, output_options

__all__ = ["version_command"]

_HELP: Final = """\
Print the version of labelsel, and of the Python that runs it.

\b
Examples:
  labelsel version
  labelsel version -o json
"""


@dataclass(frozen=True, slots=True)
class _Versions(DataResult, LinesResult):
    """The versions."""

    labelsel: str
    python: str

    def data(self) -> object:
        return {"labelsel": self.labelsel, "python": self.python}

    def lines(self) -> Iterator[str]:
        yield f"labelsel {self.labelsel}"
        yield f"Python {self.python}"


@click.command("version", cls=KubectlCommand, help=_HELP)
@output_options(_Versions, "How to print, if not as lines.", default=None)
def version_command(*, output: Output) -> None:
    """Print the versions."""
    output.print(_Versions(version("labelsel"), platform.python_version()))
