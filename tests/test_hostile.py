"""What callers do that nobody meant them to: odd types, huge values, threads, second thoughts."""

import enum
import gc
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from labelsel import (
    Equals,
    Exists,
    In,
    InvalidObjectError,
    LabelIndex,
    NotIn,
    Selector,
    SelectorSyntaxError,
    clear_cache,
    from_label_selector,
    from_node_selector,
    parse,
    parse_fields,
    to_label_selector,
    validate_annotations,
    validate_key,
    validate_labels,
    validate_value,
)
from labelsel.languages.fields import _GRAMMAR as _FIELDS
from labelsel.languages.kubernetes import _GRAMMAR as _KUBERNETES
from tests.evaluators import evaluate


class Tier(str, enum.Enum):  # noqa: UP042  # prints as Tier.WEB, which is the trap
    """An enumeration as many write it."""

    WEB = "web"
    DB = "db"


class Zone(enum.StrEnum):
    """An enumeration that prints as its value."""

    WEB = "web"


class Shouting(str):
    """A string that prints as something else."""

    __slots__ = ()

    def __str__(self) -> str:
        return self.upper()


STRINGS = [Tier.WEB, Zone.WEB, Shouting("web")]


@pytest.mark.parametrize("word", STRINGS, ids=repr)
def test_strings_with_a_class_of_their_own(word: str) -> None:
    """An enumeration's member means its value on every evaluator, in nodes, objects and texts."""
    expression = {"key": word, "operator": "In", "values": [word]}
    made: list[tuple[Selector, str]] = [
        (Equals(word, word), "web=web"),
        (In(word, [word, Tier.DB]), "web in (db,web)"),
        (NotIn("web", {word}), "web notin (web)"),
        (Exists(word), "web"),
        (parse(word), "web"),
        (from_label_selector({"matchLabels": {word: word}}), "web=web"),
        (from_label_selector({"matchExpressions": [expression]}), "web in (web)"),
    ]
    for selector, text in made:
        assert str(selector) == text
        assert selector == parse(text)
        assert evaluate(selector, [{"web": "web"}, {word: word}, {}]) == evaluate(
            parse(text), [{"web": "web"}, {"web": "web"}, {}]
        )
        assert type(getattr(selector, "key", "")) is str
    assert to_label_selector(Equals(word, word)) == {"matchLabels": {"web": "web"}}


def test_an_odd_string_in_a_bad_place() -> None:
    """Errors hold plain text, too."""
    with pytest.raises(SelectorSyntaxError) as caught:
        parse(Shouting("web,,"))
    assert type(caught.value.text) is str
    assert str(caught.value).splitlines()[1] == "  web,,"
    with pytest.raises(InvalidObjectError, match=r"NotIn, Exists or DoesNotExist, not 'web'$"):
        from_label_selector({"matchExpressions": [{"key": "a", "operator": Shouting("web")}]})


class Poison(str):
    """A string that claims to equal another."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return hash("app=web")


def test_the_cache_cannot_be_poisoned() -> None:
    """What one caller passes never becomes another's answer."""
    clear_cache()
    assert parse(Poison("!debug")) == parse("!debug")
    assert str(parse("app=web")) == "app=web"
    assert str(parse(Poison("x"))) == "x"


class Doubled(Mapping[str, str]):
    """A mapping that tells a key twice, as multi-value dictionaries do; the first one counts."""

    def __getitem__(self, key: str) -> str:
        return {"a": "1"}[key]

    def __iter__(self) -> Iterator[str]:
        return iter(["a", "a"])

    def __len__(self) -> int:
        return 2

    def items(self) -> Any:
        return [("a", "1"), ("a", "2")]


class Changing(Doubled):
    """A mapping that tells something else each time it is asked."""

    def __init__(self) -> None:
        self.count = 0

    def __getitem__(self, key: str) -> str:
        self.count += 1
        return str(self.count)

    def items(self) -> Any:
        self.count += 1
        return [("a", str(self.count))] * self.count


@pytest.mark.parametrize("labels", [Doubled(), Changing()], ids=["doubled", "changing"])
def test_mappings_that_are_none(labels: Mapping[str, str]) -> None:
    """The index reads a mapping once and stays whole, whatever the mapping tells."""
    index: LabelIndex[int] = LabelIndex({1: labels})
    index[2] = labels
    index.update({2: labels, 3: labels})
    index.check_invariants()
    assert all(len(index[key]) == 1 for key in index)
    index[1] = {"b": "1"}
    del index[2], index[3]
    index.check_invariants()
    assert index.label_values("a") == {}


def test_labels_that_make_themselves() -> None:
    """Looking labels up adds nothing to a mapping that makes what is missing."""

    class Making(dict[str, str]):
        def __missing__(self, key: str) -> str:
            self[key] = "made"
            return "made"

    labels = Making(a="1")
    for text in ("b", "!b", "b=made", "b!=made", "b in (made)", "b>1"):
        assert parse(text).matches(labels) is parse(text).matches({"a": "1"})
    assert labels == {"a": "1"}


def deep_list() -> list[object]:
    """Return a list in a list, a hundred thousand times: too deep for Python to print."""
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    return deep


def odd_values() -> list[object]:
    """Return values that cannot be printed, or not shortly."""
    itself: dict[str, object] = {}
    itself["matchLabels"] = itself
    return [deep_list(), {"a": deep_list()}, 1 << 20_000, float("nan"), itself, range(10**9), ...,
            "-" * 10**6, b"-" * 10**6, ["-"] * 1000, object(), int, lambda: None, -0.0]  # fmt: skip


@pytest.mark.parametrize("odd", odd_values(), ids=lambda odd: type(odd).__name__)
def test_odd_values_in_objects(odd: object) -> None:
    """Wherever in an object something odd stands, the error is ours, and short."""
    expression = {"key": "a", "operator": "In", "values": ["b"]}
    tried: list[tuple[Callable[[Any], object], object]] = [
        (from_label_selector, odd),
        (from_label_selector, {"matchLabels": odd}),
        (from_label_selector, {"matchLabels": {"a": odd}}),
        (from_label_selector, {"matchExpressions": odd}),
        (from_label_selector, {"matchExpressions": [odd]}),
        *((from_label_selector, {"matchExpressions": [{**expression, part: odd}]})
          for part in ("key", "operator", "values", "more")),
        (from_label_selector, {"matchExpressions": [{**expression, "values": [odd]}]}),
        (from_node_selector, odd),
        (from_node_selector, {"nodeSelectorTerms": odd}),
        (from_node_selector, {"nodeSelectorTerms": [odd]}),
        (from_node_selector, {"nodeSelectorTerms": [{"matchFields": [odd]}]}),
        (from_node_selector,
         {"nodeSelectorTerms": [{"matchFields": [{**expression, "values": [odd, odd]}]}]}),
    ]  # fmt: skip
    for read, obj in tried:
        with pytest.raises(InvalidObjectError) as caught:
            read(obj)
        assert all(len(str(problem)) < 300 for problem in caught.value.problems)


@pytest.mark.parametrize("odd", odd_values(), ids=lambda odd: type(odd).__name__)
def test_odd_values_in_labels(odd: Any) -> None:
    """Validation tells what is wrong with anything at all; the index refuses it."""
    for validate in (validate_key, validate_value):
        assert 0 < len("".join(validate(odd))) < 300
    for validate_set in (validate_labels, validate_annotations):
        validate_set(odd)
        validate_set({"a": odd})
    assert validate_labels({"a": odd})
    index: LabelIndex[str] = LabelIndex()
    if not isinstance(odd, str | Mapping):
        with pytest.raises(TypeError) as caught:
            index["a"] = odd
        assert len(str(caught.value)) < 300
        with pytest.raises(TypeError):
            index["a"] = {"a": odd}
        with pytest.raises(TypeError, match="expected a Selector, got "):
            index.select(odd)


def test_threads_that_parse_the_first_text_together() -> None:
    """Many threads build and use the parsers at once; each gets its own answer."""
    clear_cache()
    _KUBERNETES._plain_reader = _KUBERNETES._lark_parser = _FIELDS._lark_parser = None
    count = 16
    wrong: list[str] = []
    barrier = threading.Barrier(count)

    def work(number: int) -> None:
        barrier.wait()
        for turn in range(30):
            text = f"k{number}=v{turn}"
            wrong.extend(text for read in (parse, parse_fields) if str(read(text)) != text)
            try:
                parse(f"{text},,x")
            except SelectorSyntaxError as error:
                if error.text != f"{text},,x":
                    wrong.append(text)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_parse_within_a_parse() -> None:
    """What the interpreter runs in the middle of a parse may parse as well."""
    results: list[Selector] = []

    class Dropped:
        def __init__(self) -> None:
            self.own = self  # so that only the collector of cycles ends it

        def __del__(self) -> None:
            results.append(_KUBERNETES._read("x in (a,b),!y"))

    threshold = gc.get_threshold()
    gc.set_threshold(1)
    try:
        for number in range(50):
            Dropped()
            assert str(_KUBERNETES._read(f"b=v{number},a")) == f"a,b=v{number}"
    finally:
        gc.set_threshold(*threshold)
    gc.collect()
    assert len(results) == 50
    assert set(results) == {parse("!y,x in (a,b)")}


@pytest.mark.slow
def test_many_removals_behind_an_old_selection() -> None:
    """A selection that was not looked at for long catches up, and is dropped without harm."""
    count = 100_000
    index = LabelIndex({n: {"a": "x"} for n in range(count)})
    old, older = index.select("a"), index.select("a")
    for number in range(count):
        del index[number]
    assert len(index) == 0
    assert list(old) == list(range(count))
    del old
    del older  # never looked at: with it goes a chain of a hundred thousand links
    gc.collect()
    assert index.count("") == 0
    index.check_invariants()


def test_many_values_of_one_key() -> None:
    """Ten thousand values in one requirement, and twice as many in one column."""
    count = 20_000
    index = LabelIndex({n: {"a": f"v{n}"} for n in range(count)})
    selector = In("a", (f"v{n}" for n in range(0, count, 2)))
    assert index.count(selector) == count // 2
    assert index.count(~selector) == count // 2
    assert selector.matches({"a": "v2"})
    assert not selector.matches({"a": "v3"})
