"""What kubectl does and click does not: flags as it takes them, commands in sections."""

from __future__ import annotations

import re
from typing import Any, Final

import click

__all__ = ["CommandGroup", "KubectlCommand"]

_SHORT_EQUALS: Final = re.compile(r"(-[flnoL])=(.+)", re.DOTALL)


class KubectlCommand(click.Command):
    """A command that takes flags as kubectl does: ``-o=yaml``, ``--all=true``, ``--dry-run``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        flags = {
            name: option
            for option in self.params
            if isinstance(option, click.Option) and option.is_flag
            for name in option.opts
        }
        split: list[str] = []
        for arg in args:
            name, _, value = arg.partition("=")
            if name in flags and value in {"true", "false"}:
                split += [name] if value == "true" else flags[name].secondary_opts
                continue
            if arg == "--dry-run":
                # click would take the next word for its value.
                split.append("--dry-run=client")
                continue
            match = _SHORT_EQUALS.fullmatch(arg)
            split += match.groups() if match is not None else (arg,)
        return super().parse_args(ctx, split)


class CommandGroup(click.Group):
    """Commands whose help lists them in sections."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sections: dict[str, tuple[click.Command, ...]] = {}

    def add_section(self, title: str, *commands: click.Command) -> None:
        """Add commands, in the order in which they are listed below a title."""
        self._sections[title] = commands
        for command in commands:
            self.add_command(command)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections, names in one column throughout."""
        width = max(map(len, self.commands))
        for title, commands in self._sections.items():
            with formatter.section(title):
                formatter.write_dl(
                    [(f"{each.name:<{width}}", each.get_short_help_str(100)) for each in commands]
                )
