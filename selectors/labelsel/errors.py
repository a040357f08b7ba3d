"""Every error that labelsel raises for invalid input: all are `LabelselError`.

========================  =====================================================
LabelselError             the parent of all
SelectorError             about selectors and labels; also a ValueError
SelectorSyntaxError       a text is not a selector: the position and the reason
InvalidLabelError         a key, value or set of labels breaks the rules
InvalidObjectError        an object is not a LabelSelector or NodeSelector
TranslationError          a selector cannot be written in a language
SelectorLimitError        a selector is deeper than the library builds
IndexFileError            a file is not a labelsel index file, or it is damaged
ResourceError             about manifests and objects; also a ValueError
ManifestError             a manifest or one object in it is not valid
NoManifestError           a folder has no manifest
RenderError               kustomize or Helm failed
TemplateError             a text is a template, which has to be rendered first
UnknownKindError          a word is not the name of a kind
NamingError               words name no object, or several where one is expected
NotFoundError             an object is not there; also a LookupError
FieldError                a field selector names a field that no object has
EditError                 edits cannot be made in the files
WatchError, ExpiredError  a watch ended with an error of the server
BadRequestError           a request has a selector that the API server refuses; also a ValueError
========================  =====================================================

Two have a part that only a higher module knows, and are beside their makers: `LabellingError`
in kubernetes/inventory/labelling.py and `UnknownRuleError` in lint/registry.py.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Sequence
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar, NamedTuple, TypeAlias, TypeVar

from labelsel.escapes import escape, escape_character, escape_lines

__all__ = [
    "BadRequestError",
    "EditError",
    "ExcludedWarning",
    "ExpiredError",
    "FieldError",
    "IndexFileError",
    "InvalidLabelError",
    "InvalidObjectError",
    "LabelselError",
    "ManifestError",
    "ManifestWarning",
    "NamingError",
    "NoManifestError",
    "NotFoundError",
    "Path",
    "PlaceholderWarning",
    "Problem",
    "RenderError",
    "ResourceError",
    "RevisionError",
    "SelectorError",
    "SelectorLimitError",
    "SelectorSyntaxError",
    "SkippedWarning",
    "TemplateError",
    "TemplateWarning",
    "TranslationError",
    "UnknownKindError",
    "UnreadWarning",
    "WatchError",
    "describe",
    "error_reason",
    "escape",
    "expected",
    "join_problems",
    "list_words",
    "path_step",
    "path_text",
    "quote",
    "require_each",
    "require_mapping",
    "require_several",
    "require_type",
    "shorten",
    "show",
    "show_value",
]

# Two columns of margin, two ellipses and these are 76 columns: what a panel of Typer has room for
# on a terminal of 80 columns. A line that is broken has its caret below another character.
_SHOWN_BEFORE = 44
_SHOWN_AFTER = 28
_QUOTED = 80
#: An object may have a problem in each of a million labels; a screen has 24 lines.
_SHOWN_PROBLEMS = 20

T = TypeVar("T")

Path: TypeAlias = tuple[str | int, ...]
"""Where a part of an object is: keys of maps and positions in lists, from the object inwards."""


class Problem(NamedTuple):
    """One thing that is wrong with an object, with the path of the part that is wrong.

    ``str()`` of it is the path and the problem, for people. `InvalidObjectError` has a tuple of
    them.

    Attributes:
        path: the part that is wrong, from the object inwards: keys of maps and positions in lists,
            as in ``("matchExpressions", 1, "values")``. Empty for the whole object. A key of labels
            that is wrong has the path of its label.
        problem: what is wrong, one sentence without a full stop.
        value: what was found there: the value at the path, or the key where the key is wrong.

    Raises:
        Nothing.

    Complexity:
        O(1).

    >>> from labelsel import InvalidObjectError, from_label_selector
    >>> try:
    ...     from_label_selector({"matchExpressions": [{"key": "", "operator": "Exists"}]})
    ... except InvalidObjectError as error:
    ...     problem = error.problems[0]
    >>> print(problem)
    matchExpressions[0].key: a key must not be empty
    >>> problem.path, problem.value
    (('matchExpressions', 0, 'key'), '')
    """

    path: Path
    problem: str
    value: object

    def __str__(self) -> str:
        return f"{path_text(self.path)}: {self.problem}" if self.path else self.problem

    def under(self, path: Path) -> Problem:
        """Return the same problem with its path below another path.

        Use it where the object of the problem is a part of a larger object.

        Arguments:
            path: where the object of the problem is in the larger object.

        Raises:
            Nothing.

        Complexity:
            O(length of both paths).

        >>> Problem(("key",), "a key must not be empty", "").under(("spec", "selector")).path
        ('spec', 'selector', 'key')
        """
        return self._replace(path=(*path, *self.path))


class LabelselError(Exception):
    """The parent of every error that labelsel raises for invalid input.

    TypeError for a value of the wrong type, ImportError for an extra that is not installed, OSError
    for a file that cannot be opened, and KeyError for a key that an index does not have are
    Python's own errors.

    Raises:
        Nothing.

    Complexity:
        O(1).

    >>> from labelsel import LabelselError, parse
    >>> try:
    ...     parse("app in web")
    ... except LabelselError as error:
    ...     print(type(error).__name__)
    SelectorSyntaxError
    """


class SelectorError(LabelselError, ValueError):
    """The parent of every error about a selector or about labels; also a ValueError.

    In the text of each of them, characters of the input that are not printable are escaped, so that
    the text is safe to print.

    Raises:
        Nothing.

    Complexity:
        O(1).

    >>> from labelsel import SelectorError, from_labels, parse
    >>> for read, value in [(parse, "a b"), (from_labels, {"app": "a b"})]:
    ...     try:
    ...         read(value)
    ...     except SelectorError as error:
    ...         print(type(error).__name__)
    SelectorSyntaxError
    InvalidObjectError
    """

    def __str__(self) -> str:
        return escape(super().__str__())


class SelectorSyntaxError(SelectorError):
    """A text is not a selector of its language.

    ``str()`` of it is made for people: what is wrong, the text with a caret under the fault, what
    was expected there, and a hint for common mistakes. Source: rule D5.

    Attributes:
        text: the whole text that was parsed.
        position: the offset of the fault in ``text``, in characters from 0; ``len(text)`` where the
            text ended too early.
        expected: what was expected at ``position``, in plain words; empty where the fault is in a
            word itself, and not in the order of the words.
        problem: what is wrong, one sentence without a full stop.
        hint: how to correct a common mistake, or None.

    Raises:
        Nothing.

    Complexity:
        O(1). ``str()`` shows at most 60 characters before the fault and 30 after it.

    >>> from labelsel import SelectorSyntaxError, parse
    >>> try:
    ...     parse("a,,b")
    ... except SelectorSyntaxError as error:
    ...     print(error)
    ...     print(error.position, error.expected)
    not a valid selector: found ','
      a,,b
        ^
      expected: a label key or '!'
      hint: remove one of the two commas; write: a,b
    2 ('a label key', "'!'")
    """

    def __init__(
        self,
        text: str,
        position: int,
        expected: Sequence[str] = (),
        *,
        problem: str = "cannot be read",
        hint: str | None = None,
    ) -> None:
        super().__init__(text, position)
        self.text = text
        self.position = position
        self.expected = tuple(expected)
        self.problem = problem
        self.hint = hint

    def __str__(self) -> str:
        lines = [f"not a valid selector: {self.problem}", *caret_lines(self.text, self.position)]
        if self.expected:
            lines.append(f"  expected: {list_words(self.expected)}")
        if self.hint is not None:
            lines.append(f"  hint: {self.hint}")
        return "\n".join(map(escape, lines))

    def __reduce__(self) -> tuple[object, ...]:
        return _syntax_error, (self.text, self.position, self.expected, self.problem, self.hint)


def _syntax_error(
    text: str, position: int, expected: tuple[str, ...], problem: str, hint: str | None
) -> SelectorSyntaxError:
    """Rebuild the error. Pickle passes positional arguments only."""
    return SelectorSyntaxError(text, position, expected, problem=problem, hint=hint)


class InvalidLabelError(SelectorError):
    """A key, a value or a whole label set breaks the rules for labels.

    Attributes:
        problems: all that is wrong, one sentence each, never empty.

    Raises:
        Nothing.

    Complexity:
        O(problems).

    >>> from labelsel import InvalidLabelError
    >>> from labelsel.kubernetes import rename_label
    >>> try:
    ...     rename_label([], "app=web", "app=web")
    ... except InvalidLabelError as error:
    ...     print(error.problems)
    ('app=web is called app=web already: name another label',)
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(tuple(problems))
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return escape("; ".join(self.problems))


class InvalidObjectError(SelectorError):
    """An object is not the LabelSelector, NodeSelector or map of labels that it should be.

    Attributes:
        problems: all that is wrong, in the order of the object and never empty. Each has the path
            of the part, what is wrong with it, and the value: see `Problem`.

    Raises:
        Nothing.

    Complexity:
        O(problems).

    >>> from labelsel import InvalidObjectError, from_label_selector
    >>> try:
    ...     from_label_selector({"matchLabel": {"app": "web"}})
    ... except InvalidObjectError as error:
    ...     print(error)
    matchLabel: unknown field; did you mean matchLabels?
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(tuple(problems))
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return escape(join_problems(self.problems))


class TranslationError(SelectorError):
    """A selector, or a part of it, cannot be written in a language.

    Attributes:
        part: the text of the part that cannot be written.
        target: what the message calls the language.
        reason: why it cannot, without a full stop.

    Raises:
        Nothing.

    Complexity:
        O(1).

    >>> from labelsel import TranslationError, parse, to_label_selector
    >>> try:
    ...     to_label_selector(parse("app=web,cores>4"))
    ... except TranslationError as error:
    ...     print(error.part, "|", error.target)
    ...     print(error.reason)
    cores>4 | LabelSelector object
    it has In, NotIn, Exists and DoesNotExist only
    """

    def __init__(self, part: str, target: str, reason: str) -> None:
        super().__init__(part, target, reason)
        self.part = part
        self.target = target
        self.reason = reason

    def __str__(self) -> str:
        return escape(f"{quote(self.part)} cannot be written as a {self.target}: {self.reason}")


class SelectorLimitError(SelectorError):
    """A selector, or a question about selectors, is beyond a named limit of the library.

    1. And, Or and Not nest at most 100 deep in a selector.
    2. An `Answer` that is unknown, because the limit of steps was reached, raises this error if it
       is used as a condition.

    Raises:
        Nothing.

    Complexity:
        O(1).

    >>> from labelsel import Exists, Not, SelectorLimitError
    >>> selector = Exists("app")
    >>> try:
    ...     for _ in range(101):
    ...         selector = Not(selector)
    ... except SelectorLimitError as error:
    ...     print(error)
    And, Or and Not may nest at most 100 deep in a selector
    """


class IndexFileError(LabelselError, ValueError):
    """A file is not an index that `LabelIndex.save` wrote, or it is damaged.

    Attributes:
        path: the file.
        problem: what is wrong with it, one sentence without a full stop.

    Raises:
        Nothing.

    Complexity:
        O(1).

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from labelsel import IndexFileError, LabelIndex
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "pods.labels")
    ...     _ = path.write_bytes(b"no index")
    ...     try:
    ...         LabelIndex.load(path)
    ...     except IndexFileError as error:
    ...         print(error.problem)
    not a labelsel index file
    """

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(path, problem)
        self.path = path
        self.problem = problem

    def __str__(self) -> str:
        return escape(f"{self.path}: {self.problem}")


# Objects of Kubernetes


class ResourceError(LabelselError, ValueError):
    """The parent of the errors about manifests and the objects in them.

    It is also a ValueError.

    >>> from labelsel.kubernetes import Inventory
    >>> try:
    ...     Inventory.of({"kind": "Pod"})
    ... except ResourceError as error:
    ...     print(type(error).__name__, "/", error)
    ManifestError / object: Pod: no apiVersion
    """


class ManifestError(ResourceError):
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

    >>> from labelsel.kubernetes import Inventory
    >>> try:
    ...     metadata = {"name": "a", "labels": 1}
    ...     Inventory.of({"kind": "Pod", "apiVersion": "v1", "metadata": metadata})
    ... except ManifestError as error:
    ...     print(error.file, error.problems[0].path, "/", error)
    object ('metadata', 'labels') / object: Pod/a: metadata.labels must be a map, not the number 1
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
        return escape(f"{_location(self.file, self.document, self.line)}: {self.problem}")

    def __reduce__(self) -> tuple[object, ...]:
        # Pickle passes positional arguments only.
        make = partial(type(self), document=self.document, line=self.line, problems=self.problems)
        return make, (self.file, self.problem)


class NoManifestError(ManifestError):
    """A folder has no manifest.

    A caller may ignore this error, if having no objects is fine.

    >>> import tempfile
    >>> from labelsel.kubernetes import Inventory
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     try:
    ...         Inventory.read([folder])
    ...     except NoManifestError as error:
    ...         print(error.problem)
    no manifest (*.yaml, *.yml, *.json) in this folder or the folders below it
    """


class RenderError(ManifestError):
    """The program that renders a folder, kustomize or Helm, is missing or failed.

    ``str()`` of the error is a line with the command and the problem, and below it the messages
    of the program, a line each, without characters that a terminal obeys.

    Attributes:
        messages: what the program wrote to standard error, line by line.

    >>> from labelsel.kubernetes import ManifestError
    >>> try:
    ...     raise RenderError("kustomize build a", "ended with status 1:", ["Error: no such file"])
    ... except ManifestError as error:
    ...     print(error)
    kustomize build a: ended with status 1:
      Error: no such file
    """

    def __init__(self, command: str, problem: str, messages: Iterable[str] = ()) -> None:
        super().__init__(command, problem)
        self.messages = tuple(messages)

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *(f"  {escape(line)}" for line in self.messages)])

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.file, self.problem, self.messages)


class RevisionError(RenderError):
    """Git is missing or failed, or a revision or a path is not in the repository.

    ``str()`` and the attributes are those of `RenderError`.

    >>> from labelsel.kubernetes import RenderError
    >>> try:
    ...     raise RevisionError("nonsense", "names no commit")
    ... except RenderError as error:
    ...     print(error)
    nonsense: names no commit
    """


class TemplateError(ManifestError):
    """A text is a template, which its own program has to render before anybody can read it.

    Of a file, `read_manifests` makes a `TemplateWarning` of this error.

    >>> from labelsel.kubernetes import ManifestError
    >>> try:
    ...     raise TemplateError("standard input", "a template: render it first", line=4)
    ... except ManifestError as error:
    ...     print(error)
    standard input (line 4): a template: render it first
    """


class ManifestWarning(UserWarning):
    """Something in a manifest is legal and probably a mistake, or a file was skipped.

    ``str()`` of the warning is one line; the attributes are those of `ManifestError`.

    Attributes:
        file: the file's name as the caller gave it.
        problem: what is wrong, without a full stop.
        document: the number of the document in the file, from 1; None if there is none.
        line: the line, from 1; None if there is none.

    >>> import pathlib, tempfile
    >>> from labelsel.kubernetes import Inventory
    >>> warnings = []
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "web.yaml")
    ...     _ = path.write_text("{kind: Pod, kind: Pod, apiVersion: v1, metadata: {name: a}}")
    ...     pods = Inventory.read([path], on_warning=warnings.append)
    >>> [(warning.line, warning.problem) for warning in warnings]
    [(1, 'the key "kind" is in this map twice, first on line 1: the last entry counts')]
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
        return escape(f"{_location(self.file, self.document, self.line)}: {self.problem}")


class UnreadWarning(ManifestWarning):
    """Something was not read, so objects may be missing: a pipe, a link to a folder.

    >>> import pathlib, tempfile
    >>> from labelsel.kubernetes import Inventory
    >>> warnings = []
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = pathlib.Path(folder, "a.yaml").write_text("")
    ...     pathlib.Path(folder, "link").symlink_to(folder)
    ...     pods = Inventory.read([folder], on_warning=warnings.append)
    >>> [(type(warning).__name__, warning.problem) for warning in warnings]
    [('UnreadWarning', 'skipped: it is a link to a folder; ...')]
    """


class TemplateWarning(UnreadWarning):
    r"""A file is a template, which its own program has to render first, so it was not read.

    >>> import pathlib, tempfile
    >>> from labelsel.kubernetes import Inventory
    >>> warnings = []
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "web.yaml")
    ...     _ = path.write_text("kind: Pod\nmetadata:\n  name: {{ .Release.Name }}\n")
    ...     pods = Inventory.read([path], on_warning=warnings.append)
    >>> len(pods), [(type(warning).__name__, warning.line) for warning in warnings]
    (0, [('TemplateWarning', 3)])
    """


class PlaceholderWarning(TemplateWarning):
    """A document has a placeholder such as ``${POLICIES}`` or ``@NAME@``, so it was not read.

    Another program replaces it. A document that is only a placeholder may become any object.

    >>> import pathlib, tempfile
    >>> from labelsel.kubernetes import Inventory
    >>> warnings = []
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "web.yaml")
    ...     _ = path.write_text("${POLICIES}")
    ...     pods = Inventory.read([path], on_warning=warnings.append)
    >>> [(type(warning).__name__, warning.problem) for warning in warnings]
    [('PlaceholderWarning', "skipped: only a placeholder ('${POLICIES}'), which may be any object")]
    """


class HiddenWarning(UnreadWarning):
    """A hidden file of a folder was not read: its name, or that of its folder, begins with a dot.

    There is a warning only for a file that names an apiVersion, and so may hold objects.

    >>> import pathlib, tempfile
    >>> from labelsel.kubernetes import Inventory
    >>> warnings = []
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("web.yaml", ".db.yaml"):
    ...         text = "{kind: Pod, apiVersion: v1, metadata: {name: a}}"
    ...         _ = pathlib.Path(folder, name).write_text(text)
    ...     pods = Inventory.read([folder], on_warning=warnings.append)
    >>> len(pods), [pathlib.Path(warning.file).name for warning in warnings]
    (1, ['.db.yaml'])
    """


class ExcludedWarning(ManifestWarning):
    """A file or a folder that was named was left out, because it is excluded.

    >>> from labelsel.kubernetes import read_manifests
    >>> warnings = []
    >>> list(read_manifests(["a.yaml"], exclude=["a.yaml"], on_warning=warnings.append))
    []
    >>> print(*warnings)
    a.yaml: skipped: it is excluded
    """


class SkippedWarning(ManifestWarning):
    """A file or a document was left out, because it is known to hold no object of a cluster.

    Attributes:
        data: the data of the document that was left out: of a kustomization.yaml, a values
            file, a Chart.yaml. None if the file cannot be parsed.

    >>> import pathlib, tempfile
    >>> from labelsel.kubernetes import read_manifests
    >>> warnings = []
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "kustomization.yaml")
    ...     _ = path.write_text("resources: [web.yaml]")
    ...     list(read_manifests([path], on_warning=warnings.append))
    []
    >>> [(type(warning).__name__, warning.data) for warning in warnings]
    [('SkippedWarning', {'resources': ['web.yaml']})]
    """

    def __init__(
        self,
        file: str,
        problem: str,
        *,
        document: int | None = None,
        line: int | None = None,
        data: Any = None,
    ) -> None:
        super().__init__(file, problem, document=document, line=line)
        self.data = data


class UnknownKindError(ResourceError):
    """A word is not the name of a kind, neither of Kubernetes' own nor of one in the input.

    Attributes:
        word: the word.
        problem: what is wrong, the nearest name of a kind, and the kinds in the input.

    >>> from labelsel.kubernetes import parse_kinds
    >>> try:
    ...     parse_kinds("xyzzy", [])
    ... except UnknownKindError as error:
    ...     print(error)
    "xyzzy" is not a kind: neither Kubernetes nor the input has a kind of that name
      kinds in the input: none
    """

    def __init__(self, word: str, problem: str) -> None:
        super().__init__(word, problem)
        self.word = word
        self.problem = problem

    def __str__(self) -> str:
        return self.problem


class NamingError(ResourceError):
    """Words name no object of the input, or several where one is expected.

    Arguments:
        lines: the lines of the message; line breaks inside a line are escaped.

    Attributes:
        problem: what is wrong, and a suggestion: one line for each of ``lines``.

    >>> from labelsel.kubernetes import find_objects
    >>> try:
    ...     find_objects([], ["pod/a", "pod/b"])
    ... except NamingError as error:
    ...     print(error)
    pod/a not found: the input has no pod
    pod/b not found: the input has no pod
    """

    def __init__(self, *lines: str) -> None:
        self.problem = "\n".join(map(escape, lines))
        super().__init__(self.problem)

    def __str__(self) -> str:
        return self.problem


class NotFoundError(ResourceError, LookupError):
    """There is no such object.

    It is also a LookupError.

    >>> from labelsel.kubernetes import Inventory
    >>> try:
    ...     Inventory().delete("pods", "a")
    ... except NotFoundError as error:
    ...     print(error)
    there is no Pod "a" in the namespace default
    """

    def __str__(self) -> str:
        return escape(super().__str__())


class FieldError(ResourceError):
    """A field selector names a field that no object has, or that is not a single value.

    Attributes:
        field: the field's name in the selector.
        problem: what is wrong with it.
        label: the label that was perhaps meant, which some of the objects have; or None.

    >>> from labelsel.kubernetes import Inventory
    >>> here = Inventory.of({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}})
    >>> try:
    ...     here.select("pods", fields="metadata=a")
    ... except FieldError as error:
    ...     print(error)
    field "metadata": a map in Pod/a (object), and selectors compare single values
    """

    def __init__(self, field: str, problem: str, label: str | None = None) -> None:
        super().__init__(field, problem, label)
        self.field = field
        self.problem = problem
        self.label = label

    def __str__(self) -> str:
        return escape(f'field "{shorten(self.field)}": {self.problem}')


class EditError(ResourceError):
    """Some edits cannot be made in the files, so none is made.

    ``str()`` of the error is one line for each of these edits.

    Attributes:
        faults: a `ManifestError` for each edit that cannot be made; never empty.

    >>> from labelsel.kubernetes import Edit, Inventory, apply_edits
    >>> [pod] = Inventory.of({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}})
    >>> try:
    ...     apply_edits([Edit(pod, None)])
    ... except EditError as error:
    ...     print(error)
    object: Pod/a: not read from a file that can be written
    """

    def __init__(self, faults: Iterable[ManifestError]) -> None:
        self.faults = tuple(faults)
        super().__init__(self.faults)

    def __str__(self) -> str:
        return "\n".join(map(str, self.faults))


class WatchError(LabelselError):
    """A watch ended with an error of the server.

    Attributes:
        code: the HTTP status code of the error.
        message: the server's message.

    >>> from labelsel.kubernetes import Inventory
    >>> status = {"kind": "Status", "code": 500, "message": "etcd is down"}
    >>> try:
    ...     Inventory().apply({"type": "ERROR", "object": status})
    ... except WatchError as error:
    ...     print(error)
    the watch ended with status 500: etcd is down
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return escape(f"the watch ended with status {self.code}: {self.message}")


class ExpiredError(WatchError):
    """The server no longer has the version that the watch would continue from (410 Gone).

    The changes since that version are lost: list the objects again, and give the list to
    `Inventory.replace`.

    >>> from labelsel.kubernetes import Inventory
    >>> status = {"kind": "Status", "code": 410, "message": "too old resource version"}
    >>> try:
    ...     Inventory().apply({"type": "ERROR", "object": status})
    ... except ExpiredError as error:
    ...     print(error)
    the watch ended with status 410: too old resource version
    """


class BadRequestError(LabelselError, ValueError):
    """A list or watch request has a selector that an API server answers with status 400.

    Attributes:
        parameter: the parameter of the request: ``labelSelector`` or ``fieldSelector``.
        message: the message for the client. Its first line begins as the API server's does; the
            lines below show the selector with a caret under the fault, and a hint.
        status: 400, the status of the HTTP answer.
        reason: ``BadRequest``, the reason in the Status object.

    >>> error = BadRequestError("fieldSelector", "field label not supported: spec.x")
    >>> print(error.status, error)
    400 field label not supported: spec.x
    """

    status: ClassVar[int] = HTTPStatus.BAD_REQUEST.value
    reason: ClassVar[str] = "BadRequest"

    def __init__(self, parameter: str, message: str) -> None:
        super().__init__(parameter, message)
        self.parameter = parameter
        self.message = escape_lines(message)

    def __str__(self) -> str:
        return self.message

    def to_status(self) -> dict[str, Any]:
        """Return the Status object that is the body of the answer.

        >>> status = BadRequestError("fieldSelector", "field label not supported: x").to_status()
        >>> status["kind"], status["code"], status["reason"], status["message"]
        ('Status', 400, 'BadRequest', 'field label not supported: x')
        """
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "code": self.status,
        }


def _location(file: str, document: int | None, line: int | None) -> str:
    location = file if document is None else f"{file}, document {document}"
    return location if line is None else f"{location} (line {line})"


# Text for messages


def error_reason(error: OSError | ValueError) -> str:
    """Return why a file cannot be read or written, in words.

    1. The words of the operating system for its own errors.
    2. Our words for a path that Python refuses (a ValueError): its words differ between
       versions of Python.

    >>> error_reason(OSError(2, "No such file or directory"))
    'no such file or directory'
    """
    if isinstance(error, UnicodeEncodeError):
        return "a path cannot contain half of a surrogate pair"
    if isinstance(error, ValueError):
        return "a path cannot contain a null byte"
    words = error.strerror or str(error)
    return f"{words[:1].lower()}{words[1:]}"


def path_text(path: Path, *, whole: bool = False) -> str:
    r"""Return a path as people write it: with dots; in brackets what is not an identifier.

    A key of more than 80 characters is shortened, unless ``whole`` is set.

    >>> path_text(("spec", "ports", 0, "name")), path_text(("metadata", "labels", "a.b/c"))
    ('spec.ports[0].name', 'metadata.labels["a.b/c"]')
    """
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
            continue
        key = step if whole else shorten(step)
        if key.isidentifier():
            text += f".{key}" if text else key
        else:
            inside = key.replace("\\", r"\\").replace('"', r"\"")
            text += f'["{escape(inside)}"]'
    return text


def path_step(key: object) -> str | int:
    """Return the step of a path to what a map has under a key, which may be no string."""
    return key if isinstance(key, str | int) else show(key)


def join_problems(problems: Sequence[object]) -> str:
    """Return problems in one line: the first twenty, and how many more there are.

    >>> join_problems(range(22))[-23:]
    '18; 19; 2 more problems'
    """
    more = len(problems) - _SHOWN_PROBLEMS
    rest = [f"{more:,} more problem{'s' * (more > 1)}"] if more > 0 else []
    return "; ".join([*map(str, problems[:_SHOWN_PROBLEMS]), *rest])


def quote(text: str) -> str:
    """Return the text in quotes for a message, shortened where it is long."""
    return repr(shorten(text))


def shorten(text: str) -> str:
    """Return the text for a message, with an ellipsis for what is behind 80 characters.

    >>> shorten("x" * 81).count("x")
    80
    """
    return text if len(text) <= _QUOTED else f"{text[:_QUOTED]}…"


def show(value: object) -> str:
    """Return any value as a message shows it: as Python writes it, shortened where it is long.

    The result is one line, whatever the value holds.

    >>> show([1, "a"])
    "[1, 'a']"
    """
    if isinstance(value, str):
        return quote(value)
    try:
        text = repr(value)
    except (RecursionError, ValueError):  # nested too deep; a number of thousands of digits
        return f"something too large to show, of type {type(value).__name__}"
    except Exception:  # noqa: BLE001  # __repr__ of any class runs here, and may raise anything
        return f"something that cannot be shown, of type {type(value).__name__}"
    # A class may write itself on many lines, as the models of the Kubernetes client do.
    line = "".join(map(escape_character, text[: _QUOTED + 1]))
    return line if len(text) <= _QUOTED else f"{line[:_QUOTED]}…"


def expected(what: str, value: object, advice: str = "") -> TypeError:
    """Return the error about an argument of the wrong type: what it must be, and what it is.

    >>> print(expected("a Selector", 3, "parse a text with labelsel.parse()"))
    expected a Selector, got int 3; parse a text with labelsel.parse()
    """
    given = "None" if value is None else f"{type(value).__name__} {show(value)}"
    return TypeError(f"expected {what}, got {given}{f'; {advice}' if advice else ''}")


def require_each(kind: type[T], values: Iterable[T], advice: str = "") -> list[T]:
    """Return some values as a list; TypeError for one string, and where one is not of a type.

    O(n): 2 ms for 100,000 values, because only their types are collected.

    >>> require_each(int, [1, "a"])
    Traceback (most recent call last):
        ...
    TypeError: expected int in the collection, got str 'a'
    """
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise expected(f"a collection of {kind.__name__}", values, advice)
    found = list(values)
    if not set(map(type, found)) <= {kind}:
        for each in found:
            if not isinstance(each, kind):
                raise expected(f"{kind.__name__} in the collection", each, advice)
    return found


def require_mapping(what: str, given: Any, advice: str) -> dict[Any, Any]:
    """Return a mapping, or pairs, as a new dict; TypeError for what is neither.

    An error of the caller's own, from a generator of pairs, stays as it is.

    >>> require_mapping("a mapping of ports", [["http", 80]], "")
    {'http': 80}
    >>> require_mapping("a mapping of ports", "http", "as {'http': 80}")
    Traceback (most recent call last):
        ...
    TypeError: expected a mapping of ports, got str 'http'; as {'http': 80}
    """
    try:
        return dict(given)
    except (TypeError, ValueError) as error:
        if error.__traceback__ is not None and error.__traceback__.tb_next is not None:
            raise  # it came from code that dict() called
        raise expected(what, given, advice) from None


def require_several(what: str, values: Iterable[T]) -> Iterable[T]:
    """Return a collection; TypeError for one string, which is a collection of its letters.

    So it is for a value that is no collection at all.

    >>> require_several("paths", "web.yaml")
    Traceback (most recent call last):
        ...
    TypeError: expected a collection of paths, got one string: 'web.yaml'; write ['web.yaml']
    """
    if isinstance(values, str | bytes | os.PathLike):
        one = "path" if isinstance(values, os.PathLike) else "string"
        shown = show(values)
        message = f"expected a collection of {what}, got one {one}: {shown}; write [{shown}]"
        raise TypeError(message)
    if not isinstance(values, Iterable):
        raise expected(f"a collection of {what}", values)
    return values


def require_type(kind: type[T], value: object, advice: str = "") -> T:
    """Return a value; TypeError where it is not of a type.

    >>> require_type(str, "a")
    'a'
    """
    if not isinstance(value, kind):
        raise expected(kind.__name__, value, advice)
    return value


def describe(value: object) -> str:
    """Return what a value is, in the words of YAML and JSON: ``the number 1.0``, ``a list``.

    >>> describe(True), describe(None), describe({1})
    ('the boolean true', 'null', '{1} (set)')
    """
    match value:
        case None:
            return "null"
        case bool():
            return f"the boolean {str(value).lower()}"
        case int() | float():
            return f"the number {show(value)}"
        case str():
            return "a string"
        case list():
            return "a list"
        case dict():
            return "a map"
        case _:
            return f"{show(value)} ({type(value).__name__})"


def show_value(value: object) -> str:
    """Return a value of a manifest as a message shows it: null as YAML and JSON write it.

    >>> show_value(None), show_value("a"), show_value(1)
    ('null', "'a'", '1')
    """
    return "null" if value is None else show(value)


def list_words(words: Sequence[str], conjunction: str = "or") -> str:
    """Return words as people list them.

    >>> list_words(["a"]), list_words(["a", "b", "c"]), list_words(["a", "b"], "and")
    ('a', 'a, b or c', 'a and b')
    """
    if len(words) == 1:
        return words[0]
    return f"{', '.join(words[:-1])} {conjunction} {words[-1]}"


def caret_lines(text: str, position: int) -> tuple[str, str]:
    """Return two lines: the text around the fault on one line, and a caret under the fault.

    Characters that take no column or break the line are replaced by one visible character,
    and those that take two columns count as two, so that the caret is under the fault.
    """
    start = max(0, position - _SHOWN_BEFORE)
    end = min(len(text), position + _SHOWN_AFTER)
    before = ("…" if start else "") + _visible(text[start:position])
    after = _visible(text[position:end]) + ("…" if end < len(text) else "")
    columns = sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in before)
    return f"  {before}{after}", f"  {' ' * columns}^"


def _visible(text: str) -> str:
    return "".join(
        " " if char in "\t\r\n" else char if char.isprintable() and not _zero_width(char) else "�"
        for char in text
    )


def _zero_width(char: str) -> bool:
    return unicodedata.category(char) in {"Mn", "Me"}
