"""What kubectl does and click does not: flags as it takes them, commands in sections.

And what neither does: an option that is given twice is never silently the last one, and an empty
variable of a script is no name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import click

from labelsel.errors import escaped

__all__ = ["BlankArgument", "BlankOption", "CommandGroup", "KubectlCommand", "Misuse"]


class Misuse(click.UsageError):
    """A usage error of several lines.

    Arguments:
        lines: its lines, each of which is `escaped`.
    """

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(map(escaped, lines)))


class BlankOption(click.Option):
    """An option whose value may be blank."""


class BlankArgument(click.Argument):
    """An argument that may be blank."""


class KubectlCommand(click.Command):
    """A command that takes flags as kubectl does: ``-o=yaml``, ``--all=true``, ``--dry-run``.

    1. An option that has one value is given once, and a flag not both as true and as false.
    2. A value or a word that is blank is an error, unless the option or the argument allows it:
       ``-n "$NAMESPACE"`` with an empty variable must not mean another namespace.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        words, denied = self._spelled_out(args)
        # Of an option's values click keeps the last one only; its parser tells of all.
        values, _, order = self.make_parser(ctx).parse_args(list(words))
        _refuse_twice([each for each in order if isinstance(each, click.Option)], denied, ctx)
        _refuse_blank(self.params, values, ctx)
        return super().parse_args(ctx, words)

    def _spelled_out(self, args: Sequence[str]) -> tuple[list[str], set[click.Option]]:
        """The words as click takes them, and the flags that were denied and are no word there."""
        flags = {
            name: option
            for option in self.params
            if isinstance(option, click.Option) and option.is_flag
            for name in option.opts
        }
        short_equals = self._short_equals()
        words: list[str] = []
        denied: set[click.Option] = set()
        end = args.index("--") if "--" in args else len(args)
        for arg in args[:end]:
            name, _, value = arg.partition("=")
            if name in flags and value == "true":
                words.append(name)
            elif name in flags and value == "false":
                words += flags[name].secondary_opts
                denied |= set() if flags[name].secondary_opts else {flags[name]}
            elif arg == "--dry-run":
                # click would take the next word for its value.
                words.append("--dry-run=client")
            else:
                match = short_equals.fullmatch(arg)
                words += match.groups() if match is not None else (arg,)
        return [*words, *args[end:]], denied

    def _short_equals(self) -> re.Pattern[str]:
        """What matches a short option, flags before it, and its value behind ``=``: ``-An=prod``.

        click would take the ``=`` for a part of the value.
        """
        letters: dict[bool, str] = {True: "", False: ""}
        for option in self.params:
            if isinstance(option, click.Option):
                short = (name[1] for name in option.opts if re.fullmatch("-[A-Za-z]", name))
                letters[option.is_flag] += "".join(short)
        flags = f"[{letters[True]}]*" if letters[True] else ""
        valued = f"[{letters[False]}]" if letters[False] else "(?!)"
        return re.compile(f"(-{flags}{valued})=(.*)", re.DOTALL)


def _refuse_twice(
    given: Iterable[click.Option], denied: set[click.Option], ctx: click.Context
) -> None:
    """A usage error for an option of which one value would count and another not."""
    for option, times in Counter(given).items():
        only_true = option.is_flag and not option.secondary_opts
        if option in denied or (times > 1 and not option.multiple and not only_true):
            problem = f"{_named(option)} is given twice, and only one counts: leave the others out"
            raise click.UsageError(problem, ctx)


def _refuse_blank(
    params: Iterable[click.Parameter], values: Mapping[str, Any], ctx: click.Context
) -> None:
    """A usage error for a blank value, unless it may be blank."""
    for param in params:
        given = values.get(param.name or "")
        texts = given if isinstance(given, list | tuple) else [given]
        may_be_blank = isinstance(param, BlankOption | BlankArgument)
        if not may_be_blank and any(isinstance(text, str) and not text.strip() for text in texts):
            what = f"what {_named(param)} is given" if isinstance(param, click.Option) else "a word"
            raise click.UsageError(f"{what} is blank: write something, or leave it out", ctx)


def _named(option: click.Option) -> str:
    """All the names of an option: -n/--namespace."""
    return "/".join([*option.opts, *option.secondary_opts])


class CommandGroup(click.Group):
    """Commands whose help lists them in sections, and whose usage errors are one line each."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sections: dict[str, tuple[click.Command, ...]] = {}

    def add_section(self, title: str, *commands: click.Command) -> None:
        """Add commands, in the order in which they are listed below a title."""
        self._sections[title] = commands
        for command in commands:
            self.add_command(command)

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        with _escaped_usage():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        with _escaped_usage():
            return super().invoke(ctx)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections, names in one column throughout."""
        width = max(map(len, self.commands))
        for title, commands in self._sections.items():
            with formatter.section(title):
                formatter.write_dl(
                    [(f"{each.name:<{width}}", each.get_short_help_str(100)) for each in commands]
                )


@contextmanager
def _escaped_usage() -> Iterator[None]:
    """Make the words of the command line safe to show in click's own messages about them."""
    try:
        yield
    except (click.exceptions.NoArgsIsHelpError, Misuse):  # their line breaks are their own
        raise
    except click.UsageError as error:
        raise click.UsageError(escaped(error.format_message()), error.ctx) from error
