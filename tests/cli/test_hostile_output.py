"""Names, paths and values from outside begin no line, and tell a terminal nothing, anywhere."""

import json
import re
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from labelsel.escapes import (
    begins_command,
    diff_file,
    dot_string,
    escape,
    escape_json,
    escape_lines,
    escape_yaml,
    github_data,
    github_property,
    has_command,
    markdown_code,
    markup,
    mermaid_string,
    sarif_text,
    script_json,
)
from labelsel.kubernetes import json_text, yaml_text
from tests.cli.conftest import Run
from tests.cli.hostile_world import OUTPUTS, PLAIN, Printed, Words, call, objects
from tests.hostile_outputs import (
    RUNS,
    Seen,
    check,
    faults,
    harmless_outputs,
    main,
    read,
    world,
)
from tests.hostile_texts import HARMLESS, TEXTS, TOGETHER, leaks, without_colours

ROOT = Path(__file__).resolve().parents[2]
#: Of each kind one.
SOME = ("U+009B", "U+202E", "U+DC9B", "CRLF", "dot", "Mermaid")


# The judges can find something


def test_each_text_is_one_that_is_obeyed() -> None:
    """Whatever is named as a character is found as a leak, and no longer once it is escaped."""
    for name, text in TEXTS.items():
        if name.startswith("U+"):
            assert list(leaks(text)) == ([] if text == "a\nb" else [name])
        assert list(leaks(escape(text))) == []
        assert list(leaks(escape_lines(text))) == []


def test_leaks() -> None:
    """Text of any language is none, nor is a tab where it may be."""
    assert list(leaks("é漢 שלום\na::b ::1 # [x]")) == []
    assert list(leaks("a\tb", tabs=True)) == []
    assert list(leaks("a\tb")) == ["U+0009"]
    assert list(leaks("x\n  ::error::y")) == ["a command:   ::error::y"]
    assert list(leaks("x ##vso[a]b")) == ["a command: x ##vso[a]b"]


def test_colours() -> None:
    """What rich writes is left out, and no other sequence is."""
    assert without_colours("\x1b[1;31merror: \x1b[0m\x1b[39mx\x1b[m") == "error: x"
    for other in (TEXTS["colour"], "\x1b[2J", "\x1b[?25l", "\x9b0m"):
        assert without_colours(other) == other


READ = [
    ("json", '{"a": "b"', ValueError),
    ("yaml", "a: [", yaml.YAMLError),
    ("svg", "<svg><b></svg>", SyntaxError),
    ("github", "::error file=a::b\nx", ValueError),
]


@pytest.mark.parametrize(("name", "text", "error"), READ)
def test_a_reader_refuses(name: str, text: str, error: type[Exception]) -> None:
    """A text that is not of the format is a fault."""
    with pytest.raises(error):
        read(Words([name], name), text)
    [fault] = faults(Words([name], name), Printed(text, "", 0), "x", Seen([]), terminal=False)
    assert fault.startswith("its reader refuses it")


#: An output with a text that breaks out, and what is found.
BROKEN = [
    ("html", "<p>a</p><img src=x onerror=b>", {"img", "img.src", "img.onerror"}),
    ("html", "<p>a</p><!--b-->", {"comment b"}),
    ("html", '<p>a</p><script id="data">["b"]</script>', {"1 scripts", "script", "script.id"}),
    ("svg", '<p xmlns=""><a href="b">a</a></p>', {"a", "a.href"}),
    ("mermaid", '    n0["a"]\n    n1["b"]; click n1 "x"', None),
    ("mermaid", '    n0["a"]\n    n1["<b>"]', {"markup: <", "markup: >"}),
    ("mermaid", '    n0["a"]\n    n1["#quot;"]', {"markup: #", "markup: ;"}),
    ("markdown", "a\n\n[b](http://x)", {"link_open", "link_close"}),
    ("markdown", "a\n\n<b>", {"html_block <b>"}),
    ("github", "::error file=a::b\n::add-mask x=y::c", {"add-mask", "x"}),
    ("dot", 'digraph { a [label="a"]; b -> c [label="d"] }', {"Edge"}),
    ("table", "a\n", set()),
]
PLAIN_OUTPUT = {
    "html": "<p>a</p>",
    "svg": '<p xmlns="">a</p>',
    "mermaid": '    n0["a"]',
    "markdown": "a",
    "github": "::error file=a::b",
    "dot": 'digraph { a [label="a"] }',
    "table": "a\n",
}


@pytest.mark.parametrize(("name", "text", "found"), BROKEN)
def test_a_reader_finds_markup(name: str, text: str, found: set[str] | None) -> None:
    """An element, a link, a line of the language or a command that a plain text does not have."""
    words = Words([name], name)
    plain = read(words, PLAIN_OUTPUT[name])
    more = read(words, text).markup - plain.markup - {"0 scripts"}
    assert more == found if found is not None else len(more) == 1
    seen = list(faults(words, Printed(text, "", 0), "a", plain, terminal=False))
    assert len(seen) == len(read(words, text).markup - plain.markup)


def test_a_lost_text() -> None:
    """A text that is missing where a harmless one is shown is a fault; an escaped one is not."""
    words, harmless = Words(["get"], "table"), Seen([f"NAME\n{HARMLESS}"])
    for output, found in (("NAME\nb", ["the text is lost"]), ("NAME\na\\x1bb", [])):
        printed = Printed(output, "", 0)
        assert list(faults(words, printed, "a\x1bb", harmless, terminal=False)) == found
    printed = Printed("", "error: a\x07", 1)
    assert list(faults(words, printed, "", None, terminal=False)) == ["in the messages U+0007"]
    printed = Printed("a\x07", "", 0)
    assert list(faults(words, printed, "", None, terminal=True)) == ["in the output U+0007"]
    assert list(faults(Words(["get"], "jsonpath"), printed, "", None, terminal=False)) == []
    refused = Words(["translate"], "json"), Printed("", "error: a", 1)
    assert list(faults(*refused, "", Seen([HARMLESS]), terminal=False)) == []


# Every command, in every format


@pytest.fixture(scope="module")
def harmless() -> dict[str, Seen]:
    """What is seen in the outputs with a harmless text."""
    return harmless_outputs()


#: What nothing is printed in but what is in another output, too.
SAME = {
    "yaml",
    "jsonpath",
    "jsonpath-as-json",
    "jsonpath-file",
    "custom-columns-file",
    "html",
    "svg",
}


def test_no_output_leaks() -> None:
    """In a pipe no text of several kinds together leaks from a command or its messages."""
    assert len(PLAIN) > 120
    names = [name for name, words in RUNS.items() if words.format not in SAME]
    assert list(check(TOGETHER, {}, names, terminal=False)) == []


@pytest.mark.slow
def test_no_output_loses_a_text(harmless: dict[str, Seen]) -> None:
    """Nor from any format, and a reader of the format gets the text back."""
    assert list(check(TOGETHER, harmless, RUNS, terminal=False)) == []
    # Most outputs carry the text: else nothing would be judged.
    shown = [
        name for name, seen in harmless.items() if any(HARMLESS in each for each in seen.texts)
    ]
    assert len(shown) > 0.8 * len(OUTPUTS)


@pytest.mark.slow
def test_every_output_on_a_terminal(harmless: dict[str, Seen]) -> None:
    """On a terminal neither, where templates are escaped, too, and lines are broken."""
    assert list(check(TOGETHER, harmless, RUNS, terminal=True)) == []


@pytest.mark.slow
def test_a_command_on_a_terminal(harmless: dict[str, Seen]) -> None:
    """It begins no line, wherever the terminal's width breaks one."""
    text = TEXTS["GitHub command behind blanks"]
    assert list(check(text, harmless, RUNS, terminal=True)) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", SOME)
def test_some_texts(harmless: dict[str, Seen], name: str) -> None:
    """Each of some texts alone, in each format; `make hostile-output` runs all of them."""
    assert list(check(TEXTS[name], harmless, OUTPUTS, terminal=False)) == []


class InThisProcess(Executor):
    """Runs each task at once, where what is replaced in modules is replaced."""

    def __init__(self, _jobs: int) -> None:
        super().__init__()

    def submit(self, task: Any, /, *arguments: Any, **_: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(task(*arguments))
        return done


def test_the_whole_run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what it checked, ends when the time is over, and fails when it finds something."""
    few = {name: RUNS[name] for name in ("get -o name", "get -o jsonpath", "version -o None")}
    monkeypatch.setattr("tests.hostile_outputs.RUNS", few)
    monkeypatch.setattr("tests.hostile_outputs.OUTPUTS", few)
    monkeypatch.setattr("tests.hostile_outputs.TEXTS", {"bell": "a\x07b", "quotes": "'\""})
    monkeypatch.setattr("tests.hostile_outputs.ProcessPoolExecutor", InThisProcess)
    assert main(["--minutes", "1", "--jobs", "1"]) == 0
    said = "12 outputs of 3 command lines, 3 of them each command in each format, with 2 texts: 0"
    assert capsys.readouterr().out == f"{said} faults\n"
    monkeypatch.setattr("labelsel.cli.output.escape", lambda text: text)
    assert main([]) == 1
    assert "bell, in a pipe: get -o name: in the output U+0007\n" in capsys.readouterr().out
    assert main(["--minutes", "1e-9"]) == 1
    assert capsys.readouterr().out.startswith("the time is over: 2 texts are left\n0 outputs")


WRITES = [
    ["label", "po", "-A", "--all", "-f", "in", "a=b"],
    ["annotate", "po", "-A", "--all", "-f", "in", "n=b"],
    ["lint", "in", "odd", "--fix"],
    ["rename", "tier", "level", "-f", "in"],
    ["delete", "po", "-A", "--all", "-f", "in", "-y"],
]


def test_writing() -> None:
    """What is said of files that are written has no leak, either."""
    for text in (TOGETHER, TEXTS["GitHub command"]):
        with world(text):
            for words in WRITES:
                printed = call(words, text)
                assert printed.status == (words[0] == "lint")
                assert printed.output
                assert [*leaks(printed.output), *leaks(printed.messages)] == []


@pytest.mark.parametrize("form", ["json", "yaml"])
@pytest.mark.parametrize("terminal", [False, True])
def test_data_stays_exact(form: str, *, terminal: bool) -> None:
    """JSON and YAML have escapes of their own, and what is read from them is what was there."""
    with world(TOGETHER):
        printed = call(["get", "-A", "-f", "in", "-o", form], TOGETHER, terminal=terminal)
        Path("again.yaml").write_text(printed.output)
        again = call(["get", "-A", "-f", "again.yaml", "-o", "json"], TOGETHER)
    assert json.loads(again.output)["items"] == objects(TOGETHER)


def test_a_template_prints_the_data_itself() -> None:
    """In a pipe a template prints the text as it is, as kubectl does; on a terminal escapes."""
    words = ["get", "po", "web", "-n", "shop", "-f", "in", "-o", "jsonpath={.metadata.labels.app}"]
    with world(TOGETHER):
        assert call(words, TOGETHER).output == TOGETHER
        assert call(words, TOGETHER, terminal=True).output == escape_lines(TOGETHER)


def test_commands_at_the_beginning_of_a_line(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A CI service obeys a line that begins with two colons and a word, also behind blanks."""
    folder = tmp_path / "::error::x"
    folder.mkdir()
    (folder / "values.yaml").write_text("a: 1\n")
    pod = '{kind: Pod, apiVersion: v1, metadata: {name: "::error::y", labels: {a: b}}}\n'
    (folder / "p.yaml").write_text(pod)
    program = tmp_path / "kustomize"
    program.write_text("#!/bin/sh\necho '  ::error::z' >&2\nexit 1\n")
    program.chmod(0o755)
    for words in (
        ("get", "po", "-f", "::error::x", "-v"),
        ("get", "po", "-f", "::error::x", "-o", "custom-columns=NAME:.metadata.name"),
        ("get", "po", "-f", "::error::x", "-o", "custom-columns=::error::h:.kind"),
        ("get", "po", "-f", "::error::x/none"),
        ("lint", "::error::x", "-v"),
        ("label", "po", "--all", "-f", "::error::x", "c=d", "-v"),
        ("delete", "po", "--all", "-f", "::error::x", "-v"),
    ):
        result = run(*words)
        assert result.stdout + result.stderr
        assert [*leaks(result.stdout), *leaks(result.stderr)] == []
    monkeypatch.setenv("PATH", str(tmp_path))
    result = run("get", "po", "-k", "x")
    assert r"    \x3a:error::z" in result.stderr.splitlines()


def test_a_translation_that_a_service_would_obey(run: Run) -> None:
    """It is only printed as data, where it has an escape."""
    words = ("translate", "--from", "calico", "--to", "calico", "a == '##[error]x'")
    result = run(*words)
    assert result.exit_code == 1
    assert "the calico text has what a CI service takes for a command: -o json" in result.stderr
    assert list(leaks(result.stderr)) == []
    assert json.loads(run(*words, "-o", "json").stdout) == 'a == "##[error]x"'


# The escapes: laws

#: Parts that mean something to somebody. Not both halves of a surrogate pair: in JSON two escapes
#: of them are one character.
PARTS = [
    "##[",
    "#",
    "::error::",
    "%0A",
    "\r\n",
    "\x1b",
    "\u202e",
    "\ud800",
    "</script>",
    "<br>",
    "&amp;",
    "#34;",
    "[a](b)",
]
CHARACTERS = st.characters(exclude_categories=["Cs"])
TEXT = st.lists(st.sampled_from([*PARTS, *"\n\t\"'`\\|:, "]) | CHARACTERS, max_size=8).map("".join)
LINES = st.lists(TEXT, max_size=3)


@given(st.text(alphabet=" \n\r\t\x85\u2028\xa0:a#[", max_size=9))
def test_what_may_be_a_command(text: str) -> None:
    """It begins a line, also behind blanks, or is two signs and a bracket."""
    colons = any(line.lstrip().startswith("::") for line in text.split("\n"))
    assert begins_command(text) == text.strip().startswith("::")
    assert has_command(text) == (colons or re.search("##a*\\[", text) is not None)


def test_many_lines_before_a_command() -> None:
    """They are read once: where each began anew, this took minutes."""
    text = " \n" * 300_000
    assert not has_command(f"{text}a::b")
    assert has_command(f"{text}::b")


@given(TEXT)
def test_escape(text: str) -> None:
    """One line without leaks; what was harmless stays, and twice is the same as once."""
    shown = escape(text)
    assert "\n" not in shown
    assert list(leaks(shown)) == []
    assert escape(shown) == shown
    if not list(leaks(text)) and "\n" not in text:
        assert shown == text
    assert list(leaks(escape_lines(text))) == []
    assert escape_lines(text).count("\n") == text.count("\n")


@given(
    st.recursive(TEXT, lambda inside: st.lists(inside, max_size=3) | st.dictionaries(TEXT, inside))
)
def test_data_formats_are_reversible(value: object) -> None:
    """JSON and YAML give the same data back; nothing in them leaks."""
    assert json.loads(json_text(value)) == value
    assert yaml.safe_load(yaml_text(value)) == value
    assert list(leaks(json_text(value))) == []
    assert list(leaks(yaml_text(value), tabs=True)) == []
    assert json.loads(script_json(value)) == value
    assert list(leaks(script_json(value))) == []
    assert not set(script_json(value)) & set("<>&")


@given(TEXT)
def test_text_of_a_document_keeps_its_meaning(text: str) -> None:
    """A string of JSON, and one of YAML in double quotes, means the same with the escapes."""
    written = json.dumps(text, ensure_ascii=False)
    assert json.loads(escape_json(written)) == text
    assert yaml.safe_load(escape_yaml(written)) == text
    assert yaml.safe_load(escape_yaml(written, commands=False)) == text


@given(LINES)
@example(["#34;<br>&amp;", "[a](b)"])
def test_other_formats_hold_any_text(lines: list[str]) -> None:
    """No leak and no character with a meaning, beside the escapes of the format."""
    shown = [escape(line) for line in lines]
    for written in (*map(markup, lines), *map(markdown_code, lines), dot_string(lines)):
        assert list(leaks(written)) == []
    data = github_data(*lines)
    assert list(leaks(data)) == []
    assert "\n".join(shown) == data.replace("%0A", "\n").replace("%25", "%")
    for line in lines:
        found = github_property(line)
        assert not set(found) & set(":,\r\n")
        assert found.replace("%3A", ":").replace("%2C", ",").replace("%25", "%") == escape(line)
        assert not set(markup(line)) & set("<>\"'")
        found = sarif_text(line)
        assert list(leaks(found)) == []
        assert not re.search(r"(?<!\\)\[[^\[\]]*\]\(", found)
        assert found.replace("\\[", "[") == escape_lines(line).replace("\\[", "[")
    label = mermaid_string(lines)[1:-1]
    assert not set(label.replace("<br>", "")) & set('<>&"`\\%|{}[]')
    assert re.sub(r"#(\d+);", lambda code: chr(int(code[1])), label) == "<br>".join(shown)


@given(TEXT.filter(bool))
@example("a/web 1.yaml")
def test_the_name_of_a_file_in_a_diff(name: str) -> None:
    """One line, without a leak but the tab behind a space; as git reads it, it is the name."""
    try:
        data = name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return  # no file has this name
    shown = diff_file(name)
    assert list(leaks(shown, tabs=True)) == []
    if shown.startswith('"'):
        octal = re.compile(rb"\\(\d{3}|.)", re.DOTALL)
        body = shown[1:-1].encode()
        read = octal.sub(lambda c: bytes([int(c[1], 8)]) if c[1].isdigit() else c[1], body)
        assert read == data
    else:
        assert shown == name + "\t" * (" " in name)
