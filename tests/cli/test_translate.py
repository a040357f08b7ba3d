"""What ``labelsel translate`` reads, says and refuses."""

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import labelsel
from labelsel.cli import main
from labelsel.cli.app import app
from labelsel.regex import compile_regex
from tests.cli.conftest import Run

#: One selector in every language that is read.
SOURCES = {
    "kubernetes": "app=web,tier!=db",
    "fields": "app=web,tier!=db",
    "calico": "app == 'web' && tier != 'db'",
    "expression": "app == 'web' && tier != 'db'",
    "prometheus": '{app="web",tier!="db"}',
    "label-selector": """\
matchLabels: {app: web}
matchExpressions: [{key: tier, operator: NotIn, values: [db]}]
""",
    "node-selector": """\
{"nodeSelectorTerms": [{"matchExpressions": [
  {"key": "app", "operator": "In", "values": ["web"]},
  {"key": "tier", "operator": "NotIn", "values": ["db"]}]}]}
""",
}
#: The same, as each language that is written has it.
TARGETS = {
    "kubernetes": "app=web,tier!=db\n",
    "calico": '(app == "web" && tier != "db")\n',
    "expression": '(app == "web" && tier != "db")\n',
    "label-selector": """\
matchLabels:
  app: web
matchExpressions:
- key: tier
  operator: NotIn
  values:
  - db
""",
    "node-selector": """\
nodeSelectorTerms:
- matchExpressions:
  - key: app
    operator: In
    values:
    - web
  - key: tier
    operator: NotIn
    values:
    - db
""",
}
#: Objects know no == and !=: a set of one value stays a set.
OBJECTS_SAID = {
    ("label-selector", "kubernetes"): "app=web,tier notin (db)\n",
    ("label-selector", "calico"): '(app == "web" && tier not in {"db"})\n',
    ("node-selector", "kubernetes"): "app in (web),tier notin (db)\n",
    ("node-selector", "calico"): '(app in {"web"} && tier not in {"db"})\n',
    ("node-selector", "label-selector"): """\
matchExpressions:
- key: app
  operator: In
  values:
  - web
- key: tier
  operator: NotIn
  values:
  - db
""",
}
NAMED_NODE = """\
nodeSelectorTerms:
- matchExpressions: [{key: disk, operator: Exists}]
- matchFields: [{key: metadata.name, operator: In, values: [n1]}]
"""


def said(run: Run, *words: str, stdin: str | bytes | None = None) -> str:
    """What a run prints that ends well and has nothing to complain of."""
    result = run("translate", *words, stdin=stdin)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def as_said(source: str, target: str) -> str:
    """How the selector of SOURCES is said, from the one language in the other."""
    language = "calico" if target == "expression" else target
    return OBJECTS_SAID.get((source, language), TARGETS[language])


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("source", SOURCES)
def test_every_pair_of_languages(run: Run, source: str, target: str) -> None:
    """From each language that is read, each that is written is reached."""
    assert said(run, "--from", source, "--to", target, SOURCES[source]) == as_said(source, target)


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_said_is_read_back(run: Run, target: str) -> None:
    """What is printed for a language is a selector of it, with the same meaning."""
    text = "app in (web,api),tier notin (db,cache),zone,!debug"
    there = said(run, "--to", target, text)
    back = said(run, "--from", target, "--to", "kubernetes", stdin=there)
    assert labelsel.parse(back.rstrip("\n")).is_equivalent(labelsel.parse(text)).truth is True


def test_kubernetes_is_the_language_unless_another_is_named(run: Run) -> None:
    """Without --from a text is what kubectl takes after -l."""
    assert said(run, "--to", "calico", "!debug") == "!has(debug)\n"


@pytest.mark.parametrize(
    ("source", "target", "selector", "expected"),
    [
        ("label-selector", "label-selector", "null", "null\n"),
        ("label-selector", "label-selector", "{}", "{}\n"),
        ("label-selector", "node-selector", "null", "nodeSelectorTerms: []\n"),
        ("label-selector", "calico", "~", "!all()\n"),
        ("label-selector", "kubernetes", "{}", "\n"),
        ("kubernetes", "label-selector", "", "{}\n"),
        ("kubernetes", "calico", " ", "all()\n"),
        ("calico", "label-selector", "!all()", "null\n"),
        ("node-selector", "label-selector", "nodeSelectorTerms: []", "null\n"),
    ],
)
def test_everything_and_nothing(
    run: Run, source: str, target: str, selector: str, expected: str
) -> None:
    """A LabelSelector that is null selects nothing, {} and blank text everything."""
    assert said(run, "--from", source, "--to", target, selector) == expected


def test_what_cannot_be_said_as_it_stands_is_simplified(run: Run) -> None:
    """An Or over one key is a set to Kubernetes, and so are literals in a regular expression."""
    text = "tier == 'web' || tier == 'db'"
    assert said(run, "--from", "calico", "--to", "kubernetes", text) == "tier in (db,web)\n"
    matchers = '{tier=~"web|db"}'
    assert said(run, "--from", "prometheus", "--to", "kubernetes", matchers) == "tier in (db,web)\n"


@pytest.mark.parametrize("flag", [["-o", "json"], ["-o=json"], ["-ojson"], ["--output=json"]])
def test_objects_as_json(run: Run, flag: list[str]) -> None:
    """-o json prints the object as JSON, indented as kubectl does it."""
    text = said(run, "--to", "label-selector", *flag, "app=web")
    assert text == '{\n    "matchLabels": {\n        "app": "web"\n    }\n}\n'
    nothing = said(run, "--from", "label-selector", "--to", "label-selector", *flag, "null")
    assert nothing == "null\n"


def test_objects_as_yaml_keep_their_strings(run: Run) -> None:
    """A value that YAML would take for a boolean or a number is put in quotes."""
    text = said(run, "--to", "label-selector", "-o=yaml", "a=on,b=1.10,c=")
    assert text == "matchLabels:\n  a: 'on'\n  b: '1.10'\n  c: ''\n"
    assert yaml.safe_load(text) == {"matchLabels": {"a": "on", "b": "1.10", "c": ""}}


def test_yaml_is_read_as_kubernetes_reads_it(run: Run) -> None:
    """Keys become strings, dates are strings, aliases stand for values."""
    text = """\
matchLabels: {80: &value 08_x, 1_000: 2020-01-01}
matchExpressions: [{key: tier, operator: In, values: [*value]}]
"""
    printed = said(run, "--from", "label-selector", "--to", "kubernetes", text)
    assert printed == "1000=2020-01-01,80=08_x,tier in (08_x)\n"


def test_node_names_stay_among_node_selectors(run: Run) -> None:
    """What a node selector says of a node's name comes back as matchFields."""
    text = said(run, "--from", "node-selector", "--to", "node-selector", NAMED_NODE)
    there, back = map(labelsel.from_node_selector, map(yaml.safe_load, (NAMED_NODE, text)))
    assert there.is_equivalent(back).truth is True
    assert "matchFields" in text


@pytest.mark.parametrize("words", [[], ["-"], ["-f", "-"], ["-f=-"]])
@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n"])
def test_standard_input(run: Run, words: list[str], end: str) -> None:
    """Without a selector, or with -, standard input is read; its last line break is no part."""
    for source in ("fields", "calico"):  # one would keep a line break, the other refuse it
        text = SOURCES[source] + end
        assert (
            said(run, "--from", source, "--to", "kubernetes", *words, stdin=text)
            == (TARGETS["kubernetes"])
        )


@pytest.mark.parametrize("source", SOURCES)
def test_a_file(run: Run, tmp_path: Path, source: str) -> None:
    """-f reads the selector from a file, in any language; a byte order mark is no part of it."""
    (tmp_path / "selector").write_text(f"\ufeff{SOURCES[source]}\n", encoding="utf-8")
    for flag in (["-f", "selector"], ["-f=selector"], ["--filename", "selector"]):
        assert said(run, "--from", source, "--to", "kubernetes", *flag) == (
            as_said(source, "kubernetes")
        )


def test_empty_documents_beside_the_object_are_passed_over(run: Run) -> None:
    """A separator before or behind the object makes no second one."""
    text = "---\n# for the shop\n---\nmatchLabels: {app: web}\n---\n"
    printed = said(run, "--from", "label-selector", "--to", "kubernetes", stdin=text)
    assert printed == "app=web\n"


@pytest.mark.parametrize(
    ("words", "messages"),
    [
        (
            ["--to", "calico", "app in (web"],
            ["not a valid selector: ", "\n  app in (web\n             ^\n"],
        ),
        (["--from", "fields", "--to", "calico", "a"], ["not a valid selector: "]),
        (["--from", "calico", "--to", "kubernetes", "a = 'b'"], ["not a valid selector: "]),
        (["--from", "calico", "--to", "kubernetes", "(" * 9999], ["not a valid selector: "]),
        (["--from", "prometheus", "--to", "calico", '{a=~"("}'], ["not a regular expression: "]),
        (["--to", "calico", "a,cores>5"], ["'cores>5' cannot be written as a Calico expression: "]),
        (
            ["--from", "calico", "--to", "kubernetes", "a contains 'b'"],
            ["'a contains \"b\"' cannot be written as a Kubernetes selector: "],
        ),
        (
            ["--to", "label-selector", "a>5"],
            ["'a>5' cannot be written as a LabelSelector object: "],
        ),
        (["--to", "node-selector", ""], [" cannot be written as a NodeSelector object: "]),
        (
            ["--from", "label-selector", "--to", "kubernetes", "null"],
            [" cannot be written as a Kubernetes selector: "],
        ),
        (
            [
                "--from",
                "label-selector",
                "--to",
                "calico",
                "{matchLabels: {a: on}, matchLabel: {}}",
            ],
            [
                "SELECTOR '{matchLabels: {a: on}, matchLabel: {}}': not a valid label-selector ",
                "; did you mean matchLabels?",
                "matchLabels.a: ",
            ],
        ),
        (
            ["--from", "node-selector", "--to", "calico", "null"],
            ["SELECTOR 'null': not a valid node-selector object: "],
        ),
        (
            ["--from", "label-selector", "--to", "calico", "app=web"],
            ["SELECTOR 'app=web': not a valid label-selector object: must be an object with"],
        ),
        (
            ["--from", "label-selector", "--to", "calico", "a: ["],
            ["SELECTOR, document 1 (line 1): not valid YAML: "],
        ),
        (
            ["--from", "label-selector", "--to", "calico", '{"matchLabels": {}'],
            ["SELECTOR, document 1 (line 1): not valid JSON: "],
        ),
        (
            ["--from", "label-selector", "--to", "calico", "matchLabels: {a: b, a: c}"],
            ['document 1 (line 1): the key "a" is in this map twice'],
        ),
        (["--from", "label-selector", "--to", "calico", " "], ["SELECTOR: empty: "]),
        (
            ["--from", "label-selector", "--to", "calico", "{}\n---\n{}\n"],
            ["SELECTOR, document 2 (line 3): a second object; expected exactly one"],
        ),
        (["--from", "calico", "--to", "calico", "a == '\udcff'"], ["SELECTOR: not UTF-8"]),
        (["--to", "calico", "-f", "none.txt"], ["none.txt: no such file or directory"]),
        (["--to", "calico", "-f", "."], [".: is a directory"]),
    ],
)
def test_failures(run: Run, words: list[str], messages: list[str]) -> None:
    """Each has status 1, one message on standard error, and nothing on standard output."""
    result = run("translate", *words)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("error:") == 1
    for message in messages:
        assert message in result.stderr


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("json", '"a == \\"on\\""\n'),
        ("yaml", 'a == "on"\n'),
        ("jsonpath={}", 'a == "on"'),
        ("jsonpath-as-json={}", '[\n    "a == \\"on\\""\n]\n'),
    ],
)
def test_texts_as_data(run: Run, form: str, expected: str) -> None:
    """With -o a text is a string, in each format of data."""
    assert said(run, "--to", "calico", "-o", form, "a=on") == expected


def test_a_text_that_is_not_printable_as_data(run: Run) -> None:
    """As it is, it is refused; as JSON it has escapes."""
    words = ("--from", "calico", "--to", "calico", "a == '\t'")
    result = run("translate", *words)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "not printable: -o json prints it" in result.stderr
    assert json.loads(said(run, *words, "-o", "json")) == 'a == "\t"'


@pytest.mark.parametrize(
    ("source", "selector", "messages"),
    [
        ("kubernetes", "a,,b", ("not a valid selector: ", "write: a,b\n")),
        ("kubernetes", "a=b or c=d", ("not a valid selector: ", "-e: --from calico 'a == ")),
        ("calico", "app=web", ("not a valid selector: ", "read it with --from kubernetes\n")),
        ("prometheus", '{a=~"("}', ("not a regular expression: ",)),
        ("calico", "a || b == 'c'", ("not a valid selector: ",)),
        ("calico", "has(a) || b == 'c'", ("'a || b=c' cannot be written as a Kubernetes ",)),
        ("label-selector", "{a: b}", ("not a valid label-selector object: ",)),
        ("label-selector", "[", ("not valid YAML: ",)),
    ],
)
def test_an_error_names_where_the_text_was_typed(
    run: Run, tmp_path: Path, source: str, selector: str, messages: tuple[str, ...]
) -> None:
    """As the argument, in a file, or on standard input."""
    (tmp_path / "bad.txt").write_text(f"{selector}\n")
    for words, stdin, origin in (
        ((selector,), None, "SELECTOR"),
        (("-f", "bad.txt"), None, "bad.txt"),
        ((), f"{selector}\n", "standard input"),
    ):
        to = ("--from", source, "--to", "kubernetes")
        result = run("translate", *to, *words, stdin=stdin)
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.startswith(f"error: {origin}")
        if origin == "SELECTOR" and "YAML" not in messages[0]:
            assert result.stderr.startswith(f"error: SELECTOR {selector!r}: ")
        assert all(message in result.stderr for message in messages)
        assert "labelsel." not in result.stderr


@pytest.mark.parametrize(
    ("source", "data", "message"),
    [
        ("kubernetes", b"a\xff", "error: standard input (line 1): not UTF-8"),
        ("kubernetes", b"a,,b\n", "\n  a,,b\n    ^\n"),
        ("label-selector", b"", "error: standard input: no selector in the input: it is empty\n"),
        ("label-selector", b"\n", "error: standard input: empty: expected YAML or JSON"),
        ("kubernetes", b"", "error: standard input: no selector in the input: it is empty\n"),
        ("label-selector", b"[]", "error: standard input: not a valid label-selector object: "),
    ],
)
def test_bad_standard_input(run: Run, source: str, data: bytes, message: str) -> None:
    """A fault in standard input is told as such, with status 1."""
    result = run("translate", "--from", source, "--to", "calico", stdin=data)
    assert (result.exit_code, result.stdout) == (1, "")
    assert message in result.stderr


@pytest.mark.parametrize("target", ["kubernetes", "calico", "expression", "label-selector"])
@pytest.mark.parametrize("operator", ["In", "NotIn"])
def test_a_node_name_is_no_label(run: Run, target: str, operator: str) -> None:
    """A node's name is refused where labels are meant: such a text would select every node."""
    text = NAMED_NODE.replace("operator: In", f"operator: {operator}")
    result = run("translate", "--from", "node-selector", "--to", target, text)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("error: SELECTOR 'nodeSelectorTerms:")
    assert result.stderr.endswith(
        ": 'matchFields' cannot be written as a selector of labels: a node's name is no label\n"
    )


def test_without_re2(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the extra is missing, a regular expression is a failure that says what to install."""
    monkeypatch.setitem(sys.modules, "re2", None)
    labelsel.clear_cache()
    compile_regex.cache_clear()
    result = run("translate", "--from", "prometheus", "--to", "calico", '{a=~"b.*c"}')
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == ("error: regular expressions need RE2: pip install 'labelsel[regex]'\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["a"], "Missing option '--to'"),
        (["--to", "fields", "a"], "fields is only read, with --from; write kubernetes, calico,"),
        (["--to", "prometheus", "a"], "prometheus is only read, with --from; write"),
        (["--from", "promql", "--to", "calico", "a"], "'promql' is not one of 'kubernetes',"),
        (
            ["--to", "calico", "a", "in", "(b)"],
            "extra arguments (in (b)); put the selector in",
        ),
        (["--to", "calico", "a=b", "c=d"], "put the selector in quotes: 'a=b,c=d'"),
        (["--to", "calico", "-f", "x", "a"], "two selectors: name a SELECTOR or a file with -f"),
        (["--to", "calico", "-f", "x", "-"], "two selectors: "),
        (["--to", "calico", "-o", "name", "a"], "'name' is not one of json, yaml,"),
        (["--to", "label-selector", "-o", "xml", "a"], "'xml' is not one of json, yaml,"),
        (["--to", "calico", "--nonsense"], "labelsel translate has no option --nonsense"),
    ],
)
def test_usage_errors(run: Run, words: list[str], message: str) -> None:
    """Words that make no sense have status 2 and a sentence, and read nothing."""
    result = run("translate", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


class Terminal(io.TextIOWrapper):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("stream", [io.TextIOWrapper, Terminal])
def test_text_is_exact(monkeypatch: pytest.MonkeyPatch, stream: type[io.TextIOWrapper]) -> None:
    """A program and a terminal get the very text in UTF-8: what does not print is refused."""
    output = stream(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", output)
    words = ["translate", "--from", "calico", "--to", "calico", "a == 'é'"]
    app.main(words, standalone_mode=False)
    assert output.buffer.getvalue() == 'a == "é"\n'.encode()  # type: ignore[attr-defined]


@pytest.mark.parametrize("target", ["calico", "label-selector"])
def test_a_reader_that_is_gone(monkeypatch: pytest.MonkeyPatch, target: str) -> None:
    """A pipe that nobody reads ends the run quietly, with the status of a broken pipe."""
    reader, writer = os.pipe()
    os.close(reader)
    monkeypatch.setattr(sys, "argv", ["labelsel", "translate", "--to", target, "app=web"])
    with os.fdopen(writer, "w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        assert main() == 141


def test_failures_of_a_process() -> None:
    """The same statuses and messages as a program, without a traceback."""
    for words, status in (
        (["--to", "calico", "a>5"], 1),
        (["--to", "calico", b"a=\xff"], 1),
        (["--to", "xml"], 2),
    ):
        done = subprocess.run(
            (sys.executable, "-m", "labelsel", "translate", *words),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert (done.returncode, done.stdout) == (status, "")
        assert "rror: " in done.stderr
        assert "Traceback" not in done.stderr


#: What stands in for programs of the help's examples, in a folder that PATH begins with.
PROGRAMS = {
    "labelsel": f'exec "{sys.executable}" -m labelsel "$@"',
    "kubectl": f"echo '{json.dumps({'matchLabels': {'app': 'web'}})}'",
}
EXAMPLES = [
    '(app == "web" && !has(debug) && tier not in {"db"})',
    '"matchExpressions"',
    '"(app == \\"web\\" && !has(debug))"',
    "nodeSelectorTerms:",
    "app=web,env in (prod,staging)",
    "app=web,tier notin (db)",
    "coalesce(\"labels\"['app'] COLLATE C IN ('web'), FALSE)",
    '"parameters": {',
    "IN ('007', '4')",
    'app == "web"',
]


@pytest.mark.slow
def test_examples_of_the_help(run: Run, tmp_path: Path) -> None:
    """Each example that --help shows runs in a shell, and prints a selector."""
    text = said(run, "--help")
    (block,) = re.findall(r"\n  Examples:\n(.*?)\n\n", text, re.DOTALL)
    commands = re.split(r"\n    (?! )", f"\n{block}")[1:]
    for name, script in PROGRAMS.items():
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
    (tmp_path / "selector.yaml").write_text(SOURCES["label-selector"])
    (tmp_path / "values.json").write_text('{"cores": ["2", "4", "007"]}')
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    assert len(commands) == len(EXAMPLES)
    for command, expected in zip(commands, EXAMPLES, strict=True):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],  # noqa: S607 - the bash of this machine
            cwd=tmp_path,
            env=os.environ | {"PATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert (done.returncode, done.stderr) == (0, ""), command
        assert expected in done.stdout


def test_every_language_is_in_the_help(run: Run) -> None:
    """The help has a line for each language that is read."""
    text = said(run, "-h")
    for language in SOURCES:
        assert re.search(rf"^    (\w+, )?{language}\b", text, re.MULTILINE), language
