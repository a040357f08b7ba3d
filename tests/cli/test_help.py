"""The help, the version and completion; and that everything fits 40 columns."""

import io
import json
import os
import pty
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete
from rich.text import Text

from labelsel.cli.app import app
from labelsel.cli.help_layout import HelpFormatter, wrap_message
from labelsel.cli.printers import DataResult, FormatType, Output
from labelsel.cli.screen import Failure, show_error
from labelsel.cli.tables import fit_terminal
from labelsel.cli.templates import parse_template
from tests.cli.conftest import Run
from tests.cli.test_options import commands
from tests.databases import connect

NARROW = 40
COMMANDS = [pytest.param(words, command, id=" ".join(words)) for words, command in commands()]
#: Commands that print no result of their own: a text, a script, a help.
WITHOUT_DATA = {("completion",), ("help",)}


def help_of(command: click.Command, words: tuple[str, ...], width: int) -> str:
    """The help of a command in a terminal of some width."""
    settings = dict(app.context_settings) | {"terminal_width": width}
    return command.get_help(command.context_class(command, info_name=" ".join(words), **settings))


@pytest.mark.parametrize(("words", "command"), COMMANDS)
def test_examples_and_flags(words: tuple[str, ...], command: click.Command) -> None:
    """Each help has an example that begins with the command, and lists every option."""
    text = help_of(command, words, 100)
    name = " ".join(words).replace("create ns", "create (?:ns|namespace)")
    assert re.search(rf"^ +(?:.* )?<?\(?labelsel {name}\b", text, re.MULTILINE)
    for param in command.params:
        if isinstance(param, click.Option):
            assert all(option in text for option in [*param.opts, *param.secondary_opts])
            assert param.help


@pytest.mark.parametrize(("words", "command"), COMMANDS)
def test_the_example_of_an_option_is_one_of_its_command(
    words: tuple[str, ...], command: click.Command
) -> None:
    """An option that several commands have shows no other command's words."""
    for param in command.params:
        about = (isinstance(param, click.Option) and param.help) or ""
        named = re.findall(r"labelsel ([a-z][a-z-]*)", about)
        assert set(named) <= {words[0]}, about


@pytest.mark.parametrize(("words", "command"), COMMANDS)
def test_json(words: tuple[str, ...], command: click.Command) -> None:
    """Each command that prints a result takes json."""
    outputs = [param for param in command.params if param.name == "chosen"]
    if words in WITHOUT_DATA:
        assert outputs == []
        return
    (output,) = outputs
    names = output.type.names  # type: ignore[attr-defined]  # it is a FormatType
    assert "json" in names


DATA = {
    "get": "get -A -f shop.yaml",
    "explain": "explain -A -f shop.yaml -l app=web",
    "query": "query -l app=web shop.db",
    "groups": "groups pods -A -f shop.yaml -L app",
    "nodes-for": "nodes-for -n shop -f shop.yaml pod/web-1",
    "why": "why -n shop -f shop.yaml -l app=web pod/web-1",
    "who-selects": "who-selects --keep-going -n shop -f shop.yaml pod/web-1",
    "selects": "selects -n shop -f shop.yaml pod/web-1",
    "graph": "graph --keep-going -A -f shop.yaml",
    "diff": "diff --keep-going -f shop.yaml -f shop.yaml",
    "reach": "reach -n shop -f shop.yaml pod/web-1 pod/db-1",
    "lint": "lint -f shop.yaml",
    "label": "label -f shop.yaml pod/tool a=b",
    "annotate": "annotate -f shop.yaml pod/tool a=b",
    "rename": "rename disk kind-of-disk -f shop.yaml",
    "create": "create ns x",
    "delete": "delete pod/tool -f shop.yaml",
    "recover": "recover --undo",
    "translate": "translate --to label-selector app=web",
    "version": "version",
}


@pytest.mark.usefixtures("shop")
def test_json_is_json(run: Run) -> None:
    """Every command that takes json prints JSON."""
    assert set(DATA) == set(app.list_commands(click.Context(app))) - {
        "completion",
        "help",
    }
    with connect("shop.db") as connection:
        connection.execute("CREATE TABLE pods (app TEXT)")
    connection.close()
    for command in DATA.values():
        flag = "--format" if command.startswith("lint") else "-o"
        result = run(*command.split(), flag, "json")
        assert result.stdout, (command, result.stderr)
        assert json.loads(result.stdout)


@pytest.mark.parametrize(("words", "command"), COMMANDS)
def test_help_fits_a_narrow_terminal(words: tuple[str, ...], command: click.Command) -> None:
    """No line is longer than 40 columns."""
    lines = help_of(command, words, NARROW).splitlines()
    assert [line for line in lines if len(line) > NARROW] == []


@pytest.mark.parametrize(("words", "command"), COMMANDS)
def test_only_commands_go_on_behind_a_backslash(
    words: tuple[str, ...], command: click.Command
) -> None:
    """A description in a table is no command, whatever the width."""
    # Below 72 columns the longest rows of tables are broken, each at another width.
    for width in range(NARROW, 72, 4):
        before, _, _ = help_of(command, words, width).partition("Examples:")
        assert not [line for line in before.splitlines() if line.endswith("\\")], width


def test_the_rules_use_the_width() -> None:
    """The table of lint's rules is as wide as the texts around it, and keeps its columns."""
    lint = next(command for words, command in commands() if words == ("lint",))
    for width in (80, 100):
        lines = help_of(lint, ("lint",), width).partition("Rules:")[2].splitlines()[1:12]
        assert max(map(len, lines)) > width - 8
        assert all(line.startswith(" " * 36) or line[:36].split() for line in lines)


def test_the_help_of_labelsel_fits() -> None:
    """The list of the commands, too."""
    text = help_of(app, ("labelsel",), NARROW)
    assert max(map(len, text.splitlines())) <= NARROW
    assert "    labelsel label deploy/web \\\n      -n shop -f shop/ tier=front \\\n" in text


def test_examples_in_a_narrow_terminal() -> None:
    """A command goes on behind a backslash; a row of a table below its second column."""
    formatter = HelpFormatter(width=NARROW)
    with formatter.indentation():
        formatter.write_text(
            "\b\nExamples:\n  labelsel get pods -A -f . -l 'tier in (web,cache),!debug' --help\n"
            "  LEFT     how many are left after the step of those before\n"
            "           and after\n"
            "  a-word-that-is-long   what it means here and there\n"
            "  two-words   warning   what it means here and there\n"
            "  long:labels(pod,key,value)\n"
            "                        what that means, with words\n\nText."
        )
    assert formatter.getvalue() == (
        "  Examples:\n"
        "    labelsel get pods -A -f . \\\n"
        "      -l 'tier in (web,cache),!debug' \\\n"
        "      --help\n"
        "    LEFT     how many are left after the\n"
        "             step of those before and\n"
        "             after\n"
        "    a-word-that-is-long\n"
        "                    what it means here\n"
        "                    and there\n"
        "    two-words   warning\n"
        "                    what it means here\n"
        "                    and there\n"
        "    long:labels(pod,key,value)\n"
        "                    what that means,\n"
        "                    with words\n"
        "\n"
        "  Text.\n"
    )


def run_in_terminal(folder: Path, *words: str) -> str:
    """What a run prints in a terminal of 40 columns, without its colours."""
    child, terminal = pty.fork()
    if child == 0:  # pragma: no cover - the child is another program
        os.chdir(folder)
        os.environ["COLUMNS"] = str(NARROW)
        os.execv(sys.executable, [sys.executable, "-m", "labelsel", *words])  # noqa: S606 - no shell
    printed = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # Linux says so at the end
            break
        if not part:
            break
        printed += part
    os.waitpid(child, 0)
    os.close(terminal)
    return re.sub(r"\x1b\[[0-9;]*m", "", printed.decode()).replace("\r\n", "\n")


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        "get pods -n shp -f shop.yaml",
        "get pods -f shop.yaml",
        "get --watch pods",
        "get widgets -f shop.yaml",
        "get pods -f shop.yaml -o nope",
        "get web-1 -f shop.yaml -n shop",
        "get pod web-1 -f shop.yaml",
        "describe pods",
        "lint -f shop.yaml --nope",
        "create deploy web",
        "why -f shop.yaml -n shop -l app=web,tier=front pod/web-1",
        "lint -f shop.yaml",
        "get pods -A -f shop.yaml --sort-by .spec.nope",
    ],
)
def test_messages_fit_a_narrow_terminal(shop: Path, words: str) -> None:
    """A message is broken at words, and nothing is lost."""
    printed = run_in_terminal(shop.parent, *words.split())
    assert printed
    assert max(map(len, printed.splitlines())) <= NARROW


class Terminal(io.TextIOWrapper):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_messages_are_wrapped_for_terminals_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long word stays whole; the line of a caret is cut; another stream gets what it got."""
    monkeypatch.setenv("COLUMNS", "20")
    message = (
        "error: one two three four five\n  six seven eight nine ten\n"
        "  a,,bcdefghijklmnopqrstuv\n   ^"
    )
    wrapped = wrap_message(message, Terminal(io.BytesIO()))
    assert wrapped == (
        "error: one two three\nfour five\n  six seven eight\n  nine ten\n  a,,bcdefghijklmno…\n   ^"
    )
    assert wrap_message(message, io.StringIO()) == message


def test_no_line_that_was_broken_is_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a CI service obeys at the beginning of a line does no harm in the middle of one."""
    monkeypatch.setenv("COLUMNS", "20")
    wrapped = wrap_message("error: the value a ::error::x", Terminal(io.BytesIO()))
    assert wrapped == "error: the value a\n\\x3a:error::x"


@pytest.mark.parametrize(
    ("line", "at", "shown", "column"),
    [
        ("  app=web,,b", 9, "  app=web,,b", 9),
        ("  aaaaaaaaaaaaaaaaaaaaaaaaa,,", 28, "  …aaaaaaaaaaaaaaa,,", 19),
        ("  aaaaaaaaaaaaaaaaaaaaaaaaa", 27, "  …aaaaaaaaaaaaaaaa", 19),
        ("  aaaaaaaaaaaaaaaa,,bbbbbbbbbbbbbbb", 19, "  …aaaaaaaaaa,,bbbb…", 14),
        ("  aaaaaaaaa日本,,bbbbbbbbbbbb", 16, "  …aaaaaa日本,,bbbb…", 14),
        ("  ,bbbbbbbbbbbbbbbbbbbbbbbbb", 2, "  ,bbbbbbbbbbbbbbbb…", 2),
        ("", 0, "", 0),
    ],
)
def test_a_line_is_cut_around_its_caret(
    monkeypatch: pytest.MonkeyPatch, line: str, at: int, shown: str, column: int
) -> None:
    """The caret stays below its character, and both lines fit the terminal."""
    monkeypatch.setenv("COLUMNS", "20")
    wrapped = wrap_message(f"{line}\n{' ' * at}^", Terminal(io.BytesIO()))
    assert wrapped == f"{shown}\n{' ' * column}^"


@pytest.mark.parametrize(
    ("line", "wrapped"),
    [
        ("  hint: one word; write: tier in (a,b)", "  hint: one word;\n  write:\n  tier in (a,b)"),
        ("  hint: but -e can: -e \"a == 'b'\"", "  hint: but -e can:\n  -e \"a == 'b'\""),
        ("error: -l 'tier In (aa,b)'", "error: -l 'tier In\n(aa,b)'"),
    ],
)
def test_what_a_hint_offers_is_not_broken(
    monkeypatch: pytest.MonkeyPatch, line: str, wrapped: str
) -> None:
    """What is copied from a terminal must be one line."""
    monkeypatch.setenv("COLUMNS", "20")
    assert wrap_message(line, Terminal(io.BytesIO())) == wrapped


def test_no_command_for_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A value cannot command a terminal; a program gets it as it is."""
    template = parse_template("a\x1b]0;x\tb\n")
    for stream, expected in (
        (Terminal(io.BytesIO()), b"a\\x1b]0;x  b\n"),
        (io.TextIOWrapper(io.BytesIO()), b"a\x1b]0;x\tb\n"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", stream)
            Output(("jsonpath", template)).print(Versions())
        assert stream.buffer.getvalue() == expected  # type: ignore[attr-defined]  # a BytesIO


def test_headings_fit_terminals_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A heading is broken at its words, and keeps its styles."""
    monkeypatch.setenv("COLUMNS", "10")
    heading = Text.assemble(("pod/web-1", "bold"), " does not match")
    assert fit_terminal(heading) is heading
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", Terminal(io.BytesIO()))
        assert fit_terminal(heading).plain == "pod/web-1 \ndoes not \nmatch"


def test_errors_are_written_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    """A failure has a word before it, and a usage error what click says."""
    show_error(Failure("no", "  more"))
    show_error(click.UsageError("never"))
    assert capsys.readouterr() == ("", "error: no\n  more\nError: never\n")


class Versions(DataResult):
    """A result that is data."""

    def data(self) -> object:
        return {}


def test_completion_of_formats() -> None:
    """A format with a value is completed with its equals sign."""
    kind = FormatType(["json", "jsonpath", "name"])
    argument = click.Option(["-o"])
    context = click.Context(app)
    completed = [each.value for each in kind.shell_complete(context, argument, "js")]
    assert completed == ["json", "jsonpath="]
    assert kind.convert(("json", None), argument, context) == ("json", None)


@pytest.mark.parametrize(
    ("words", "completed"),
    [(["get"], ["deploy", "deployments"]), (["get", "pods"], []), (["--nope", "get"], [])],
)
def test_completion_of_kinds(words: list[str], completed: list[str]) -> None:
    """The first word is a kind, wherever the options stand."""
    complete = ShellComplete(app, {}, "labelsel", "_LABELSEL_COMPLETE")
    assert [each.value for each in complete.get_completions(words, "depl")] == completed


@pytest.mark.slow
def test_a_caret_stays_below_its_text(shop: Path) -> None:
    """The line with the mistake is cut at its ends, because the next one points at it."""
    selector = "app in (web,cache),tier notin (front),,!debug"
    printed = run_in_terminal(shop.parent, "get", "-f", "shop.yaml", "-l", selector)
    lines = printed.splitlines()
    caret = next(number for number, line in enumerate(lines) if line.strip() == "^")
    assert lines[caret - 1].startswith("  …")
    assert lines[caret - 1][lines[caret].index("^") - 1 :].startswith(",,!debug")
    assert "\x1b" not in run_in_terminal(
        shop.parent, "get", "-f", "shop.yaml", "-A", "-o", 'jsonpath={"\\x1b]0;x"}{.kind}'
    )


def test_version(run: Run) -> None:
    """The version as lines and as data."""
    data = json.loads(run("version", "-o", "json").stdout)
    assert set(data) == {"labelsel", "python"}
    assert run("version").stdout == f"labelsel {data['labelsel']}\nPython {data['python']}\n"
    assert run("--version").stdout == f"labelsel {data['labelsel']}\n"


def test_help_of_a_command(run: Run) -> None:
    """``help COMMAND`` prints what ``COMMAND --help`` prints."""
    for words in ("get", "create", "create namespace", "help"):
        assert run("help", *words.split()).stdout == run(*words.split(), "--help").stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(run: Run, shell: str) -> None:
    """The script is what the shell can read."""
    script = run("completion", shell).stdout
    assert "_LABELSEL_COMPLETE" in script
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    done = subprocess.run(
        (program, "-n"), input=script, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("line", "completed"),
    [
        ("labelsel ge", ["get"]),
        ("labelsel -n shop ge", ["get"]),
        ("labelsel get --sel", ["--selector", "--selected-by"]),
        ("labelsel get --no-h", ["--no-headers"]),
        ("labelsel get --annotation-s", ["--annotation-selector"]),
        ("labelsel who-selects --match", ["--matchers"]),
        ("labelsel get depl", ["deploy", "deployments"]),
        ("labelsel -n shop get depl", ["deploy", "deployments"]),
        ("labelsel --nope get depl", []),
        ("labelsel get pods web", []),
        ("labelsel get -n a -n b depl", ["deploy", "deployments"]),
        ("labelsel get -n '' depl", ["deploy", "deployments"]),
        ("labelsel get -o js", ["json", "jsonpath=", "jsonpath-as-json=", "jsonpath-file="]),
        ("labelsel create na", ["namespace"]),
        ("labelsel completion z", ["zsh"]),
    ],
)
def test_completion(line: str, completed: list[str]) -> None:
    """The shell asks in variables for the words that go on, and gets them."""
    asked = {"COMP_WORDS": line, "COMP_CWORD": str(len(shlex.split(line)) - 1)}
    environment = os.environ | asked | {"_LABELSEL_COMPLETE": "bash_complete"}
    done = subprocess.run(
        (sys.executable, "-c", "from labelsel.cli import main; main()"),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stderr == ""
    assert [each.partition(",")[2] for each in done.stdout.split()] == completed


OPTIONS = [
    pytest.param(command, option, id=f"{' '.join(words)} {option.opts[-1]}")
    for words, command in commands()
    for option in command.params
    if isinstance(option, click.Option)
]


@pytest.mark.parametrize(("command", "option"), OPTIONS)
def test_every_option_has_an_example(command: click.Command, option: click.Option) -> None:
    """The examples of the command use each option, or the help of the option shows its use."""
    _, _, examples = (command.help or "").partition("Examples:")
    names = "|".join(map(re.escape, [*option.opts, *option.secondary_opts]))
    assert re.search(rf"(?<![\w-])({names})(?![\w-])", f"{examples}\n{option.help}")
