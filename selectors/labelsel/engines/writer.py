"""`Writer`: what an engine must be able to write, and `write`, which walks a selector with it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Generic, TypeVar

from labelsel.errors import TranslationError
from labelsel.requirements import DoesNotExist, Exists, In, NotIn
from labelsel.selector import And, Everything, Not, Nothing, Or, Requirement, Selector

__all__ = ["Writer", "write"]

E = TypeVar("E")


class Writer(ABC, Generic[E]):
    """Writes the conditions of one engine, as texts or as expressions of type ``E``.

    No condition may be NULL for any row: an engine that answers NULL for an absent key would
    leave its row out of a negation, too.
    """

    @abstractmethod
    def equals(self, key: str, values: Sequence[str]) -> E:
        """Return the condition that a key is there with one of at least one values, sorted."""

    @abstractmethod
    def present(self, key: str) -> E:
        """Return the condition that a key is there."""

    @abstractmethod
    def constant(self, *, value: bool) -> E:
        """Return the condition that always holds, or never."""

    @abstractmethod
    def negate(self, condition: E) -> E:
        """Return the negation of a condition."""

    @abstractmethod
    def all(self, conditions: Sequence[E]) -> E:
        """Return the conjunction of two or more conditions."""

    @abstractmethod
    def any(self, conditions: Sequence[E]) -> E:
        """Return the disjunction of two or more conditions."""

    def native(self, requirement: Requirement) -> E:
        """Return the engine's own condition for a requirement whose key is there.

        Only of the classes that `resolve` was told to leave. It may be NULL where the key is
        absent: beside it stands that the key is there.
        """
        raise TranslationError(str(requirement), "query", "the engine has no such operator")


def write(selector: Selector, writer: Writer[E]) -> E:  # noqa: C901  # a case for each node
    """Return the condition of a selector that `resolve` returned. O(nodes)."""
    match selector:
        case Everything():
            return writer.constant(value=True)
        case Nothing():
            return writer.constant(value=False)
        case And(terms):
            return writer.all([write(term, writer) for term in terms])
        case Or(terms):
            return writer.any([write(term, writer) for term in terms])
        case Not(term):
            return writer.negate(write(term, writer))
        case In(key=key, values=values):
            return writer.equals(key, sorted(values))
        case NotIn(key=key, values=values):
            return writer.negate(writer.equals(key, sorted(values)))
        case Exists(key=key):
            return writer.present(key)
        case DoesNotExist(key=key):
            return writer.negate(writer.present(key))
        case Requirement():
            return writer.native(selector)
        case _:
            raise AssertionError(selector)
