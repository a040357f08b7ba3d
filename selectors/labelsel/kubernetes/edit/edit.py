"""What is to become of objects in files, and the error that tells why it cannot be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from labelsel.kubernetes.errors import ManifestError
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.resource import Resource

__all__ = ["STRINGS", "Edit", "EditError", "strings_of"]

#: The maps in the metadata that are edited.
STRINGS: Final = ("labels", "annotations")


@dataclass(frozen=True, slots=True)
class Edit:
    """What becomes of an object.

    Attributes:
        before: the object as it was read.
        after: the same with other labels or annotations; None where it is deleted.
    """

    before: Resource
    after: Resource | None

    @property
    def is_idle(self) -> bool:
        """Whether nothing changes."""
        after = self.after
        return after is not None and all(
            strings_of(self.before, key) == strings_of(after, key) for key in STRINGS
        )

    @property
    def fault(self) -> ManifestError | None:
        """What forbids the change, whatever the text of its file is like."""
        if self.before.source.place is None:
            return self.before.fault("it was read from no file, so there is none to write")
        if self.after is not None and _bare(self.before.body) != _bare(self.after.body):
            return self.before.fault("more than its labels and annotations would change")
        return None


class EditError(ValueError):
    """Some changes cannot be made in the files, and so none is made.

    ``str()`` of it is one line for each.

    Attributes:
        faults: what is in the way; never empty.
    """

    def __init__(self, faults: Iterable[ManifestError]) -> None:
        self.faults = tuple(faults)
        super().__init__(self.faults)

    def __str__(self) -> str:
        return "\n".join(map(str, self.faults))


def strings_of(resource: Resource, key: str) -> Mapping[str, str]:
    """The labels or annotations of an object, by the key of the map."""
    return resource.labels if key == "labels" else resource.annotations


def _bare(body: dict[str, Data]) -> dict[str, Data]:
    """An object without its labels and annotations."""
    metadata = body.get("metadata") or {}
    rest = {key: value for key, value in metadata.items() if key not in STRINGS}
    return {**body, "metadata": rest}
