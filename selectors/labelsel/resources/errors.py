"""The error about a manifest that cannot be read, and the place it names."""

from __future__ import annotations

from collections.abc import Sequence

from labelsel.errors import Problem

__all__ = ["ManifestError"]


class ManifestError(ValueError):
    """A manifest, or one object in it, cannot be read as Kubernetes objects.

    ``str()`` of it is one line for people: the place, then what is wrong there.

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
        place = self.file
        if self.document is not None:
            place += f", document {self.document}"
        if self.line is not None:
            place += f" (line {self.line})"
        return f"{place}: {self.problem}"

    def __reduce__(self) -> tuple[object, ...]:
        return _manifest_error, (
            self.file,
            self.problem,
            self.document,
            self.line,
            self.problems,
        )


def _manifest_error(
    file: str,
    problem: str,
    document: int | None,
    line: int | None,
    problems: tuple[Problem, ...],
) -> ManifestError:
    """Make the error anew: pickle passes arguments by place only."""
    return ManifestError(file, problem, document=document, line=line, problems=problems)
