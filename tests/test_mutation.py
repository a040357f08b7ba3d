"""`make mutants`: what is changed, that the change takes hold, and that a run can be stopped."""

import ast
import importlib
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.mutation.__main__ import cases, changed_lines, modules
from tests.mutation.__main__ import main as mutation_main
from tests.mutation.equivalents import Equivalent, listed, module_name, stale
from tests.mutation.modules import ROOT, Module, find_functions, install, replace
from tests.mutation.mutants import find_mutants


def changes(text: str) -> list[str]:
    """Return the mutants of a text, each as its kind and its change."""
    return [f"{m.kind}: {m.change}" for m in find_mutants(ast.parse(text), text)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("if a:\n  b()\n  c()",
         ["condition: a -> True", "condition: a -> False", "statement: without b()",
          "statement: without c()"]),
        # To leave the call out is to have the condition false.
        ("if a: b()", ["condition: a -> True", "condition: a -> False"]),
        ("while a: pass", ["condition: a -> False"]),
        ("yield [x for x in a if x < y]",
         ["statement: without yield [x for x in a if x < y]", "condition: x < y -> True",
          "condition: x < y -> False", "boundary: x < y -> x <= y"]),
        ("return a and not b",
         ["return: a and (not b) -> None", "operand: a and (not b) -> not b",
          "operand: a and (not b) -> a"]),
        ("return not a", ["return: not a -> None", "negation: not a -> a"]),
        ("return a == 3",
         ["return: a == 3 -> None", "negation: a == 3 -> a != 3", "number: 3 -> 4",
          "number: 3 -> 2"]),
        ("return a >= 3",
         ["return: a >= 3 -> None", "boundary: a >= 3 -> a > 3", "negation: a >= 3 -> a < 3",
          "number: 3 -> 2"]),
        ("a += 1\ndel b[a]",
         ["arithmetic: a += 1 -> a -= 1", "statement: without a += 1", "number: 1 -> 2",
          "number: 1 -> 0", "statement: without del b[a]"]),
        ("return True", ["truth: True -> False"]),
        ("x = a\nx = b\nself.y = x", ["statement: without x = b", "statement: without self.y = x"]),
        ("for x in a:\n  if x: break\n  continue",
         ["condition: x -> True", "condition: x -> False", "jump: without continue"]),
        ("try: pass\nexcept KeyError: pass", ["handler: raised again"]),
        ("match a:\n  case int() if b: pass\n  case _: assert_never(a)",
         ["condition: b -> True", "condition: b -> False", "case: case int() never matches"]),
        ("return f(a, key=b)",
         ["return: f(a, key=b) -> None", "keyword: f(...) without key=b"]),
        ("return a[b:-1]",
         ["return: a[b:-1] -> None", "slice: [b:-1] without b", "slice: [b:-1] without -1",
          "number: 1 -> 2", "number: 1 -> 0"]),
        ("return any(a)", ["return: any(a) -> None", "name: any(a): all"]),
        ("return a | int", ["return: a | int -> None", "arithmetic: a | int -> a & int"]),
        # Texts, what is raised, assertions, docstrings and types are left as they are.
        ("'a'\nassert a < 1\nx: int | None = b\nreturn 'a'", []),
        ("raise ValueError(f'{a + 1}')", ["statement: without raise ValueError(f'{a + 1}')"]),
        ("return zip(a, b, strict=True)", ["return: zip(a, b, strict=True) -> None"]),
    ],
)  # fmt: skip
def test_what_is_changed(body: str, expected: list[str]) -> None:
    text = f"def f(self, a, b=None) -> object | None:\n{textwrap.indent(body, '  ')}"
    assert changes(text) == expected


def test_what_is_left_alone_outside_of_functions() -> None:
    text = """
        __all__ = ["f", *[1]]
        X: TypeAlias = int | 1
        if TYPE_CHECKING:
            Y = 1
        if not TYPE_CHECKING:
            Z = "a"
        class A:
            @cached(size=1)
            @overload
            def f(self): return 1
            def __repr__(self): return 1
        LIMIT = 3
    """
    assert changes(textwrap.dedent(text)) == ["number: 3 -> 4", "number: 3 -> 2"]


SAMPLE = """
LIMIT = 3


def around(a, b):
    def inner(x):
        while x < LIMIT and b:
            x = x + 1 if a else x - a
        return [each for each in range(x) if each != a and not b[each:]]

    return inner(a) or (lambda: any(y for y in b))()


class A:
    def method(self, value, *, key=1):
        try:
            self.value = value
        except AttributeError:
            return super().__init__()
        match value:
            case [first, *_] if first:
                value = self.method(first, key=key)
        yield value
"""


def test_each_mutant_is_other_code_that_fits_in_the_place_of_the_old(tmp_path: Path) -> None:
    """Functions keep the variables of those around them, or they could not be replaced."""
    path = tmp_path / "sample.py"
    path.write_text(SAMPLE)
    namespace: dict[str, object] = {}
    exec(Module(path).code, namespace)  # noqa: S102  # the text above
    count = len(Module(path).mutants)
    assert count > 30
    for number in range(count):
        module = Module(path)
        code = module.mutated(number)
        assert code != module.code, module.mutants[number]
        functions = find_functions(tmp_path)
        replace(functions, module.code, code)
        replace(find_functions(tmp_path), code, Module(path).code)


def test_functions_that_are_there_already_are_replaced(tmp_path: Path) -> None:
    """A closure, and a function that something else holds."""
    path = tmp_path / "sample.py"
    path.write_text("def outer(n):\n    def add(x):\n        return x + n\n    return add\n")
    namespace: dict[str, object] = {}
    exec(Module(path).code, namespace)  # noqa: S102  # the text above
    outer = namespace["outer"]
    assert callable(outer)
    add = outer(1)
    module = Module(path)
    changes = [mutant.change for mutant in module.mutants]
    number = changes.index("x + n -> x - n")
    assert add(5) == outer(1)(5) == 6
    assert replace(find_functions(tmp_path), module.code, module.mutated(number)) == 2
    assert add(5) == outer(1)(5) == 4


def test_a_module_is_loaded_with_a_mutant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mutated_sample.py"
    path.write_text("LIMIT = 3\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    module = Module(path)
    install(path, module.mutated(0))
    assert importlib.import_module("mutated_sample").LIMIT == 4
    del sys.modules["mutated_sample"]


def test_the_list_of_equivalents_is_up_to_date() -> None:
    """Each entry names a mutant of the code as it is now."""
    entries = listed()
    files = {f"selectors/{entry.module.replace('.', '/')}.py" for entry in entries}
    assert stale(entries, modules(sorted(files)).values()) == []


def test_an_entry_that_fits_no_mutant_is_found() -> None:
    path = ROOT / "selectors" / "labelsel" / "negation.py"
    module = Module(path)
    mutant = module.mutants[0]
    entry = Equivalent(module_name(path), mutant.function, mutant.text, mutant.change, "reason")
    old = Equivalent(module_name(path), mutant.function, "if old:", mutant.change, "reason")
    assert stale([entry, old], [module]) == [old]


def test_the_lines_that_changed_since_a_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(["git", "-C", tmp_path, *arguments], check=True, capture_output=True)  # noqa: S607  # of PATH

    file = tmp_path / "selectors" / "a.py"
    file.parent.mkdir()
    file.write_text("a = 1\nb = 2\nc = 3\nd = 4\n")
    git("init")
    git("add", ".")
    git("-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-m", "first")
    file.write_text("a = 1\nb = 3\nd = 4\ne = 5\nf = 6\n")
    monkeypatch.setattr("tests.mutation.__main__.ROOT", tmp_path)
    assert changed_lines("HEAD") == {"selectors/a.py": {2, 4, 5}}


def test_a_verdict_is_kept_while_the_function_is_the_same(tmp_path: Path) -> None:
    """Lines above it and other functions may change; its own text may not."""
    file = tmp_path / "a.py"

    def keys(text: str) -> dict[str, set[str]]:
        file.write_text(text)
        found: dict[str, set[str]] = {}
        for case in cases({"a.py": Module(file)}, None):
            found.setdefault(case.mutant.function, set()).add(case.key)
        return found

    first, second = "def f(x):\n    return x < 1\n", "def g(x):\n    return x < 1\n"
    before = keys(f"A = 5\n{first}{second}")
    assert before.keys() == {"", "f", "g"}
    after = keys(f'"""Words."""\n\nA = 5\n\n{first.replace("1", "2")}\n{second}')
    assert before[""] == after[""]
    assert before["g"] == after["g"]
    assert not before["f"] & after["f"]
    assert not before[""] & keys("A = 6\n")[""]


@pytest.mark.slow
def test_a_run_goes_on_where_it_was(tmp_path: Path) -> None:
    """Mutants are tried in both kinds of process, and only those without a verdict."""
    found = cases(modules(["selectors/labelsel/index/plan_cache.py"]), None)
    left = {"without self._size += size", "without self[name] = plan", "64 -> 63"}
    todo = [case for case in found if case.mutant.change in left]
    assert len(todo) == len(left)
    results = tmp_path / "results.jsonl"
    done = [{"key": case.key, "outcome": "killed"} for case in found if case not in todo]
    done[0]["outcome"] = "survived"
    torn = '{"key": "b", "outc'  # of a run that was killed
    results.write_text("".join(f"{json.dumps(line)}\n" for line in done) + torn)
    command = [sys.executable, "-m", "tests.mutation", "selectors/labelsel/index/plan_cache.py"]
    command += ["--jobs", "1", "--tests", "tests/index/test_plan_cache.py"]
    environment = os.environ | {"MUTATION_FOLDER": str(tmp_path)}
    for _ in range(2):
        ended = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert (ended.returncode, ended.stderr) == (1, ""), ended.stdout
        assert ended.stdout.count("alive: selectors/labelsel/index/plan_cache.py:") == 1
        total = f"== total: {len(found)} mutants: {len(found) - 1} killed (0 by a time limit)"
        assert f"{total}, 0 equivalent, 1 alive, 0 not tried" in ended.stdout
    # The limit is code that runs at import: a warm process has no function for it.
    lines = results.read_text().splitlines()
    assert lines.pop(len(done)) == torn
    outcomes = [json.loads(line)["outcome"] for line in lines]
    assert outcomes[len(done) :] == ["unpatched", "unsure", "killed", "killed", "killed"]


def test_a_commit_that_git_does_not_know(capsys: pytest.CaptureFixture[str]) -> None:
    """It is a mistake of the caller, in the words of git."""
    with pytest.raises(SystemExit, match="2"):
        mutation_main(["--list", "--since", "nosuch", "selectors/labelsel/requirements.py"])
    assert "--since nosuch: git says: fatal: " in capsys.readouterr().err


@pytest.mark.parametrize("name", ["no-such.py", "docs", "../.."])
def test_a_path_that_is_not_of_the_library(capsys: pytest.CaptureFixture[str], name: str) -> None:
    """It is a mistake of the caller, in one line."""
    with pytest.raises(SystemExit, match="2"):
        mutation_main(["--list", name])
    assert f"no file or folder of the library: {name}" in capsys.readouterr().err
