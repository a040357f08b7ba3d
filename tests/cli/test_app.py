"""The commands are imported when they are called, and their summaries stand beside them."""

import subprocess
import sys

import click
import pytest

from labelsel.cli.app import app

#: With the settings of the application: click keeps the help option that it makes first.
CONTEXT = click.Context(app, **app.context_settings)


@pytest.mark.parametrize("name", app.list_commands(CONTEXT))
def test_the_summary_is_the_first_sentence_of_the_help(name: str) -> None:
    """The help lists each command without importing it: the words must be the same."""
    command = app.get_command(CONTEXT, name)
    assert command is not None
    assert command.name == name
    listed = CONTEXT.get_help().replace("\n", " ")
    assert f" {name} " in listed
    assert command.get_short_help_str(100) in " ".join(listed.split())


def test_no_such_command() -> None:
    """A word that is no command is none, and imports nothing."""
    assert app.get_command(CONTEXT, "screen") is None
    assert app.get_command(CONTEXT, "gett") is None


@pytest.mark.parametrize(
    ("words", "absent"),
    [
        (["--help"], ["labelsel.kubernetes", "labelsel.index", "labelsel.lint", "rich", "numpy"]),
        (["get", "--help"], ["labelsel.lint", "labelsel.cli.label", "rich.progress"]),
    ],
)
def test_what_is_not_imported(words: list[str], absent: list[str]) -> None:
    """The help loads no command; a command loads no other one."""
    code = f"""if True:
        import sys
        from labelsel.cli import main
        sys.argv = ["labelsel", *{words}]
        main()
        print("loaded:", sorted(set({absent}) & set(sys.modules)))
    """
    done = subprocess.run(
        (sys.executable, "-c", code), capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout.endswith("loaded: []\n"), done.stdout + done.stderr
