"""What hypothesis draws from: labels, nodes, selector texts, and texts that are almost right.

Alphabets are small on purpose: keys and values that never meet would prove nothing. Beside
them stand wild texts, lone surrogates among them.
"""

from collections.abc import Callable
from typing import TypeAlias, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from labelsel import (
    And,
    DoesNotExist,
    Equals,
    Everything,
    Exists,
    FieldEquals,
    FieldNotEquals,
    GreaterThan,
    In,
    LessThan,
    Not,
    NotEquals,
    Nothing,
    NotIn,
    Or,
    Requirement,
    Selector,
    all_of,
)

T = TypeVar("T")
Texts: TypeAlias = SearchStrategy[str]

WILD: Texts = st.text(st.characters(exclude_categories=()), max_size=6)
"""Any text at all, lone surrogates too."""
NUMBERS: Texts = st.one_of(
    st.sampled_from(["0", "-1", "+5", "5", "007", str(2**63 - 1), str(-(2**63))]),
    st.integers(-(2**63), 2**63 - 1).map(str),
)
"""Whole numbers of 64 bits, as text."""
NO_NUMBERS: Texts = st.sampled_from(
    ["", "5.0", " 5", "5\n", "1_000", "\uff15", "0x10", "--5", "+", str(2**63), str(-(2**63) - 1)]
)
"""What looks like such a number, or nearly."""

LEGAL_NAMES: Texts = st.from_regex(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,4}[A-Za-z0-9])?", fullmatch=True)
LEGAL_PREFIXES: Texts = st.from_regex(r"[a-z0-9]{1,3}(-[a-z0-9]|\.[a-z0-9]){0,2}", fullmatch=True)
LEGAL_KEYS: Texts = st.one_of(
    st.sampled_from(["a", "b", "in", "notin", "app", "a/b"]),
    LEGAL_NAMES,
    st.builds("{}/{}".format, LEGAL_PREFIXES, LEGAL_NAMES),
)
LEGAL_VALUES: Texts = st.one_of(st.sampled_from(["", "a", "b", "in", "1"]), LEGAL_NAMES)
LEGAL_BOUNDS: Texts = st.one_of(
    st.sampled_from(["0", "007", "5", str(2**63 - 1)]), st.integers(0, 2**63 - 1).map(str)
)

KEYS: Texts = st.one_of(st.sampled_from(["a", "b", "c"]), LEGAL_KEYS, WILD)
VALUES: Texts = st.one_of(st.sampled_from(["", "a", "b"]), LEGAL_VALUES, NUMBERS, NO_NUMBERS, WILD)

SMALL_KEYS: Texts = st.sampled_from(["a", "b", "c"])
SMALL_VALUES: Texts = st.sampled_from(["", "a", "b", "4", "5", "007", "x"])
SMALL_BOUNDS: Texts = st.sampled_from(["4", "5", "6", "007"])


def labels(
    keys: Texts = SMALL_KEYS, values: Texts = SMALL_VALUES
) -> SearchStrategy[dict[str, str]]:
    """Label sets."""
    return st.dictionaries(keys, values, max_size=4)


def label_sets(
    keys: Texts = SMALL_KEYS, values: Texts = SMALL_VALUES
) -> SearchStrategy[list[dict[str, str]]]:
    """A few label sets at a time; the empty one is always among them."""
    return st.lists(labels(keys, values), max_size=6).map(lambda sets: [{}, *sets])


def requirements(
    keys: Texts = SMALL_KEYS,
    values: Texts = SMALL_VALUES,
    bounds: Texts = SMALL_BOUNDS,
    *,
    least: int = 0,
) -> SearchStrategy[Requirement]:
    """Every leaf about labels; `In` and `NotIn` with at least so many values."""
    many = st.sets(values, min_size=least, max_size=3)
    return st.one_of(
        st.builds(Equals, keys, values, doubled=st.booleans()),
        st.builds(NotEquals, keys, values),
        st.builds(In, keys, many),
        st.builds(NotIn, keys, many),
        st.builds(Exists, keys),
        st.builds(DoesNotExist, keys),
        st.builds(GreaterThan, keys, bounds),
        st.builds(LessThan, keys, bounds),
    )


def field_requirements(
    keys: Texts = SMALL_KEYS, values: Texts = SMALL_VALUES
) -> SearchStrategy[Requirement]:
    """The two leaves about fields."""
    return st.one_of(st.builds(FieldEquals, keys, values), st.builds(FieldNotEquals, keys, values))


LEGAL_REQUIREMENTS: SearchStrategy[Requirement] = requirements(
    LEGAL_KEYS, LEGAL_VALUES, LEGAL_BOUNDS, least=1
)
"""Leaves that Kubernetes text can say."""
WILD_REQUIREMENTS: SearchStrategy[Requirement] = requirements(KEYS, VALUES, NUMBERS)
WILD_FIELDS: SearchStrategy[Requirement] = field_requirements(
    st.one_of(KEYS, st.text("a!=,\\ ", max_size=5)),
    st.one_of(VALUES, st.text("a!=,\\ ", max_size=5)),
)


def selectors(leaves: SearchStrategy[Requirement]) -> SearchStrategy[Selector]:
    """Trees of every node over these leaves."""
    ends: SearchStrategy[Selector] = st.one_of(
        leaves, leaves, st.builds(Everything), st.builds(Nothing)
    )

    def above(inner: SearchStrategy[Selector]) -> SearchStrategy[Selector]:
        terms = st.lists(inner, max_size=3).map(tuple)
        return st.one_of(st.builds(And, terms), st.builds(Or, terms), st.builds(Not, inner))

    return st.recursive(ends, above, max_leaves=8)


SELECTORS: SearchStrategy[Selector] = selectors(st.one_of(requirements(), field_requirements()))
"""Trees over a few keys and values, so that the label sets above meet them."""
WILD_SELECTORS: SearchStrategy[Selector] = selectors(st.one_of(WILD_REQUIREMENTS, WILD_FIELDS))
CONJUNCTIONS: SearchStrategy[Selector] = st.lists(LEGAL_REQUIREMENTS, max_size=5).map(all_of)
"""All that Kubernetes text can say."""


@st.composite
def kubernetes_texts(draw: DrawFn) -> tuple[str, Selector]:
    """A legal text, with white space wherever it may stand, and what it means."""
    leaves = draw(st.lists(LEGAL_REQUIREMENTS, max_size=4))
    tokens: list[str] = []
    for leaf in leaves:
        tokens += [",", *_tokens(draw, leaf)]
    gaps = [draw(st.text(" \t\r\n", max_size=2)) for _ in tokens]
    text = gaps[0] if gaps else draw(st.text(" \t\r\n", max_size=2))
    for token, gap in zip(tokens[1:], gaps[1:], strict=True):
        text += token + gap
    return text, all_of(leaves)


def _tokens(draw: DrawFn, leaf: Requirement) -> list[str]:
    match leaf:
        case In(key=key, values=values) | NotIn(key=key, values=values):
            # In any order, some more than once; words need white space between them.
            listed = draw(st.permutations(sorted(values)))
            listed += draw(st.lists(st.sampled_from(listed), max_size=2))
            joined = [token for value in listed for token in (",", value)]
            return [key, " ", leaf.operator, "(", *joined[1:], ")"]
        case Exists(key=key):
            return [key]
        case DoesNotExist(key=key):
            return ["!", key]
        case Equals(key=key, value=value) | NotEquals(key=key, value=value):
            return [key, leaf.operator, value]
        case _:
            assert isinstance(leaf, GreaterThan | LessThan)
            return [leaf.key, leaf.operator, leaf.value]


_PIECES: Texts = st.one_of(
    st.sampled_from(
        ["=", "==", "!=", "!", ",", ",,", "(", ")", ">", "<", ">=", " in ", " notin ", " ", "\\",
         "()", "in(", "||", "&&", "'", '"', ":", "\0", "\ud800", "\u00a0", "a b", " not in ", "\n"]
    ),
    WILD,
)  # fmt: skip


def near_misses(texts: Texts) -> Texts:
    """Texts made from these by a few changes: a piece put in, cut out, doubled or moved."""

    @st.composite
    def near_miss(draw: DrawFn) -> str:
        text = draw(texts)
        for _ in range(draw(st.integers(1, 3))):
            start, end = sorted((draw(_places(text)), draw(_places(text))))
            change = draw(st.sampled_from(_CHANGES))
            text = change(text, start, end, draw(_PIECES))
        return text

    return near_miss()


def _places(text: str) -> SearchStrategy[int]:
    return st.integers(0, len(text))


_CHANGES: list[Callable[[str, int, int, str], str]] = [
    lambda text, start, _end, piece: text[:start] + piece + text[start:],
    lambda text, start, end, piece: text[:start] + piece + text[end:],
    lambda text, start, end, _piece: text[:start] + text[end:],
    lambda text, start, end, _piece: text[:end] + text[start:end] + text[end:],
    lambda text, start, end, _piece: text[end:] + text[start:end] + text[:start],
]

LEGAL_TEXTS: Texts = kubernetes_texts().map(lambda drawn: drawn[0])
FIELD_TEXTS: Texts = st.lists(
    st.builds(
        "{}{}{}".format,
        st.sampled_from(["a", "metadata.name", "x y", "!a", "a\\", ""]),
        st.sampled_from(["=", "==", "!="]),
        st.sampled_from(["", "a", "b", "\\\\", "\\,", "\\=", " x", "!"]),
    ),
    max_size=4,
).map(",".join)
"""Legal field selectors, some with empty terms."""


def json_values(names: Texts) -> SearchStrategy[object]:
    """Anything that JSON can say, whose objects often have these names."""
    scalars: SearchStrategy[object] = st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), names, WILD
    )
    return st.recursive(
        scalars,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3), st.dictionaries(st.one_of(names, WILD), inner, max_size=3)
        ),
        max_leaves=12,
    )
