"""What a rename makes of labels and of selectors: exact where no label set has the new label."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from labelsel.errors import InvalidLabelError
from labelsel.kubernetes import LabelRenaming
from labelsel.languages import parse, parse_expression
from labelsel.requirements import (
    Contains,
    DoesNotExist,
    EndsWith,
    Equals,
    Exists,
    In,
    NotEquals,
    NotIn,
    StartsWith,
)
from labelsel.selector import And, Everything, Not, Nothing, Or, Requirement, Selector, all_of

KEYS = ("app", "tier", "name")
VALUES = ("web", "we", "db", "")

keys = st.sampled_from(KEYS)
values = st.sampled_from(VALUES)
one_value = st.sampled_from([Equals, NotEquals, Contains, StartsWith, EndsWith])
leaves: st.SearchStrategy[Requirement] = st.one_of(
    st.builds(lambda node, key, value: node(key, value), one_value, keys, values),
    st.builds(
        lambda node, key, many: node(key, many), st.sampled_from([In, NotIn]), keys, st.sets(values)
    ),
    st.builds(lambda node, key: node(key), st.sampled_from([Exists, DoesNotExist]), keys),
)
selectors: st.SearchStrategy[Selector] = st.recursive(
    leaves | st.sampled_from([Everything(), Nothing()]),
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(lambda terms: And(tuple(terms)), st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda terms: Or(tuple(terms)), st.lists(inner, min_size=1, max_size=3)),
    ),
    max_leaves=5,
)
label_sets = st.dictionaries(keys, values, max_size=3)


@st.composite
def renamings(draw: st.DrawFn) -> LabelRenaming:
    """A rename of a key, of a pair, or of a value."""
    old, new = draw(keys), draw(keys)
    if draw(st.booleans()):
        old_value, new_value = draw(values), draw(st.sampled_from([*VALUES, "new"]))
        assume((old, old_value) != (new, new_value))
        return LabelRenaming(old, old_value, new, new_value)
    assume(old != new)
    return LabelRenaming(old, None, new, None)


@given(selector=selectors, labels=label_sets, renaming=renamings())
def test_a_renamed_selector_selects_the_renamed(
    selector: Selector, labels: dict[str, str], renaming: LabelRenaming
) -> None:
    """What a selector says of a label set, the renamed one says of the renamed label set."""
    # A label set with the new label may become equal to another one, and a selector that speaks of
    # the new key selects what gets that key: the comparison of pairs refuses both.
    assume(not _has_new(labels, renaming))
    assume(not renaming.changes_key or renaming.new_key not in set(selector.keys()))
    # A selector that names both values of one key cannot keep both apart.
    names_new = {Equals, NotEquals, In, NotIn}
    assume(
        renaming.changes_key
        or not any(
            leaf.key == renaming.new_key
            and type(leaf) in names_new
            and leaf.allows(renaming.new_value) != leaf.allows("else")
            for leaf in _leaves(selector)
        )
    )
    renamed = renaming.rename_selector(selector)
    assert renamed.matches(renaming.rename_labels(labels)) == selector.matches(labels)


def _has_new(labels: dict[str, str], renaming: LabelRenaming) -> bool:
    if renaming.changes_key:
        return renaming.new_key in labels
    return labels.get(renaming.new_key) == renaming.new_value


def _leaves(selector: Selector) -> list[Requirement]:
    match selector:
        case Requirement():
            return [selector]
        case And(terms) | Or(terms):
            return [leaf for term in terms for leaf in _leaves(term)]
        case Not(term):
            return _leaves(term)
        case _:
            return []


@pytest.mark.parametrize(
    ("old", "new", "before", "after"),
    [
        ("app", "name", "app=web,tier", "name=web,tier"),
        ("app=web", "name=web", "app in (web)", "name in (web)"),
        ("app=web", "name=web", "app notin (web,db)", "app notin (db),name!=web"),
        ("app=web", "name=web", "!app", "!app,name!=web"),
        ("app=web", "name=web", "app!=db", "app!=db"),
        ("app=web", "app=api", "app in (web,api)", "app in (api)"),
        ("app=web", "app=api", "app in (web,db)", "app in (api,db)"),
        ("app=web", "app=api", "app=api", "app=api"),
        ("app=web", "app=api", "app!=api", "app!=api"),
        ("app=web", "app=api", "app", "app"),
        ("app=", "app=none", "app=", "app=none"),
    ],
)
def test_kubernetes_text(old: str, new: str, before: str, after: str) -> None:
    """The least change of each operator."""
    renamed = LabelRenaming.from_texts(old, new).rename_selector(parse(before))
    assert all_of([renamed]) == parse(after)


def test_one_of_several_values_needs_or() -> None:
    """Only a language with "or" can say that one value has another key."""
    renaming = LabelRenaming.from_texts("app=web", "name=web")
    renamed = renaming.rename_selector(parse_expression("app in {'web', 'db'}"))
    assert renamed == Or((Equals("name", "web"), In("app", ["db"])))


def test_keys_with_something_before_them() -> None:
    """Calico writes the labels of namespaces with ``pcns.`` before the key."""
    renaming = LabelRenaming.from_texts("app", "name").under("pcns.")
    assert renaming.rename_selector(Equals("pcns.app", "a")) == Equals("pcns.name", "a")


def test_labels() -> None:
    """Only the label of the value is renamed; a null reads as the empty value."""
    renaming = LabelRenaming.from_texts("app=", "name=none")
    assert renaming.rename_labels({"app": "", "a": "b"}) == {"a": "b", "name": "none"}
    assert renaming.rename_labels({"app": "web"}) == {"app": "web"}
    assert renaming.concerns("app", None)
    assert not renaming.concerns("app", "web")
    assert LabelRenaming.from_texts("app", "name").concerns("app", 5)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("app=web", "name", "app=web has a value and name has none: write both with a value, as"),
        ("app", "name=web", "name=web has a value and app has none"),
        ("app=web", "app=web", "app=web is called app=web already"),
        ("app!=web", "app=web", "the old label 'app!=web': a key's name may hold only letters, "),
        (
            "app!=web",
            "app=web",
            "this one has '!'; write KEY=VALUE, or KEY for all values of a key",
        ),
        ("app=web,tier", "app", "the old label 'app=web,tier': a value may hold only letters, "),
        ("", "app", "the old label '': a key must not be empty; write KEY=VALUE"),
        ("app", "na me", "the new label 'na me': a key's name may hold only letters, digits, "),
        ("app", "na:me", "this one has ':'; write KEY=VALUE"),
        ("app=web", "app==web", "the new label 'app==web': a value may hold only letters, digits"),
        ("app=web", "app=my web", "'-', '_' and '.', this one has ' '"),
        (
            "app=web",
            "app=-x",
            "a value must begin and end with a letter or digit, this one is '-x'",
        ),
    ],
)
def test_no_renames(old: str, new: str, problem: str) -> None:
    """Two labels that are no rename: each says what to write."""
    with pytest.raises(InvalidLabelError) as caught:
        LabelRenaming.from_texts(old, new)
    assert problem in str(caught.value)
