"""Options of argparse, click and Typer that are selectors."""

import argparse
import functools
from collections.abc import Callable
from typing import Annotated, Any

import click
import pytest
import typer
from click.testing import CliRunner
from typer.testing import CliRunner as TyperRunner

import labelsel
from labelsel import Everything, Selector, parse, parse_expression, parse_fields
from labelsel.integrations.click import SelectorType
from labelsel.integrations.typer import typer_type
from labelsel.languages import CALICO, FIELDS, KUBERNETES, LABEL_SELECTORS, Language
from tests.integrations.messages import BAD, BAD_FIELDS, FIELD_LINES, LINES, LONG, MESSAGE

#: What a program prints to standard error, and the selectors it got, for words of a command line.
Ask = Callable[[list[str]], tuple[str, list[object]]]


@pytest.fixture
def ask_argparse(capsys: pytest.CaptureFixture[str]) -> Ask:
    """A program of argparse."""

    def ask(words: list[str]) -> tuple[str, list[object]]:
        parser = argparse.ArgumentParser("shop")
        parser.add_argument("-l", dest="selector", type=labelsel.argparse_type)
        fields = functools.partial(labelsel.argparse_type, language=FIELDS)
        parser.add_argument("-f", dest="field_selector", type=fields)
        try:
            read = parser.parse_args(words)
        except SystemExit as end:
            printed = capsys.readouterr().err if end.code == 2 else ""
            return printed, []
        return "", [read.selector, read.field_selector]

    return ask


@pytest.fixture
def ask_click() -> Ask:
    """A program of click."""
    read: list[object] = []

    @click.command()
    @click.option("-l", "selector", type=SelectorType())
    @click.option("-f", "field_selector", type=SelectorType(FIELDS))
    def main(selector: Selector | None, field_selector: Selector | None) -> None:
        read[:] = [selector, field_selector]

    def ask(words: list[str]) -> tuple[str, list[object]]:
        result = CliRunner().invoke(main, words)
        assert result.exit_code == (2 if result.stderr else 0), result
        return result.stderr, [] if result.stderr else read

    return ask


@pytest.fixture
def typer_app() -> typer.Typer:
    """A program of Typer."""
    app = typer.Typer(add_completion=False)
    fields = functools.partial(typer_type, language=FIELDS)

    @app.command()
    def main(
        selector: Annotated[Selector | None, typer.Option("-l", parser=typer_type)] = None,
        field_selector: Annotated[Selector | None, typer.Option("-f", parser=fields)] = None,
    ) -> None:
        typer.echo(repr([selector, field_selector]))

    return app


@pytest.fixture
def ask_typer(typer_app: typer.Typer, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """A program of Typer on a terminal of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERMINAL_WIDTH", "80")

    def ask(words: list[str]) -> tuple[str, list[object]]:
        result = TyperRunner().invoke(typer_app, words)
        assert result.exit_code == (2 if result.stderr else 0), result
        return result.stderr, [result.stdout.strip()]

    return ask


@pytest.fixture(params=["argparse", "click", "typer"])
def ask(request: pytest.FixtureRequest) -> Ask:
    """Each of the programs."""
    asked: Ask = request.getfixturevalue(f"ask_{request.param}")
    return asked


def shown_lines(printed: str) -> list[str]:
    """Return the lines that a program printed, without the frame of a panel."""
    return [
        line.removeprefix("│ ").removesuffix("│").rstrip()
        for line in printed.splitlines()
        if line[:1] not in "╭╰"
    ]


def assert_shows(printed: str, lines: tuple[str, ...]) -> None:
    """Check that our message is printed, line by line, after what names the option."""
    shown = shown_lines(printed)
    (first,) = (number for number, line in enumerate(shown) if line.endswith(lines[0]))
    assert tuple(shown[first + 1 : first + len(lines)]) == lines[1:]


def test_a_bad_selector(ask: Ask) -> None:
    """The program ends with status 2, and shows our lines as they are."""
    printed, _ = ask(["-l", BAD])
    assert_shows(printed, LINES)
    assert "invalid" not in printed.replace("Invalid value for", "")
    assert "Traceback" not in printed


def test_a_bad_field_selector(ask: Ask) -> None:
    """Another language has its own message."""
    printed, _ = ask(["-f", BAD_FIELDS])
    assert_shows(printed, FIELD_LINES)


def test_a_long_selector(ask: Ask) -> None:
    """The caret is below its character, on a terminal of 80 columns, also inside of a panel."""
    printed, _ = ask(["-l", LONG])
    shown = shown_lines(printed)
    (number,) = (number for number, line in enumerate(shown) if line.strip() == "^")
    text, column = shown[number - 1], shown[number].index("^")
    assert text[column - 1 : column + 2] == ",,c"
    assert (text[2], text[-1]) == ("…", "…")
    assert len(text) <= 76


def test_good_selectors(ask: Ask) -> None:
    """What the program gets are selectors."""
    expected = [parse("tier in (a,b)"), parse_fields("x!=y")]
    printed, read = ask(["-l", "tier in (b, a)", "-f", "x!=y"])
    assert printed == ""
    assert read in (expected, [repr(expected)])
    assert ask([])[1] in ([None, None], ["[None, None]"])


def test_click_takes_a_selector_as_it_is() -> None:
    """A default may be a selector; its text is read."""
    selector = parse_expression("has(a) || has(b)")

    @click.command()
    @click.option("-a", type=SelectorType(), default=selector)
    @click.option("-b", type=SelectorType(CALICO), default="has(a)")
    def main(a: Selector, b: Selector) -> None:
        assert a is selector
        assert b == parse("a")

    assert main([], standalone_mode=False) is None


@pytest.mark.parametrize(
    ("default", "shown"),
    [
        (Everything(), "--selector <Selector> --help"),
        (parse("a=b"), "--selector <Selector> [default: a=b] --help"),
        (parse_expression("has(a) || has(b)"), "--selector <Selector> [default: a || b] --help"),
    ],
)
def test_typer_takes_a_selector_as_it_is(default: Selector, shown: str) -> None:
    """A default may be a selector, and the help shows its text."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None)

    @app.command()
    def main(
        selector: Annotated[Selector, typer.Option(parser=typer_type)] = default,
    ) -> None:
        typer.echo(repr(selector))

    assert TyperRunner().invoke(app, []).stdout.strip() == repr(default)
    assert TyperRunner().invoke(app, ["--selector", "c"]).stdout.strip() == repr(parse("c"))
    assert shown in " ".join(TyperRunner().invoke(app, ["--help"]).stdout.split())


def test_argparse_takes_a_selector_as_it_is() -> None:
    """A default may be a selector."""
    parser = argparse.ArgumentParser()
    parser.add_argument("-l", type=labelsel.argparse_type, default=Everything())
    assert parser.parse_args([]).l == Everything()


def test_the_help_of_click() -> None:
    """The help says what the option takes."""

    @click.command()
    @click.option("-l", type=SelectorType())
    def main(l: Selector) -> None:  # noqa: E741  # click's name of the option
        """Do nothing with a selector."""

    assert "-l SELECTOR" in CliRunner().invoke(main, ["--help"]).stdout


def test_plain_parse_loses_the_message(capsys: pytest.CaptureFixture[str]) -> None:
    """Why there is argparse_type: argparse shows no message of a ValueError."""
    parser = argparse.ArgumentParser("shop")
    parser.add_argument("-l", type=labelsel.parse)
    with pytest.raises(SystemExit):
        parser.parse_args(["-l", BAD])
    assert MESSAGE not in capsys.readouterr().err


@pytest.mark.parametrize(
    "make",
    [
        lambda language: labelsel.argparse_type("a", language=language),
        lambda language: typer_type("a", language=language),
        SelectorType,
    ],
)
def test_a_language_that_is_no_text(make: Callable[[Any], object]) -> None:
    """An object is no word of a command line; the name of a language is no language."""
    make(KUBERNETES)
    with pytest.raises(ValueError, match="expected a language of text, but label-selector select"):
        make(LABEL_SELECTORS)
    with pytest.raises(TypeError, match="expected Language, got str 'fields'; the languages are "):
        make("fields")
    assert isinstance(KUBERNETES, Language)
