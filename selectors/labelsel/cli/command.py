"""Commands as kubectl has them and click does not: its flags, and commands in sections.

Two rules are stricter than both: an option given twice is an error, never silently the last
one; and an empty variable of a script is not a name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final

import click

from labelsel.cli.help_layout import HelpContext
from labelsel.cli.interrupts import ending_at_once
from labelsel.cli.paths import PathsOption, advise_path, name_further_files
from labelsel.cli.screen import printing
from labelsel.errors import escape

__all__ = [
    "BlankArgument",
    "BlankOption",
    "CommandGroup",
    "KubectlCommand",
    "KubectlGroup",
    "MultilineUsageError",
]


_VERBOSE: Final = "-v"


class MultilineUsageError(click.UsageError):
    """A usage error of several lines.

    Arguments:
        lines: the lines; each is `escape`.
        ctx: the context of the command, whose usage stands above the error.
    """

    def __init__(self, *lines: str, ctx: click.Context | None = None) -> None:
        super().__init__("\n".join(map(escape, lines)), ctx)


class SuggestingChoice(click.Choice[str]):
    """Some words, of which one is offered for another one that is near, or means the same.

    Arguments:
        choices: the words.
        others: words that mean the same, in lower case.
    """

    def __init__(self, choices: Sequence[str], others: Mapping[str, str] | None = None) -> None:
        super().__init__(choices)
        self._others = others or {}

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the word; a usage error for one that is none of them."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as error:
            # Imported here: only an error needs it.
            from labelsel.typos import did_you_mean, nearest  # noqa: PLC0415 - see above

            plain = {re.sub("[-_]", "", each): each for each in self.choices}
            letters = re.sub(r"[-_\s]", "", value.casefold())
            meant = plain.get(letters) or self._others.get(letters)
            meant = meant or nearest(value.casefold(), self.choices)
            self.fail(f"{error.message.removesuffix('.')}{did_you_mean(meant)}", param, ctx)


class BlankOption(click.Option):
    """An option whose value may be blank."""


class BlankArgument(click.Argument):
    """An argument that may be blank."""


class KubectlCommand(click.Command):
    """A command that takes flags as kubectl does: ``-o=yaml``, ``--all=true``, ``--dry-run``.

    1. An option with one value may be given once; a flag not both as true and as false.
    2. A blank value or word is an error, unless the option or the argument allows it:
       ``-n "$NAMESPACE"`` with an empty variable must not mean another namespace.
    """

    context_class = HelpContext

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        with _showing_usage(ctx):
            return self._parse_args(ctx, args)

    def _parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        words, denied = self._as_click_words(args)
        if ctx.resilient_parsing:  # a shell completes a line that is not finished
            return super().parse_args(ctx, words)
        words = name_further_files(words, self.params)
        # click keeps only the last value of an option; its parser knows all of them.
        values, others, order = self._parse_words(ctx, words)
        _refuse_twice([each for each in order if isinstance(each, click.Option)], denied, ctx)
        _refuse_blank(self.params, values, ctx)
        _refuse_others(self.params, values, others, ctx)
        with printing():  # --help
            return super().parse_args(ctx, words)

    def takes(self, args: Sequence[str], parent: click.Context) -> bool:
        """Return whether words are options of this command, each with its value.

        Raises a usage error for an option that the command does not have.
        """
        ctx = self.context_class(self, parent, info_name=self.name)
        try:
            _, others, _ = self._parse_words(ctx, self._name_files(args))
        except click.BadOptionUsage:  # the last option has no value
            return False
        return not others

    def put_first(self, args: Sequence[str], rest: Sequence[str]) -> list[str]:
        """Return options that stood before the command, and behind them the words after it.

        Raises a usage error where the first of these words would be a further file of a last -f.
        """
        words = [*args, *rest]
        if len(self._name_files(words)) > len(self._name_files(args)) + len(self._name_files(rest)):
            raise click.UsageError(f"{rest[0]} is a file: write -f before it")
        return words

    def _name_files(self, args: Sequence[str]) -> list[str]:
        return name_further_files(self._as_click_words(args)[0], self.params)

    def _parse_words(
        self, ctx: click.Context, words: Sequence[str]
    ) -> tuple[Mapping[str, Any], list[str], list[click.Parameter]]:
        """Return what click's parser finds, before values are checked."""
        try:
            return self.make_parser(ctx).parse_args(list(words))
        except click.NoSuchOption as error:
            # Imported here: only an error needs it.
            from labelsel.cli.kubectl import option_problem  # noqa: PLC0415 - see above

            options = [name for param in self.get_params(ctx) for name in param.opts]
            problem = option_problem(error.option_name, options, ctx.command_path)
            raise click.UsageError(problem, ctx) from error

    def _as_click_words(self, args: Sequence[str]) -> tuple[list[str], set[click.Option]]:
        """Return the words as click reads them, and the flags that ``=false`` denies."""
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
        for position, arg in enumerate(args[:end]):
            name, _, value = arg.partition("=")
            if name in flags and value == "true":
                words.append(name)
            elif name in flags and value == "false":
                words += flags[name].secondary_opts
                denied |= set() if flags[name].secondary_opts else {flags[name]}
            elif name == _VERBOSE and name in flags and _is_level(arg, args[position + 1 :]):
                from labelsel.cli.kubectl import NO_LOG_LEVEL  # noqa: PLC0415 - as above

                raise click.UsageError(NO_LOG_LEVEL)
            elif arg == "--dry-run":
                # click would read the next word as the value.
                words.append("--dry-run=client")
            else:
                match = short_equals.fullmatch(arg)
                words += match.groups() if match is not None else (arg,)
        return [*words, *args[end:]], denied

    def _short_equals(self) -> re.Pattern[str]:
        """Return a pattern for a short option with flags before and ``=`` behind: ``-An=prod``.

        click would read the ``=`` as a part of the value.
        """
        letters: dict[bool, str] = {True: "", False: ""}
        for option in self.params:
            if isinstance(option, click.Option):
                short = (name[1] for name in option.opts if re.fullmatch("-[A-Za-z]", name))
                letters[option.is_flag] += "".join(short)
        flags = f"[{letters[True]}]*" if letters[True] else ""
        valued = f"[{letters[False]}]" if letters[False] else "(?!)"
        return re.compile(f"(-{flags}{valued})=(.*)", re.DOTALL)


@contextmanager
def _showing_usage(ctx: click.Context) -> Iterator[None]:
    """Show the usage of a command above each of its usage errors, also those of click's parser."""
    try:
        yield
    except click.UsageError as error:
        error.ctx = error.ctx or ctx
        raise


def _is_level(arg: str, rest: Sequence[str]) -> bool:
    """Return whether -v has the level of a log, as in kubectl: ``-v=4``, ``-v 4``."""
    return "=" in arg or (bool(rest) and re.fullmatch("[0-9]{1,2}", rest[0]) is not None)


def _refuse_twice(
    given: Iterable[click.Option], denied: set[click.Option], ctx: click.Context
) -> None:
    """Raise a usage error for an option of which one value would count and another not."""
    for option, times in Counter(given).items():
        only_true = option.is_flag and not option.secondary_opts
        if option in denied or (times > 1 and not option.multiple and not only_true):
            problem = f"{_names(option)} is given twice, and only one counts: leave the others out"
            raise click.UsageError(problem, ctx)


def _refuse_blank(
    params: Iterable[click.Parameter], values: Mapping[str, Any], ctx: click.Context
) -> None:
    """Raise a usage error for a blank value, unless it may be blank."""
    for param in params:
        given = values.get(param.name or "")
        texts = given if isinstance(given, list | tuple) else [given]
        may_be_blank = isinstance(param, BlankOption | BlankArgument)
        if not may_be_blank and any(isinstance(text, str) and not text.strip() for text in texts):
            what = f"the value of {_names(param)}" if isinstance(param, click.Option) else "a word"
            raise click.UsageError(f"{what} is blank: write a value, or leave it out", ctx)


_TAKES_NO_NAMES: Final = "this command is about all objects that it reads, and takes no names"


def _refuse_others(
    params: Iterable[click.Parameter],
    values: Mapping[str, Any],
    others: Sequence[str],
    ctx: click.Context,
) -> None:
    """Raise a usage error for words that no argument takes, if it is known what they were to be.

    Otherwise click raises one, which names them.
    """
    advice = None
    params = list(params)
    takes_words = any(isinstance(param, click.Argument) for param in params)
    for param in params if any(others) else ():
        if isinstance(param, PathsOption):
            advice = advise_path(others) or (None if takes_words else _TAKES_NO_NAMES)
        elif isinstance(param, BlankArgument):
            # Imported here: only an error needs them.
            from labelsel.cli.forgotten_quotes import join_words  # noqa: PLC0415 - see above
            from labelsel.languages.hints import in_shell_quotes  # noqa: PLC0415 - see above

            whole = join_words([values[str(param.name)], *others])
            advice = f"put the {param.name} in quotes: {in_shell_quotes(whole)}"
    if advice is not None:
        plural = "s" if len(others) > 1 else ""
        problem = f"unexpected extra argument{plural} ({' '.join(others)}); {advice}"
        raise MultilineUsageError(problem, ctx=ctx)


def _names(option: click.Option) -> str:
    """Return all names of an option: -n/--namespace."""
    return "/".join([*option.opts, *option.secondary_opts])


class KubectlGroup(click.Group):
    """Commands of which each takes its options behind its name and before it, as in kubectl.

    ``labelsel -n shop get pods`` is ``labelsel get -n shop pods``.
    """

    context_class = HelpContext

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        with printing():  # --help and --version
            return super().parse_args(ctx, self._command_first(ctx, args))

    def _command_first(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Return the words with the command first, and then the options that stood before it.

        The command is the first word with the name of one, before which there are only options of
        this command: in ``-n get get pods`` the first "get" is the value of ``-n``.
        """
        own = {name for param in self.get_params(ctx) for name in param.opts}
        if not args or not args[0].startswith("-") or args[0] == "--version":
            return args
        problems: list[click.UsageError] = []
        for position, word in enumerate(args):
            command = self.get_command(ctx, word) if position else None
            if command is None:
                continue
            try:
                if _takes(command, args[:position], ctx):
                    before, behind = args[:position], args[position + 1 :]
                    if isinstance(command, KubectlCommand):
                        return [word, *command.put_first(before, behind)]
                    return [word, *before, *behind]
            except click.UsageError as error:
                problems.append(error)
        if args[0] in own or ctx.resilient_parsing:
            return args
        if problems:
            raise problems[0]
        # Imported here: only an error needs it.
        from labelsel.cli.kubectl import missing_command  # noqa: PLC0415 - see above

        raise click.UsageError(missing_command(args, self.list_commands(ctx)), ctx)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command of the first word, as click does; in our words where there is none."""
        if self.get_command(ctx, args[0]) is None and not ctx.resilient_parsing:
            from labelsel.cli.kubectl import command_problem  # noqa: PLC0415 - as above

            problem = command_problem(args[0], self.list_commands(ctx), ctx.command_path)
            raise click.UsageError(problem, ctx)
        return super().resolve_command(ctx, args)


def _takes(command: click.Command, args: Sequence[str], parent: click.Context) -> bool:
    """Return whether words are options of a command, or of one of the commands below it."""
    if isinstance(command, KubectlCommand):
        return command.takes(args, parent)
    assert isinstance(command, click.Group)  # there are no others
    ctx = command.context_class(command, parent, info_name=command.name)
    return any(_takes(below, args, ctx) for below in command.commands.values())


class CommandGroup(KubectlGroup):
    """Commands in sections, each of which is imported when it is called.

    The help needs only the summaries, so that it imports no command. Usage errors are one line
    each.

    Arguments:
        sections: for each section the names of its commands, each with its summary.
        package: where the commands are: ``nodes-for`` is ``nodes_for_command`` in the module
            ``nodes_for``.
    """

    def __init__(
        self, *args: Any, sections: Mapping[str, Mapping[str, str]], package: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._sections = sections
        self._package = package

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return [name for summaries in self._sections.values() for name in summaries]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        if cmd_name not in self.commands:
            name = cmd_name.replace("-", "_")
            with ending_at_once():
                module = import_module(f"{self._package}.{name}")
            self.add_command(getattr(module, f"{name}_command"))
        return self.commands[cmd_name]

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        with _escape_usage_errors():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        with _escape_usage_errors():
            return super().invoke(ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections, with the names in one column of the same width."""
        width = max(map(len, self.list_commands(ctx)))
        for title, summaries in self._sections.items():
            with formatter.section(title):
                formatter.write_dl(
                    [(f"{name:<{width}}", summary) for name, summary in summaries.items()]
                )


@contextmanager
def _escape_usage_errors() -> Iterator[None]:
    """Escape the words of the command line in click's own messages about them."""
    try:
        yield
    except (
        click.exceptions.NoArgsIsHelpError,
        MultilineUsageError,
    ):
        raise  # these have line breaks on purpose
    except click.UsageError as error:
        message = error.format_message()
        if isinstance(error, click.MissingParameter):
            lines = message.replace("\t", "  ").split("\n")
            raise MultilineUsageError(*lines, ctx=error.ctx) from error
        raise click.UsageError(escape(message), error.ctx) from error
