"""Typing slips, case by case."""

import random
from itertools import permutations

import pytest

from labelsel import typos
from labelsel.typos import (
    Comparisons,
    TypoIndex,
    did_you_mean,
    is_one_typo_apart,
    nearest,
    nearest_path,
)

HANZI = "".join(map(chr, range(0x4E00, 0x4E00 + 200)))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("tier", "tier", False),
        ("tier", "teir", True),  # changed places, in the middle
        ("tier", "itier", True),  # one too many: first,
        ("tier", "tiier", True),  # within,
        ("tier", "tierr", True),  # last
        ("tier", "tiere", True),
        ("tier", "toer", True),  # one wrong
        ("tier", "tief", True),
        ("tier", "itre", False),  # two slips
        ("tier", "tire", True),  # changed places, at the end
        ("tier", "tiers2", False),
        ("tier", "rtie", False),
        ("app.kubernetes.io/name", "app.kubernetes.io/nmae", True),
        ("app.kubernetes.io/name", "app.kubernetes.io/part", False),
        ("partOf", "partof", True),
        ("PARTOF", "partof", True),
        ("os", "so", False),  # of words this short nearly all are
        ("a", "", False),
        ("ab", "abc", True),
        ("", "", False),
        ("ßßx", "ssssx", False),  # the same in one case, but two characters longer
    ],
)
def test_slips(one: str, other: str, expected: bool) -> None:  # noqa: FBT001 - a column
    """A slip is one character, or two that changed places, or case alone; either way round."""
    assert is_one_typo_apart(one, other) == is_one_typo_apart(other, one) == expected


@pytest.mark.parametrize(
    ("word", "names", "expected"),
    [
        ("tier", ["tear", "tie"], "tie"),
        ("tier", ["tier"], None),  # the word itself is no hint,
        ("tier", ["tier", "teir"], "teir"),  # and hides no other
        ("tier", ["zone"], None),
        ("", ["zone"], None),
        ("OS", ["os"], "os"),
        ("abcdefghijkl", ["XbcdXfghXjkl"], "XbcdXfghXjkl"),  # three wrong of twelve,
        ("abcdefghijkl", ["XbcdXfXhXjkl"], None),  # and not four;
        ("abcdefghijk", ["XbcdXfghXjk"], None),  # not three of eleven,
        ("abcdefghijk", ["XbcdXfghijkl"], "XbcdXfghijkl"),  # the longer word has twelve
        ("abcdefghijk", ["XbcdXfghijk"], "XbcdXfghijk"),  # but two,
        ("abcde", ["XbcXe"], "XbcXe"),  # two of five,
        ("ab", ["aXbY"], None),  # and not of four
        (HANZI[:199], [HANZI[:199] + "yz"], HANZI[:199] + "yz"),
        ("x" * 199, ["yz" + "x" * 199], "yz" + "x" * 199),
        ("lable", ["labels"], "labels"),
        (HANZI, [HANZI + "yz"], None),  # 200 characters: too long to compare,
        ("X" * 300, ["x" * 300], "x" * 300),  # but for the case
    ],
)
def test_nearest(word: str, names: list[str], expected: str | None) -> None:
    """The name most like a word is offered, and never the word itself."""
    assert nearest(word, names) == expected


@pytest.mark.parametrize(
    ("word", "names"), [("part", ["parx", "pary"]), ("NAME", ["nAME", "name", "Name"])]
)
def test_the_order_of_names_says_nothing(word: str, names: list[str]) -> None:
    """Of equally similar names the last string is offered, in whatever order they come."""
    assert {nearest(word, order) for order in permutations(names)} == {max(names)}


def test_eight_names_are_compared() -> None:
    """A name that is near, but less similar than eight that are not, is not offered."""
    word = "abcdefghijklmnopqrstuvwxyz"
    longer = [f"{word[:cut]}0123{word[cut:]}" for cut in range(8)]  # four characters too many
    near = word.replace("c", "X").replace("m", "X").replace("x", "X")
    assert nearest(word, [near, *longer[1:]]) == near
    assert nearest(word, [near, *longer]) is None


def test_a_hint_is_one_line() -> None:
    """A name from outside begins no line of its own in a hint."""
    assert did_you_mean("a\n::error::") == r"; did you mean a\n::error::?"


def test_the_index_finds_all_words_one_typo_apart() -> None:
    """Looking up by parts finds what comparing with each word finds, but for numbered words."""
    random_ = random.Random(1)  # noqa: S311 -- words, not secrets
    words = {"".join(random_.choices("abA", k=random_.randint(0, 5))) for _ in range(300)}
    index = TypoIndex(words)
    for word in [*words, "abbab", "BBB"]:
        assert index.typos_of(word) == sorted(w for w in words if is_one_typo_apart(word, w))
    assert TypoIndex(["zone-1"]).typos_of("zone-2") == []
    assert TypoIndex(["zone-1"]).typos_of("zoen-1") == ["zone-1"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("metadata.nme", "metadata.name"),
        ("metdata.name", "metadata.name"),
        ("metadata.labels.nope.io/x", None),  # the common beginning is no reason
        ("name", "metadata.name"),
        (".Status.Phase", "status.phase"),
        ("uid", None),  # two paths end so
        ("zone", None),
        ("", None),
        ("{.}", None),
        ("$.kind", "kind"),
        ("metadata.name", None),  # known: no hint offers it
        ("metadata.labels.foo", None),  # three typos in 19 characters, and all of the last part
        ("foo.containers.image", None),  # the same, of the first part
        ("metdata.labels.app", "metadata.labels.app"),
    ],
)
def test_nearest_path(path: str, expected: str | None) -> None:
    """Only the parts that differ are compared, and a path without its beginning is completed."""
    paths = [
        "metadata.name", "metadata.labels.app", "status.phase", "spec.uid", "status.uid", "kind",
        "spec.template.metadata.name", "bar.containers.image", "metadata.annotations.ends.",
    ]  # fmt: skip
    assert nearest_path(path, paths) == expected


def test_the_cut_off_depends_on_the_length() -> None:
    """One wrong character in a short word, three in a long one."""
    assert nearest("tier", ["tour"]) is None
    assert nearest("label", ["lease"]) is None
    assert nearest("deploymnt", ["deployment"]) == "deployment"
    assert nearest("statefullsets.x", ["statefulsets.ab"]) == "statefulsets.ab"


def test_comparisons_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Long words count as several; after the first word that is too many none is compared."""
    monkeypatch.setattr(typos, "MAX_COMPARED_NAMES", 4)
    counted = Comparisons()
    assert nearest("teir", ["tier", "zone", "env"], counted) == "tier"
    assert nearest("teir", ["tier", "zone"], counted) is None
    assert nearest("ZONE", ["zone"], counted) is None
    word = "x" * 31  # 31 * 32 pairs of characters are 3 * 256, and some; 31 * 34 are 4 * 256
    assert nearest(word, [f"{word}y"], Comparisons()) == f"{word}y"
    assert nearest(word, [f"{word}yyy"], Comparisons()) is None
    assert nearest(word, [f"{word}y", "a"], Comparisons()) is None
    assert (
        nearest_path("metadata.nme", ["metadata.name"] + [f"spec.a{n}" for n in range(4)]) is None
    )
