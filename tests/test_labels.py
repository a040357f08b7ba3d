"""What is wrong with keys, values, label sets and annotations, in words: rules 8, 9, 24."""

from collections import OrderedDict
from types import MappingProxyType

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from labelsel import validate_annotations, validate_key, validate_labels, validate_value
from labelsel.labels import are_strings, key_faults, parse_int64, value_faults
from labelsel.limits import MAX_ANNOTATIONS_BYTES

NAME_HOLDS = "a key's name may hold only letters, digits, '-', '_' and '.', this one has "
VALUE_HOLDS = "a value may hold only letters, digits, '-', '_' and '.', this one has "
PREFIX_HOLDS = "a key's prefix may hold only lower-case letters, digits, '-' and '.', this one has "
NAME_EDGE = "a key's name must begin and end with a letter or digit, this one is "
VALUE_EDGE = "a value must begin and end with a letter or digit, this one is "
PREFIX_EDGE = (
    "a key's prefix must begin and end with a lower-case letter or digit between its dots,"
    " this one is "
)

GOOD_KEYS = ["a", "A", "0", "a.b", "a_b", "a-b", "a..b", "A-_.9", "n" * 63, "a/b", "a.b-c.d/E_f",
             "0/0", f"{'p' * 253}/{'n' * 63}", "a--b/c"]  # fmt: skip

BAD_KEYS: list[tuple[object, list[str]]] = [
    ("", ["a key must not be empty"]),
    ("n" * 64, ["a key's name may be at most 63 bytes, this one has 64"]),
    ("p/" + "n" * 64, ["a key's name may be at most 63 bytes, this one has 64"]),
    ("\u00e9" * 32, ["a key's name may be at most 63 bytes, this one has 64",
                     NAME_HOLDS + "'\u00e9'"]),
    ("-a", [NAME_EDGE + "'-a'"]),
    ("a.", [NAME_EDGE + "'a.'"]),
    ("_", [NAME_EDGE + "'_'"]),
    ("-" * 90, ["a key's name may be at most 63 bytes, this one has 90",
                NAME_EDGE + f"'{'-' * 80}…'"]),
    ("a b", [NAME_HOLDS + "' '"]),
    ("a\n", [NAME_HOLDS + r"'\n'"]),
    ("-a!", [NAME_HOLDS + "'!'"]),
    ("\u00e9", [NAME_HOLDS + "'\u00e9'"]),
    ("\ud800", [NAME_HOLDS + r"'\ud800'"]),
    ("a\0", [NAME_HOLDS + r"'\x00'"]),
    ("\u212a", [NAME_HOLDS + "'\u212a'"]),
    ("\uff11", [NAME_HOLDS + "'\uff11'"]),
    ("/a", ["a key's prefix must not be empty"]),
    ("a/", ["a key's name must not be empty"]),
    ("/", ["a key's prefix must not be empty", "a key's name must not be empty"]),
    ("a/b/c", ["a key may hold only one '/', between prefix and name"]),
    ("a//b", ["a key may hold only one '/', between prefix and name"]),
    (f"{'p' * 254}/n", ["a key's prefix may be at most 253 bytes, this one has 254"]),
    ("A/b", [PREFIX_HOLDS + "'A'"]),
    ("a_b/c", [PREFIX_HOLDS + "'_'"]),
    ("-a/b", [PREFIX_EDGE + "'-a'"]),
    ("a./b", [PREFIX_EDGE + "'a.'"]),
    ("a..b/c", [PREFIX_EDGE + "'a..b'"]),
    ("a-.b/c", [PREFIX_EDGE + "'a-.b'"]),
    ("A/-", [PREFIX_HOLDS + "'A'", NAME_EDGE + "'-'"]),
    (None, ["a key must be a string, this is null"]),
    (5, ["a key must be a string, this is the number 5"]),
    (b"a", ["a key must be a string, this is b'a' (bytes)"]),
    (True, ["a key must be a string, this is the boolean true"]),
]  # fmt: skip

GOOD_VALUES = ["", "a", "A_.-9", "v" * 63, "1.2.3", "true"]

BAD_VALUES: list[tuple[object, list[str]]] = [
    ("v" * 64, ["a value may be at most 63 bytes, this one has 64"]),
    ("a/b", [VALUE_HOLDS + "'/'"]),
    (" ", [VALUE_HOLDS + "' '"]),
    ("a\n", [VALUE_HOLDS + r"'\n'"]),
    ("-", [VALUE_EDGE + "'-'"]),
    ("a_", [VALUE_EDGE + "'a_'"]),
    ("\udfff", [VALUE_HOLDS + r"'\udfff'"]),
    ("\U0001f600" * 16, ["a value may be at most 63 bytes, this one has 64",
                         VALUE_HOLDS + "'\U0001f600'"]),
    (None, ["a value must be a string, this is null: write \"\" for none"]),
    (1.5, ["a value must be a string, this is the number 1.5"]),
    (["a"], ["a value must be a string, this is a list"]),
]  # fmt: skip


@pytest.mark.parametrize("key", GOOD_KEYS)
def test_good_keys(key: str) -> None:
    """Nothing is wrong with a legal key."""
    assert validate_key(key) == []


@pytest.mark.parametrize(("key", "problems"), BAD_KEYS)
def test_bad_keys(key: object, problems: list[str]) -> None:
    """All that is wrong with a key is told, each in a sentence and never as a pattern."""
    assert validate_key(key) == problems


@pytest.mark.parametrize("value", GOOD_VALUES)
def test_good_values(value: str) -> None:
    """Nothing is wrong with a legal value."""
    assert validate_value(value) == []


@pytest.mark.parametrize(("value", "problems"), BAD_VALUES)
def test_bad_values(value: object, problems: list[str]) -> None:
    """All that is wrong with a value is told."""
    assert validate_value(value) == problems


@pytest.mark.parametrize(
    ("key", "offsets"),
    [("a@b", [1]), ("a/b@", [3]), ("A/@", [0, 2]), ("ab/c/d", [4]), ("a/-", [2])],
)
def test_offsets_of_keys(key: str, offsets: list[int]) -> None:
    """Each fault is placed within the whole key, for the caret."""
    assert [fault.offset for fault in key_faults(key)] == offsets


def test_offsets_of_values() -> None:
    """Each fault is placed within the value."""
    assert [fault.offset for fault in value_faults(f"{'a' * 70} ")] == [0, 70]


LABELS = "labels must be a mapping of strings to strings, this is "


@pytest.mark.parametrize(
    ("labels", "problems"),
    [
        (None, []),
        ({}, []),
        ({"a/b": "c", "d": ""}, []),
        (OrderedDict(a="b"), []),
        (MappingProxyType({"a": "b"}), []),
        ({"a": "-"}, [f"label 'a': {VALUE_EDGE}'-'"]),
        ({"-": "-"}, [f"label '-': {NAME_EDGE}'-'", f"label '-': {VALUE_EDGE}'-'"]),
        ({1: "a"}, ["label 1: a key must be a string, this is the number 1"]),
        ({"a": None}, ["label 'a': a value must be a string, this is null: write \"\" for none"]),
        ({"k" * 90: ""},
         [f"label '{'k' * 80}…': a key's name may be at most 63 bytes, this one has 90"]),
        ([], [LABELS + "a list"]),
        ("a=b", [LABELS + "a string"]),
        ([("a", "b")], [LABELS + "a list"]),
    ],
)  # fmt: skip
def test_labels(labels: object, problems: list[str]) -> None:
    """Each problem of a label set names its label; None is a label set without labels."""
    assert validate_labels(labels) == problems


@pytest.mark.parametrize(
    ("annotations", "problems"),
    [
        (None, []),
        ({}, []),
        ({"A.B/C": "any \n text \0 \ud800"}, []),
        ({"\u0130/a": ""}, []),  # I with a dot: Go makes it a plain i, Python an i and a dot
        ({"a\u0130": "", "\u0130\u0130": ""}, []),
        ({"\u212aelvin": ""}, []),  # the sign for kelvin becomes a plain k
        ({"\u00c9": ""}, [f"annotation '\u00c9': {NAME_HOLDS}'\u00e9'"]),
        ({"": "x"}, ["annotation '': a key must not be empty"]),
        ({"a b": "x"}, [f"annotation 'a b': {NAME_HOLDS}' '"]),
        ({"a": 1}, ["annotation 'a': a value must be a string, this is the number 1"]),
        ({1: None}, ["annotation 1: a key must be a string, this is the number 1",
                     "annotation 1: a value must be a string, this is null: write \"\" for none"]),
        ({1: "a"}, ["annotation 1: a key must be a string, this is the number 1"]),
        (5, ["annotations must be a mapping of strings to strings, this is the number 5"]),
    ],
)  # fmt: skip
def test_annotations(annotations: object, problems: list[str]) -> None:
    """Annotation keys are lower-cased and then checked; values are any text."""
    assert validate_annotations(annotations) == problems


def test_the_name_of_an_annotation_has_a_length_after_lower_casing() -> None:
    """Sixty-three letters with a dot, two bytes each, become sixty-three plain ones."""
    assert validate_annotations({"\u0130" * 63: ""}) == []
    assert validate_annotations({"\u0130" * 64: ""}) == [
        f"annotation '{chr(0x130) * 64}': a key's name may be at most 63 bytes, this one has 64"
    ]


@pytest.mark.parametrize("char", ["x", "\u00e9", "\u65e5", "\U0001f600", "\ud800"])
def test_the_size_of_annotations(char: str) -> None:
    """Keys and values together may take 256 KiB in bytes, and not one more."""
    width = len(char.encode("utf-8", "surrogatepass"))
    filled = {"k": char * ((MAX_ANNOTATIONS_BYTES - 10) // width), "fill": ""}
    rest = MAX_ANNOTATIONS_BYTES - len("kfill") - width * len(filled["k"])
    assert validate_annotations({**filled, "fill": "." * rest}) == []
    assert validate_annotations({**filled, "fill": "." * (rest + 1)}) == [
        "annotations may take at most 262144 bytes in total, these take 262145"
    ]


def test_the_size_counts_keys_as_they_are_written() -> None:
    """The bytes of a key are counted before it is lower-cased."""
    key = "\u0130" * 63
    room = MAX_ANNOTATIONS_BYTES - 2 * 63
    assert validate_annotations({key: "x" * room}) == []
    assert validate_annotations({key: "x" * (room + 1)}) != []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0), ("-0", 0), ("+0", 0), ("007", 7), ("+5", 5), ("-5", -5), ("-007", -7),
        (str(2**63 - 1), 2**63 - 1), (str(2**63), None), (f"+{2**63 - 1}", 2**63 - 1),
        (str(-(2**63)), -(2**63)), (str(-(2**63) - 1), None), ("9" * 19, None), ("9" * 20, None),
        ("0" * 100_000 + "1", 1), ("0" * 100_000, 0), ("1" + "0" * 100_000, None),
        ("", None), ("+", None), ("-", None), ("+-1", None), ("--1", None), ("1-", None),
        (" 1", None), ("1 ", None), ("1\n", None), ("\t1", None), ("1_000", None), ("1e3", None),
        ("0x1", None), ("0b1", None), ("1.0", None), ("1L", None), ("\uff11", None),
        ("\u0661", None), ("\u00b2", None), ("\u2212" + "1", None), ("\0", None), ("1\0", None),
        ("\ud800", None), ("inf", None), ("nan", None), ("0" * 100_000 + "x", None),
    ],
    ids=lambda item: repr(item)[:24],
)  # fmt: skip
def test_whole_numbers(text: str, number: int | None) -> None:
    """Numbers are read as Go reads them: ASCII digits, one sign, 64 bits, nothing around."""
    assert parse_int64(text) == number


class _Word(str):
    """A string with a class of its own, whose parts are looked at one by one."""

    __slots__ = ()


_PARTS = st.lists(
    st.sampled_from(["a", "A", "0", "-", "_", ".", "/", "é", "\n", "a" * 62, "a" * 63, "a." * 126]),
    max_size=5,
).map("".join)


@given(_PARTS | st.text(max_size=5))
@example("a" * 63)
@example("a" * 64)
@example("a" * 253 + "/b")
@example("a" * 254 + "/b")
@example("a/" + "b" * 63)
@example("a/" + "b" * 64)
@example("a/b\n")
@example("a/b/c")
@example("/b")
@example("")
def test_what_is_legal_at_once_is_legal_part_by_part(text: str) -> None:
    """The one match for a legal key or value agrees with the checks that word the faults."""
    assert key_faults(text) == key_faults(_Word(text))
    assert value_faults(text) == value_faults(_Word(text))


def test_an_annotation_without_a_key_takes_no_bytes() -> None:
    """A key that is no string has its own problem; at the limit there is no second one."""
    annotations = {5: "x", "a": "y" * (MAX_ANNOTATIONS_BYTES - 1)}
    assert validate_annotations(annotations) == validate_annotations({5: "x"})
    assert len(validate_annotations(annotations)) == 1


def test_what_has_no_character_is_wrong_at_its_beginning() -> None:
    for faults in (key_faults(5), key_faults(""), value_faults(5)):
        assert [fault.offset for fault in faults] == [0]


class Own(str):
    """A string with a class of its own."""

    __slots__ = ()


@pytest.mark.parametrize(
    ("labels", "plain", "with_none"),
    [
        ({}, True, True), ({"a": "b"}, True, True), ({"a": "b", "c": None}, False, True),
        ({"a": 5}, False, False), ({5: "a"}, False, False), ({5: None}, False, False),
        ({Own("a"): "b"}, False, False), ({"a": Own("b")}, False, False),
        (OrderedDict(a="b"), False, False), (None, False, False), ([("a", "b")], False, False),
    ],
)  # fmt: skip
def test_plain_strings(labels: object, plain: bool, with_none: bool) -> None:  # noqa: FBT001  # what is expected
    """Only a dict of plain strings is taken as it is; all else is looked at one by one."""
    assert are_strings(labels) is plain
    assert are_strings(labels, True) is with_none  # noqa: FBT003  # positional only for its speed
