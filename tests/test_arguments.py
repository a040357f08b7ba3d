"""Arguments of the wrong type: each public name says what it expects, and what it got."""

import inspect
import traceback
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest

import labelsel
import labelsel.kubernetes
from labelsel import (
    Change,
    InvalidObjectError,
    LabelIndex,
    LabelselError,
    LiveIndex,
    SelectorIndex,
    all_of,
    from_labels,
    validate_labels,
)
from labelsel.kubernetes import Inventory

WRONG = ["app=web", " ", 3, None, [1], {"a": 1}, b"x", [{"app": "web"}]]
#: What Python itself says of arguments that nobody checked.
RAW = (
    "has no attribute", "is not iterable", "is not a mapping", "not subscriptable",
    "dictionary update", "bytes-like", "unsupported operand", "cannot convert",
)  # fmt: skip


def public_calls() -> Iterator[tuple[str, object, int]]:
    """Yield each public function and class with the number of arguments that it needs."""
    packages: tuple[ModuleType, ...] = (labelsel, labelsel.kubernetes)
    for package in packages:
        for name in sorted(package.__all__):
            value = getattr(package, name)
            is_error = inspect.isclass(value) and issubclass(value, BaseException)
            if not callable(value) or is_error:
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
