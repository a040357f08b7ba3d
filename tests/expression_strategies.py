"""What hypothesis draws from beside strategies.py.

Every leaf there is, the world that brute force looks at, texts of Calico and Prometheus, and
selectors as deep as can be built.
"""

from collections.abc import Iterable, Mapping
from itertools import product
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from labelsel import (
    And,
    Contains,
    DoesNotExist,
    EndsWith,
    Equals,
    Everything,
    Everywhere,
    Exists,
    GreaterThan,
    In,
    LessThan,
    Matches,
    Not,
    NotEquals,
    NotIn,
    Or,
    Requirement,
    Selector,
    StartsWith,
    any_of,
)
from labelsel.limits import MAX_SELECTOR_DEPTH
from tests.brute_force import BruteForce
from tests.strategies import (
    SMALL_KEYS,
    Texts,
    field_requirements,
    requirements,
    selectors,
)

VALUES: Final = ("", "x", "xy", "yx")
NUMBERS: Final = ("7", "007", "+7", "-3", "8", str(2**63 - 1), "seven")
WORLD_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "a": VALUES, "b": VALUES, "c": VALUES, "n": NUMBERS,
}  # fmt: skip

WORLD: Final = BruteForce(
    [
        {key: value for key, value in zip(WORLD_KEYS, values, strict=True) if value is not None}
        for values in product(*((None, *values) for values in WORLD_KEYS.values()))
    ]
)
"""Every label set over three keys with four values and one with numbers, each absent or not."""


def closed(keys: Mapping[str, Iterable[str]] = WORLD_KEYS) -> Selector:
    """Select the label sets of the world: with it, brute force and logic must say the same."""
    return And(tuple(any_of([DoesNotExist(key), In(key, keys[key])]) for key in keys))


PARTS: Texts = st.sampled_from(["", "x", "y", "xy", "yx", "xx", "z"])
BOUNDS: Texts = st.sampled_from(
    ["-4", "-3", "0", "6", "7", "007", "8", str(2**63 - 1), str(2**63 - 2), str(-(2**63))]
)
NUMBER_PARTS: Texts = st.sampled_from(["", "0", "00", "7", "07", "+", "-", "77", "s", "e"])
PATTERNS: Texts = st.sampled_from(["x+", "(x|y)*", ".", "[^x]*", "x?y?", "(?i)XY", "7|0+7", ""])


def parts(keys: Texts, texts: Texts) -> SearchStrategy[Requirement]:
    """The three leaves about a part of a value."""
    return st.one_of(
        st.builds(Contains, keys, texts),
        st.builds(StartsWith, keys, texts),
        st.builds(EndsWith, keys, texts),
    )


def bounds(keys: Texts) -> SearchStrategy[Requirement]:
    """The two leaves about whole numbers."""
    return st.one_of(st.builds(GreaterThan, keys, BOUNDS), st.builds(LessThan, keys, BOUNDS))


_KEYS: Texts = st.sampled_from(["a", "b", "c"])
_VALUES: Texts = st.sampled_from([*VALUES, "z"])
_NUMBERS: Texts = st.sampled_from([*NUMBERS, "6", "9223372036854775806", ""])
N: Texts = st.just("n")

WORLD_LEAVES: SearchStrategy[Requirement] = st.one_of(
    requirements(_KEYS, _VALUES, BOUNDS),
    field_requirements(_KEYS, _VALUES),
    parts(_KEYS, PARTS),
    requirements(N, _NUMBERS, BOUNDS),
    parts(N, NUMBER_PARTS),
    bounds(N),
)
"""Every leaf but regular expressions, about the keys and the values of the world."""
REGEX_LEAVES: SearchStrategy[Requirement] = st.builds(Matches, _KEYS, PATTERNS)
WORLD_SELECTORS: SearchStrategy[Selector] = selectors(WORLD_LEAVES)
REGEX_SELECTORS: SearchStrategy[Selector] = selectors(
    st.one_of(WORLD_LEAVES, REGEX_LEAVES, REGEX_LEAVES)
)

EXPRESSION_KEYS: Texts = st.one_of(
    st.sampled_from(["a", "b", "c", "in", "not", "has", "contains", "x.y/z", "A", "-", "/"]),
    st.from_regex(r"[A-Za-z0-9_./-]{1,6}", fullmatch=True),
)
EXPRESSION_VALUES: Texts = st.one_of(
    st.sampled_from(["", "a", "b", "x y", "it's", 'say "so"', "&&", "\\", "\n", "\0"]),
    st.text(max_size=6).filter(lambda text: not ('"' in text and "'" in text)),
)
EXPRESSION_LEAVES: SearchStrategy[Requirement] = st.one_of(
    requirements(EXPRESSION_KEYS, EXPRESSION_VALUES).filter(
        lambda leaf: not isinstance(leaf, GreaterThan | LessThan)
    ),
    field_requirements(EXPRESSION_KEYS, EXPRESSION_VALUES),
    parts(EXPRESSION_KEYS, EXPRESSION_VALUES),
)
"""Leaves that Calico's language can say."""
EXPRESSIONS: SearchStrategy[Selector] = selectors(EXPRESSION_LEAVES)
ALL_LEAVES: SearchStrategy[Requirement] = st.one_of(
    requirements(),
    field_requirements(),
    parts(SMALL_KEYS, PARTS),
    st.builds(Matches, SMALL_KEYS, PATTERNS),
)
ALL_SELECTORS: SearchStrategy[Selector] = st.one_of(selectors(ALL_LEAVES), st.builds(Everywhere))
"""Trees of every node and leaf there is, over the keys and values of `strategies.label_sets`."""


_WRITTEN_LEAVES: SearchStrategy[Selector] = st.one_of(
    st.builds(Exists, EXPRESSION_KEYS),
    st.builds(Equals, EXPRESSION_KEYS, EXPRESSION_VALUES),
    st.builds(NotEquals, EXPRESSION_KEYS, EXPRESSION_VALUES),
    st.builds(In, EXPRESSION_KEYS, st.sets(EXPRESSION_VALUES, max_size=3)),
    st.builds(NotIn, EXPRESSION_KEYS, st.sets(EXPRESSION_VALUES, max_size=3)),
    parts(EXPRESSION_KEYS, EXPRESSION_VALUES),
    st.builds(Everything),
    st.builds(Everywhere),
)


def _written(inner: SearchStrategy[Selector]) -> SearchStrategy[Selector]:
    terms = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(st.builds(And, terms), st.builds(Or, terms), inner.map(lambda term: ~term))


WRITTEN: SearchStrategy[Selector] = st.recursive(_WRITTEN_LEAVES, _written, max_leaves=6)
"""Trees as `parse_expression` makes them."""


@st.composite
def expression_texts(draw: DrawFn) -> tuple[str, Selector]:
    """A legal expression, with blanks wherever they may stand and signs to spare, and its tree."""
    selector = draw(WRITTEN)
    gap = st.text(" \t", max_size=2)
    return draw(gap) + "".join(token + draw(gap) for token in _tokens(draw, selector)), selector


def _tokens(draw: DrawFn, selector: Selector, around: type[Selector] = Or) -> list[str]:
    match selector:
        case And(terms) | Or(terms):
            sign = "&&" if isinstance(selector, And) else "||"
            tokens = [t for term in terms for t in (sign, *_tokens(draw, term, type(selector)))][1:]
            # Only an And within an Or, or nothing at all around it, may do without.
            bare = around is Or and isinstance(selector, And) and draw(st.booleans())
            return tokens if bare else ["(", *tokens, ")"]
        case Not(term):
            return ["!", *["!", "!"] * draw(st.integers(0, 1)), *_tokens(draw, term, Not)]
        case _:
            leaf = _leaf_tokens(draw, selector)
            return ["(", *leaf, ")"] if draw(st.integers(0, 4)) == 0 else leaf


def _leaf_tokens(draw: DrawFn, leaf: Selector) -> list[str]:
    def one_of(*words: str) -> str:
        return draw(st.sampled_from(words))

    def quoted(value: str) -> str:
        quote = one_of(*(quote for quote in "'\"" if quote not in value))
        return f"{quote}{value}{quote}"

    match leaf:
        case Everywhere():
            return ["global(", ")"]
        case Everything():
            return ["all(", ")"]
        case Exists(key=key):
            return ["has(", key, ")"]
        case In(key=key, values=values) | NotIn(key=key, values=values):
            word = "in" if isinstance(leaf, In) else one_of("not in", "not \t in", "notin")
            listed = [token for value in sorted(values) for token in (quoted(value), ",")]
            return [key, f" {word}", "{", *listed[: len(listed) - draw(st.integers(0, 1))], "}"]
        case Contains(key=key, value=part):
            return [key, " contains", quoted(part)]
        case StartsWith(key=key, value=part):
            return [key, one_of(" startswith", " starts with", " starts \t with"), quoted(part)]
        case EndsWith(key=key, value=part):
            return [key, one_of(" endswith", " ends with", " ends \t with"), quoted(part)]
        case _:
            assert isinstance(leaf, Equals | NotEquals)
            return [leaf.key, "==" if isinstance(leaf, Equals) else "!=", quoted(leaf.value)]


EXPRESSION_TEXTS: Texts = expression_texts().map(lambda drawn: drawn[0])

_LABEL_NAMES: Texts = st.sampled_from(["a", "b", "__name__", "_", '"a b"', "'é'", "`c`"])
_STRINGS: Texts = st.one_of(
    st.sampled_from(['""', "'a'", "`\\a`", '"\\u00e9"', '"\\x41\\101"', '"a\\\\.b|c"', '"x.*"']),
    st.text("ab.|*\\", max_size=5).map("`{}`".format),
)
MATCHER_TEXTS: Texts = st.builds(
    "{}{{{}{}}}{}".format,
    st.sampled_from(["", "up", "a:b "]),
    st.lists(
        st.builds(
            "{}{}{}".format, _LABEL_NAMES, st.sampled_from(["=", "!=", " =~ ", "!~\n"]), _STRINGS
        ),
        min_size=1,
        max_size=3,
    ).map(",".join),
    st.sampled_from(["", ",", " , "]),
    st.sampled_from(["", "\n", "# comment"]),
)
"""Series selectors, legal but for some of their regular expressions."""


def nested(leaf: Selector, depth: int = MAX_SELECTOR_DEPTH) -> Selector:
    """Return a selector of that depth: And, Or and Not by turns, each of which means something."""
    selector = leaf
    for level in range(depth - leaf.depth):
        match level % 3:
            case 0:
                selector = Or((selector, DoesNotExist(f"o{level}")))
            case 1:
                selector = And((selector, Exists(f"a{level}")))
            case _:
                selector = Not(selector)
    return selector
