"""What hypothesis draws from: labels, nodes, selector texts, and texts that are almost right.

What users draw, too, is labelsel.testing; here are small worlds and wild texts. Alphabets are small
on purpose: keys and values that never meet would prove nothing. Beside them stand wild texts, lone
surrogates among them.
"""

from typing import TypeAlias

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from labelsel import Requirement, Selector, testing

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

LEGAL_KEYS: Texts = testing.keys()
LEGAL_VALUES: Texts = testing.values()

KEYS: Texts = st.one_of(st.sampled_from(["a", "b", "c"]), LEGAL_KEYS, WILD)
VALUES: Texts = st.one_of(st.sampled_from(["", "a", "b"]), LEGAL_VALUES, NUMBERS, NO_NUMBERS, WILD)

SMALL_KEYS: Texts = st.sampled_from(["a", "b", "c"])
SMALL_VALUES: Texts = st.sampled_from(["", "a", "b", "4", "5", "007", "x"])
SMALL_BOUNDS: Texts = st.sampled_from(["4", "5", "6", "007"])


def labels(
    keys: Texts = SMALL_KEYS, values: Texts = SMALL_VALUES
) -> SearchStrategy[dict[str, str]]:
    """Label sets."""
    return testing.label_sets(keys, values)


def label_sets(
    keys: Texts = SMALL_KEYS, values: Texts = SMALL_VALUES
) -> SearchStrategy[list[dict[str, str]]]:
    """A few label sets at a time; the empty one is always among them."""
    return st.lists(labels(keys, values), max_size=6).map(lambda sets: [{}, *sets])


def requirements(
    keys: Texts = SMALL_KEYS, values: Texts = SMALL_VALUES, bounds: Texts = SMALL_BOUNDS
) -> SearchStrategy[Requirement]:
    """Every leaf about labels; `In` and `NotIn` also without values."""
    return testing.requirements(keys, values, bounds, min_values=0)


def field_requirements(
    keys: Texts = SMALL_KEYS, values: Texts = SMALL_VALUES
) -> SearchStrategy[Requirement]:
    """The two leaves about fields."""
    return testing.requirements(keys, values, kinds=testing.FIELD_KINDS)


LEGAL_REQUIREMENTS: SearchStrategy[Requirement] = testing.requirements()
"""Leaves that Kubernetes text can say."""
WILD_REQUIREMENTS: SearchStrategy[Requirement] = requirements(KEYS, VALUES, NUMBERS)
WILD_FIELDS: SearchStrategy[Requirement] = field_requirements(
    st.one_of(KEYS, st.text("a!=,\\ ", max_size=5)),
    st.one_of(VALUES, st.text("a!=,\\ ", max_size=5)),
)

selectors = testing.selectors
SELECTORS: SearchStrategy[Selector] = selectors(st.one_of(requirements(), field_requirements()))
"""Trees over a few keys and values, so that the label sets above meet them."""
WILD_SELECTORS: SearchStrategy[Selector] = selectors(st.one_of(WILD_REQUIREMENTS, WILD_FIELDS))
CONJUNCTIONS: SearchStrategy[Selector] = testing.conjunctions()
"""All that Kubernetes text can say."""

kubernetes_texts = testing.written_selectors
near_misses = testing.edited_texts

LEGAL_TEXTS: Texts = testing.selector_texts()
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
