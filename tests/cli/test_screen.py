"""Messages on a terminal begin a line of their own."""

import contextvars
import io
import os
import sys

import pytest

from labelsel.cli.app import app
from labelsel.cli.screen import console, note_line_end, say


class Terminal(io.TextIOWrapper):
    """A stream that says it is a terminal."""

    def __init__(self) -> None:
        self.bytes = io.BytesIO()
        super().__init__(self.bytes, encoding="utf-8", write_through=True)

    def isatty(self) -> bool:
        return True

    def text(self) -> str:
        self.flush()
        return self.bytes.getvalue().decode()


def apart(function: object, *arguments: object) -> None:
    """Call a function so that what it remembers of the last line is forgotten afterwards."""
    contextvars.copy_context().run(function, *arguments)  # type: ignore[arg-type]


def test_a_message_behind_an_open_line() -> None:
    """The line is ended once, and only on a terminal."""
    terminal, pipe = Terminal(), io.StringIO()

    def talk() -> None:
        note_line_end("open")
        for stream in (pipe, terminal, terminal):
            say("nothing is deleted", file=stream)

    apart(talk)
    assert pipe.getvalue() == "nothing is deleted\n"
    assert terminal.text().count("\n") == 3
    assert terminal.text().startswith("\n")


@pytest.mark.parametrize(("template", "start"), [("{.kind}", "\n"), ('{.kind}{"\\n"}', "")])
def test_a_message_behind_a_template(
    monkeypatch: pytest.MonkeyPatch, template: str, start: str
) -> None:
    """A template without a line end leaves the line open, one with an end does not."""
    output, messages = Terminal(), Terminal()
    monkeypatch.setattr(sys, "stdout", output)
    monkeypatch.setattr(sys, "stderr", messages)
    words = ["get", "pods", "-n", "shop", "-f", "examples", "-o", f"jsonpath={template}"]

    def talk() -> None:
        app.main(words, standalone_mode=False)
        say("done")

    apart(talk)
    assert output.text().startswith("List")
    assert messages.text().startswith(f"{start}\x1b" if start else "\x1b")


def test_a_console_leaves_a_broken_pipe_to_the_caller() -> None:
    """Rich alone would end the process here, with a status of its own."""
    reader, writer = os.pipe()
    os.close(reader)
    file = os.fdopen(writer, "w")
    with pytest.raises(BrokenPipeError):
        console(file).print("a line")
    with pytest.raises(BrokenPipeError):  # the line is still waiting
        file.close()
