"""What a rename makes of a label, and of a selector that speaks of the label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from labelsel.errors import InvalidLabelError, quote, require_type
from labelsel.kubernetes.model.served_labels import NAMESPACE_NAME_KEY
from labelsel.labels import validate_key, validate_value
from labelsel.requirements import Equals, In, NotEquals, NotIn
from labelsel.selector import And, Not, Or, Requirement, Selector, all_of, any_of

if TYPE_CHECKING:
    from labelsel.kubernetes.model.document import Data

__all__ = ["LabelRenaming"]


@dataclass(frozen=True, slots=True)
class LabelRenaming:
    """A label and its new name.

    `LabelRenaming.from_texts` makes one of texts, and checks both labels. `rename_label` renames a
    label in all objects of an input.

    Attributes:
        old_key: the key that labels have.
        old_value: the value of the labels that are renamed; None for all values.
        new_key: the key that they get.
        new_value: the value that they get; None to keep the value of each.

    Raises:
        Nothing. The fields are taken as they are.

    Complexity: O(1).

    >>> from labelsel import parse
    >>> renaming = LabelRenaming.from_texts("app=web", "app.kubernetes.io/name=web")
    >>> renaming.rename_labels({"app": "web", "tier": "front"})
    {'tier': 'front', 'app.kubernetes.io/name': 'web'}
    >>> str(renaming.rename_selector(parse("app=web,tier")))
    'app.kubernetes.io/name=web,tier'
    """

    old_key: str
    old_value: str | None
    new_key: str
    new_value: str | None

    @classmethod
    def from_texts(cls, old: str, new: str) -> LabelRenaming:
        """Read two labels, each ``KEY=VALUE``, or each ``KEY`` for all values of a key.

        Arguments:
            old: the label that is there.
            new: the label that it becomes.

        Raises:
            InvalidLabelError: a text is not a legal label, only one has a value, both are equal, or
                the API server sets one of them itself.
            TypeError: a text is not a string.

        Complexity: O(n) for texts of n characters.

        >>> LabelRenaming.from_texts("app=web", "app=front").new_value
        'front'
        """
        old_key, old_value = _parse_label(old, "old")
        new_key, new_value = _parse_label(new, "new")
        if (old_value is None) != (new_value is None):
            pair, key, value = (old, new, old_value) if new_value is None else (new, old, new_value)
            problem = f"{pair} has a value and {key} has none: write both with a value, as in"
            problem = f"{problem} {old_key}={value} {new_key}={value}, or both without one"
            raise InvalidLabelError([problem])
        if NAMESPACE_NAME_KEY in (old_key, new_key):
            problem = f"the API server gives each namespace the label {NAMESPACE_NAME_KEY}"
            raise InvalidLabelError([f"{problem}, with its name: no rename changes that"])
        if (old_key, old_value) == (new_key, new_value):
            raise InvalidLabelError([f"{old} is called {new} already: name another label"])
        return cls(old_key, old_value, new_key, new_value)

    @property
    def old(self) -> str:
        """The old label as text: ``app=web``, or ``app``. O(1); raises nothing."""
        return _label_text(self.old_key, self.old_value)

    @property
    def new(self) -> str:
        """The new label as text. O(1); raises nothing."""
        return _label_text(self.new_key, self.new_value)

    @property
    def changes_key(self) -> bool:
        """Whether the key changes. O(1); raises nothing."""
        return self.old_key != self.new_key

    def under(self, prefix: str) -> LabelRenaming:
        """Return the same rename for keys that a language writes with something before them.

        Arguments:
            prefix: the text before the keys.

        Raises:
            Nothing.

        Complexity: O(1).

        >>> LabelRenaming.from_texts("a", "b").under("pcns.").old
        'pcns.a'
        """
        return replace(self, old_key=f"{prefix}{self.old_key}", new_key=f"{prefix}{self.new_key}")

    def concerns(self, key: str, value: Data) -> bool:
        """Whether a label is renamed.

        Arguments:
            key: the key of the label.
            value: its value; None, as null in a manifest, reads as the empty string.

        Raises:
            Nothing.

        Complexity: O(1).

        >>> LabelRenaming.from_texts("app=web", "app=front").concerns("app", "db")
        False
        """
        if key != self.old_key:
            return False
        return self.old_value is None or self.old_value == ("" if value is None else value)

    def is_in(self, labels: Mapping[str, str]) -> bool:
        """Whether one of some labels is renamed.

        Arguments:
            labels: a label set.

        Raises:
            Nothing.

        Complexity: O(1), however many labels there are.

        >>> LabelRenaming.from_texts("app", "name").is_in({"app": "web", "tier": "front"})
        True
        """
        return self.old_key in labels and self.concerns(self.old_key, labels[self.old_key])

    def rename_labels(self, labels: Mapping[str, str]) -> dict[str, str]:
        """Return a label set after the rename.

        A label of the new name is overwritten.

        Arguments:
            labels: the label set, which stays as it is.

        Raises:
            Nothing.

        Complexity: O(n) for n labels, which are copied.

        >>> LabelRenaming.from_texts("a", "b").rename_labels({"a": "1", "c": "2"})
        {'c': '2', 'b': '1'}
        """
        if not self.is_in(labels):
            return dict(labels)
        value = labels[self.old_key] if self.new_value is None else self.new_value
        renamed = {key: each for key, each in labels.items() if key != self.old_key}
        return renamed | {self.new_key: value}

    def rename_selector(self, selector: Selector) -> Selector:
        """Return the selector that selects of renamed label sets what a selector selects of these.

        That holds for every label set that does not have the new label before. Of a rename of some
        values the result may need "or", which few languages have: ``app in (web,db)`` becomes
        ``name=web || app=db``. A requirement that names the new value, and not the old one, stays:
        nothing else can be right for both labels.

        Arguments:
            selector: the selector, as `parse` and the other parsers return it.

        Raises:
            SelectorLimitError: the result needs one more "and" or "or", and would nest deeper
                than is allowed.

        Complexity: O(n) for a selector of n requirements and values.

        >>> from labelsel import parse_expression, to_expression
        >>> renaming = LabelRenaming.from_texts("app=web", "name=web")
        >>> to_expression(renaming.rename_selector(parse_expression("app in {'web', 'db'}")))
        '(name == "web" || app in {"db"})'
        """
        match selector:
            case Requirement():
                return self._rename_requirement(selector)
            case And(terms):
                return And(tuple(map(self.rename_selector, terms)))
            case Or(terms):
                return Or(tuple(map(self.rename_selector, terms)))
            case Not(term):
                return Not(self.rename_selector(term))
            case _:
                return selector

    def _rename_requirement(self, leaf: Requirement) -> Selector:
        if leaf.key != self.old_key:
            return leaf
        if self.old_value is None or self.new_value is None:
            return replace(leaf, key=self.new_key)
        match leaf:
            case Equals(value=self.old_value) | NotEquals(value=self.old_value):
                return type(leaf)(self.new_key, self.new_value)
            case In(values=values) | NotIn(values=values) if self.old_value in values:
                others = values - {self.old_value}
                if not others or not self.changes_key:
                    return type(leaf)(self.new_key, {*others, self.new_value})
                return self._rename_one_value(leaf, type(leaf)(leaf.key, others))
            case Equals() | NotEquals() | In() | NotIn() if not self.changes_key:
                return leaf
            case _:
                pass
        # What the requirement says of a label set that had the label, and what it will say.
        after = None if self.changes_key else self.new_value
        if leaf.allows(self.old_value) == leaf.allows(after):
            return leaf
        return self._rename_one_value(leaf, leaf)

    def _rename_one_value(self, leaf: Requirement, rest: Requirement) -> Selector:
        """Return what a requirement means: as it is for the renamed value, ``rest`` for others."""
        assert self.old_value is not None
        assert self.new_value is not None
        if leaf.allows(self.old_value):
            return any_of([Equals(self.new_key, self.new_value), rest])
        return all_of([NotEquals(self.new_key, self.new_value), rest])


def _parse_label(text: str, which: str) -> tuple[str, str | None]:
    """Read ``KEY=VALUE`` or ``KEY``: a label, as `parse_changes` reads it, and no selector.

    ``which`` is the word for it in an error.
    """
    key, equals, value = require_type(str, text).partition("=")
    if problems := [*validate_key(key), *validate_value(value)]:
        advice = "; write KEY=VALUE, or KEY for all values of a key" if validate_key(key) else ""
        raise InvalidLabelError([f"the {which} label {quote(text)}: {problems[0]}{advice}"])
    return key, value if equals else None


def _label_text(key: str, value: str | None) -> str:
    return key if value is None else f"{key}={value}"
