"""``labelsel help``: the help of labelsel, or of one command."""

from __future__ import annotations

from typing import Final

import click

from labelsel.cli.command import KubectlCommand
from labelsel.cli.kubectl import command_problem
from labelsel.cli.screen import printing

__all__ = ["help_command"]

_HELP: Final = """\
Show the help of a command.

\b
Examples:
  labelsel help
  labelsel help get
  labelsel help create namespace
"""


@click.command("help", cls=KubectlCommand, help=_HELP)
@click.argument("words", nargs=-1, metavar="[COMMAND]...")
@click.pass_context
def help_command(ctx: click.Context, *, words: tuple[str, ...]) -> None:
    """Print the help of the command that the words name."""
    context = ctx.find_root()
    for word in words:
        group = context.command
        if not isinstance(group, click.Group):
            raise click.UsageError(f"{context.command_path} has no command {word}: leave it out")
        command = group.get_command(context, word)
        if command is None:
            names = group.list_commands(context)
            raise click.UsageError(command_problem(word, names, context.command_path), context)
        context = command.context_class(command, context, info_name=word)
    with printing():
        click.echo(context.get_help())
