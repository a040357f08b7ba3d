"""``labelsel completion``: the script with which a shell completes commands, options and kinds."""

from __future__ import annotations

from typing import Final

import click
from click.shell_completion import get_completion_class

from labelsel.cli.command import KubectlCommand, SuggestingChoice
from labelsel.cli.output import print_line
from labelsel.cli.screen import printing

__all__ = ["completion_command"]

_HELP: Final = """\
Print the script that completes labelsel in a shell.

The shell then completes commands, options, formats of -o and kinds when you press Tab. Put the
line of your shell into the file that the shell reads at its start: ~/.bashrc, ~/.zshrc,
~/.config/fish/config.fish.

\b
Examples:
  source <(labelsel completion bash)
  source <(labelsel completion zsh)
  labelsel completion fish | source
"""

_PROGRAM: Final = "labelsel"
#: click looks into this variable when the program starts.
_VARIABLE: Final = "_LABELSEL_COMPLETE"


@click.command("completion", cls=KubectlCommand, help=_HELP)
@click.argument("shell", type=SuggestingChoice(["bash", "zsh", "fish"]), metavar="bash|zsh|fish")
@click.pass_context
def completion_command(ctx: click.Context, *, shell: str) -> None:
    """Print click's script for a shell."""
    shell_class = get_completion_class(shell)
    assert shell_class is not None  # click has one for each of the three
    script = shell_class(ctx.find_root().command, {}, _PROGRAM, _VARIABLE).source()
    with printing():
        print_line(script)
