"""Arguments of the wrong type: each public name says what it expects, and what it got."""

import inspect
import traceback
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest

import labelsel
import labelsel.engines
import labelsel.kubernetes
import labelsel.lint
from labelsel import (
    Change,
    Exchange,
    InvalidObjectError,
    LabelIndex,
    LabelselError,
    LiveIndex,
    Pairs,
    Requirement,
    Selector,
    SelectorIndex,
    SelectorSyntaxError,
    all_of,
    any_of,
    from_labels,
    node_labels,
    parse,
    validate_labels,
)
from labelsel.engines import Columns, StructColumn, layout_text, parse_layout
from labelsel.kubernetes import (
    Edit,
    Inventory,
    ObjectSelectorIndex,
    PortSet,
    SelectorRelation,
    append_objects,
    find_object,
    find_objects,
    groups,
    parse_changes,
    parse_kinds,
    reach,
    read_object_selector,
    rename_label,
    select,
    selector_targets,
)
from labelsel.lint import (
    RULES,
    Context,
    Severity,
    lint_objects,
    make_finding,
    parse_rule_names,
    rule,
)

WRONG = ["app=web", " ", 3, None, [1], {"a": 1}, b"x", [{"app": "web"}]]
#: What Python itself says of arguments that nobody checked.
RAW = (
    "has no attribute", "is not iterable", "is not a mapping", "not subscriptable",
    "dictionary update", "bytes-like", "unsupported operand", "cannot convert", "unhashable",
)  # fmt: skip


def public_calls() -> Iterator[tuple[str, object, int]]:
    """Yield each public function and class with the number of arguments that it needs."""
    packages: tuple[ModuleType, ...]
    packages = (labelsel, labelsel.kubernetes, labelsel.engines, labelsel.lint)
    for package in packages:
        for name in sorted(package.__all__):
            value = getattr(package, name)
            is_error = inspect.isclass(value) and issubclass(value, BaseException)
            is_call = inspect.isclass(value) or inspect.isroutine(value)
            if not is_call or is_error:
                continue
            parameters = inspect.signature(value).parameters.values()
            needed = [each for each in parameters if each.default is each.empty]
            positional = [each for each in needed if each.kind < each.VAR_POSITIONAL]
            if positional and positional == needed:
                yield f"{package.__name__}.{name}", value, len(positional)


@pytest.mark.parametrize(("name", "function", "count"), list(public_calls()))
@pytest.mark.parametrize("wrong", WRONG, ids=repr)
def test_every_public_name(name: str, function: object, count: int, wrong: object) -> None:
    """It takes the arguments, or raises one of the errors that are documented, in our words."""
    assert callable(function)
    try:
        function(*[wrong] * count)
    except (LabelselError, TypeError, ValueError, LookupError) as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        said = str(error)
        assert not any(words in said for words in RAW), f"{name}: {said} ({last.filename})"


@pytest.mark.parametrize("index", [LabelIndex, LiveIndex])
def test_label_sets_without_keys(index: type) -> None:
    """A list of label sets is told how to give them keys."""
    with pytest.raises(TypeError) as caught:
        index([{"app": "web"}])
    assert str(caught.value) == (
        "expected a mapping from keys to label sets, or pairs of both, got list [{'app': 'web'}]; "
        "a list of label sets gets keys with dict(enumerate(label_sets))"
    )


def test_selectors_without_keys() -> None:
    """A list of selectors, too; and what is no collection of selectors."""
    with pytest.raises(TypeError, match=r"got list \['app=web'\]; a list of selectors gets keys"):
        SelectorIndex(["app=web"])  # type: ignore[arg-type]  # the wrong type is the test
    with pytest.raises(TypeError, match=r"^expected a collection of selectors, got int 3$"):
        all_of(3)  # type: ignore[arg-type]  # the wrong type is the test


@pytest.mark.parametrize(
    "labels", [{"matchLabels": {"app": "web"}}, {"match_expressions": []}, {"matchLabels": "x"}]
)
def test_an_object_is_no_map_of_labels(labels: object) -> None:
    """A LabelSelector in place of a plain map is told which function reads it."""
    with pytest.raises(InvalidObjectError) as caught:
        from_labels(labels)
    assert str(caught.value) == (
        "this is a LabelSelector object, and no plain map of labels: read it with "
        "labelsel.from_label_selector"
    )


def test_null_is_no_value() -> None:
    """What to write for a label without a value is told."""
    problem = "label 'a': a value must be a string, this is null: write \"\" for none"
    assert validate_labels({"a": None}) == [problem]


async def coroutine(_change: object) -> None:
    """Do nothing."""


def generator(_change: object) -> Iterator[None]:
    """Yield nothing."""
    yield from ()


@pytest.mark.parametrize("function", [coroutine, generator])
def test_a_callback_that_returns_what_nobody_runs(
    function: Callable[[Change[str, str]], object],
) -> None:
    """The error says what came back, and what to write instead."""
    live = LiveIndex[str, str](selectors={"web": "app=web"})
    live.subscribe(lambda change: function(change))  # noqa: PLW0108 -- the function itself is refused
    with pytest.raises(ExceptionGroup) as caught:
        live.update_items({"a": {"app": "web"}})
    (error,) = caught.value.exceptions
    returned = function.__name__
    assert str(error).startswith(f"the callback returned a {returned}; a callback must be")
    assert "live.subscribe(lambda change: " in str(error)


@pytest.mark.parametrize(
    "target",
    [{"labels": " "}, {"labels": "\t"}, {"fields": ","}, {"fields": "=,"}, {"namespace": " "}],
)
def test_nothing_is_deleted_by_a_blank(target: dict[str, str]) -> None:
    """A text that is not empty and selects everything is perhaps an empty variable."""
    here = Inventory.of({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}})
    with pytest.raises(ValueError, match=r"selects everything|is not a namespace"):
        here.delete_all("pods", **target)  # type: ignore[arg-type]  # all of them are strings
    assert len(here) == 1
    assert len(here.delete_all("pods", dry_run=True)) == 1


HERE = Inventory.of(
    [
        {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a", "labels": {"app": "web"}}},
        {
            "kind": "Service",
            "apiVersion": "v1",
            "metadata": {"name": "web"},
            "spec": {"selector": {"app": "web"}},
        },
    ]
)
POD, SERVICE = HERE
(TARGET,) = selector_targets([POD])
PODS = LabelIndex({"a": {"app": "web"}})
SERVICES = SelectorIndex({"web": "app=web"})
LIVE = LiveIndex({"a": {"app": "web"}}, {"web": "app=web"})
RELATION = SelectorRelation([], [TARGET])
WORDS = "got str 'pod/a'; write the words as a list, ['pod/a']"
KEYS = "got str 'app'; write the keys as a list, ['zone']"
NAMES = "got str 'key-typo'; write the names as a list, ['key-typo']"
PATHS = "expected a collection of paths, got one string: 'a.yaml'; write ['a.yaml']"
SEVERAL_KEYS = "keys, or a mapping from keys to columns, got one string: 'ab'; write ['ab']"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: groups(HERE, "app"), KEYS),
        (lambda: find_objects(HERE, "pod/a"), WORDS),
        (lambda: find_object(HERE, "pod/a"), WORDS),
        (lambda: parse_changes("a=b"), "got str 'a=b'; write the words as a list, ['app=web']"),
        (lambda: parse_rule_names("key-typo"), NAMES),
        (lambda: lint_objects(HERE, "key-typo"), NAMES),
        (lambda: lint_objects(HERE, unread="a.yaml"), PATHS),
        (lambda: Context(HERE, unread="a.yaml"), PATHS),
        (lambda: rename_label(HERE, "app", "name", left_out="x"), "a collection of errors"),  # type: ignore[arg-type]
        (lambda: parse_kinds("po", "Pod"), "expected a collection of Kind, got str 'Pod'"),  # type: ignore[arg-type]
        (lambda: all_of("app=web"), "selectors, got one string: 'app=web'; write ['app=web']"),
        (lambda: any_of("app=web"), "selectors, got one string: 'app=web'; write ['app=web']"),
        (lambda: PODS.select("app").intersection("a"), "keys, got one string: 'a'; write ['a']"),
        (lambda: SERVICES.difference({}, {}, "app"), "label keys, got one string: 'app'"),
        (lambda: Columns("ab"), SEVERAL_KEYS),
        (lambda: StructColumn("labels", "ab"), SEVERAL_KEYS),
        (lambda: parse_layout("columns", keys="ab"), SEVERAL_KEYS),
        (lambda: Inventory.read("a.yaml"), PATHS),
        (lambda: HERE.label("a", {}), "expected a collection of Resource, got str 'a'"),  # type: ignore[arg-type]
    ],
)
def test_one_string_where_several_are_expected(call: Callable[[], object], words: str) -> None:
    """A string is a collection of its letters: it is refused, with what to write instead."""
    with pytest.raises(TypeError) as caught:
        call()
    assert words in str(caught.value)


WRONG_ARGUMENTS: list[tuple[Callable[..., object], str]] = [
    # Of wrong data, or nothing, before
    (lambda x: HERE.select("pods", namespace=x), "expected str, got int 3; name one namespace"),
    (lambda x: select(HERE, namespace=x), "expected str, got int 3; name one namespace"),
    (lambda x: find_objects(HERE, ["pod/a"], x), "expected str, got int 3; name one namespace"),
    (lambda x: HERE.get("pods", "a", x), "expected str, got int 3; name one namespace"),
    (lambda x: HERE.delete("pods", "a", namespace=x), "expected str, got int 3; name one namesp"),
    (lambda x: HERE.delete_all("pods", namespace=x), "expected str, got int 3; name one namespace"),
    (lambda x: HERE.get("pods", x), "expected str, got int 3; pass one name"),
    (lambda x: HERE.get("pods", [x]), "expected str, got list [3]; pass one name"),  # type: ignore[arg-type]
    (lambda x: HERE.delete("pods", x), "expected str, got int 3; pass one name"),
    (lambda x: node_labels(x, {}), "expected str, got int 3; a node without a name"),
    (lambda x: rename_label(HERE, "a", "b", left_out=x), "expected a collection of errors, got"),
    # Of an error of Python before
    (lambda x: PODS.patch("a", x), "expected a mapping of changes, got int 3; as {'app'"),
    (PODS.label_values, "expected str, got int 3"),
    (lambda x: PODS.select("app").intersection(x), "expected a collection of keys, got int 3"),
    (lambda x: LIVE.update_items([{"app": x}]), "a list of label sets gets keys with dict("),  # type: ignore[list-item]
    (lambda x: LIVE.update_selectors([x]), "a list of selectors gets keys with dict("),
    (lambda x: SERVICES.difference({}, {}, x), "expected a collection of label keys, got int 3"),
    (Pairs, "expected a list of pairs of items and selectors, got int 3"),
    (lambda x: list(parse("app").filter(x)), "expected a collection of objects, got int 3"),
    (Columns, "expected a collection of keys, or a mapping"),
    (lambda x: Columns([[x]]), "expected str in the collection, got list [3]"),  # type: ignore[list-item]
    (layout_text, "expected a layout, such as MapColumn('labels'), got int 3"),
    (HERE.key, "expected Resource, got int 3; read objects with"),
    (lambda x: HERE.label(x, {}), "expected a collection of Resource, got int 3; pass objects"),
    (lambda x: HERE.annotate([x], {}), "expected Resource in the collection, got int 3; pass"),
    (lambda x: reach(HERE, x, TARGET), "expected SelectorTarget, got int 3; make targets with"),
    (lambda x: reach(HERE, TARGET, x), "expected SelectorTarget, got int 3; make targets with"),
    (RELATION.selected_by, "expected ObjectSelector, got int 3; read them with"),
    (RELATION.selecting, "expected SelectorTarget, got int 3; make targets with"),
    (lambda x: ObjectSelectorIndex([]).matching(x), "expected SelectorTarget, got int 3"),
    (lambda x: read_object_selector(SERVICE).selects(x), "expected SelectorTarget, got int 3"),  # type: ignore[union-attr]
    (lambda x: PortSet() & x, "expected PortSet, got int 3"),
    (lambda x: PortSet() | x, "expected PortSet, got int 3"),
    (lambda x: PortSet() - x, "expected PortSet, got int 3"),
    (lambda x: PortSet() <= x, "expected PortSet, got int 3"),
    (lambda x: Edit(x, POD), "expected Resource, got int 3; read objects with"),
    (lambda x: Edit(POD, x), "expected Resource, got int 3; pass None to delete the object"),
    (lambda x: append_objects(x, {}), "expected str, got int 3; name a file"),
    (lambda x: Context([x]), "expected Resource in the collection, got int 3; read objects"),
    (lambda x: Context([], skipped=x), "expected a collection of SkippedWarning, got int 3"),
    (lint_objects, "expected a collection of Resource, got int 3; read objects"),
    (lambda x: lint_objects([], skipped=x), "expected a collection of SkippedWarning, got int 3"),
    (lambda x: lint_objects([], x), "expected a collection of str, got int 3; write the names"),
    (lambda x: rule(x, Severity.ERROR, ""), "expected str, got int 3"),
    (lambda x: make_finding(x, POD, (), "", ""), "expected Rule, got int 3; rules are made with"),
    (lambda x: make_finding(RULES["key-typo"], x, (), "", ""), "expected Resource, got int 3"),
    (lambda x: make_finding(RULES["key-typo"], POD, x, "", ""), "expected tuple, got int 3; a"),
    (lambda x: make_finding(RULES["key-typo"], POD, (), x, ""), "expected str, got int 3"),
    (lambda x: make_finding(RULES["key-typo"], POD, (), "", x), "expected str, got int 3"),
]


@pytest.mark.parametrize(("call", "words"), WRONG_ARGUMENTS)
def test_methods_and_operators(call: Callable[[object], object], words: str) -> None:
    """What has a value of another type is told what was expected, and what it got."""
    with pytest.raises(TypeError) as caught:
        call(3)
    assert words in str(caught.value)


def test_what_is_there_but_not_possible() -> None:
    """An operation that a value does not have is an error that says so."""
    with pytest.raises(TypeError, match=r"^a StructColumn has no text, so StructColumn"):
        layout_text(StructColumn("labels", ["a"]))
    with pytest.raises(ValueError, match=r"^this edit deletes the object, so it changes no labels"):
        list(Edit(POD, None).changes)
    with pytest.raises(ValueError, match=r"^a change is of a label or annotation, not of 'x'$"):
        parse_changes(["a=b"], "x")  # type: ignore[arg-type]  # the wrong value is the test
    with pytest.raises(NotImplementedError, match=r"^Selector has no __str__: a class below it"):
        str(Selector())
    with pytest.raises(NotImplementedError, match=r"^Requirement has no allows: a class below it"):
        Requirement("app").matches({"app": "web"})


def test_errors_of_the_caller_stay() -> None:
    """An error that a generator of pairs raises is not taken for one about the pairs."""
    with pytest.raises(SelectorSyntaxError):
        SelectorIndex((text, parse(text)) for text in ["a b"])
    with pytest.raises(ValueError, match="invalid literal for int"):
        LabelIndex((int(text), {}) for text in ["x"])


def test_the_result_of_exchange_is_public() -> None:
    """Callers may name the type of what `LabelIndex.exchange` returns."""
    found = LabelIndex({"a": {"app": "web"}}).exchange("a", None)
    assert found == Exchange({"app": "web"}, {"app": None}, {})
    assert isinstance(found, Exchange)
