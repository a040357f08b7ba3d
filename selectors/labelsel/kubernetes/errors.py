"""What is said of a manifest that cannot be read, or is read in part, and the place it names."""

from __future__ import annotations

from collections.abc import Sequence

from labelsel.errors import Problem, escaped

__all__ = ["ManifestError", "ManifestWarning", "NoManifestError", "UnreadWarning"]


class ManifestError(ValueError):
    """A manifest, or one object in it, cannot be read as Kubernetes objects.

    ``str()`` of it is one line for people, whatever stands in names and paths: the place, then
    what is wrong there.

    Attributes:
        file: the file's name as the caller gave it, ``standard input`` for ``-``.
        problem: what is wrong, without a full stop.
        document: which document of the file, counted from 1; None where the fault is not in
            one document (a file that is missing has none).
        line: the line of the fault, or of the object that has it, counted from 1; None
            where no line can be named.
        problems: what is wrong with the parts of an object, each with its path in the object;
            ``problem`` says the same in words. Empty where the fault is in no such part.

    >>> print(ManifestError("web.yaml", "no kind", document=2, line=7))
    web.yaml, document 2 (line 7): no kind
    """

    def __init__(
        self,
        file: str,
        problem: str,
        *,
        document: int | None = None,
        line: int | None = None,
        problems: Sequence[Problem] = (),
    ) -> None:
        super().__init__(file, problem)
        self.file = file
        self.problem = problem
        self.document = document
        self.line = line
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return escaped(f"{_place(self.file, self.document, self.line)}: {self.problem}")

    def __reduce__(self) -> tuple[object, ...]:
        return _manifest_error, (
            type(self),
            self.file,
            self.problem,
            self.document,
            self.line,
            self.problems,
        )


class NoManifestError(ManifestError):
    """A folder has no manifest in it: an error unless no objects at all are meant to be fine."""


def _manifest_error(  # noqa: PLR0913, PLR0917  # what the error is made of: pickle calls it
    error: type[ManifestError],
    file: str,
    problem: str,
    document: int | None,
    line: int | None,
    problems: tuple[Problem, ...],
) -> ManifestError:
    """Make the error anew: pickle passes arguments by place only."""
    return error(file, problem, document=document, line=line, problems=problems)


class ManifestWarning(UserWarning):
    """Something in a manifest was read, or a file was left out, and that is perhaps not meant.

    ``str()`` of it is one line for people, and its attributes are those of `ManifestError`.

    >>> print(ManifestWarning("web.yaml", "the key stands twice", document=1, line=7))
    web.yaml, document 1 (line 7): the key stands twice
    """

    def __init__(
        self, file: str, problem: str, *, document: int | None = None, line: int | None = None
    ) -> None:
        super().__init__(file, problem)
        self.file = file
        self.problem = problem
        self.document = document
        self.line = line

    def __str__(self) -> str:
        return escaped(f"{_place(self.file, self.document, self.line)}: {self.problem}")


class UnreadWarning(ManifestWarning):
    """Something was not read, so that objects may be missing: a pipe, a link to a folder."""


def _place(file: str, document: int | None, line: int | None) -> str:
    place = file if document is None else f"{file}, document {document}"
    return place if line is None else f"{place} (line {line})"
