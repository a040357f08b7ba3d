"""The registry of output formats: which format prints which result, and a new one."""

from collections.abc import Iterator
from dataclasses import dataclass

import click
import pytest
from click.testing import CliRunner

from labelsel.cli.printers import (
    PRINTERS,
    DataResult,
    LinesResult,
    ObjectsResult,
    Output,
    TableResult,
    WideTableResult,
    formats_of,
    output_options,
    printer,
)


@dataclass(frozen=True, slots=True)
class Answer(DataResult):
    """A result that offers data only."""

    value: object

    def data(self) -> object:
        return self.value


@pytest.fixture
def _registry() -> Iterator[None]:
    """Remove the formats that a test adds."""
    before = dict(PRINTERS)
    yield
    PRINTERS.clear()
    PRINTERS.update(before)


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (ObjectsResult, ["name"]),
        (DataResult, ["json", "yaml"]),
        (TableResult, ["table"]),
        (WideTableResult, ["table", "wide"]),
        (LinesResult, []),
    ],
)
def test_formats_by_what_a_result_offers(result: type[object], expected: list[str]) -> None:
    """A format is offered for the results that its printer can print, and for no others."""
    ours = {"json", "name", "table", "wide", "yaml"}
    assert [name for name in formats_of(result) if name in ours] == expected


def test_the_default_comes_first() -> None:
    """The help lists the default before the other formats, which keep their order."""
    assert formats_of(DataResult, "yaml")[:2] == ["yaml", "json"]


@pytest.mark.usefixtures("_registry")
def test_a_new_format() -> None:
    """One function adds a format: commands with such results take it, list it and print it."""

    @printer("shout", DataResult)
    def _shout(result: DataResult) -> None:
        click.echo(f"{result.data()}!")

    @click.command()
    @output_options(Answer, "How to print.", default="json")
    def command(output: Output) -> None:
        output.print(Answer(42))

    assert CliRunner().invoke(command, ["-o", "shout"]).stdout == "42!\n"
    assert CliRunner().invoke(command, []).stdout == "42\n"
    refused = CliRunner().invoke(command, ["-o", "shot"])
    assert refused.exit_code == 2
    assert "'shot' is not one of json, yaml, " in refused.stderr
    assert "shout; did you mean shout?" in refused.stderr


def test_findings_have_their_own_formats() -> None:
    """The formats of findings are registered by the command that has findings."""
    import labelsel.cli.lint_report  # noqa: PLC0415 - what is tested is that it registers them

    names = {"text", "github", "sarif"}
    report = labelsel.cli.lint_report.LintReport
    assert {PRINTERS[name].needs for name in names} == {report}
    assert names | {"html"} <= set(formats_of(report))
    assert names.isdisjoint(formats_of(DataResult))


def test_a_format_has_one_printer() -> None:
    """Nobody replaces the printer of a format by accident."""
    with pytest.raises(ValueError, match="there is already a printer for the format 'json'"):
        printer("json", DataResult)
