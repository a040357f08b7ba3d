"""labelsel.conformance: the cases are true, a wrong matcher is told what is wrong, and where."""

import gzip
import io
import json
import os
import re
import runpy
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from labelsel import from_label_selector, parse
from labelsel.conformance.__main__ import main
from labelsel.conformance.cases import (
    Case,
    Other,
    Outcome,
    Refused,
    Verdict,
    ask,
    judge,
    read_cases,
    run,
)
from labelsel.conformance.matcher import MatcherError, load_matcher
from labelsel.conformance.report import count, describe_group, table
from tests.conformance_cases import TARGET, make_files
from tests.conformance_mutants import OBJECTS, TEXTS, of_objects, of_texts

pytest_plugins = ["pytester"]

RULES_PAGE = Path(__file__).resolve().parent.parent / "docs" / "semantics.md"
#: The rule about texts that no answer of a matcher shows: that of canonical text.
UNSEEN = {15}


def match_text(selector: str, labels: dict[str, str]) -> bool:
    return parse(selector).matches(labels)


def match_object(selector: object, labels: dict[str, str]) -> bool:
    return from_label_selector(selector).matches(labels)


def split_only(selector: str, labels: dict[str, str]) -> bool:
    """Answer as many hand-written matchers do: the parts with ``=``, the others dropped."""
    parts = [part.split("=") for part in selector.split(",") if "=" in part]
    return all(labels.get(part[0]) == part[-1] for part in parts)


MODULE = """
import labelsel
def good(selector, labels):
    return labelsel.parse(selector).matches(labels)
def good_object(selector, labels):
    return labelsel.from_label_selector(selector).matches(labels)
def bad(selector, labels):
    parts = [part.split("=") for part in selector.split(",") if "=" in part]
    return all(labels.get(part[0]) == part[-1] for part in parts)
class Holder:
    match = staticmethod(good)
no_function = 3
"""


@pytest.mark.parametrize("name", ["cases.jsonl", "objects.jsonl"])
def test_the_cases_are_those_of_the_vectors(name: str) -> None:
    """The files in the package are what tests/conformance_cases.py makes from the vectors."""
    assert (TARGET / name).read_text(encoding="utf-8") == make_files()[name]


@pytest.mark.parametrize(("match", "objects"), [(match_text, False), (match_object, True)])
def test_labelsel_conforms(match: Callable[..., bool], objects: bool) -> None:
    """Our own matcher gives the answers of Kubernetes."""
    wrong = [
        each
        for each in run(match, read_cases(objects=objects))
        if each.verdict is not Verdict.RIGHT
    ]
    assert describe_group(wrong) == ""


def test_every_rule_has_a_group() -> None:
    """Each rule about texts and LabelSelector objects is tested, with each outcome that it has."""
    rules = {
        int(rule) for rule in re.findall(r"^### (\d+)\. ", RULES_PAGE.read_text(), re.MULTILINE)
    }
    cases = [*read_cases(), *read_cases(objects=True)]
    tested = {case.rule for case in cases}
    assert tested == {rule for rule in rules if rule <= 17} - UNSEEN
    assert len({case.id for case in read_cases()}) == len(read_cases())
    assert all(
        group.cases >= 3 or group.about.startswith("null")
        for group in count(run(match_text, cases))
    )


def test_the_cases_are_small() -> None:
    """They are part of every installation."""
    packed = sum(len(gzip.compress((TARGET / name).read_bytes())) for name in make_files())
    assert packed < 300_000


@pytest.mark.parametrize(
    ("about", "verdict"),
    [
        ("`k in(v)` without a blank", Verdict.FAILS_OPEN),
        ("`k!=v` where k is absent", Verdict.SELECTS_LESS),
        ("unbalanced parentheses", Verdict.FAILS_OPEN),
        ("a comma too many", Verdict.FAILS_OPEN),
        ("`k` where k is absent", Verdict.FAILS_OPEN),
        ("`k=v` where k is present", Verdict.RIGHT),
    ],
)
def test_a_matcher_that_splits(about: str, verdict: Verdict) -> None:
    """What the most usual matcher gets wrong is found, and on which side it is wrong."""
    outcomes = run(split_only, [case for case in read_cases() if case.about == about])
    assert outcomes
    assert {outcome.verdict for outcome in outcomes} - {Verdict.RIGHT} == {verdict} - {
        Verdict.RIGHT
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "objects"),
    [*((name, False) for name in TEXTS), *((name, True) for name in OBJECTS)],
)
def test_a_matcher_that_is_wrong_in_one_rule(name: str, objects: bool) -> None:
    """A single rule is enough: the suite finds the matcher by a wrong answer, not by none."""
    matcher = (OBJECTS if objects else TEXTS)[name]
    verdicts = (judge(case, ask(matcher, case)) for case in read_cases(objects=objects))
    found = next((verdict for verdict in verdicts if verdict is not Verdict.RIGHT), None)
    assert found in (Verdict.FAILS_OPEN, Verdict.SELECTS_LESS)


def test_the_base_of_the_mutants_is_right() -> None:
    """Without the change the suite finds nothing: it is the change that it finds."""
    for matcher, objects in ((of_texts(), False), (of_objects(), True)):
        outcomes = run(matcher, read_cases(objects=objects))
        assert {each.verdict for each in outcomes} == {Verdict.RIGHT}


def test_the_source_of_an_answer_is_told() -> None:
    """An answer that Kubernetes' code did not give is marked, in the files and in the report."""
    cases = [*read_cases(), *read_cases(objects=True)]
    sources = {case.by_rule for case in cases}
    assert sources == {True, False}
    assert [case for case in cases if case.by_rule != ("by_rule" in case.to_json())] == []
    case = Case("a", 5, "about", ",", {}, None, by_rule=True)
    shown = describe_group([Outcome(case, True, Verdict.FAILS_OPEN)])
    assert shown.endswith("rule 5: an error  here: True")


CASE = Case("a", 12, "about", "x", {"x": ""}, True)


@pytest.mark.parametrize(
    ("expected", "answer", "verdict"),
    [
        (True, True, Verdict.RIGHT),
        (True, False, Verdict.SELECTS_LESS),
        (True, Refused(), Verdict.SELECTS_LESS),
        (False, True, Verdict.FAILS_OPEN),
        (False, Refused(), Verdict.SELECTS_LESS),
        (None, True, Verdict.FAILS_OPEN),
        (None, False, Verdict.FAILS_OPEN),
        (None, Refused("any text"), Verdict.RIGHT),
        (None, Other("None"), Verdict.NO_ANSWER),
    ],
)
def test_verdicts(
    expected: bool | None,
    answer: bool | Refused | Other,
    verdict: Verdict,
) -> None:
    """Accepting what Kubernetes refuses fails open, also where nothing is selected."""
    assert judge(Case("a", 1, "about", "x", {}, expected), answer) is verdict


def stop(_selector: object, _labels: object) -> bool:
    raise SystemExit


def spoil(_selector: object, labels: dict[str, str]) -> None:
    labels.clear()


def skip(_selector: object, _labels: object) -> bool:
    pytest.skip("not today")


def expect_to_fail(_selector: object, _labels: object) -> bool:
    pytest.xfail()


def need_another(_selector: object, _labels: object) -> bool:
    pytest.importorskip("no_such")
    return True


class Silent(Exception):  # noqa: N818  # the name is in the expected text
    """An error without a text, and a result without a repr."""

    def __str__(self) -> str:
        raise ValueError

    def __repr__(self) -> str:
        raise ValueError


def complain_silently(_selector: object, _labels: object) -> bool:
    raise Silent


def interrupt(*_: object) -> bool:
    raise KeyboardInterrupt


class Interrupting:
    """Ctrl-C while the repr is made."""

    def __repr__(self) -> str:
        raise KeyboardInterrupt


def complain(_selector: object, _labels: object) -> bool:
    message = "  \nat column 3\nof the text"
    raise ValueError(message)


@pytest.mark.parametrize(
    ("matcher", "text"),
    [
        (stop, "an error (SystemExit)"),
        (complain, "an error (ValueError: at column 3)"),
        (complain_silently, "an error (Silent)"),
        (lambda _selector, _labels: Silent(), "a Silent without a repr, neither True nor False"),
        (skip, "the exception Skipped: not today, neither True nor False"),
        (expect_to_fail, "the exception XFailed, neither True nor False"),
        (
            need_another,
            "the exception Skipped: could not import 'no_such': No module named 'no_such',"  # noqa: ISC004
            " neither True nor False",
        ),
        (lambda _selector, _labels: 1, "1, neither True nor False"),
        (lambda _selector, _labels: "x" * 99, f"'{'x' * 59}, neither True nor False"),
    ],
)
def test_what_a_matcher_may_do(matcher: Callable[..., object], text: str) -> None:
    """Errors of any kind are refusals; only True and False are answers."""
    assert str(ask(matcher, CASE)) == text


@pytest.mark.parametrize("matcher", [interrupt, lambda *_: Interrupting()])
def test_ctrl_c_ends_the_run(matcher: Callable[..., object]) -> None:
    """Whoever stops the run gets no verdict instead."""
    with pytest.raises(KeyboardInterrupt):
        ask(matcher, CASE)


def test_pytest_with_a_matcher_that_skips(pytester: pytest.Pytester) -> None:
    """A run in which nothing was tested is red."""
    pytester.makepyfile(
        skipping="import pytest\ndef skip(*_): pytest.skip()\n"
        "def xfail(*_): pytest.xfail()\ndef need(*_): pytest.importorskip('no_such_module')\n"
    )
    for name in ("skip", "xfail", "need"):
        result = pytester.runpytest_inprocess(
            "--pyargs", "labelsel.conformance", "-k", "blank", "--matcher", f"skipping:{name}"
        )
        assert result.ret == 1
        assert result.parseoutcomes().keys() & {"skipped", "xfailed", "passed"} == set()
        result.stdout.fnmatch_lines(["*no answer *"])


def test_a_matcher_cannot_spoil_a_case() -> None:
    """Each question has labels of its own."""
    assert isinstance(ask(spoil, CASE), Other)
    assert CASE.labels == {"x": ""}
    assert str(Refused()) == "an error"


def test_the_text_of_a_group() -> None:
    """What fails open comes first, and a long list is cut."""
    case = Case("b", 5, "about", {"matchLabels": {}}, {}, None)
    less = Outcome(CASE, False, Verdict.SELECTS_LESS)
    outcomes = [Outcome(CASE, True, Verdict.RIGHT), less, Outcome(case, True, Verdict.FAILS_OPEN)]
    assert describe_group([*outcomes, less], most=2).splitlines() == [
        "about: 3 of 4 answers are wrong (rule 5)",
        '  FAILS OPEN    selector {"matchLabels": {}}  labels {}',
        "                Kubernetes: an error  here: True",
        "  selects less  selector 'x'  labels {'x': ''}",
        "                Kubernetes: True  here: False",
        "  and 1 more",
    ]
    assert describe_group(outcomes[:1]) == ""


def test_the_guide_shows_what_is_printed() -> None:
    """The report in docs/guides/testing.md is that of a matcher that splits the text."""
    outcomes = run(split_only, read_cases())
    group = [each for each in outcomes if each.case.about == "`k in(v)` without a blank"]
    printed = [
        *describe_group(group).splitlines(),
        *table(count(outcomes), "mymodule:match").splitlines(),
    ]
    guide = (RULES_PAGE.parent / "guides" / "testing.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```text\n(`k in.*?)^```", guide, re.MULTILINE | re.DOTALL)
    lines = [line for line in shown.splitlines() if line != "..."]
    assert len(lines) == 8
    assert [line for line in lines if line not in printed] == []


@pytest.fixture
def module(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module with matchers, in the folder where pytest runs."""
    name = "matchers_of_a_project"
    pytester.makepyfile(**{name: MODULE})
    monkeypatch.setattr(sys, "path", list(sys.path))
    return name


def suite(pytester: pytest.Pytester, *options: str) -> pytest.RunResult:
    """Run the suite as its users do, in this process."""
    return pytester.runpytest_inprocess(
        "--pyargs", "labelsel.conformance", "-p", "no:randomly", *options
    )


def test_pytest_with_a_good_matcher(pytester: pytest.Pytester, module: str) -> None:
    """Every group passes, and the last line says so."""
    result = suite(pytester, "--matcher", f"{module}:good")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*:good: all * answers are those of Kubernetes"])
    result = suite(pytester, "--objects", f"--matcher={module}:good_object")
    assert result.ret == 0
    result.assert_outcomes(passed=len({case.about for case in read_cases(objects=True)}))


def test_pytest_with_a_bad_matcher(pytester: pytest.Pytester, module: str) -> None:
    """The group, the question, both answers, and the table: without a traceback of ours."""
    result = suite(pytester, "--matcher", f"{module}:bad")
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        [
            "`k!=v` where k is absent: 16 of 16 answers are wrong (rule 12)",
            "  selects less  selector '*!=*'  labels {}",
            "                Kubernetes: True  here: False",
            "*cases  fails open  selects less  no answer  rule  about",
            "   16           0            16          0    12  `k!=v` where k is absent",
            "*:bad: * of * answers are wrong, in * groups; * fail open",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*test_conformance.py:[0-9]*")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "ERROR: name the function to test: --matcher module:name"),
        (["--matcher", "no_colon"], "ERROR: --matcher no_colon: expected module:name*"),
        (
            ["--matcher", "no_such:match"],
            "ERROR: --matcher no_such:match: there is no module no_such",
        ),
        (["--matcher", "{}:none"], "ERROR: --matcher *:none: the module * has no none"),
        (["--matcher", "{}:no_function"], "ERROR: *: no_function is not a function, but int"),
    ],
)
def test_pytest_without_a_matcher(
    pytester: pytest.Pytester, module: str, options: list[str], message: str
) -> None:
    """A wrong call is told in one line, before anything runs."""
    result = suite(pytester, *(option.format(module) for option in options))
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([message])


def test_the_options_are_nowhere_else(pytester: pytest.Pytester) -> None:
    """A project may have options of these names: ours exist only where the suite is named."""
    pytester.makeconftest(
        "def pytest_addoption(parser):\n"
        "    parser.addoption('--matcher')\n    parser.addoption('--objects')\n"
    )
    pytester.makepyfile("def test_a(request): assert request.config.getoption('--matcher') == 'x'")
    pytester.runpytest_inprocess("--matcher", "x").assert_outcomes(passed=1)


def test_the_suite_without_its_plugin(pytester: pytest.Pytester) -> None:
    """Where pytest loads no plugins of installed packages, the tests say what is missing."""
    result = suite(pytester, "-p", "no:labelsel", "-k", "blank")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["name the function to test: --matcher module:name"])


@pytest.mark.parametrize(
    ("source", "name", "message"),
    [
        (
            "import nothing_like_it",
            "m",
            "the module broken needs another one: No module named 'noth",
        ),
        ("1 / 0", "m", "the module broken cannot be imported: ZeroDivisionError: division by zero"),
        ("", "a.b", "the module broken has no a.b"),
        ("raise SystemExit", "m", "the module broken cannot be imported: SystemExit"),
        (
            "import pytest\npytest.skip('no', allow_module_level=True)",
            "m",
            "the module broken cannot be imported: Skipped: no",
        ),
    ],
)
def test_a_module_that_is_broken(
    source: str, name: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is wrong with the module is told."""
    (tmp_path / "broken.py").write_text(source)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "broken", raising=False)
    with pytest.raises(MatcherError) as caught:
        load_matcher(f"broken:{name}")
    assert str(caught.value).startswith(f"--matcher broken:{name}: {message}")
    sys.modules.pop("broken", None)


def test_a_module_that_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while the module is imported is no problem of the module."""
    (tmp_path / "stopped.py").write_text("raise KeyboardInterrupt")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    with pytest.raises(KeyboardInterrupt):
        load_matcher("stopped:m")


@pytest.mark.parametrize("name", ["..:P", ":m", "a..b:m", "a b:m", "a:", "1:m"])
def test_what_is_no_name_of_a_module(name: str) -> None:
    """The words are ours, not those of Python's import."""
    with pytest.raises(MatcherError, match=r"expected module:name, such as shop\.selectors:match$"):
        load_matcher(name)


def test_a_function_in_a_class(module: str) -> None:
    """Dots after the colon lead on, and the folder is put on the path once."""
    assert load_matcher(f"{module}:Holder.match")("a", {"a": ""}) is True
    assert load_matcher(f"{module}:good")("a", {}) is False
    sys.modules.pop(module, None)


def answer_file(tmp_path: Path, answers: Iterable[object]) -> str:
    file = tmp_path / "answers.jsonl"
    file.write_text("".join(f"{json.dumps(answer)}\n\n" for answer in answers))
    return str(file)


def test_json_lines(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The cases can be answered by any program, and their own answers are right."""
    assert main([]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [Case.from_json(line) for line in lines] == list(read_cases())
    right = [{"id": line["id"], "answer": line["expected"]} for line in lines]
    assert main(["--check", answer_file(tmp_path, right)]) == 0
    assert capsys.readouterr().out.endswith("answers are those of Kubernetes\n")
    marked = tmp_path / "marked.jsonl"
    marked.write_text(Path(answer_file(tmp_path, right)).read_text(), encoding="utf-8-sig")
    assert main(["--check", str(marked)]) == 0


def test_json_lines_with_wrong_answers(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A wrong and a missing answer are told, with status 1."""
    cases = read_cases(objects=True)
    answers = [
        {"id": case.id, "answer": "error" if case.expected is None else case.expected}
        for case in cases
    ]
    wrong = next(n for n, case in enumerate(cases) if case.expected is None)
    answers[wrong]["answer"] = True
    del answers[-1]
    assert main(["--objects", "--check", answer_file(tmp_path, answers)]) == 1
    printed = capsys.readouterr().out
    assert "FAILS OPEN    selector {" in printed
    assert "here: nothing, neither True nor False" in printed
    groups = len({case.about for case in cases})
    sums = f"2 of {len(cases)} answers are wrong, in 2 of {groups} groups; 1 fails open"
    assert sums in printed


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"id": "1"}', 'x:1: expected {"id": ..., "answer": ...}'),
        ("[]", 'x:1: expected {"id": ..., "answer": ...}'),
        ("{", 'x:1: expected {"id": ..., "answer": ...}'),
        ("[" * 100_000, 'x:1: expected {"id": ..., "answer": ...}'),
        ('{"id": 1, "answer": true}', 'x:1: expected {"id": ..., "answer": ...}'),
        (
            '{"id": "FIRST", "answer": false, "answer": true}',
            'x:1: the name "answer" is there twice',
        ),
        (
            '{"id": "FIRST", "answer": {"a": 1, "a": 1}}',
            'x:1: the name "a" is there twice',
        ),
        ('{"id": "no", "answer": true}', "x:1: there is no case 'no'"),
        ('{"id": "FIRST", "answer": "yes"}', 'x:1: an answer is true, false or "error", not "yes"'),
        ('{"id": "FIRST", "answer": 1}', 'x:1: an answer is true, false or "error", not 1'),
        (
            '{"id": "FIRST", "answer": true}\n{"id": "FIRST", "answer": true}',
            "x:2: a second answer to the case 'FIRST'",
        ),
    ],
)
def test_bad_answers(
    line: str,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A file that is no list of answers is bad input, status 2, with the line."""
    first = read_cases()[0].id
    monkeypatch.chdir(tmp_path)
    Path("x").write_text(line.replace("FIRST", first))
    assert main(["--check", "x"]) == 2
    assert capsys.readouterr().err == f"error: {message.replace('FIRST', first)}\n"
    assert main(["--check", "no such file"]) == 2
    assert "No such file" in capsys.readouterr().err


def test_the_command_with_a_function(tmp_path: Path) -> None:
    """It does without pytest what the suite does; answers come from standard input, too."""
    (tmp_path / "shop.py").write_text(MODULE)
    command = [sys.executable, "-m", "labelsel.conformance"]
    done = subprocess.run(
        [*command, "--matcher", "shop:bad"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert "shop:bad: " in done.stdout.splitlines()[-2]


def run_without_reader(*words: str) -> tuple[int, bytes]:
    """Run the command with an output that nothing reads; return its status and its errors."""
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "labelsel.conformance", *words]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=write, stderr=subprocess.PIPE, check=False
    )
    os.close(write)
    return done.returncode, done.stderr


@pytest.mark.parametrize("words", [(), ("--matcher", "operator:contains"), ("--check", "-")])
def test_the_reader_of_the_output_ends_first(words: tuple[str, ...]) -> None:
    """``| head -1`` is a quiet end, and no success."""
    assert run_without_reader(*words) == (141, b"")


def test_the_module_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """``python -m labelsel.conformance`` exits with the status of `main`."""
    monkeypatch.setattr(sys, "argv", ["labelsel.conformance", "--check", "no such file"])
    monkeypatch.delitem(sys.modules, "labelsel.conformance.__main__")
    with pytest.raises(SystemExit) as caught:
        runpy.run_module("labelsel.conformance", run_name="__main__")
    assert caught.value.code == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    """``-`` is standard input; a function of the folder is found."""
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert main(["--check", "-"]) == 1
    assert main(["--matcher", f"{module}:good"]) == 0
    total = len(read_cases())
    assert capsys.readouterr().out.endswith(f":good: all {total} answers are those of Kubernetes\n")
    sys.modules.pop(module, None)


def test_a_reader_that_ends_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long report into a pipe that nobody reads, as beside ``| head``: no traceback."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        assert main(["--matcher", "operator:eq"]) == 141
        monkeypatch.undo()
