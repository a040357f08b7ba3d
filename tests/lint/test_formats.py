"""Findings as GitHub's workflow commands and as SARIF."""

import json
import os
import re
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sarif_kit.validate import validation_errors

from labelsel.errors import ManifestError, RenderError, escape
from labelsel.kubernetes import Resource, Source
from labelsel.kubernetes.edit.part_edits import PartEdit
from labelsel.kubernetes.edit.text_edits import TextEdit
from labelsel.kubernetes.model.resource import TextLocation
from labelsel.lint import (
    RULES,
    Finding,
    Rule,
    Severity,
    Suppression,
    make_finding,
    registry,
)
from labelsel.lint.fixer import TextFix
from labelsel.lint.formats.github import github_error_lines, github_lines
from labelsel.lint.formats.input_errors import error_data
from labelsel.lint.formats.sarif import sarif

_FILE = TextLocation(b"", 0, json=False)


def finding(
    file: str = "shop/web.yaml",
    line: int = 7,
    message: str = "a",
    fix: str = "b",
    place: TextLocation | None = _FILE,
) -> Any:
    source = Source(file, 1, 1, place)
    pod = Resource("Pod", "v1", "shop", "web", {}, {}, {}, source)
    return Finding(RULES["illegal-label"], pod, ("metadata", "labels", "app"), message, fix, line)


def test_github() -> None:
    """One command a finding: severity, file, line, rule, and what is wrong."""
    warning = Finding(RULES["key-typo"], finding().resource, (), "c", "d", 1)
    assert list(github_lines([finding(), warning])) == [
        "::error file=shop/web.yaml,line=7,title=illegal-label::pod/web in shop: a%0Afix: b",
        "::warning file=shop/web.yaml,line=1,title=key-typo::pod/web in shop: c%0Afix: d",
    ]


def test_github_files() -> None:
    """A file has the name that the repository has for it."""
    (line,) = github_lines([finding("./shop//web.yaml")])
    assert line.startswith("::error file=shop/web.yaml,line=7,")


def test_github_escapes() -> None:
    """Nothing of a manifest or a file's name ends the command, or begins another."""
    (line,) = github_lines([finding("a,b:c%.yaml", message="x\n::error::y\r%0A: , z")])
    assert line == (
        "::error file=a%2Cb%3Ac%25.yaml,line=7,title=illegal-label::"
        r"pod/web in shop: x\n::error::y\r%250A: , z%0Afix: b"
    )


#: What a terminal or a CI service would obey, or show in another order: ESC, BEL, a line break,
#: DEL, a control of C1, a bidirectional one, a line separator.
OBEYED = "\x1b]0;x\x07\r\n::error::x\x7f\x9b31m\u202e\u2028"


def odd_finding() -> Finding:
    """A finding of which each text has all of these in it."""
    source = Source(f"{OBEYED}.yaml", 1, 1, _FILE)
    pod = Resource(f"Pod{OBEYED}", "v1", f"shop{OBEYED}", f"web{OBEYED}", {}, {}, {}, source)
    path = ("metadata", "labels", OBEYED)
    return Finding(RULES["illegal-label"], pod, path, f"a{OBEYED}", f"b{OBEYED}", 7)


def texts(value: Any) -> list[str]:
    """All texts in data."""
    match value:
        case str():
            return [value]
        case dict():
            return [text for part in value.values() for text in texts(part)]
        case list():
            return [text for part in value for text in texts(part)]
        case _:
            return []


def test_nothing_is_obeyed() -> None:
    """Whatever comes from outside stands in every format as an escape that can be seen."""
    (line,) = github_lines([odd_finding()])
    assert line.isprintable()
    assert line.count("%0A") == 1
    (run,) = sarif([odd_finding()], "1")["runs"]
    assert all(text.isprintable() for text in texts(run["results"]))
    data = odd_finding().to_dict()
    assert all(data[name].isprintable() for name in ("message", "fix", "path"))
    # What names the object and its file is data, which the encoder of JSON escapes.
    assert data["name"] == f"web{OBEYED}"


def test_a_note() -> None:
    """What may be nothing is told as less than a warning, in the words of each format."""
    note = Finding(RULES["selects-nothing"], finding().resource, (), "a", "b", 7, unsure=True)
    (line,) = github_lines([note])
    assert line.startswith("::notice file=shop/web.yaml,line=7,title=selects-nothing::")
    (run,) = sarif([note], "1")["runs"]
    assert run["results"][0]["level"] == "note"
    assert note.to_dict()["severity"] == "note"


@pytest.mark.parametrize(
    "found", [finding("/dev/fd/63", place=None), finding("a watch", line=0, place=None)]
)
def test_what_is_in_no_file(found: Finding) -> None:
    """What came through a pipe, or from no text at all, is told without a file."""
    (line,) = github_lines([found])
    assert line.startswith("::error title=illegal-label::")
    location = sarif([found], "1")["runs"][0]["results"][0]["locations"][0]
    assert "physicalLocation" not in location


@pytest.mark.parametrize(
    "found", [[], [finding()], [finding("/x.yaml"), finding("standard input")]]
)
def test_sarif_has_the_structure_of_the_standard(found: list[Finding]) -> None:
    """The log is what the schema of the standard says, with the right rule for each result."""
    log = sarif(found, "1.2.3")
    assert validation_errors(log) == []
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(RULES)
    levels = {rule["defaultConfiguration"]["level"] for rule in rules}
    assert levels == {"error", "warning", "note"}
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"error", "warning"}
        # The standard wants a sentence of plain text.
        assert result["message"]["text"] == "pod/web in shop: a. To fix it: b."


def test_the_structure_is_looked_at() -> None:
    """The check above can fail."""
    log = sarif([finding()], "1")
    result = log["runs"][0]["results"][0]
    result["ruleIndex"] = "4"
    result["colour"] = "red"
    result["locations"][0]["physicalLocation"]["region"]["startLine"] = 0
    del result["message"]
    problems = sorted(line.partition(": ")[2] for line in validation_errors(log))
    assert [problem[:25] for problem in problems] == [
        "'4' is not of type 'integ",
        "'message' is a required p",
        "0 is less than the minimu",
        "Additional properties are",
    ]


def test_sarif_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """URIs are relative below the working directory, and escaped as URIs are."""
    monkeypatch.chdir(tmp_path)
    files = ["shop/web.yaml", "./a b#1.yaml", str(tmp_path / "x" / "é.yaml"), "/else/a b.yaml"]
    results = sarif([finding(file) for file in files], "1")["runs"][0]["results"]
    physical = [result["locations"][0]["physicalLocation"] for result in results]
    assert [place["artifactLocation"] for place in physical] == [
        {"uri": "shop/web.yaml", "uriBaseId": "SRCROOT"},
        {"uri": "a%20b%231.yaml", "uriBaseId": "SRCROOT"},
        {"uri": "x/%C3%A9.yaml", "uriBaseId": "SRCROOT"},
        {"uri": "file:///else/a%20b.yaml"},
    ]
    assert physical[0]["region"] == {"startLine": 7}
    logical = results[0]["locations"][0]["logicalLocations"]
    assert logical == [{"fullyQualifiedName": "pod/web in shop metadata.labels.app"}]


def test_sarif_knows_a_finding_again() -> None:
    """A finding that only moved has the fingerprint that it had; another one has its own."""
    moved, other = finding(line=9), Finding(RULES["key-typo"], finding().resource, (), "a", "b", 7)
    results = sarif([finding(), moved, other], "1")["runs"][0]["results"]
    one, two, three = (result["partialFingerprints"]["labelsel/v1"] for result in results)
    assert one == two != three
    assert re.fullmatch("[0-9a-f]{32}", one)


#: The commands that a runner of GitHub Actions obeys.
_COMMANDS = {"error", "warning", "notice", "add-mask", "stop-commands", "set-output", "group"}


def parse_command(line: str) -> tuple[str, dict[str, str], str] | None:
    """Read a line as a runner does (its ActionCommand): first the new form, then the old one."""
    text = line.lstrip()
    if text.startswith("::") and "::" in text[2:]:
        head, _, data = text[2:].partition("::")
        name, _, listed = head.partition(" ")
        if name in _COMMANDS:
            pairs = [each.split("=", 1) for each in listed.strip().split(",") if each]
            properties = {pair[0]: unescape(pair[1], property=True) for pair in pairs if pair[1:]}
            return name, properties, unescape(data)
    head, bracket, data = line.partition("##[")[2].partition("]")
    if bracket and head.partition(" ")[0] in _COMMANDS:
        return head.partition(" ")[0], {}, data
    return None


def unescape(text: str, *, property: bool = False) -> str:  # noqa: A002 - GitHub's word
    text = text.replace("%0D", "\r").replace("%0A", "\n")
    if property:
        text = text.replace("%3A", ":").replace("%2C", ",")
    return text.replace("%25", "%")


def test_the_parser_obeys() -> None:
    """The parser of these tests takes both forms of commands."""
    assert parse_command("  ::error file=a%2Cb,line=1::x%0Ay") == (
        "error",
        {"file": "a,b", "line": "1"},
        "x\ny",
    )
    assert parse_command("text ##[error]x") == ("error", {}, "x")
    assert parse_command("a ::error::b") is None
    assert parse_command("::nothing::b") is None


HOSTILE_NAMES = [
    "::error::x",
    "a::add-mask::b",
    "a,line=1,title=x::b",
    "a%0A::error::b",
    "%25%0D%3A%2C",
    "##[add-mask]x",
    "a\n::error::b",
    "a\r\n##[error]b",
    "a=b,c:d",
    "\u2028::error::x",
]


def check_commands(text: str) -> None:
    """Check that a finding in which each text is this one is one command, with these texts."""
    source = Source(text, 1, 1, _FILE)
    pod = Resource("Pod", "v1", text, text, {}, {}, {}, source)
    found = Finding(RULES["key-typo"], pod, (text,), text, text, 7)
    (line,) = github_lines([found])
    # Names that are empty, or one of whose ends is a space, the runner reads otherwise itself.
    assert line.isprintable()
    parsed = parse_command(line)
    assert parsed is not None
    name, properties, data = parsed
    assert name == "warning"
    assert properties.keys() == {"file", "line", "title"}
    assert properties["file"] == escape(PurePath(text).as_posix())
    assert (properties["line"], properties["title"]) == ("7", "key-typo")
    where = f" in {text}" if text else ""
    assert data == f"{escape(f'pod/{text}{where}: {text}')}\n{escape(f'fix: {text}')}"


@pytest.mark.parametrize("text", HOSTILE_NAMES)
def test_no_command_is_injected(text: str) -> None:
    """What a manifest or a file is called is data of our one command, and no command."""
    check_commands(text)


@given(st.text(":%,;=#[]\r\n0A2CD5 aé\u2028", min_size=1).filter(lambda text: text == text.strip()))
def test_no_command_is_injected_by_any_text(text: str) -> None:
    """The same for any text of the characters that the runner looks at."""
    check_commands(text)


def hostile_findings() -> list[Finding]:
    files = [*HOSTILE_NAMES, "a b#?.yaml", "c:\\d.yaml", "é.yaml", "bad\udcff.yaml", "-x", "//a"]
    return [finding(file) for file in files]


def test_sarif_of_hostile_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each name is percent-encoded, so that a reader finds the file again; the log is valid."""
    monkeypatch.chdir(tmp_path)
    log = sarif(hostile_findings(), "1")
    assert validation_errors(log) == []
    for found, result in zip(hostile_findings(), log["runs"][0]["results"], strict=True):
        artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
        uri = artifact["uri"].removeprefix("file://")
        assert re.fullmatch(r"[A-Za-z0-9/._~%-]+", uri)
        name = os.fsdecode(unquote_to_bytes(uri))
        assert os.path.abspath(name) == os.path.abspath(found.file)  # noqa: PTH100 - no links
    json.dumps(log).encode()


def test_sarif_of_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link has the name that was given: a checkout has it, and not what it leads to."""
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "link.yaml").symlink_to(tmp_path / "else.yaml")
    monkeypatch.chdir(tmp_path / "work")
    (result,) = sarif([finding("link.yaml")], "1")["runs"][0]["results"]
    artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": "link.yaml", "uriBaseId": "SRCROOT"}


def test_sarif_of_suppressed_findings() -> None:
    """What a comment or the baseline suppresses is left out: GitHub would open alerts for it."""
    found = finding()
    findings = [found, *(replace(found, suppression=each) for each in Suppression)]
    log = sarif(findings, "1")
    assert validation_errors(log) == []
    assert log["runs"][0]["results"] == sarif([found], "1")["runs"][0]["results"]
    assert len(log["runs"][0]["results"]) == 1


def test_sarif_leads_to_the_site() -> None:
    """The program and each rule have the page that explains them."""
    driver = sarif([], "1")["runs"][0]["tool"]["driver"]
    page = driver["informationUri"]
    assert [each["helpUri"] for each in driver["rules"]] == [f"{page}#{name}" for name in RULES]


def test_sarif_of_fixes() -> None:
    """A fix is the text between two positions, counted in lines and characters from 1."""
    found = finding()
    text = "a: 1\r\né😀: xyz\n"
    edits = (TextEdit(10, 13, "new"), TextEdit(len(text), len(text), "end"))
    log = sarif([found], "1", fixes={id(found): TextFix(text, edits)})
    assert validation_errors(log) == []
    (fix,) = log["runs"][0]["results"][0]["fixes"]
    (change,) = fix["artifactChanges"]
    assert fix["description"] == {"text": "b"}
    assert change["artifactLocation"]["uri"] == "shop/web.yaml"
    assert change["replacements"] == [
        {
            "deletedRegion": {"startLine": 2, "startColumn": 5, "endLine": 2, "endColumn": 8},
            "insertedContent": {"text": "new"},
        },
        {
            "deletedRegion": {"startLine": 3, "startColumn": 1, "endLine": 3, "endColumn": 1},
            "insertedContent": {"text": "end"},
        },
    ]


def test_data_of_an_edit() -> None:
    """Data has the edit as a JSON Patch, and what identifies the finding."""
    body = {"metadata": {"labels": {"ap": "x"}}}
    found = replace(finding(), edit=PartEdit("rename", ("metadata", "labels", "ap"), "app"))
    found = replace(found, resource=replace(found.resource, body=body))
    data = found.to_dict()
    assert data["edit"] == [
        {"op": "move", "from": "/metadata/labels/ap", "path": "/metadata/labels/app"}
    ]
    assert data["fingerprint"] == found.key().fingerprint
    assert data["suppression"] is None
    assert replace(found, suppression=Suppression.BASELINE).to_dict()["suppression"] == "baseline"


# Input errors


def test_input_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has its file and line where there are any: a program and standard input have none."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a,b.yaml").write_text("")
    errors = [
        ManifestError("a,b.yaml", "no kind", document=2, line=7),
        ManifestError("a,b.yaml", "not UTF-8"),
        ManifestError("standard input", "no kind", line=3),
        RenderError("kustomize build a", "ended with status 1:", ["Error: x", "##[error]y"]),
    ]
    of_kustomize = r"kustomize build a: ended with status 1:%0A  Error: x%0A  #\x23[error]y"
    assert list(github_error_lines(errors)) == [
        "::error file=a%2Cb.yaml,line=7,title=input-error::a,b.yaml, document 2 (line 7): no kind",
        "::error file=a%2Cb.yaml,title=input-error::a,b.yaml: not UTF-8",
        "::error title=input-error::standard input (line 3): no kind",
        f"::error title=input-error::{of_kustomize}",
    ]
    log = sarif([], "1", unread=errors)
    assert validation_errors(log) == []
    (invocation,) = log["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False
    notes = invocation["toolExecutionNotifications"]
    assert [note["message"]["text"] for note in notes] == list(map(str, errors))
    artifact = {"uri": "a%2Cb.yaml", "uriBaseId": "SRCROOT"}
    assert [note.get("locations") for note in notes] == [
        [{"physicalLocation": {"artifactLocation": artifact, "region": {"startLine": 7}}}],
        [{"physicalLocation": {"artifactLocation": artifact}}],
        *(None, None),
    ]
    assert error_data(errors[3]) == {
        "file": "kustomize build a",
        "document": None,
        "line": None,
        "message": "ended with status 1:\nError: x\n##[error]y",
    }


def test_a_run_without_input_errors() -> None:
    """SARIF says that it was successful, whatever was found."""
    (invocation,) = sarif([finding()], "1")["runs"][0]["invocations"]
    assert invocation == {"executionSuccessful": True, "toolExecutionNotifications": []}


@pytest.mark.parametrize("text", [*HOSTILE_NAMES, OBEYED])
def test_no_command_is_injected_by_an_input_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """What a file is called, and what is in it, is data of our one command."""
    monkeypatch.chdir(tmp_path)
    name = text.replace("/", "_")
    (tmp_path / name).write_text("")
    for error in (ManifestError(name, text, line=1), RenderError(text, text, [text])):
        (line,) = github_error_lines([error])
        assert line.isprintable()
        assert "##[" not in line
        parsed = parse_command(line)
        assert parsed is not None
        command, properties, data = parsed
        assert (command, properties["title"]) == ("error", "input-error")
        assert properties.keys() <= {"file", "line", "title"}
        assert data == str(error)
        log = sarif([], "1", unread=[error])
        assert validation_errors(log) == []
        assert "##[" not in json.dumps(log)


@pytest.mark.parametrize(("line", "expected"), [(0, 1), (1, 1), (2, 2)])
def test_sarif_counts_lines_from_one(line: int, expected: int) -> None:
    """Also where nobody knows the line."""
    errors = [ManifestError(str(Path(__file__)), "no kind", line=line)]
    (run,) = sarif([finding(line=line)], "1", unread=errors)["runs"]
    (invocation,) = run["invocations"]
    for one in (*run["results"], *invocation["toolExecutionNotifications"]):
        (location,) = one["locations"]
        assert location["physicalLocation"]["region"] == {"startLine": expected}


def test_sarif_of_a_fix_on_the_first_line() -> None:
    """Its columns are counted from 1, too."""
    found = finding()
    fix = TextFix("a: b\n", (TextEdit(0, 1, "c"),))
    (result,) = sarif([found], "1", fixes={id(found): fix})["runs"][0]["results"]
    (replacement,) = result["fixes"][0]["artifactChanges"][0]["replacements"]
    region = {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 2}
    assert replacement == {"deletedRegion": region, "insertedContent": {"text": "c"}}


@pytest.mark.parametrize("docs", ["https://docs.example/x", "docs/x.md", ""])
def test_sarif_of_a_rule_from_outside(monkeypatch: pytest.MonkeyPatch, docs: str) -> None:
    """Only a URL is the address of a page."""
    one = Rule("x", Severity.ERROR, "x", lambda _: iter(()), docs=docs)
    monkeypatch.setitem(registry._RULES, "x", one)
    shown = sarif([], "1")["runs"][0]["tool"]["driver"]["rules"][-1]
    assert shown.get("helpUri") == (docs if docs.startswith("https:") else None)


# Findings


def test_the_word_that_an_edit_corrects() -> None:
    """Only renames and replacements of words of labels correct one."""
    body = {"metadata": {"labels": {"ap": "x"}}}
    path = ("metadata", "labels", "ap")
    found = replace(finding(), resource=replace(finding().resource, body=body))
    assert found.corrected_word is None
    edits = {
        PartEdit("rename", path, "app"): "ap",
        PartEdit("replace", path, "app"): "x",
        PartEdit("wrap", path, "app"): None,
        PartEdit("unwrap", path, "app"): None,
    }
    for edit, word in edits.items():
        assert found.with_edit(edit).corrected_word == word
        assert found.with_edit(edit, api_word=True).corrected_word is None


def test_what_identifies_a_finding() -> None:
    """Its whole path, however long that is, and its file; standard input is in no folder."""
    path = ("spec", "a" * 300, 5, "b/c")
    found = replace(finding("shop/web.yaml"), path=path)
    text = f'spec.{"a" * 300}[5]["b/c"]'
    expected = ("illegal-label", "web.yaml", "pod/web in shop", text)
    assert found.key("shop") == expected
    assert found.to_dict()["path"] == text
    piped = replace(finding("standard input", place=None), path=path)
    assert piped.key("shop") == ("illegal-label", "standard input", "pod/web in shop", text)


@pytest.mark.parametrize("number", range(5))
def test_an_argument_of_the_wrong_type(number: int) -> None:
    """A finding is refused where it is made."""
    arguments: list[Any] = [RULES["key-typo"], finding().resource, (), "a", "b"]
    made = make_finding(*arguments)
    assert (made.message, made.fix, made.path) == ("a", "b", ())
    arguments[number] = 3
    with pytest.raises(TypeError, match="got int 3"):
        make_finding(*arguments)


def test_what_a_new_finding_does_not_say() -> None:
    """A rule says that it is sure, unless it says something else."""
    made = make_finding(RULES["key-typo"], finding().resource, (), "a", "b")
    assert (made.unsure, made.explained, made.api_word) == (False, False, False)
    assert (made.edit, made.level, made.suppression) == (None, None, None)
