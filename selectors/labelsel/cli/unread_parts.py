"""The parts of an input that nobody has read, and that may hold an object which decides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from labelsel.cli.input import InputReader
from labelsel.errors import ManifestError, list_words, show
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.read.input_files import read_text_again
from labelsel.kubernetes.selection.written_parts import may_have_open_objects

if TYPE_CHECKING:
    from labelsel.lint.kustomizations import Kustomizations

__all__ = ["SoughtObjects"]

#: So many things are listed that one Kustomization adds.
_NAMED: Final = 3


def _is_about_items(error: ManifestError) -> bool:
    """Return whether an error is about the items of a list, which may then be any objects."""
    return any(problem.path[:1] == ("items",) for problem in error.problems)


@dataclass(frozen=True, slots=True)
class SoughtObjects:
    """Objects that may be in what was not read, and how to tell.

    Attributes:
        what: the words for one: "a NetworkPolicy".
        in_text: whether one may be in a text that was not parsed.
        in_data: whether one is in the data of a document that holds no object.
    """

    what: str
    in_text: Callable[[str], bool]
    in_data: Callable[[Data], bool]

    def _may_be_in(self, path: str) -> bool:
        """Return whether one may be in a file; it may be where nobody can read the file."""
        text = read_text_again(path) if path else None
        return text is None or may_have_open_objects(text) or self.in_text(text)

    def describe_files(self, reader: InputReader) -> Iterator[str]:
        """Yield a text for each part of the input that was not read, and may hold one."""
        lists = {error.file for error in reader.errors if _is_about_items(error)}
        for file in reader.unread_files():
            if file in lists or self._may_be_in(file):
                yield f"{file} was not read whole, and may have {self.what}"
        for skipped in reader.skipped:
            # Of a file that cannot be parsed there are no data.
            is_open = skipped.data is None and self._may_be_in(skipped.file)
            if is_open or self.in_data(skipped.data):
                yield f"{skipped.file}:{skipped.line or 1} was skipped, and names {self.what}"

    def describe_additions(self, known: Kustomizations | None) -> Iterator[str]:
        """Yield a text for each Kustomization that adds objects of which one may be it."""
        names: defaultdict[str, list[str]] = defaultdict(list)
        for file, name, path in () if known is None else known.additions():
            if self._may_be_in(path):
                names[file].append(name)
        for file, added in names.items():
            more = len(added) - _NAMED
            listed = [*map(show, added[:_NAMED]), *[f"{more:,} more"] * (more > 0)]
            yield (
                f"{file} adds objects that were not read ({list_words(listed, 'and')}), and one "
                f"may be {self.what}; -k DIR reads what kustomize builds"
            )
