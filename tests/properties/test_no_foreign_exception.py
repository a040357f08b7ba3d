"""Whatever comes in, what goes out is an answer or one of our own errors, whole."""

import contextlib
import pickle
import re
from collections.abc import Callable

from hypothesis import example, given
from hypothesis import strategies as st

from labelsel import (
    InvalidObjectError,
    LabelIndex,
    Selector,
    SelectorSyntaxError,
    TranslationError,
    compile_predicate,
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
from labelsel.labels import parse_int64
from tests.strategies import (
    FIELD_TEXTS,
    LEGAL_TEXTS,
    SELECTORS,
    WILD,
    WILD_SELECTORS,
    json_values,
    near_misses,
)

BYTES = st.binary(max_size=40)
JUNK = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=40),
    BYTES.map(lambda data: data.decode("latin-1")),
    BYTES.map(lambda data: data.decode("utf-8", "surrogateescape")),
    BYTES.map(lambda data: data.decode("utf-16-le", "surrogatepass") if len(data) % 2 == 0 else ""),
    near_misses(LEGAL_TEXTS),
    near_misses(FIELD_TEXTS),
)
NAMES = st.sampled_from(
    ["matchLabels", "matchExpressions", "match_labels", "match_expressions", "key", "operator",
     "values", "nodeSelectorTerms", "matchFields", "metadata.name", "In", "NotIn", "Exists",
     "DoesNotExist", "Gt", "Lt", "in", "a", "5", ""]
)  # fmt: skip


def check_error(error: SelectorSyntaxError, text: str) -> None:
    """Fail where an error is not whole: its place, its lines, its words, its pickle."""
    assert error.text == text
    assert 0 <= error.position <= len(text)
    message = str(error)
    message.encode("utf-8")
    first, shown, caret, *more = message.split("\n")
    assert first == f"not a valid selector: {error.problem}"
    assert re.fullmatch(r" {2,}\^", caret)
    assert len(shown) <= 2 + 1 + 60 + 30 + 1
    assert [line.split(":")[0].strip() for line in more] == [
        name for name, part in (("expected", error.expected), ("hint", error.hint)) if part
    ]
    assert not any(re.search(r"[A-Z]{2}|_|\$", word) for word in error.expected)
    assert str(pickle.loads(pickle.dumps(error))) == message  # noqa: S301  # our own bytes


def check_text(read: Callable[[str], Selector], text: str) -> None:
    """Fail where a text gives anything but a selector or a whole error."""
    try:
        selector = read(text)
    except SelectorSyntaxError as error:
        check_error(error, text)
    else:
        assert isinstance(str(selector), str)


@given(JUNK)
@example("\ud800")
@example("a\U0010ffff=\udfff")
@example("x in (a,\0)")
@example("\r\n,\r\n")
@example("(" * 2000)
@example("x>" + "9" * 5000)
def test_texts(text: str) -> None:
    """Any text is a selector or a `SelectorSyntaxError`, in both languages."""
    check_text(parse, text)
    check_text(parse_fields, text)


def check_object(read: Callable[[object], Selector], obj: object) -> None:
    """Fail where an object gives anything but a selector or a whole error."""
    try:
        selector = read(obj)
    except InvalidObjectError as error:
        problems, message = error.problems, str(error)
    else:
        assert selector.matches({}) in {True, False}
        return
    assert all(problem.problem for problem in problems)
    assert message
    message.encode("utf-8")


@given(json_values(NAMES))
def test_objects(obj: object) -> None:
    """Any JSON is an object of ours or an `InvalidObjectError`, at every level."""
    for read in (
        from_label_selector,
        from_node_selector,
        lambda o: from_node_selector(o, strict=False),
        lambda o: from_label_selector({"matchLabels": o, "matchExpressions": [o]}),
        lambda o: from_label_selector({"matchExpressions": o}),
        lambda o: from_label_selector({"matchExpressions": [{"key": "a", "operator": o}]}),
        lambda o: from_label_selector(
            {"matchExpressions": [{"key": o, "operator": "In", "values": [o]}]}
        ),
        lambda o: from_node_selector({"nodeSelectorTerms": o}),
        lambda o: from_node_selector({"nodeSelectorTerms": [o]}),
        lambda o: from_node_selector(
            {"nodeSelectorTerms": [{"matchFields": [{"key": o, "operator": "In", "values": [o]}]}]}
        ),
        lambda o: from_node_selector(
            {"nodeSelectorTerms": [{"matchExpressions": o, "matchFields": o}]}, strict=False
        ),
    ):
        check_object(read, obj)


@given(json_values(NAMES))
def test_validation(value: object) -> None:
    """Validation finds something to say about anything, and never fails itself."""
    for validate in (validate_key, validate_value, validate_labels, validate_annotations):
        "".join(validate(value)).encode("utf-8")
        "".join(validate({"a": value, "-": value})).encode("utf-8")


@given(st.one_of(WILD, st.text("+-0123456789_ ", max_size=25)))
def test_numbers(text: str) -> None:
    """A text is a whole number of 64 bits exactly where ASCII digits and a sign write one."""
    number = parse_int64(text)
    plain = re.fullmatch("[+-]?[0-9]+", text)
    assert number == (int(text) if plain and -(2**63) <= int(text) < 2**63 else None)


@given(st.one_of(SELECTORS, WILD_SELECTORS))
def test_nodes(selector: Selector) -> None:
    """Any tree prints, compiles, is planned and is translated, or says why it cannot be."""
    assert isinstance(f"{selector}{selector!r}", str)
    assert compile_predicate(selector)(None) is selector.matches({})
    assert LabelIndex({1: {"a": "5"}}).explain(selector).actual in {0, 1}
    with contextlib.suppress(TranslationError):
        assert from_label_selector(to_label_selector(selector)).matches({}) is selector.matches({})
