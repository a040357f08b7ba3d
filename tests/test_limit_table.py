"""Every limit of `labelsel.limits`: the page that names it, and what happens at it and beyond it.

A case calls what is limited twice: with an input at the limit, and with one that is one beyond it.
"""

import ast
import inspect
import io
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, cast

import pytest

from labelsel import (
    And,
    Contains,
    Equals,
    Exists,
    GreaterThan,
    In,
    LabelIndex,
    Not,
    Or,
    Selector,
    SelectorSyntaxError,
    clear_cache,
    limits,
    parse,
    parse_expression,
    parse_matchers,
    simplify,
    to_node_selector,
    validate_annotations,
    validate_key,
    validate_value,
)
from labelsel.atomic_write.journal import JOURNAL, read_journal
from labelsel.budget import Budget, UndecidedError
from labelsel.cli.diff import _Difference
from labelsel.cli.forgotten_quotes import _runs
from labelsel.cli.graph import _Graph
from labelsel.cli.reach import _check_pairs
from labelsel.cli.template_values import walk
from labelsel.cli.templates import UnionOfPaths, parse_template
from labelsel.engines import JsonColumn, to_sql
from labelsel.explain import _Labels
from labelsel.index import plan_cache
from labelsel.index.index_file import _key_for_json
from labelsel.kubernetes import (
    GraphNode,
    GraphSelector,
    PairChange,
    RelationDiff,
    Resource,
    SelectorGraph,
    SelectorState,
    Source,
)
from labelsel.kubernetes.graph.boxes import Arrow, Box, Picture
from labelsel.kubernetes.graph.layout import fits
from labelsel.kubernetes.graph.selector_graph import _require_few
from labelsel.kubernetes.inventory.fields import _keys
from labelsel.kubernetes.model.kinds import NODE
from labelsel.kubernetes.model.scalars import resolve
from labelsel.kubernetes.read.child_process import ChildProcess
from labelsel.kubernetes.read.clients import read_object
from labelsel.kubernetes.read.document_reader import read_documents
from labelsel.kubernetes.read.git_revisions import _Blobs, _follow, _GitFile, _run
from labelsel.kubernetes.read.input_files import read_bytes
from labelsel.lint import raw_text
from labelsel.lint.configuration import read_configuration
from labelsel.regex import compile_regex
from labelsel.typos import Comparisons, nearest
from tests.kubernetes.selection.reach_inputs import pod, target

PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "limits.md"
ROW: Final = re.compile(r"^\| `(\w+)` \| ([^|]+) \| (.+) \| (.+) \| (.+) \|$", re.MULTILINE)
QUOTED: Final = re.compile(r'"([^"]+)"')


def docstrings() -> dict[str, tuple[str, str, str]]:
    """Return, for each limit, what is limited, what happens beyond it, and why."""
    nodes = ast.parse(inspect.getsource(limits)).body
    found = {}
    for node, text in pairwise(nodes):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            assert isinstance(text, ast.Expr)
            assert isinstance(text.value, ast.Constant)
            what, beyond, why = str(text.value.value).strip().split("\n\n", 2)
            parts = (what, beyond.removeprefix("Beyond: "), why.removeprefix("Why: "))
            found[node.target.id] = parts
    return found


LIMITS: Final = docstrings()


def row(name: str) -> str:
    """Return the row of the page about a limit."""
    words = (part.partition("\n\n")[0].replace("\n", " ") for part in LIMITS[name])
    what, beyond, why = (re.sub(r"`labelsel\.(\w+)`", r"`\1`", each) for each in words)
    number = f"{getattr(limits, name):,}"
    return f"| `{name}` | {number} | {what} | {beyond} | {why} |".replace("``", "`")


def test_the_page_is_the_module() -> None:
    """docs/limits.md has each limit once: its number, what happens beyond it, and why."""
    rows = [found[0] for found in ROW.finditer(PAGE.read_text(encoding="utf-8"))]
    assert rows == [row(name) for name in LIMITS]
    assert sorted(LIMITS) == sorted(limits.__all__)


def test_each_limit_has_one_number() -> None:
    """No other module gives a name like these a number of its own."""
    source = Path(limits.__file__).parent
    name = re.compile(r"^_?(?:MAX|MIN|MOST|LONGEST|LARGEST|LIMIT)\w*(?:: Final)? = ", re.MULTILINE)
    again = {
        f"{path.relative_to(source)}: {found[0]}"
        for path in source.rglob("*.py")
        for found in name.finditer(path.read_text(encoding="utf-8"))
        if found[0].partition(":")[0].partition(" ")[0] in limits.__all__
    }
    assert again == {f"limits.py: {name}: Final = " for name in limits.__all__}


# What is limited. Each function takes how large its input is, and returns or raises.


def nested(depth: int) -> Selector:
    """Return a Not of an And of a Not, so many levels."""
    selector: Selector = Exists("a")
    for level in range(depth):
        selector = And((selector, Exists("b"))) if level % 2 else Not(selector)
    return selector


def document(text: str) -> object:
    """Return the only document in a text of YAML."""
    (found,) = read_documents(text, "a.yaml")
    if isinstance(found, Exception):
        raise found
    return found.value


def problems(found: list[str]) -> None:
    """Raise the problems that a function found."""
    if found:
        raise ValueError(*found)


def annotations(size: int) -> None:
    """Validate annotations of so many bytes."""
    problems(validate_annotations({"a": "x" * (size - 1)}))


def configuration(text: str, folder: Path) -> object:
    """Read a configuration of lint."""
    path = folder / "labelsel.toml"
    path.write_text(text)
    return read_configuration(path)


def key_of_index(depth: int) -> object:
    """Return what is saved for a key of tuples, so many levels."""
    key: object = "a"
    for _ in range(depth):
        key = (key,)
    return _key_for_json(key, key)


def to_terms(size: int) -> object:
    """Write a node selector of so many terms."""
    return to_node_selector(Or(tuple(Exists(f"k{n}") for n in range(size))))


def to_values(size: int) -> object:
    """Write SQL for a requirement that so many values pass."""
    values = [str(n) for n in range(1, size + 1)]
    return to_sql(
        GreaterThan("a", "0"), JsonColumn("labels"), dialect="sqlite", values=lambda _: values
    )


def to_conditions(size: int) -> object:
    """Write an expression of PyArrow with so many terms."""
    from labelsel.engines import Columns, to_arrow  # noqa: PLC0415  # it loads PyArrow

    terms = tuple(Equals(f"k{n}", "v") for n in range(size))
    return to_arrow(Or(terms), Columns({f"k{n}": f"k{n}" for n in range(size)}))


def aliased(nodes: int) -> object:
    """Read a document whose aliases stand for so many nodes: a list is a node itself."""
    thousands, ones = divmod(nodes, 1000)
    aliases = ["*a"] * thousands + ["*c"] * ones
    return document(f"a: &a [{'x,' * 999}]\nc: &c x\nb: [{','.join(aliases)}]")


def sized(size: int, folder: Path) -> object:
    """Read a file of so many bytes, with holes. What may be read is not read here."""
    path = folder / "a.yaml"
    with path.open("wb") as file:
        file.truncate(size)
    return read_bytes(path, limits.MAX_INPUT_BYTES) if size > limits.MAX_INPUT_BYTES else None


def journal(size: int, folder: Path) -> object:
    """Read a journal of so many bytes, all of them holes, as of a process that was killed."""
    with (folder / JOURNAL).open("wb") as file:
        file.truncate(size)
    return read_journal(folder / JOURNAL)


def prints(size: int, folder: Path, file: str) -> None:
    """Run a program in place of git that prints so many bytes to a file."""
    program = folder / "git"
    program.write_text(f"#!/bin/sh\nhead -c {size} /dev/zero >&{file}\n")
    program.chmod(0o755)
    _run(str(program), ".", "ls-tree")


class Blob:
    """A program that answers as git does for a file of so many bytes."""

    def __init__(self, size: int) -> None:
        self.output = io.BytesIO(b"1 blob %d\n%s\n" % (size, b"x" * size))

    def write(self, data: bytes) -> None:
        """Ask for a file."""


def linked(size: int) -> object:
    """Read a link to a path of so many bytes."""
    blobs = _Blobs(cast("ChildProcess", Blob(size)))
    return list(blobs.parts("link", "1", limits.MAX_LINK_BYTES))


def descended(size: int) -> object:
    """Walk to so many values."""
    return walk((UnionOfPaths(((),)),), [0] * size)


def graph_data(pairs: int) -> object:
    """Return the data of a graph of so many pairs."""
    selector = GraphSelector((), "", NODE, None, {0: 1}, SelectorState.SELECTS)
    source = Source("a.yaml", 1, 1)
    item = Resource("Service", "v1", None, "web", {}, {}, {}, source)
    node = GraphNode(0, (item,), (), (), (selector,) * pairs)
    box = Box(0, "", "Service", "web", ())
    graph = SelectorGraph((node,), ())
    return _Graph(graph, frozenset({0}), Picture((box,), ()), by_namespace=False).data()


REFUSED: Final[dict[str, Callable[[int, Path], object]]] = {
    "MAX_TEXT_BYTES": lambda n, _: parse(" " * n),
    "MAX_PARENTHESES": lambda n, _: parse_expression("(" * n + "has(a)" + ")" * n),
    "MAX_EXPRESSION_KEY_BYTES": lambda n, _: parse_expression(f"has({'k' * n})"),
    "MAX_REGEX_LENGTH": lambda n, _: parse_matchers(f'{{a=~"[{"x" * (n - 2)}]"}}'),
    "MAX_SELECTOR_DEPTH": lambda n, _: nested(n),
    "MAX_NODE_SELECTOR_TERMS": lambda n, _: to_terms(n),
    "MAX_VALUES": lambda n, _: to_values(n),
    "MAX_ARROW_CONDITIONS": lambda n, _: to_conditions(n),
    "MAX_NAME_BYTES": lambda n, _: problems([*validate_value("v" * n), *validate_key("k" * n)]),
    "MAX_PREFIX_BYTES": lambda n, _: problems(validate_key(("k." * n)[: n - 1] + "a/a")),
    "MAX_ANNOTATIONS_BYTES": lambda n, _: annotations(n),
    "MAX_INPUT_BYTES": sized,
    "MAX_JOURNAL_BYTES": journal,
    "MAX_DOCUMENT_DEPTH": lambda n, _: document("[" * n + "x" + "]" * n),
    "MAX_ALIASED_NODES": lambda n, _: aliased(n),
    "MAX_MESSAGE_BYTES": lambda n, folder: prints(n, folder, "2"),
    "MAX_LISTED_BYTES": lambda n, folder: prints(n, folder, "1"),
    "MAX_LINK_BYTES": lambda n, _: linked(n),
    "MAX_CONFIGURATION_BYTES": lambda n, folder: configuration("#" * n, folder),
    "MAX_CONFIGURATION_KEY_PARTS": lambda n, folder: configuration(
        f"lint.{'a.' * (n - 2)}a = 1" if n > limits.MAX_CONFIGURATION_KEY_PARTS else "", folder
    ),
    "MAX_PRINTED_PAIRS": lambda n, _: graph_data(n),
    "MAX_GRAPH_PAIRS": lambda n, _: _require_few(n),
    "MAX_TEMPLATE_VALUES": lambda n, _: descended(n),
    "MAX_TEMPLATE_DEPTH": lambda n, _: parse_template("{" + ".a" * n + "}"),
    "MAX_REACH_PAIRS": lambda n, _: _check_pairs([[target(read_object(pod("a")))] * n]),
    "MAX_INDEX_KEY_DEPTH": lambda n, _: key_of_index(n),
}  # fmt: skip
"""What has an error beyond its limit."""


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str, tmp_path: Path) -> None:
    """At the limit an input is taken; one beyond it has the error that the docstring names."""
    limit = getattr(limits, name)
    REFUSED[name](limit, tmp_path)
    with pytest.raises(Exception) as caught:  # noqa: PT011  # the next lines say which
        REFUSED[name](limit + 1, tmp_path)
    beyond = LIMITS[name][1]
    (words,) = QUOTED.findall(beyond)
    assert words.replace("\n", " ") in str(caught.value)
    assert beyond.startswith(("a problem ", f"{type(caught.value).__name__} ", "ManifestError "))


def test_a_regex_that_takes_much_memory() -> None:
    """RE2 itself stops at the limit, so nobody knows the longest expression that it takes."""
    compile_regex("(?:x{10}){10}")
    (words,) = QUOTED.findall(LIMITS["MAX_REGEX_BYTES"][1])
    with pytest.raises(ValueError, match=words):
        compile_regex("x{1000}" * 100)
    with pytest.raises(SelectorSyntaxError, match=words):
        parse_matchers(f'{{a=~"{"x{1000}" * 100}"}}')


# What is less exact beyond its limit, and has no error. Each function returns whether it is exact.


def decided(steps: int) -> bool:
    """Return whether a question of so many steps has an answer."""
    try:
        Budget().spend(steps)
    except UndecidedError:
        return False
    return True


def compared(size: int) -> bool:
    """Return whether an Or of so many terms, one of which is in another, becomes shorter."""
    terms = [And((Exists(f"k{n}"), Exists("x"))) for n in range(size - 1)]
    simple = simplify(Or((*terms, And((Exists("k0"), Exists("x"), Exists("z"))))))
    return isinstance(simple, Or) and len(simple.terms) < size


def spent(count: int) -> Comparisons:
    """Return what counts the comparisons of a message, after so many."""
    comparisons = Comparisons()
    comparisons.take(count)
    return comparisons


def planned(size: int) -> bool:
    """Return whether the plan of so many tests has one step; the answer is the same."""
    index = LabelIndex({n: {"a": f"v{n}"} for n in range(3)})
    query = And((In("a", [f"v{n}" for n in range(size)]), Contains("a", "v")))
    assert index.count(query) == 3
    return "intersect" not in str(index.explain(query))


def drawn(boxes: int, arrows: int) -> bool:
    """Return whether a picture of so many boxes and arrows is drawn."""
    box, arrow = Box(0, "shop", "Pod", "a", ()), Arrow(0, None, 0, "")
    return fits(Picture((box,) * boxes, (arrow,) * arrows))


def whole(pairs: int) -> bool:
    """Return whether a list of so many pairs is shown to its end."""
    changed = range(pairs)
    diff = RelationDiff(cast("list[PairChange]", changed), [], [])
    difference = _Difference("old", "new", diff, headers=True)
    [is_whole] = {difference.is_whole(output) for output in ("table", "wide", "json")}
    return is_whole


def searched(size: int, folder: Path) -> bool:
    """Return whether a file of so many bytes is searched."""
    with (folder / "notes.txt").open("wb") as file:
        file.truncate(size)
    return len(list(raw_text.read_files([folder]))) == 1


def followed(links: int) -> bool:
    """Return whether a file behind so many links is found."""
    tree = {f"{n}": _GitFile("120000", f"{n + 1}") for n in range(links)}
    tree[f"{links}"] = _GitFile("100644", "blob")
    return _follow(tree, "0") == "blob"


def kept(plans: int, parts: int = 1) -> bool:
    """Return whether a cache keeps so many plans of so many parts."""
    cache: plan_cache.PlanCache[Any] = plan_cache.PlanCache()
    for number in range(plans):
        cache.keep(number, SimpleNamespace(last_use=number, size=parts))
    return len(cache) == plans


def is_cached(size: int) -> bool:
    """Return whether a text of so many characters is parsed once."""
    text = "a".ljust(size)
    return parse(text) is parse(text)


def cached_texts(size: int) -> bool:
    """Return whether the first of so many texts is still known."""
    clear_cache()
    first = parse("a")
    for number in range(size - 1):
        parse(f"k{number}")
    return parse("a") is first


def cached_regexes(size: int) -> bool:
    """Return whether the first of so many expressions is still known."""
    compile_regex.cache_clear()
    first = compile_regex("a")
    for number in range(size - 1):
        compile_regex(f"k{number}")
    return compile_regex("a") is first


INEXACT: Final[dict[str, Callable[[int, Path], bool]]] = {
    "MAX_STEPS": lambda n, _: decided(n),
    "MAX_COMPARED_TERMS": lambda n, _: compared(n),
    "MAX_COMPARED_NAMES": lambda n, _: (
        bool(_Labels({f"k{number}": "v" for number in range(n)}).labels_to_compare())
        and nearest("os", ["OS"], spent(n - 1)) == "OS"
        and nearest("tier", ["tiers"], spent(n - 1)) == "tiers"
    ),
    "MAX_TESTED_VALUES": lambda n, _: planned(n),
    "MAX_INT64": lambda n, _: parse("a>1").matches({"a": str(n)}),
    "MAX_UINT64": lambda n, _: isinstance(resolve(str(n)), int),
    "MAX_INTEGER_LENGTH": lambda n, _: isinstance(resolve(f"0x{'1':0>{n - 2}}"), int),
    "MAX_FIELD_PARTS": lambda n, _: bool(_keys(".".join("a" * n))),
    "MAX_LINKS": lambda n, _: followed(n),
    "MAX_LISTED_PAIRS": lambda n, _: whole(n),
    "MAX_SEARCHED_BYTES": searched,
    "MAX_QUOTED_WORDS": lambda n, _: bool(list(_runs(["a"] * (n - 1) + ["in"]))),
    "MAX_PICTURE_BOXES": lambda n, _: drawn(n, 0),
    "MAX_PICTURE_ARROWS": lambda n, _: drawn(1, n),
    "MAX_CACHED_TEXTS": lambda n, _: cached_texts(n),
    "MAX_CACHED_TEXT_LENGTH": lambda n, _: is_cached(n),
    "MAX_CACHED_REGEXES": lambda n, _: cached_regexes(n),
    "MAX_CACHED_PLANS": lambda n, _: kept(n),
    "MAX_CACHED_PLAN_PARTS": lambda n, _: kept(1, n),
}
"""What is less exact beyond its limit, or forgotten. Errors of pictures have other tests."""


@pytest.mark.parametrize("name", INEXACT)
def test_what_is_less_exact(name: str, tmp_path: Path) -> None:
    """At the limit all is done; one beyond it what the docstring says is left out."""
    limit = getattr(limits, name)
    assert INEXACT[name](limit, tmp_path)
    assert not INEXACT[name](limit + 1, tmp_path)


def test_the_least_number() -> None:
    """A label value below it is no number."""
    least = limits.MIN_INT64
    assert parse("a<1").matches({"a": str(least)})
    assert not parse("a<1").matches({"a": str(least - 1)})


def test_each_limit_has_a_test() -> None:
    """A limit without a case would be a number that nobody keeps."""
    alone = {"MAX_REGEX_BYTES", "MIN_INT64"}
    assert sorted({*REFUSED, *INEXACT, *alone}) == sorted(limits.__all__)
