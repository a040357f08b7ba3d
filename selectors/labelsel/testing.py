"""Hypothesis strategies: keys, values, label sets, requirements, selectors, matches and misses.

For tests of code that takes selectors and labels. Install ``labelsel[testing]``. Hypothesis finds
the types by itself, so that annotations are enough:

>>> from hypothesis import given
>>> from labelsel import Selector
>>> @given(...)
... def test_negation(selector: Selector) -> None:
...     assert (~selector).matches({}) is not selector.matches({})
>>> test_negation()

Every strategy shrinks to the simplest that still fails: few requirements, short keys and values,
no labels that do not matter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from importlib.util import find_spec
from itertools import chain
from typing import Final, TypeAlias, cast

from labelsel.budget import Budget
from labelsel.errors import SelectorError, SelectorLimitError, quote
from labelsel.languages.kubernetes import parse
from labelsel.reasoning.decide import Goal, is_possible
from labelsel.requirements import (
    OPERATORS,
    DoesNotExist,
    EndsWith,
    Equals,
    Exists,
    FieldRequirement,
    GreaterThan,
    In,
    LessThan,
    Matches,
    NotEquals,
    NotIn,
    StartsWith,
)
from labelsel.selector import (
    And,
    Everything,
    Everywhere,
    Not,
    Nothing,
    Or,
    Requirement,
    Selector,
    SelectorOrText,
    all_of,
    as_selector,
)

try:
    from hypothesis import reject
    from hypothesis import strategies as st
    from hypothesis.strategies import DrawFn, SearchStrategy
except ImportError:
    message = "strategies for tests need Hypothesis: pip install 'labelsel[testing]'"
    raise ImportError(message) from None

__all__ = [
    "ALL_KINDS",
    "FIELD_KINDS",
    "KUBERNETES_KINDS",
    "conjunctions",
    "edited_texts",
    "keys",
    "label_sets",
    "matching",
    "near_misses",
    "not_matching",
    "requirements",
    "selector_texts",
    "selectors",
    "strategy_for",
    "values",
    "written_selectors",
]

Texts: TypeAlias = SearchStrategy[str]
Kind: TypeAlias = type[Requirement]

KUBERNETES_KINDS: Final[tuple[Kind, ...]] = tuple(
    row.requirement for row in OPERATORS if row.kubernetes
)
"""The requirements that the text of a Kubernetes label selector can express."""
FIELD_KINDS: Final[tuple[Kind, ...]] = tuple(row.requirement for row in OPERATORS if row.fields)
"""The requirements of field selectors."""
ALL_KINDS: Final[tuple[Kind, ...]] = tuple(
    row.requirement
    for row in OPERATORS
    if row.requirement is not Matches or find_spec("re2") is not None
)
"""Every requirement that works here: `Matches` needs the extra ``labelsel[regex]``."""

# Labels

_NAMES: Final[Texts] = st.from_regex(
    r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,4}[A-Za-z0-9])?", fullmatch=True
)
_PREFIXES: Final[Texts] = st.from_regex(r"[a-z0-9]{1,3}(-[a-z0-9]|\.[a-z0-9]){0,2}", fullmatch=True)
# A few words first: keys and values that never meet would test nothing.
_KEYS: Final[Texts] = st.one_of(
    st.sampled_from(["a", "b", "in", "notin", "app", "a/b"]),
    _NAMES,
    st.builds("{}/{}".format, _PREFIXES, _NAMES),
)
_VALUES: Final[Texts] = st.one_of(st.sampled_from(["", "a", "b", "in", "1"]), _NAMES)
_BOUNDS: Final[Texts] = st.one_of(
    st.sampled_from(["0", "007", "5", str(2**63 - 1)]), st.integers(0, 2**63 - 1).map(str)
)
_PATTERNS: Final[Texts] = st.sampled_from(["", "a", "a+", "(a|b)*", ".", "[^a]*", "(?i)ab?"])


def keys() -> SearchStrategy[str]:
    """Legal keys of labels, with a prefix and without (rule 8 of docs/semantics.md).

    Returns:
        A strategy of short keys. Some occur often, among them ``in`` and ``notin``, so that the
        keys of a selector and of a label set meet.

    Raises: nothing.

    Complexity: O(1).

    >>> from labelsel import validate_key
    >>> from hypothesis import find
    >>> find(keys(), lambda key: not validate_key(key))
    'a'
    """
    return _KEYS


def values() -> SearchStrategy[str]:
    """Legal values of labels, the empty one among them (rule 9 of docs/semantics.md).

    Returns:
        A strategy of short values. Some of them are whole numbers.

    Raises: nothing.

    Complexity: O(1).

    >>> from hypothesis import find
    >>> find(values(), lambda value: value > "")
    'a'
    """
    return _VALUES


def label_sets(
    keys: Texts | None = None, values: Texts | None = None, *, max_size: int = 4
) -> SearchStrategy[dict[str, str]]:
    """Label sets: dicts from keys to values, the empty dict among them.

    Arguments:
        keys: what the keys are drawn from; legal keys by default.
        values: what the values are drawn from; legal values by default.
        max_size: how many labels a label set has at most.

    Returns:
        A strategy. For label sets that a selector selects, see `matching`.

    Raises:
        hypothesis.errors.InvalidArgument: when a value is drawn, if an argument is no strategy.

    Complexity: O(1).

    >>> from hypothesis import find
    >>> find(label_sets(), lambda labels: len(labels) == 1)
    {'a': ''}
    """
    drawn_keys = _KEYS if keys is None else keys
    return st.dictionaries(drawn_keys, _VALUES if values is None else values, max_size=max_size)


# Selectors


def requirements(
    keys: Texts | None = None,
    values: Texts | None = None,
    bounds: Texts | None = None,
    *,
    kinds: Collection[type[Requirement]] = KUBERNETES_KINDS,
    min_values: int = 1,
) -> SearchStrategy[Requirement]:
    """Requirements: the leaves of selectors.

    Arguments:
        keys: what the keys are drawn from; legal keys by default.
        values: what values, and parts of values, are drawn from; legal values by default.
        bounds: what the bounds of ``>`` and ``<`` are drawn from, texts of whole numbers.
        kinds: the classes that are drawn: `KUBERNETES_KINDS`, `FIELD_KINDS`, `ALL_KINDS`, or some
            of their classes.
        min_values: how many values `In` and `NotIn` have at least. No text has none.

    Returns:
        A strategy. With the defaults the text of every requirement is legal for Kubernetes.

    Raises:
        ValueError: ``kinds`` is empty, or has a class that is not a requirement of labelsel.

    Complexity: O(kinds).

    >>> from hypothesis import find
    >>> find(requirements(kinds=[In]), lambda leaf: True)
    In(key='a', values=[''])
    """
    drawn_keys = _KEYS if keys is None else keys
    drawn_values = _VALUES if values is None else values
    drawn_bounds = _BOUNDS if bounds is None else bounds
    many = st.sets(drawn_values, min_size=min_values, max_size=3)
    arguments: dict[Kind, tuple[SearchStrategy[object], ...]] = {
        row.requirement: (drawn_keys, drawn_values) for row in OPERATORS
    }
    arguments |= dict.fromkeys((In, NotIn), (drawn_keys, many))
    arguments |= dict.fromkeys((Exists, DoesNotExist), (drawn_keys,))
    arguments |= dict.fromkeys((GreaterThan, LessThan), (drawn_keys, drawn_bounds))
    arguments[Matches] = (drawn_keys, _PATTERNS)
    unknown = [repr(kind) for kind in kinds if kind not in arguments]
    if unknown or not kinds:
        listed = f"not {unknown[0]}" if unknown else "and at least one"
        message = f"kinds must be classes of requirements of labelsel, {listed}"
        raise ValueError(message)
    drawn: list[SearchStrategy[Requirement]] = [
        st.builds(kind, *arguments[kind], **_OPTIONS.get(kind, {})) for kind in kinds
    ]
    return st.one_of(drawn)


_OPTIONS: Final[dict[Kind, dict[str, SearchStrategy[bool]]]] = {Equals: {"doubled": st.booleans()}}


def selectors(
    requirements: SearchStrategy[Requirement] | None = None, *, max_leaves: int = 8
) -> SearchStrategy[Selector]:
    """Selectors of every shape: requirements, And, Or, Not, `Everything`, `Nothing`.

    Arguments:
        requirements: what the leaves are drawn from; the requirements of Kubernetes by default.
        max_leaves: how many leaves a selector has at most.

    Returns:
        A strategy. No text of Kubernetes has an Or: for texts see `conjunctions`.

    Raises:
        hypothesis.errors.InvalidArgument: when a value is drawn, if an argument is no strategy.

    Complexity: O(1).

    >>> from labelsel import Or
    >>> from hypothesis import find
    >>> find(selectors(), lambda selector: isinstance(selector, Or))
    Or(terms=())
    """
    leaves = _LEAVES if requirements is None else requirements
    # Requirements twice: half of the ends would mean the same otherwise.
    ends: SearchStrategy[Selector] = st.one_of(
        leaves, leaves, st.builds(Everything), st.builds(Nothing)
    )
    return st.recursive(ends, _joined, max_leaves=max_leaves)


def _joined(inner: SearchStrategy[Selector]) -> SearchStrategy[Selector]:
    terms = st.lists(inner, max_size=3).map(tuple)
    return st.one_of(st.builds(And, terms), st.builds(Or, terms), st.builds(Not, inner))


def conjunctions(
    requirements: SearchStrategy[Requirement] | None = None, *, max_size: int = 5
) -> SearchStrategy[Selector]:
    """Selectors that require each of some requirements: all that Kubernetes can express.

    Arguments:
        requirements: what the requirements are drawn from; those of Kubernetes by default.
        max_size: how many requirements a selector has at most.

    Returns:
        A strategy. ``str`` of each selector is a legal text for Kubernetes, by default.

    Raises:
        hypothesis.errors.InvalidArgument: when a value is drawn, if an argument is no strategy.

    Complexity: O(1).

    >>> from hypothesis import find
    >>> str(find(conjunctions(), lambda selector: selector.keys() == {"a"}))
    'a='
    """
    leaves = _LEAVES if requirements is None else requirements
    return st.lists(leaves, max_size=max_size).map(all_of)


def written_selectors() -> SearchStrategy[tuple[str, Selector]]:
    r"""Legal texts of Kubernetes, each with the selector that it means.

    The texts have white space wherever it is allowed, values in any order and more than once.

    Returns:
        A strategy of pairs: for the tests of a parser.

    Raises: nothing.

    Complexity: O(1).

    >>> from hypothesis import find
    >>> find(written_selectors(), lambda pair: "\t" in pair[0])
    ('\t', Everything())
    """
    return _written_selectors()


def selector_texts() -> SearchStrategy[str]:
    """Legal texts of Kubernetes, with white space wherever it is allowed.

    Returns:
        A strategy: the texts of `written_selectors`.

    Raises: nothing.

    Complexity: O(1).

    >>> from hypothesis import find
    >>> find(selector_texts(), lambda text: "a" in text)
    'a='
    """
    return _written_selectors().map(lambda drawn: drawn[0])


_LEAVES: Final = requirements()
_SPACES: Final[Texts] = st.text(" \t\r\n", max_size=2)


@st.composite
def _written_selectors(draw: DrawFn) -> tuple[str, Selector]:
    leaves = draw(st.lists(_LEAVES, max_size=4))
    tokens: list[str] = []
    for leaf in leaves:
        tokens += [",", *_tokens(draw, leaf)]
    gaps = [draw(_SPACES) for _ in tokens]
    text = gaps[0] if gaps else draw(_SPACES)
    for token, gap in zip(tokens[1:], gaps[1:], strict=True):
        text += token + gap
    return text, all_of(leaves)


def _tokens(draw: DrawFn, leaf: Requirement) -> list[str]:
    match leaf:
        case In(key=key, values=values) | NotIn(key=key, values=values):
            # In any order, some more than once; words need white space between them.
            listed = list(draw(st.permutations(sorted(values))))
            listed += draw(st.lists(st.sampled_from(listed), max_size=2))
            joined = [token for value in listed for token in (",", value)]
            return [key, " ", leaf.operator, "(", *joined[1:], ")"]
        case Exists(key=key):
            return [key]
        case DoesNotExist(key=key):
            return ["!", key]
        case _:
            assert isinstance(leaf, Equals | NotEquals | GreaterThan | LessThan)
            return [leaf.key, leaf.operator, leaf.value]


# What a selector selects


def matching(selector: SelectorOrText) -> SearchStrategy[dict[str, str]]:
    """Label sets that a selector selects.

    Each is found by reasoning, not by trial: a witness for the selector and for as many drawn
    wishes (``a=x``, ``!b``) as go together with it. So numbers, lists and prefixes cost no rejected
    examples. For a regular expression, values are drawn from it, and tested. Labels that the
    selector does not name are added.

    Arguments:
        selector: a selector of any kind, or the text of a Kubernetes label selector.

    Returns:
        A strategy that shrinks to the labels that are needed.

    Raises:
        SelectorError: no label set matches the selector; or the text is not a selector.
        SelectorLimitError: whether some label set matches cannot be decided: an operator from
            outside, or too many nested Ors.

    Complexity: one question of `labelsel.is_satisfiable` for each wish, two a key at most.

    >>> from hypothesis import find
    >>> find(matching("cores>3,tier in (web,db),!debug"), lambda labels: True)
    {'cores': '4', 'tier': 'db'}
    >>> matching("app,!app")
    Traceback (most recent call last):
    labelsel.errors.SelectorError: no label set matches the selector 'app,!app'
    """
    asked = as_selector(selector)
    _require_witness((asked, True), "no label set matches the selector")
    return _labels_of(asked, expected=True)


def not_matching(selector: SelectorOrText) -> SearchStrategy[dict[str, str]]:
    """Label sets that a selector does not select; many of them nearly match.

    A label set that nearly matches is drawn from `matching`, and then changed in as few labels as
    possible.

    Arguments:
        selector: a selector of any kind, or the text of a Kubernetes label selector.

    Returns:
        A strategy.

    Raises:
        SelectorError: every label set matches the selector; or the text is not a selector.
        SelectorLimitError: whether some label set does not match cannot be decided.

    Complexity: as `matching`.

    >>> from hypothesis import find
    >>> find(not_matching("app=web,tier=db"), lambda labels: labels.get("app") == "web")
    {'app': 'web'}
    >>> not_matching("")
    Traceback (most recent call last):
    labelsel.errors.SelectorError: every label set matches the selector ''
    """
    asked = as_selector(selector)
    _require_witness((asked, False), "every label set matches the selector")
    far = _labels_of(asked, expected=False)
    if is_possible([(asked, True)], Budget()).truth is not True:
        return far
    return st.one_of(_miss_barely(asked, _labels_of(asked, expected=True)), far)


def _require_witness(goal: Goal, problem: str) -> None:
    answer = is_possible([goal], Budget())
    selector, text = goal[0], quote(str(goal[0]))
    if answer.truth is None and not any(isinstance(leaf, Matches) for leaf in _leaves(selector)):
        message = f"it cannot be decided whether {problem} {text}"
        raise SelectorLimitError(message)
    if answer.truth is False:
        message = f"{problem} {text}"
        raise SelectorError(message)


def _labels_of(selector: Selector, *, expected: bool) -> SearchStrategy[dict[str, str]]:
    # Made once, not for each label set: to make a strategy takes longer than to draw from it.
    named = sorted(selector.keys())
    wishes = [_wishes_of_patterns(selector)]
    if named:
        wishes.append(st.lists(_wishes(selector, named), max_size=2 * len(named)))
    return _draw_labels((selector, expected), st.tuples(*wishes), label_sets())


@st.composite
def _draw_labels(
    draw: DrawFn,
    goal: Goal,
    wishes: SearchStrategy[tuple[list[Requirement], ...]],
    others: SearchStrategy[dict[str, str]],
) -> dict[str, str]:
    labels = _grant(goal, list(chain.from_iterable(draw(wishes))))
    if labels is None:
        reject()
    named = goal[0].keys()
    return labels | {key: value for key, value in draw(others).items() if key not in named}


def _wishes_of_patterns(selector: Selector) -> SearchStrategy[list[Requirement]]:
    """Draw a value for each regular expression: reasoning cannot find one, but can test it."""
    wishes = [
        st.builds(Equals, st.just(leaf.key), _values_of_pattern(leaf.value))
        for leaf in _leaves(selector)
        if isinstance(leaf, Matches)
    ]
    return st.tuples(*wishes).map(list)


def _values_of_pattern(pattern: str) -> Texts:
    try:
        compiled = re.compile(_in_python(pattern), re.ASCII | re.DOTALL)
    except (re.error, ValueError):  # RE2 knows what Python does not, ``\\pL`` for example.
        return _VALUES
    return st.one_of(st.from_regex(compiled, fullmatch=True), _VALUES)


_POSIX: Final = {
    "alnum": "0-9A-Za-z", "alpha": "A-Za-z", "ascii": r"\x00-\x7f", "blank": r"\t ",
    "cntrl": r"\x00-\x1f\x7f", "digit": "0-9", "graph": "!-~", "lower": "a-z", "print": " -~",
    "punct": r"!-/:-@\[-`{-~", "space": r"\t\n\v\f\r ", "upper": "A-Z", "word": r"\w",
    "xdigit": "0-9A-Fa-f",
}  # fmt: skip
_SYNTAX: Final = re.compile(
    r"\\Q(?P<literal>.*?)(?:\\E|\Z)|(?P<escape>\\.)|(?P<name>\(\?<(?=[A-Za-z_]))"
    r"|(?P<set>\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\])",
    re.DOTALL,
)
_IN_SET: Final = re.compile(r"\[:(?P<posix>\w+):\]|(?P<escape>\\.)|--|[\[&~|]", re.DOTALL)


def _in_python(pattern: str) -> str:
    """Return an expression of RE2 as Python writes it, where both can say it.

    Where they differ in more, the values that are drawn do not fit, and are not used.
    """
    return _SYNTAX.sub(_rewrite, pattern)


def _rewrite(part: re.Match[str]) -> str:
    if part["literal"] is not None:
        return re.escape(part["literal"])
    if part["name"]:
        return "(?P<"
    if part["set"]:
        # Python warns of what it may read as an operation on sets one day.
        opening = "[^" if part["set"].startswith("[^") else "["
        return opening + _IN_SET.sub(_rewrite_in_set, part["set"].removeprefix(opening))
    return part[0]


def _rewrite_in_set(part: re.Match[str]) -> str:
    if part["posix"] in _POSIX:
        return _POSIX[part["posix"]]
    if part["escape"]:
        return part[0]
    return r"-\-" if part[0] == "--" else re.sub(r"([\[&~|])", r"\\\1", part[0])


@st.composite
def _miss_barely(
    draw: DrawFn, selector: Selector, matches: SearchStrategy[dict[str, str]]
) -> dict[str, str]:
    labels = draw(matches)
    wishes: list[Requirement] = [Equals(*label) for label in labels.items()]
    wishes += [DoesNotExist(key) for key in sorted(selector.keys()) if key not in labels]
    # What comes last is given up first.
    missed = _grant((selector, False), draw(st.permutations(wishes)))
    if missed is None:  # pragma: no cover  # the question takes more steps than it may
        reject()
    return missed


def _wishes(selector: Selector, named: list[str]) -> SearchStrategy[Requirement]:
    """Requirements that a label set may meet beside a selector, about the keys of the selector."""
    texts = sorted({text for leaf in _leaves(selector) for text in _texts(leaf)})
    near = st.sampled_from(texts) if texts else st.nothing()
    wanted = st.one_of(near, _VALUES, _BOUNDS)
    return requirements(
        st.sampled_from(named),
        wanted,
        kinds=[Equals, DoesNotExist, Exists, NotEquals, StartsWith, EndsWith],
    )


def _leaves(selector: Selector) -> Iterator[Requirement]:
    match selector:
        case And(terms) | Or(terms):
            for term in terms:
                yield from _leaves(term)
        case Not(term):
            yield from _leaves(term)
        case Requirement() as leaf:
            yield leaf
        case _:
            pass


def _texts(leaf: Requirement) -> Iterable[str]:
    """Return the values that a requirement names, or the numbers beside its bound."""
    match leaf:
        case In(values=values) | NotIn(values=values):
            return values
        case GreaterThan(bound=bound) | LessThan(bound=bound):
            return [str(bound + step) for step in (-1, 0, 1)]
        case _:
            return [getattr(leaf, "value", "")]


def _grant(goal: Goal, wishes: Sequence[Requirement]) -> dict[str, str] | None:
    """Return labels that meet a goal, and each wish that is possible beside those before it.

    None where no labels were found: the wishes gave no value for a regular expression.
    """
    goals = [goal]
    labels = is_possible(goals, Budget()).witness
    for wish in wishes:
        more = is_possible([*goals, (wish, True)], Budget()).witness
        if more is not None:
            goals.append((wish, True))
            labels = more
    selector, expected = goal
    assert labels is None or selector.matches(labels) is expected
    return labels


# Texts that are wrong

_PIECES: Final[Texts] = st.one_of(
    st.sampled_from(
        ["=", "==", "!=", "!", ",", ",,", "(", ")", ">", "<", ">=", " in ", " notin ", " ", "\\",
         "()", "in(", "||", "&&", "'", '"', ":", "\0", "\ud800", "\u00a0", "a b", " not in ", "\n"]
    ),
    st.text(st.characters(exclude_categories=()), max_size=6),
)  # fmt: skip

_EDITS: Final[list[Callable[[str, int, int, str], str]]] = [
    lambda text, start, _end, piece: text[:start] + piece + text[start:],
    lambda text, start, end, piece: text[:start] + piece + text[end:],
    lambda text, start, end, _piece: text[:start] + text[end:],
    lambda text, start, end, _piece: text[:end] + text[start:end] + text[end:],
    lambda text, start, end, _piece: text[end:] + text[start:end] + text[:start],
]


def edited_texts(texts: SearchStrategy[str]) -> SearchStrategy[str]:
    """Texts made from others by up to three edits; some are still legal, most are not.

    An edit puts a piece in, replaces, cuts out, doubles or moves a part.

    Arguments:
        texts: what the texts before the edits are drawn from.

    Returns:
        A strategy. Some texts have characters that no encoding has: see `near_misses`.

    Raises:
        AttributeError: when a value is drawn, if the argument is not a strategy.

    Complexity: O(1).

    >>> from hypothesis import find
    >>> find(edited_texts(st.just("app")), lambda text: text != "app") == "app"
    False
    """
    return _edited_texts(texts)


@st.composite
def _edited_texts(draw: DrawFn, texts: Texts) -> str:
    text = draw(texts)
    for _ in range(draw(st.integers(1, 3))):
        places = st.integers(0, len(text))
        start, end = sorted((draw(places), draw(places)))
        text = draw(st.sampled_from(_EDITS))(text, start, end, draw(_PIECES))
    return text


def near_misses() -> SearchStrategy[str]:
    """Texts that look like a label selector, and that Kubernetes refuses.

    They are legal texts after an edit or three: a comma too many, a parenthesis too few, a word in
    place of an operator. A matcher must refuse each of them. One that drops what it does not
    understand selects too much. For labels that nearly match, see `not_matching`.

    Returns:
        A strategy of texts. None has a NUL, at which Kubernetes' Go code ends the text, and each
        can be encoded as UTF-8.

    Raises: nothing.

    Complexity: O(1).

    >>> from hypothesis import find
    >>> len(find(near_misses(), lambda text: len(text) < 3)) < 3
    True
    """
    return edited_texts(selector_texts()).filter(_is_refused)


def _is_refused(text: str) -> bool:
    if any(char == "\0" or "\ud800" <= char <= "\udfff" for char in text):
        return False
    try:
        parse(text)
    except SelectorError:
        return True
    return False


# Types


def strategy_for(kind: type[Selector]) -> SearchStrategy[Selector]:
    """Selectors of one class: what ``st.from_type`` draws for it.

    `Selector` stands for selectors of every shape with every kind of requirement, `Requirement`
    for every kind of requirement. Hypothesis knows this by itself (entry point ``hypothesis``).

    Arguments:
        kind: a class of labelsel below `Selector`, or `Selector` itself.

    Returns:
        A strategy.

    Raises:
        ValueError: the class is not one of labelsel.

    Complexity: O(kinds).

    >>> from hypothesis import find
    >>> find(strategy_for(NotIn), lambda leaf: True)
    NotIn(key='a', values=[''])
    """
    every = requirements(kinds=ALL_KINDS)
    if kind in (Everything, Everywhere, Nothing):
        return st.builds(kind)
    if kind is Requirement:
        return every
    if kind is FieldRequirement:
        return requirements(kinds=FIELD_KINDS)
    inner = selectors(every)
    if kind is Selector:
        return inner
    if kind is Not:
        return st.builds(Not, inner)
    if issubclass(kind, And | Or):
        return st.builds(kind, st.lists(inner, max_size=3).map(tuple))
    return requirements(kinds=[cast("Kind", kind)])
