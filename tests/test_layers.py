"""Imports inside labelsel run one way, and each foreign library has one place.

The rules are read off the source text, so that an import in a function, or one that only a
type checker follows, counts as well.
"""

import ast
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

import labelsel
import labelsel.kubernetes

SOURCE = Path(__file__).resolve().parent.parent / "selectors" / "labelsel"

#: From the lowest layer to the highest. A module may import from lower layers, and within its
#: own package; modules that share a layer do not know each other. "" is labelsel/__init__.py.
LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"escapes"}),
    frozenset({"_core", "collector", "core", "errors", "folders", "limits", "locks", "running"}),
    frozenset({"atomic_write", "budget", "labels", "placeholders", "typos"}),
    frozenset({"selector", "regex"}),
    frozenset({"requirements"}),
    frozenset({"negation", "explain", "predicate", "value_sets"}),
    frozenset({"reasoning"}),
    frozenset({"translation"}),
    frozenset({"objects"}),
    frozenset({"languages"}),
    frozenset({"index"}),
    frozenset({"live"}),
    frozenset({"engines", "integrations"}),
    frozenset({""}),
    frozenset({"conformance", "kubernetes", "testing"}),
    frozenset({"hypothesis_types", "lint"}),
    frozenset({"cli"}),
    frozenset({"__main__"}),
)
#: The only imports that go upwards: the methods of Selector import what answers them when they
#: are called, and those of Language what pydantic asks them for.
UPWARD: frozenset[tuple[str, str]] = frozenset(
    (importer, module)
    for importer, modules in {
        "labelsel.selector": (
            "labelsel.explain",
            "labelsel.integrations.pydantic",
            "labelsel.languages.kubernetes",
            "labelsel.negation",
            "labelsel.predicate",
            "labelsel.reasoning.answer",
            "labelsel.reasoning.decide",
        ),
        "labelsel.languages.registry": ("labelsel.integrations.pydantic",),
    }.items()
    for module in modules
)
#: The parts of labelsel that may import a foreign library. No other library may be imported.
FOREIGN: dict[str, frozenset[str]] = {
    "lark": frozenset({"cli", "languages"}),
    "re2": frozenset({"regex"}),
    "pyroaring": frozenset({"index"}),
    "numpy": frozenset({"index"}),
    "pyarrow": frozenset({"index", "engines"}),
    "duckdb": frozenset({"cli"}),
    "pandas": frozenset({"engines"}),
    "polars": frozenset({"engines"}),
    # Beside integrations/, the types of what pydantic calls: no program loads it from there.
    "pydantic": frozenset({"integrations", "languages", "selector"}),
    "pydantic_core": frozenset({"integrations", "languages", "selector"}),
    "hypothesis": frozenset({"hypothesis_types", "testing"}),
    "pygraphviz": frozenset({"kubernetes"}),
    "pytest": frozenset({"conformance"}),
    "pyspark": frozenset({"engines"}),
    "sqlalchemy": frozenset({"engines", "integrations"}),
    "click": frozenset({"cli", "integrations"}),
    "typer": frozenset({"integrations"}),
    "rich": frozenset({"cli"}),
    "jsonpath": frozenset({"cli"}),
    "yaml": frozenset({"kubernetes", "cli"}),
}
_RANK = {part: rank for rank, layer in enumerate(LAYERS) for part in layer}


def part_of(module: str) -> str:
    """Return the part of labelsel a module belongs to: "index" for labelsel.index.planner."""
    return module.removeprefix("labelsel").removeprefix(".").partition(".")[0]


def imported(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the dotted name of everything a source text imports, anywhere in it."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, name.name) for name in names)
            case ast.ImportFrom(module="labelsel", level=0, names=names):
                # `from labelsel import x` asks for the module x where there is one.
                for name in names:
                    is_part = name.name in _RANK
                    yield node.lineno, f"labelsel.{name.name}" if is_part else "labelsel"
            case ast.ImportFrom(module=str(module), level=0):
                yield node.lineno, module
            case ast.ImportFrom():
                yield node.lineno, "." * node.level + (node.module or "")
            case ast.Call(
                func=ast.Name(id="import_module" | "__import__")
                | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(module)), *_],
            ):
                yield node.lineno, module
            case _:
                pass


def fault(importer: str, name: str) -> str | None:
    """Return what forbids the module `importer` to import `name`, or None."""
    part, library = part_of(importer), name.partition(".")[0]
    if not library:
        return f"imports {name!r} relatively: write the whole name"
    if library == "labelsel":
        return fault_inside(importer, name)
    allowed = FOREIGN.get(library, frozenset())
    if library in sys.stdlib_module_names or part in allowed:
        return None
    return f"imports {library}, allowed in {sorted(allowed)}"


def fault_inside(importer: str, name: str) -> str | None:
    """Return what forbids one module of labelsel to import another, or None."""
    part, target = part_of(importer), part_of(name)
    for module, its_part in ((importer, part), (name, target)):
        if its_part not in _RANK:
            return f"{module} has no layer: give it one in LAYERS"
    if (importer, name) in UPWARD:
        return None
    if _RANK[target] < _RANK[part] or (target == part and importer != name):
        return None
    return f"imports {name}, which is not below it"


def violations(module: str, source: str) -> list[str]:
    """Return one line for each import in a module's source that the layers forbid."""
    faults = ((line, fault(module, name)) for line, name in sorted(imported(source)))
    return [f"{module}:{line}: {text}" for line, text in faults if text is not None]


def module_name(path: Path) -> str:
    """Return the dotted name of the module in a file below SOURCE."""
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_imports_run_one_way() -> None:
    """No module of labelsel imports upwards, sideways, or a library that is not its own."""
    sources = {module_name(file): file.read_text() for file in sorted(SOURCE.rglob("*.py"))}
    parts = set(map(part_of, sources))
    assert "selector" in parts, f"{SOURCE} is not the source of labelsel"
    assert parts <= set(_RANK), f"without a layer: {parts - set(_RANK)}"
    found = [line for module in sources for line in violations(module, sources[module])]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("module", "source", "expected"),
    [
        ("labelsel.errors", "import labelsel.selector", "imports labelsel.selector, which is not"),
        ("labelsel.selector", "from labelsel.languages import parse", "imports labelsel.langua"),
        ("labelsel.selector", "import labelsel.index", "imports labelsel.index, which is not"),
        ("labelsel.labels", "from labelsel import predicate", "imports labelsel.predicate, whic"),
        ("labelsel.selector", "from labelsel import And", "imports labelsel, which is not below"),
        ("labelsel.objects", "from labelsel.languages import x", "imports labelsel.languages, w"),
        ("labelsel.predicate", "import labelsel.reasoning", "imports labelsel.reasoning, which i"),
        (
            "labelsel.index.planner",
            "from labelsel.live.a import b",
            "imports labelsel.live.a, whi",
        ),
        ("labelsel.live.reverse", "import numpy as np", "imports numpy, allowed in ['index']"),
        ("labelsel", "from labelsel.cli import main", "imports labelsel.cli, which is not below"),
        ("labelsel", "import labelsel", "imports labelsel, which is not below it"),
        ("labelsel.selector", "from lark import Lark", "imports lark, allowed in ['cli', 'l"),
        ("labelsel.selector", "import lark.exceptions", "imports lark, allowed in ['cli', 'l"),
        ("labelsel.index.planner", "import yaml", "imports yaml, allowed in ['cli', 'kubernetes']"),
        ("labelsel.kubernetes.read", "import click", "imports click, allowed in ['cli', "),
        ("labelsel.labels", "import requests", "imports requests, allowed in []"),
        ("labelsel.index.planner", "from .codes import Codes", "imports '.codes' relatively"),
        ("labelsel.index.planner", "from . import codes", "imports '.' relatively"),
        ("labelsel.helpers", "import labelsel.errors", "labelsel.helpers has no layer"),
        ("labelsel.cli", "import labelsel.helpers", "labelsel.helpers has no layer"),
        ("labelsel.labels", "def f():\n    import labelsel.index", "imports labelsel.index, whi"),
        ("labelsel.labels", "if TYPE_CHECKING:\n    import labelsel.live", "imports labelsel.live"),
        ("labelsel.labels", "importlib.import_module('numpy')", "imports numpy, allowed in"),
        ("labelsel.labels", "import_module('labelsel.cli')", "imports labelsel.cli, which is"),
    ],
)
def test_a_bad_import_is_found(module: str, source: str, expected: str) -> None:
    """The checker can fail: each made-up module breaks one rule, and is told which."""
    (found,) = violations(module, source)
    assert expected in found


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("labelsel.cli.main", "import click\nimport labelsel\nfrom labelsel.kubernetes import x"),
        ("labelsel.index.planner", "import numpy as np\nfrom labelsel.index.codes import Codes"),
        ("labelsel.index", "from labelsel.index.codes import Codes\nfrom pyroaring import BitMap"),
        ("labelsel.languages", "from lark import Lark\nfrom labelsel import errors, selector"),
        ("labelsel", "from labelsel.errors import SelectorError\nfrom labelsel.live import y"),
        ("labelsel.errors", "import json, selectors"),
    ],
)
def test_a_good_import_passes(module: str, source: str) -> None:
    """Downward imports, a package's own modules and the standard library are free."""
    assert violations(module, source) == []


def test_faults_carry_their_line() -> None:
    """A fault names the module and the line of the import."""
    assert violations("labelsel.labels", "\n\nimport numpy")[0].startswith("labelsel.labels:3: ")


#: Most modules that may be imported one because of the other. It was 26 when the modules were
#: flat: printing a table of pods imported the automata. The last one is escapes.py.
LONGEST_CHAIN = 17


def loaded_at_once(body: list[ast.stmt]) -> Iterator[ast.Import | ast.ImportFrom]:
    """Yield the imports that run when a module is loaded: none of functions or type checkers."""
    for node in body:
        match node:
            case ast.Import() | ast.ImportFrom():
                yield node
            case ast.If(test=ast.Name(id="TYPE_CHECKING"), orelse=orelse):
                yield from loaded_at_once(orelse)
            case ast.If(body=inner, orelse=orelse):
                yield from loaded_at_once([*inner, *orelse])
            case ast.Try(body=inner):
                yield from loaded_at_once(inner)
            case _:
                pass


def import_graph() -> dict[str, frozenset[str]]:
    """Return the modules that each module loads, with those behind the names that load lazily."""
    files = {module_name(file): file for file in sorted(SOURCE.rglob("*.py"))}
    lazy = {package.__name__: package._MODULE_OF for package in (labelsel, labelsel.kubernetes)}
    rules = frozenset(name for name in files if name.startswith("labelsel.lint.rules."))
    graph = {"labelsel.lint.rules": rules}
    for module, file in files.items():
        found = graph.get(module, frozenset())
        for node in loaded_at_once(ast.parse(file.read_text()).body):
            if isinstance(node, ast.ImportFrom) and node.module is not None:
                names = [f"{node.module}.{name.name}" for name in node.names]
                found |= {
                    name
                    if name in files
                    else lazy.get(node.module, {}).get(name.rpartition(".")[2], node.module)
                    for name in names
                }
        graph[module] = frozenset(found & set(files)) - {module}
    return graph


def longest_chain(graph: Mapping[str, frozenset[str]]) -> list[str]:
    """Return the longest chain of modules of which each loads the next."""

    @cache
    def chain_from(module: str) -> list[str]:
        return [module, *max((chain_from(name) for name in graph[module]), key=len, default=[])]

    return max((chain_from(module) for module in graph), key=len)


def test_the_longest_chain_of_imports() -> None:
    """Whoever follows imports through the code arrives soon."""
    chain = longest_chain(import_graph())
    assert 10 < len(chain) <= LONGEST_CHAIN, " > ".join(chain)


def test_upward_imports_are_in_functions() -> None:
    """Each upward import that is permitted is made, and only when a method is called."""
    for importer in {importer for importer, _ in UPWARD}:
        path = (SOURCE.parent / importer.replace(".", "/")).with_suffix(".py")
        source = path.read_text()
        everything = {name for _, name in imported(source)}
        at_once = {
            node.module
            for node in loaded_at_once(ast.parse(source).body)
            if isinstance(node, ast.ImportFrom)
        }
        upward = {module for each, module in UPWARD if each == importer}
        assert upward <= everything
        assert not (upward | {"pydantic", "pydantic_core"}) & at_once


def test_a_chain_is_found() -> None:
    """The chain is the longest one, not the first."""
    graph = {"a": frozenset("cb"), "b": frozenset("c"), "c": frozenset("d"), "d": frozenset[str]()}
    assert longest_chain(graph) == ["a", "b", "c", "d"]
