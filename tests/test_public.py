"""The public names: each is there, loaded only when it is used, and documented."""

import ast
import doctest
import inspect
import subprocess
import sys
from importlib import import_module, metadata
from pathlib import Path
from types import ModuleType

import pytest

import labelsel
import labelsel.kubernetes

PACKAGES = [labelsel, labelsel.kubernetes]


def imports_for_type_checkers(package: ModuleType) -> dict[str, str]:
    """Return the names below ``if TYPE_CHECKING:``, each with the module that it comes from."""
    assert package.__file__ is not None
    tree = ast.parse(Path(package.__file__).read_text())
    return {
        name.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("labelsel")
        for name in node.names
    }


@pytest.mark.parametrize("package", PACKAGES)
def test_every_name_is_loaded(package: ModuleType) -> None:
    """What a type checker sees is what is loaded, name by name and from the same module."""
    names = imports_for_type_checkers(package)
    assert {name: package._MODULE_OF[name] for name in package._MODULE_OF} == names
    for name, module in names.items():
        assert getattr(package, name) is getattr(import_module(module), name)
    assert set(package.__all__) - {"__version__"} == set(names)
    assert set(package.__all__) <= set(dir(package))


@pytest.mark.parametrize("package", PACKAGES)
def test_no_other_name(package: ModuleType) -> None:
    """A name that is not there is Python's own error."""
    with pytest.raises(
        AttributeError, match=f"module '{package.__name__}' has no attribute 'pars'"
    ):
        package.pars  # noqa: B018  # the access is the test


def test_version() -> None:
    """The version is that of the installed package."""
    assert labelsel.__version__ == metadata.version("labelsel")


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import labelsel", {"lark", "numpy", "pyroaring", "labelsel.selector"}),
        ("from labelsel import parse; parse('a')", {"lark", "numpy", "labelsel.reasoning"}),
        ("import labelsel.kubernetes", {"numpy", "yaml", "click"}),
    ],
)
def test_only_what_is_used_is_loaded(code: str, absent: set[str]) -> None:
    """A program pays only for what it uses."""
    script = f"{code}\nimport sys\nprint(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not absent & set(run.stdout.split())


def test_every_public_name_is_documented() -> None:
    """Each public function and class has a docstring; each function an example that runs."""
    finder = doctest.DocTestFinder(recurse=False)
    undocumented = []
    for package in PACKAGES:
        for name in package.__all__:
            value = getattr(package, name)
            if inspect.isclass(value) or inspect.isfunction(value):
                examples = [test for test in finder.find(value, name) if test.examples]
                needs_example = inspect.isfunction(value)
                if not inspect.getdoc(value) or (needs_example and not examples):
                    undocumented.append(f"{package.__name__}.{name}")
    assert undocumented == []


def test_an_interpreter_with_neither_numpy_nor_pyroaring() -> None:
    """Whatever needs no index works where only Lark is installed, in a browser's Python, say."""
    code = """if True:
        import sys

        class Blocked:
            def find_spec(name, path=None, target=None):
                if name.partition(".")[0] in {"numpy", "pyroaring"}:
                    raise ModuleNotFoundError(name)

        sys.meta_path.insert(0, Blocked)
        from labelsel import *
        selector = parse("app=web,tier in (db,cache)")
        print(selector.matches({"app": "web", "tier": "db"}), selector.why({"app": "web"}))
        print(bool(selector.implies("app")), simplify(selector), to_expression(selector))
        print(parse_fields("a=b"), parse_matchers('{a="b"}'), to_label_selector(parse("a")))
        try:
            parse("a b")
        except SelectorSyntaxError as error:
            print(error.position)
    """
    names = "Selector SelectorSyntaxError parse parse_fields parse_matchers simplify to_expression"
    code = code.replace("*", f"{', '.join(names.split())}, to_label_selector")
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (run.stderr, run.returncode) == ("", 0)
    assert run.stdout.splitlines()[-1] == "2"
