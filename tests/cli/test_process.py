"""The command as a program: terminals, pipes, signals, and what is not installed."""

import gc
import importlib
import io
import json
import os
import pty
import re
import runpy
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import labelsel.cli.app
import labelsel.cli.progress
from labelsel.cli import main
from labelsel.cli.progress import ProgressBar
from labelsel.cli.screen import printing

COMMAND = (sys.executable, "-m", "labelsel")
ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if name not in {"NO_COLOR", "FORCE_COLOR", "COLUMNS", "PYTHONIOENCODING"}
} | {"TERM": "xterm-256color"}


def pods(count: int) -> str:
    return "---\n".join(
        f"apiVersion: v1\nkind: Pod\nmetadata: {{name: pod-{number}, labels: {{app: web}}}}\n"
        for number in range(count)
    )


def on_a_terminal(*words: str, **environment: str) -> str:
    """All that a person sees who runs the command."""
    reader, writer = pty.openpty()
    with subprocess.Popen(
        (*COMMAND, *words), stdout=writer, stderr=writer, env=ENVIRONMENT | environment
    ) as process:
        os.close(writer)
        seen = b""
        while True:
            try:
                part = os.read(reader, 65536)
            except OSError:  # Linux says so when the last writer is gone.
                break
            if not part:
                break
            seen += part
        process.wait(60)
    os.close(reader)
    return seen.decode().replace("\r\n", "\n")


def piped(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (*COMMAND, *words),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=ENVIRONMENT | environment,
    )


@pytest.mark.slow
def test_colour_on_a_terminal_only(shop: Path) -> None:
    """A person sees colours, unless they do not want any; a program never does."""
    words = ("get", "-A", "-f", str(shop))
    coloured, plain = on_a_terminal(*words), piped(*words)
    assert "\x1b[1mNAME" in coloured
    assert "\x1b[36mshop" in coloured
    assert "\x1b" not in plain.stdout
    assert "\x1b[36m" not in on_a_terminal(*words, NO_COLOR="1")
    assert "\x1b" not in piped(*words, FORCE_COLOR="1").stdout
    assert "\x1b[1;31merror: " in on_a_terminal("get", "-f", "none.yaml")
    assert "\x1b" not in piped("get", "-f", "none.yaml").stderr


@pytest.mark.slow
def test_a_bar_while_a_long_input_is_read(tmp_path: Path) -> None:
    """On a terminal a long reading shows a bar, which is gone when the table comes."""
    path = tmp_path / "long.yaml"
    path.write_text(pods(60_000))
    seen = on_a_terminal("get", "-f", str(path), "-l", "app=none")
    assert "reading" in seen
    assert "%" in seen
    # The line of the bar is erased before the message comes.
    assert "\x1b[2K" in seen.partition("No resources found")[0]


def test_no_bar_for_a_short_input(shop: Path) -> None:
    """What is read at once shows no bar, on a terminal neither."""
    assert "reading" not in on_a_terminal("get", "-f", str(shop))


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("total", [0, 100])
def test_the_bar(monkeypatch: pytest.MonkeyPatch, total: int) -> None:
    """The bar waits, then shows how much is read, or only that something goes on."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", stream := Terminal())
    with ProgressBar("reading") as bar:
        bar(10, total)
        assert stream.getvalue() == ""
        monkeypatch.setattr(labelsel.cli.progress, "_DELAY", 0)
        bar(20, total)
        bar(50, total)
    assert "reading" in stream.getvalue()
    assert ("50%" in stream.getvalue()) == bool(total)


def test_no_bar_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where standard error is no terminal there is no bar, however long it takes."""
    monkeypatch.setattr(sys, "stderr", stream := io.StringIO())
    monkeypatch.setattr(labelsel.cli.progress, "_DELAY", 0)
    with ProgressBar("reading") as bar:
        bar(20, 100)
    assert stream.getvalue() == ""


def in_process(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["labelsel", *words])
    return main()


@pytest.mark.parametrize("form", ["table", "name", "json", "yaml"])
def test_a_reader_that_is_gone(monkeypatch: pytest.MonkeyPatch, shop: Path, form: str) -> None:
    """``| head`` ends the run quietly, with the status of a broken pipe."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        assert in_process(monkeypatch, "get", "-A", "-f", str(shop), "-o", form) == 141


def test_a_reader_that_leaves(tmp_path: Path) -> None:
    """The same with a real process: no word on standard error."""
    path = tmp_path / "long.yaml"
    path.write_text(pods(5000))
    with subprocess.Popen(
        (*COMMAND, "get", "-f", str(path), "-o", "json"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=ENVIRONMENT,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize(
    "words",
    ["get -A -f SHOP", "--help", "--version", "help", "help get", "get -h", "create namespace -h"],
)
def test_a_full_disk(
    monkeypatch: pytest.MonkeyPatch, shop: Path, capsys: pytest.CaptureFixture[str], words: str
) -> None:
    """Output that cannot be written is a failure, in one sentence."""
    with Path("/dev/full").open("w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        assert in_process(monkeypatch, *words.replace("SHOP", str(shop)).split()) == 1
    expected = "error: the output cannot be written: No space left on device\n"
    assert capsys.readouterr().err == expected


def test_a_failure_that_is_not_of_the_output() -> None:
    """A file that cannot be read while something is printed is named, and the output is not."""
    with pytest.raises(FileNotFoundError, match="no-such-file"), printing():
        Path("no-such-file").stat()


def test_closed_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams that a shell has closed are no reason to fail."""
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    assert in_process(monkeypatch, "get", "-f", "-", "--allow-empty") == 0
    for name in ("stdin", "stdout", "stderr"):
        getattr(sys, name).close()


def test_an_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends the run with the status that a shell expects, and no traceback."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("labelsel.cli.get.find", interrupt)
    assert in_process(monkeypatch, "get", "-f", "x") == 130


def test_an_interrupt_of_a_process(tmp_path: Path) -> None:
    """The same with a real signal, while the process waits for its input."""
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)
    with (
        subprocess.Popen(
            (*COMMAND, "get", "-f", pipe.name),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=ENVIRONMENT,
            cwd=tmp_path,
        ) as process,
        # Opening waits until the process has opened the pipe to read, and nothing comes.
        pipe.open("wb"),
    ):
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, output, errors.strip()) == (130, b"", b"")


@pytest.mark.parametrize(
    "module",
    ["click.core", "labelsel.cli.app", "labelsel.selector", "labelsel.cli.object_query"],
)
def test_an_interrupt_while_modules_are_loaded(tmp_path: Path, module: str) -> None:
    """Ctrl-C once a module is loaded, while the next ones are: the same end."""
    os.mkfifo(tmp_path / "pipe.yaml")
    command = (sys.executable, "-X", "importtime", "-m", "labelsel", "get", "-f", "pipe.yaml")
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, env=ENVIRONMENT, cwd=tmp_path
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.split()[-1:] == [module.encode()]:
                break
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode == 130
    assert b"Traceback" not in rest


def test_an_interrupt_while_the_output_is_written(tmp_path: Path) -> None:
    """Ctrl-C when the reader of a long output has seen the first bytes and reads no further."""
    (tmp_path / "pods.yaml").write_text(pods(2_000))
    command = (*COMMAND, "get", "-f", "pods.yaml", "-o", "json")
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT, cwd=tmp_path
    ) as process:
        assert process.stdout is not None
        assert process.stdout.read(1) == b"{"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors.strip()) == (130, b"")


def test_an_interrupt_while_a_class_is_made(tmp_path: Path) -> None:
    """Python 3.11 makes an error of the exception there, which a module that is loaded may do."""
    program = tmp_path / "program.py"
    program.write_text(
        "import signal, sys\n"
        "class Attribute:\n"
        "    def __set_name__(self, owner, name):\n"
        "        signal.raise_signal(signal.SIGINT)\n"
        "class Finder:\n"
        "    def find_spec(name, path=None, target=None):\n"
        "        if name == sys.argv[-1]:\n"
        "            type('Made', (), {'attribute': Attribute()})\n"
        "sys.meta_path.insert(0, Finder)\n"
        "from labelsel.cli import main\n"
        "sys.exit(main())\n"
    )
    for module in ("click", "labelsel.cli.get"):
        command = (sys.executable, program, "get", "-f", module)
        done = subprocess.run(command, capture_output=True, check=False, timeout=60)
        assert (done.returncode, done.stderr) == (130, b""), module


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
@pytest.mark.parametrize("call", [1, 4, 7, 8])
def test_a_signal_in_the_middle_of_writing(tmp_path: Path, name: str, call: int) -> None:
    """All files are as they were, nothing else is left, and the status is that of the signal."""
    program = tmp_path / "program.py"
    program.write_text(
        "import os, signal, sys\n"
        "fsync, left = os.fsync, [int(sys.argv.pop())]\n"
        "number = getattr(signal, sys.argv.pop())\n"
        "def counting(file):\n"
        "    fsync(file)\n"
        "    left[0] -= 1\n"
        "    if not left[0]:\n"
        "        signal.raise_signal(number)\n"
        "        signal.raise_signal(signal.SIGTERM)\n"  # of the second one nothing is seen
        "os.fsync = counting\n"
        "from labelsel.cli import main\n"
        "sys.exit(main())\n"
    )
    folder = tmp_path / "in"
    folder.mkdir()
    text = "{kind: Pod, apiVersion: v1, metadata: {name: NAME, labels: {}}}\n"
    for pod in "abc":
        (folder / f"{pod}.yaml").write_text(text.replace("NAME", pod))
    words = ["label", "pods", "--all", "-f", str(folder), "x=y"]
    done = subprocess.run(
        [sys.executable, program, *words, name, str(call)],
        capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    new = {path.name: "x: " in path.read_text() for path in folder.iterdir()}
    assert set(new) == {"a.yaml", "b.yaml", "c.yaml"}
    # The last calls are behind the last file: all is written then, and a warning says so.
    is_done = done.returncode == 0 or b"all files are written" in done.stderr
    assert set(new.values()) == {is_done}
    assert done.returncode in (0, 128 + getattr(signal, name))
    assert is_done is (call > 7)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_is_ignored(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: signal.Signals
) -> None:
    """Under nohup a command goes on when the terminal is closed."""
    path = tmp_path / "a.yaml"
    path.write_text("{kind: Pod, apiVersion: v1, metadata: {name: a, labels: {}}}\n")
    fsync = os.fsync

    def signalling(file: int) -> None:
        signal.raise_signal(number)
        fsync(file)

    monkeypatch.setattr(os, "fsync", signalling)
    before = signal.signal(number, signal.SIG_IGN)
    try:
        assert in_process(monkeypatch, "label", "pods", "--all", "-f", str(path), "x=y") == 0
        assert signal.getsignal(number) is signal.SIG_IGN
    finally:
        signal.signal(number, before)
    assert "x: y" in path.read_text() or "x: 'y'" in path.read_text()


def test_a_signal_that_ends_a_call(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A caller in this process gets SystemExit, and its handler of signals back."""
    path = tmp_path / "a.yaml"
    before = "{kind: Pod, apiVersion: v1, metadata: {name: a, labels: {}}}\n"
    path.write_text(before)

    def signalling(_file: int) -> None:
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(os, "fsync", signalling)
    with pytest.raises(SystemExit) as ended:
        in_process(monkeypatch, "label", "pods", "--all", "-f", str(path), "x=y")
    assert ended.value.code == 128 + signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    assert path.read_text() == before
    assert list(tmp_path.iterdir()) == [path]


def test_an_interrupt_at_the_end(tmp_path: Path) -> None:
    """Once Python ends, all is done: Ctrl-C changes nothing any more."""
    program = tmp_path / "program.py"
    program.write_text(
        "import atexit, signal, sys\n"
        "atexit.register(signal.raise_signal, signal.SIGINT)\n"  # the first one runs last
        "sys.argv = ['labelsel', '--version']\n"
        "from labelsel.cli import main\n"
        "sys.exit(main())\n"
    )
    done = subprocess.run((sys.executable, program), capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")


def test_an_interrupt_that_the_caller_handles(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that handles SIGINT, or ignores it, still does so after a command."""
    before = signal.getsignal(signal.SIGINT)
    for handler in (signal.SIG_IGN, signal.default_int_handler):
        signal.signal(signal.SIGINT, handler)
        try:
            assert in_process(monkeypatch, "--version") == 0
            assert signal.getsignal(signal.SIGINT) is handler
        finally:
            signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    ("words", "status"),
    [(["--version"], 0), (["get", "-h"], 0), (["get"], 2), (["get", "-f", "none.yaml"], 1)],
)
def test_statuses(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    status: int,
) -> None:
    """The function main returns what the process ends with, after its message."""
    assert in_process(monkeypatch, *words) == status
    out, err = capsys.readouterr()
    assert bool(out) == (status == 0)
    assert bool(err) == (status != 0)


@pytest.mark.parametrize("enabled", [True, False])
def test_the_garbage_collector_is_left_as_it_was(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, enabled: bool
) -> None:
    """A run in a process that goes on does not change how that process collects."""
    was = gc.isenabled()
    (gc.enable if enabled else gc.disable)()
    try:
        assert in_process(monkeypatch, "--version") == 0
        assert gc.isenabled() == enabled
    finally:
        (gc.enable if was else gc.disable)()
    assert capsys.readouterr().out


def test_python_m(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """``python -m labelsel`` is the command; importing the module runs nothing."""
    importlib.import_module("labelsel.__main__")
    assert capsys.readouterr().out == ""
    monkeypatch.delitem(sys.modules, "labelsel.__main__")
    monkeypatch.setattr(sys, "argv", ["labelsel", "--version"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("labelsel", run_name="__main__")
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("labelsel ")


@pytest.mark.parametrize("library", ["click", "rich", "yaml"])
def test_without_the_extra(library: str, tmp_path: Path) -> None:
    """Where a library of the extra is missing, the command says what to install."""
    path = tmp_path / "pod.yaml"
    path.write_text("{kind: Pod, apiVersion: v1, metadata: {name: a}}")
    code = f"""if True:
        import sys
        sys.modules[{library!r}] = None
        sys.argv = ["labelsel", "get", "-f", {str(path)!r}]
        from labelsel.cli import main
        sys.exit(main())
    """
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (
        1,
        (
            f"error: the command labelsel needs {library}, which is not installed; run:\n"
            "  pip install 'labelsel[cli]'\n"
        ),
    )


def test_without_click(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The same in this process: importing click is the first thing that the command does."""
    monkeypatch.delitem(sys.modules, "labelsel.cli.app", raising=False)
    monkeypatch.setitem(sys.modules, "click", None)
    assert in_process(monkeypatch, "--version") == 1
    assert capsys.readouterr().err.startswith("error: the command labelsel needs click, which")


def test_another_missing_library_is_no_matter_of_the_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A fault in the installation itself is not blamed on the extra."""
    monkeypatch.setitem(sys.modules, "labelsel.cli.app", None)
    with pytest.raises(ModuleNotFoundError, match=r"labelsel\.cli\.app"):
        main()


def test_the_library_works_without_the_extra() -> None:
    """``import labelsel`` brings in nothing of the command."""
    code = """if True:
        import sys
        for library in ("click", "rich", "yaml"):
            sys.modules[library] = None
        import labelsel
        assert labelsel.parse("a=b").matches({"a": "b"})
        print(sorted(name for name in sys.modules if name.startswith("labelsel.cli")))
    """
    done = subprocess.run(
        (sys.executable, "-c", code), capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_a_large_list_from_a_pipe(tmp_path: Path) -> None:
    """A long List on standard input is answered, whole."""
    items: list[dict[str, Any]] = [
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"p{n}", "labels": {"n": str(n)}}}
        for n in range(20_000)
    ]
    path = tmp_path / "list.json"
    path.write_text(json.dumps({"apiVersion": "v1", "items": items, "kind": "List"}))
    with path.open() as stream:
        done = subprocess.run(
            (*COMMAND, "get", "-f", "-", "-l", "n in (7,19999)", "-o", "name"),
            stdin=stream,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
    assert done.stdout == "pod/p7\npod/p19999\n"


def test_a_message_begins_its_own_line(tmp_path: Path) -> None:
    """On a terminal a message does not stick to what a template printed; output stays exact."""
    path = tmp_path / "pods.yaml"
    path.write_text(pods(1) + "---\nkind: Pod\n")
    words = ("get", "pods", "-f", str(path), "--keep-going", "-o", "jsonpath={.items[0].kind}")
    # Also without the bar that a slow machine shows, and what removes it.
    seen = re.sub("\x1b\\[[?0-9;]*[A-Za-z]|\r", "", on_a_terminal(*words, COLUMNS="200"))
    assert "\nPod\nerror: 1 input error (above);" in seen
    words = ("get", "pods", "-f", str(path), "-o", "jsonpath={.items[0].kind}", "--keep-going")
    assert piped(*words).stdout == "Pod"
