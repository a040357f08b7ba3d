"""The selectors that kustomize adds: a file without one is no error, and selects less.

The common labels of a Kustomization are also the selector of a Deployment of its files that has
none. `labelsel lint` knows that, and so do the commands that show what selects what.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from labelsel.cli.input import InputReader
from labelsel.cli.namesakes import input_kustomizations
from labelsel.cli.screen import say
from labelsel.errors import ManifestError
from labelsel.kubernetes import Resource, read_object_selector

__all__ = ["AddedSelectors"]


class AddedSelectors:
    """The objects of an input to which kustomize adds a selector; one line says which.

    Their selector is left out: they select less than what kustomize builds, never more.
    """

    def __init__(
        self, owners: Iterable[Resource], resources: Iterable[Resource], reader: InputReader
    ) -> None:
        """Find the objects, and say which.

        Arguments:
            owners: the objects whose selectors are read.
            resources: all objects of the input.
            reader: what has read them.
        """
        self._reader = reader
        self._errors: set[str] = set()
        self._owners: set[int] = set()
        known = input_kustomizations({each.source.file for each in resources}, reader)
        found = [] if known is None else list(filter(known.adds_selector, owners))
        for each in found:
            self._owners.add(id(each))
            self._expect_error(each)
        if found:
            _report(found)

    def __contains__(self, owner: Resource) -> bool:
        return id(owner) in self._owners

    def on_error(self, error: ManifestError) -> None:
        """Pass on an input error, but not that an object has no selector to which one is added."""
        if str(error) not in self._errors:
            self._reader.on_error(error)

    def _expect_error(self, owner: Resource) -> None:
        try:
            read_object_selector(owner)
        except ManifestError as error:
            self._errors.add(str(error))


def _report(found: Sequence[Resource]) -> None:
    more = f" and {len(found) - 1:,} more" if len(found) > 1 else ""
    what = f"the selector of {found[0].reference}{more}, which kustomize adds"
    say(f"left out: {what}; -k DIR reads what it builds")
