"""A selector that an index keeps, under one of the caller's keys or under many."""

from __future__ import annotations

from typing import Generic, TypeVar

from labelsel.live.restrictions import Restrictions
from labelsel.selector import Selector

__all__ = ["IndexedSelector"]

K = TypeVar("K")


class IndexedSelector(Generic[K]):
    """A selector that is kept, under one key or many.

    Attributes:
        selector: the selector.
        form: what it comes to; None where nothing can be selected.
        keys: the caller's keys, in the order they came.
    """

    __slots__ = ("_lent", "_spoken", "form", "keys", "selector")

    def __init__(self, selector: Selector, form: Restrictions | None) -> None:
        self.selector = selector
        self.form = form
        self.keys: dict[K, None] = {}
        self._lent = False
        self._spoken: frozenset[str] | None = None

    @property
    def spoken(self) -> frozenset[str]:
        """The label keys that the selector is about. Made once, O(requirements)."""
        if self._spoken is None:
            assert self.form is not None
            self._spoken = frozenset(self.form.keys())
        return self._spoken

    def writable_keys(self) -> dict[K, None]:
        """Return the keys to be changed: a copy of what is in use elsewhere."""
        if self._lent:
            self.keys, self._lent = self.keys.copy(), False
        return self.keys

    def share_keys(self) -> dict[K, None]:
        """Return the keys that there are now, whatever becomes of them."""
        self._lent = True
        return self.keys
