"""The errors and warnings about manifests, with the file, the document and the line."""

from __future__ import annotations

from collections.abc import Sequence

from labelsel.errors import Problem, escaped

__all__ = ["ManifestError", "ManifestWarning", "NoManifestError", "UnreadWarning"]


class ManifestError(ValueError):
    """A manifest, or one object in it, cannot be read, selected from or edited.

    ``str()`` of the error is one line, whatever is in names and paths: the location, then the
    problem.

    Attributes:
        file: the file's name as the caller gave it, ``standard input`` for ``-``.
        problem: what is wrong, without a full stop.
        document: the number of the document in the file, from 1; None if the error is not in
            one document, for example if the file is missing.
        line: the line of the error, or of the object that has it, from 1; None if there is
            none.
        problems: what is wrong with parts of an object, each with its path in the object;
            ``problem`` says the same in words. Empty if the error is in no part of an object.

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
        return escaped(f"{_location(self.file, self.document, self.line)}: {self.problem}")

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
    """A folder has no manifest. A caller may ignore this error, if having no objects is fine.

    >>> print(NoManifestError("shop", "no manifest (*.yaml, *.yml, *.json) in this folder"))
    shop: no manifest (*.yaml, *.yml, *.json) in this folder
    """


def _manifest_error(  # noqa: PLR0913, PLR0917  # pickle calls it with each attribute
    error: type[ManifestError],
    file: str,
    problem: str,
    document: int | None,
    line: int | None,
    problems: tuple[Problem, ...],
) -> ManifestError:
    """Make the error again; pickle passes only positional arguments."""
    return error(file, problem, document=document, line=line, problems=problems)


class ManifestWarning(UserWarning):
    """Something in a manifest is legal and probably a mistake, or a file was skipped.

    ``str()`` of the warning is one line; the attributes are those of `ManifestError`.

    >>> print(ManifestWarning("web.yaml", "the key is in this map twice", document=1, line=7))
    web.yaml, document 1 (line 7): the key is in this map twice
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
        return escaped(f"{_location(self.file, self.document, self.line)}: {self.problem}")


class UnreadWarning(ManifestWarning):
    """Something was not read, so objects may be missing: a pipe, a link to a folder.

    >>> print(UnreadWarning("shop/pipe", "skipped: it is a pipe (FIFO)"))
    shop/pipe: skipped: it is a pipe (FIFO)
    """


def _location(file: str, document: int | None, line: int | None) -> str:
    location = file if document is None else f"{file}, document {document}"
    return location if line is None else f"{location} (line {line})"
