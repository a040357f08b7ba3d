"""What docs/extending.md says is true: each of its extensions works, from outside and inside.

From outside: the operator, the language and the rule are made here, in this process or in a program
of its own. Inside: the changes of the document are applied to a copy of the source.
"""

import doctest
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import duckdb
import pytest

from labelsel import And, Equals, Exists, Not, Requirement, parse
from labelsel.engines import Columns, MapColumn, to_sql
from labelsel.languages import LANGUAGES, Language, register
from tests.evaluators import Labels, evaluate

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "extending.md"
_BLOCK = re.compile(
    r"^ *`(?P<file>[\w/.]+)`$|^(?P<indent> *)```(?P<kind>\w+)\n(?P<text>.*?)^ *```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Change:
    """A block of the document: the whole text of a new file, or a change of one."""

    file: str
    kind: str
    text: str

    def apply(self, root: Path) -> None:
        """Write the new file, or replace the one passage that the change is about."""
        path = root / self.file
        if self.kind != "diff":
            assert not path.exists(), f"{self.file} is there already"
            path.write_text(self.text)
            return
        before, after = self.before_and_after()
        text = path.read_text()
        assert text.count(before) == 1, f"not once in {self.file}:\n{before}"
        path.write_text(text.replace(before, after))

    def before_and_after(self) -> tuple[str, str]:
        """Return the passage as it is and as it becomes."""
        lines = self.text.splitlines(keepends=True)
        shown = [line if line.strip() else f" {line}" for line in lines]
        before = "".join(line[1:] for line in shown if line[0] != "+")
        after = "".join(line[1:] for line in shown if line[0] != "-")
        return before, after


def changes(section: str) -> list[Change]:
    """Return the changes in a section of the document, in order."""
    text = DOCUMENT.read_text(encoding="utf-8")
    (body,) = re.findall(rf"^## {section}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    found, file = [], ""
    for block in _BLOCK.finditer(body):
        if block["file"]:
            file = block["file"]
        elif block["kind"] != "python":
            found.append(Change(file, block["kind"], dedent_by(block["indent"], block["text"])))
    return found


def dedent_by(margin: str, text: str) -> str:
    """Remove the indentation of a list item from the lines of a block."""
    return re.sub(rf"^{margin}", "", text, flags=re.MULTILINE)


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the labelsel of a folder."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={"PYTHONPATH": f"{root / 'selectors'}:{ROOT}", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the source in which the grammars stand where an installed labelsel has them."""
    # With the compiled files beside the sources: so the tests of this file take 23 s instead of 45.
    # Another test may be writing a compiled file, under a name such as a.pyc.123.
    ignored = shutil.ignore_patterns("*.pyc.*")
    shutil.copytree(ROOT / "selectors", tmp_path / "selectors", ignore=ignored)
    grammars = tmp_path / "selectors" / "labelsel" / "grammar"
    shutil.copytree(ROOT / "grammar", grammars, ignore=ignored)
    (tmp_path / "grammar").symlink_to(grammars)
    return tmp_path


def check(copy: Path, script: str) -> None:
    """Run a script with the labelsel of a copy, and fail where it fails."""
    where = f"import labelsel\nassert labelsel.__file__.startswith({str(copy)!r})\n"
    done = run(copy, "-c", where + dedent(script))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("section", "files"),
    [("An operator", 4), ("A language", 3), ("A lint rule", 1), ("An output format", 1)],
)
def test_files_to_touch(section: str, files: int) -> None:
    """Each extension takes as many files as the table of the document says."""
    assert len({change.file for change in changes(section)}) == files
    anchor = section.lower().replace(" ", "-")
    row = rf"^\| {section.lower()} \| {files} \| \[{section}\]\(#{anchor}\) \|$"
    assert re.search(row, DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)


# An operator


class SameCase(Requirement):
    """An operator from outside: the value has no upper-case letter."""

    __slots__ = ()

    def allows(self, value: str | None) -> bool:
        return value is not None and value == value.lower()

    def __str__(self) -> str:
        return f"lower({self.key})"


def test_an_operator_from_outside() -> None:
    """Every evaluator answers the operator, its negation, and a conjunction with it."""
    sets: list[Labels] = [{"a": "x"}, {"a": "X"}, {"a": ""}, {}, {"b": "x"}]
    lower = SameCase("a")
    assert evaluate(lower, sets) == [True, False, True, False, False]
    assert evaluate(Not(lower), sets) == [False, True, False, True, True]
    assert evaluate(And((lower, parse("a=x"))), sets) == [True, *[False] * 4]


def test_an_operator_inside(copy: Path) -> None:
    """The new operator is read and written, and means the same to every evaluator."""
    for change in changes("An operator"):
        change.apply(copy)
    check(
        copy,
        """
        from labelsel import Like, is_equivalent, parse_expression, to_expression, to_kubernetes
        from tests.evaluators import evaluate
        like = parse_expression("env like 'Prod'")
        assert like == Like("env", "Prod"), like
        assert to_expression(like) == 'env like "Prod"'
        sets = [{"env": "PROD"}, {"env": "prod"}, {"env": "dev"}, {}]
        assert evaluate(like, sets) == [True, True, False, False]
        assert evaluate(~like, sets) == [False, False, True, True]
        try:
            parse_expression("env lik 'x'")
        except labelsel.SelectorSyntaxError as error:
            assert "ends with, like" in str(error), error
        try:
            to_kubernetes(like)
        except labelsel.TranslationError as error:
            assert "=, !=, in" in str(error), error
        """,
    )


# A language


def parse_tags(text: str) -> And:
    """Read keys with spaces between them."""
    return And(tuple(map(parse, text.split())))


@pytest.fixture
def tags() -> Iterator[Language]:
    """A language from outside, which the registry forgets after the test."""
    yield register(Language(name="tags", parse=parse_tags, format=None, example="a b"))
    del LANGUAGES["tags"]


def test_a_language_from_outside(tags: Language) -> None:
    """The registry knows it, under its name alone."""
    assert LANGUAGES["tags"] is tags
    assert LANGUAGES["tags"].parse("a b").matches({"a": "", "b": ""})
    with pytest.raises(ValueError, match="there is already a language 'tags'"):
        register(tags)
    with pytest.raises(ValueError, match="a language needs a name"):
        register(replace(tags, name="", aliases=()))
    with pytest.raises(ValueError, match="there is already a language 'twice'"):
        register(replace(tags, name="twice", aliases=("twice",)))
    assert "twice" not in LANGUAGES


def test_a_language_from_outside_in_the_command(tmp_path: Path) -> None:
    """A program that registers a language before it runs the command can translate from it."""
    program = tmp_path / "program.py"
    program.write_text(
        "from labelsel.languages import Language, register\n"
        "from tests.test_extending import parse_tags\n"
        "register(Language(name='tags', parse=parse_tags, format=None, example='a b'))\n"
        "from labelsel.cli import main\n"
        "raise SystemExit(main())\n"
    )
    command = ["translate", "--from", "tags", "--to", "calico", "a b"]
    done = run(ROOT, str(program), *command)
    assert (done.stdout, done.stderr) == ("(has(a) && has(b))\n", "")
    assert "tags                  a b" in run(ROOT, str(program), "translate", "--help").stdout


def test_a_language_inside(copy: Path) -> None:
    """The language is read and written by the command, and its errors have a caret."""
    for change in changes("A language"):
        change.apply(copy)
    done = run(copy, "-m", "labelsel", "translate", "--from", "search", "--to", "kubernetes",
               "app:web -tier:db")  # fmt: skip
    assert (done.stdout, done.stderr) == ("app=web,tier!=db\n", "")
    done = run(copy, "-m", "labelsel", "translate", "--to", "search", "app=web,tier notin (db)")
    assert "'tier notin (db)' cannot be written as a search text: it has key:value" in done.stderr
    done = run(copy, "-m", "labelsel", "translate", "--from", "search", "--to", "calico", "app web")
    assert "  app web\n      ^\n  expected: ':'" in done.stderr
    check(
        copy,
        """
        import doctest, labelsel.languages.search
        assert doctest.testmod(labelsel.languages.search) == (0, 2)
        """,
    )


# A lint rule

DEPLOYMENT = "kind: Deployment\napiVersion: apps/v1\nmetadata:\n  name: web\n"


def test_a_rule_from_outside(tmp_path: Path) -> None:
    """The command runs a rule that a program defines, and its help lists the rule."""
    (change,) = changes("A lint rule")
    program = tmp_path / "program.py"
    program.write_text(f"{change.text}\nfrom labelsel.cli import main\nraise SystemExit(main())\n")
    (tmp_path / "web.yaml").write_text(DEPLOYMENT)
    done = run(ROOT, str(program), "lint", "-f", str(tmp_path / "web.yaml"), "--format", "github")
    assert "no annotation says who owns this" in done.stdout, done.stderr
    assert "no-owner" in run(ROOT, str(program), "lint", "--help").stdout


def test_a_rule_inside(copy: Path, tmp_path: Path) -> None:
    """A file in the folder of rules is enough: it is found, selected, and left out by name."""
    (change,) = changes("A lint rule")
    change.apply(copy)
    file = tmp_path / "web.yaml"
    file.write_text(DEPLOYMENT)
    lint = ["-m", "labelsel", "lint", "-f", str(file)]
    done = run(copy, *lint, "--select", "no-owner")
    assert "no annotation says who owns this" in done.stdout, done.stderr
    assert done.returncode == 1
    assert "no-owner" not in run(copy, *lint, "--ignore", "no-owner").stdout


# An output format


def test_a_format_inside(copy: Path) -> None:
    """Each command whose result has objects has the format, and its help shows it."""
    for change in changes("An output format"):
        change.apply(copy)
    command = ["-m", "labelsel", "get", "pods", "-A", "-f", str(ROOT / "examples")]
    names = run(copy, *command, "-o", "name").stdout.splitlines()
    done = run(copy, *command, "-o", "count")
    assert (done.stdout, done.stderr) == (f"{len(names)}\n", "")
    assert "count" in run(copy, "-m", "labelsel", "get", "--help").stdout


# An engine


def test_an_engine_from_outside() -> None:
    """The dialect of the document, on DuckDB, selects the rows that `matches` does."""
    text = DOCUMENT.read_text(encoding="utf-8")
    code = text[text.index("## An engine") :].split("```python\n")[1].split("```")[0]
    assert code.count("\n") <= 60
    names: dict[str, Any] = {}
    for example in doctest.DocTestParser().get_examples(code):
        exec(example.source, names)  # noqa: S102  # our own text
    connection = duckdb.connect()
    connection.execute("CREATE TABLE pods (labels MAP(VARCHAR, VARCHAR), app VARCHAR)")
    sets = [{"app": "web"}, {"app": "it's"}, {"tier": "web"}, {"app": "\\'"}, {}]
    for labels in sets:
        connection.execute("INSERT INTO pods VALUES ($1, $2)", [labels, labels.get("app")])
    for layout in (MapColumn("labels"), Columns(["app"])):
        for value in ("web", "it's", "\\'", "gone"):
            for selector in (Equals("app", value), Not(Equals("app", value)), Exists("app")):
                condition = to_sql(selector, layout, dialect=names["LAKE"])
                query = f"SELECT {condition} FROM pods"  # noqa: S608  # that is what is tested
                rows = connection.execute(query).fetchall()
                assert [row[0] for row in rows] == list(map(selector.matches, sets))


# The checks can fail


def test_a_stale_change_is_found(tmp_path: Path) -> None:
    """A change whose lines are not in the file, or are there twice, is an error."""
    (tmp_path / "a.py").write_text("one\ntwo\none\n")
    for text in (" three\n+four\n", " one\n+four\n"):
        with pytest.raises(AssertionError, match=r"not once in a\.py"):
            Change("a.py", "diff", text).apply(tmp_path)
    Change("a.py", "diff", " two\n+four\n").apply(tmp_path)
    assert (tmp_path / "a.py").read_text() == "one\ntwo\nfour\none\n"
    with pytest.raises(AssertionError, match="is there already"):
        Change("a.py", "py", "").apply(tmp_path)
    assert dedent_by("   ", indent("a\n\nb\n", "   ")) == "a\n\nb\n"


def test_a_failing_script_is_found(copy: Path) -> None:
    """A script that fails fails the test, with what it printed."""
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        check(copy, "1 / 0")
