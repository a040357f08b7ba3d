"""Flags as kubectl takes them and click does not."""

from __future__ import annotations

import re
from typing import Final

import click

__all__ = ["KubectlCommand"]

_SHORT_EQUALS: Final = re.compile(r"(-[flnoL])=(.+)", re.DOTALL)


class KubectlCommand(click.Command):
    """A command that also takes ``-o=yaml`` and ``--dry-run`` without a value, as kubectl does."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        split: list[str] = []
        for arg in args:
            if arg == "--dry-run":
                # click would take the next word for its value.
                split.append("--dry-run=client")
                continue
            match = _SHORT_EQUALS.fullmatch(arg)
            split += match.groups() if match is not None else (arg,)
        return super().parse_args(ctx, split)
