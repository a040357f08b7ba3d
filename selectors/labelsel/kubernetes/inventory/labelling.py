"""Labels and annotations put on objects, changed and removed: ``kubectl label`` and ``annotate``.

Both follow the same rules but for three: what is legal; that a label keeps its value unless
overwriting was asked for, while an annotation gives way; and what is said of it.
Objects are never changed: those that come back share with the old ones all but their metadata.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal, TypeAlias

from labelsel.errors import InvalidLabelError, shown
from labelsel.kubernetes.edit.edit import string_map
from labelsel.kubernetes.errors import ManifestError
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.resource import Resource, version_of
from labelsel.labels import MAX_NAME_BYTES, validate_annotations, validate_labels

__all__ = [
    "Changes",
    "LabelOutcome",
    "LabellingError",
    "Refusal",
    "annotate",
    "label",
    "parse_changes",
]

#: The value that each key gets; None removes it.
Changes: TypeAlias = Mapping[str, str | None]

_Word: TypeAlias = Literal["label", "annotation"]


@dataclass(frozen=True, slots=True)
class LabelOutcome:
    """What became of one object.

    Attributes:
        before: the object as it was.
        after: the object as it is now; ``before`` itself where nothing changed.
        missing: the keys that were to be removed, and were not there.
        overwritten: the keys that got another value, each with the one that it had.
        outcome: in kubectl's words ``labeled``, ``unlabeled`` where labels only went,
            ``not labeled`` where nothing changed; ``annotated`` or ``not annotated``.
    """

    before: Resource
    after: Resource
    missing: tuple[str, ...]
    outcome: str
    overwritten: Mapping[str, str] = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        """Whether there is anything to write."""
        return self.after is not self.before


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one object does not take a change.

    Attributes:
        resource: the object.
        problem: why, without a full stop.
        key: the label or annotation it is about; None where it is about the whole object.
        has: the value that it has; None where it has none.
        wanted: the value that was wanted; None where it was to be removed.
    """

    resource: Resource
    problem: str
    key: str | None = None
    has: str | None = None
    wanted: str | None = None

    @property
    def error(self) -> ManifestError:
        """The same with the place of the object."""
        return self.resource.fault(self.problem)


class LabellingError(ValueError):
    """Some objects do not take a change, and so none of them was changed.

    ``str()`` of it is one line for each refusal: place, object, reason.

    Attributes:
        refusals: every refusal, in the order of the objects; never empty.
    """

    def __init__(self, refusals: Iterable[Refusal]) -> None:
        self.refusals = tuple(refusals)
        super().__init__(self.refusals)

    def __str__(self) -> str:
        return "\n".join(str(refusal.error) for refusal in self.refusals)


def parse_changes(words: Iterable[str], what: _Word = "label") -> dict[str, str | None]:
    """The changes that words of a command line ask for.

    1. ``k=v`` sets, ``k=`` sets an empty value, ``k-`` removes. The first ``=`` divides.
    2. A key is named once: twice is an error, and so is to set and to remove it.
    3. What is set must be legal. What is removed need not be: that is how it is mended.

    Arguments:
        words: the words, ``k=v`` or ``k-`` each.
        what: whether they are about labels or annotations.

    Raises:
        InvalidLabelError: a word breaks a rule; it tells of all that do.

    >>> parse_changes(["app=web", "note=", "tier-"])
    {'app': 'web', 'note': '', 'tier': None}
    """
    changes: dict[str, str | None] = {}
    problems: list[str] = []
    for word in words:
        key, equals, value = word.partition("=")
        wanted = value if equals else None
        if not equals and not word.endswith("-"):
            problems.append(
                f"{shown(word)} is no change: write {word}=VALUE to set the {what}, "
                f"{word}- to remove it"
            )
            continue
        key = key if equals else word[:-1]
        if key in changes:
            problems.append(_repeated(key, changes[key], wanted, what))
        changes[key] = wanted
    _raise([*problems, *_SORTS[what].faults(changes)])
    return changes


def label(
    resources: Iterable[Resource],
    changes: Changes,
    *,
    overwrite: bool = False,
    resource_version: str | None = None,
) -> list[LabelOutcome]:
    """Change the labels of objects, of all of them or of none.

    1. A new label is added. Another value for one that is there needs ``overwrite``; the same
       value again changes nothing.
    2. None removes a label; one that is not there is ``missing``, and no error.
    3. An object that changes must be legal afterwards, as the API server demands: a label that
       was there before and is not legal is refused, too, unless this change removes it.

    Arguments:
        resources: the objects; they stay as they are.
        changes: the value that each key gets, None to remove it.
        overwrite: whether labels may change their value.
        resource_version: the version that each object must have, or it is refused.

    Raises:
        InvalidLabelError: the changes themselves are not legal.
        LabellingError: objects refuse; it names all of them.

    Complexity: O(n * m) for n objects with m labels each.

    >>> from labelsel.kubernetes import Source
    >>> pod = Resource("Pod", "v1", None, "a", {"app": "web"}, {}, {}, Source("a.yaml", 1, 1))
    >>> [done] = label([pod], {"tier": "front", "debug": None})
    >>> done.outcome, done.after.labels, done.missing
    ('labeled', {'app': 'web', 'tier': 'front'}, ('debug',))
    >>> try:
    ...     label([pod], {"app": "api"})
    ... except LabellingError as error:
    ...     print(error.refusals[0].problem)
    'app' already has a value (web), and --overwrite is false: it does not become api
    """
    return _all(_SORTS["label"], resources, changes, overwrite, resource_version)


def annotate(
    resources: Iterable[Resource],
    changes: Changes,
    *,
    overwrite: bool = True,
    resource_version: str | None = None,
) -> list[LabelOutcome]:
    """Change the annotations of objects, as `label` changes labels.

    Values are free text. An annotation that is there gives way, and `LabelOutcome.overwritten` has
    what it was. Where ``overwrite`` is false an object with one of the annotations is refused,
    as kubectl 1.32 does it: even if the value would stay the same, and never for
    ``kubernetes.io/change-cause``. The annotations of an object take 256 KiB at most.
    """
    return _all(_SORTS["annotation"], resources, changes, overwrite, resource_version)


@dataclass(frozen=True, slots=True)
class _Sort:
    """What labels and annotations differ in.

    Attributes:
        word: what one is called, and as a plural the attribute and the map they stand in.
        validate: what is wrong with a whole map of them.
        done, gone: what is said of objects that changed, and of those that only lost some.
        same_is_refused: whether, without overwriting, what has the value already is refused, too.
        always: the keys that change even without overwriting.
    """

    word: _Word
    validate: Callable[[object], list[str]]
    done: str
    gone: str
    same_is_refused: bool = False
    always: frozenset[str] = frozenset()

    @property
    def plural(self) -> str:
        return f"{self.word}s"

    def of(self, resource: Resource) -> Mapping[str, str]:
        """The labels, or annotations, of an object."""
        return string_map(resource, self.plural)

    def faults(self, changes: Changes) -> list[str]:
        """What is wrong with changes, whichever object they are made to."""
        empty = [f"no {self.word} is named before '-'"] if changes.get("", "") is None else []
        return empty + self.validate({k: v for k, v in changes.items() if v is not None})


_SORTS: Final = {
    "label": _Sort("label", validate_labels, "labeled", "unlabeled"),
    "annotation": _Sort(
        "annotation",
        validate_annotations,
        "annotated",
        "annotated",
        same_is_refused=True,
        always=frozenset({"kubernetes.io/change-cause"}),
    ),
}


def _raise(problems: list[str]) -> None:
    if problems:
        raise InvalidLabelError(problems)


def _repeated(key: str, before: str | None, after: str | None, what: _Word) -> str:
    if (before is None) != (after is None):
        return f"the {what} {shown(key)} is both set and removed: leave one of them out"
    return f"the {what} {shown(key)} is named twice"


def _all(
    sort: _Sort,
    resources: Iterable[Resource],
    changes: Changes,
    overwrite: bool,  # noqa: FBT001 - handed on by the two functions above
    resource_version: str | None,
) -> list[LabelOutcome]:
    """Change all objects or none."""
    _raise(sort.faults(changes))
    done: list[LabelOutcome] = []
    refusals: list[Refusal] = []
    for resource in resources:
        changed = _changed(sort, resource, changes)
        refused = _stale(resource, resource_version)
        if not overwrite:
            refused += _overwritten(sort, resource, changes)
        if changed.changed and not refused:
            problems = sort.validate(sort.of(changed.after))
            refused = [Refusal(resource, problem) for problem in problems]
        done.append(changed)
        refusals += refused
    if refusals:
        raise LabellingError(refusals)
    return done


def _changed(sort: _Sort, resource: Resource, changes: Changes) -> LabelOutcome:
    before = sort.of(resource)
    missing = tuple(key for key, value in changes.items() if value is None and key not in before)
    merged = {**before, **changes}
    after = {key: value for key, value in merged.items() if value is not None}
    if after == before:
        return LabelOutcome(resource, resource, missing, f"not {sort.done}")
    outcome = sort.gone if after.items() <= before.items() else sort.done
    overwritten = {k: v for k, v in before.items() if after.get(k, v) != v}
    return LabelOutcome(resource, _with(sort, resource, after), missing, outcome, overwritten)


def _with(sort: _Sort, resource: Resource, entries: dict[str, str]) -> Resource:
    """A copy of an object with other labels or annotations; no map at all where none is left."""
    metadata: dict[str, Data] = {**(resource.body.get("metadata") or {}), sort.plural: entries}
    if not entries:
        del metadata[sort.plural]
    body = {**resource.body, "metadata": metadata}
    if sort.word == "label":
        return replace(resource, labels=entries, body=body)
    return replace(resource, annotations=entries, body=body)


def _overwritten(sort: _Sort, resource: Resource, changes: Changes) -> list[Refusal]:
    """A refusal for each value that would give way to another."""
    before = sort.of(resource)
    return [
        Refusal(resource, _kept(key, before[key], value), key, before[key], value)
        for key, value in changes.items()
        if value is not None
        and key in before
        and key not in sort.always
        and (sort.same_is_refused or before[key] != value)
    ]


def _kept(key: str, has: str, wanted: str) -> str:
    becomes = "" if has == wanted else f": it does not become {_brief(wanted) or 'empty'}"
    return f"{key!r} already has a value ({_brief(has)}), and --overwrite is false{becomes}"


def _brief(value: str) -> str:
    """A value as a message shows it: all labels as they are, long or odd annotations quoted."""
    return value if value.isprintable() and len(value) <= MAX_NAME_BYTES else shown(value)


def _stale(resource: Resource, wanted: str | None) -> list[Refusal]:
    """A refusal of an object that is not at the version that was wanted."""
    has = version_of(resource.body)
    if wanted is None or has == wanted:
        return []
    problem = f"it is at resourceVersion {has or 'none'}, not {wanted}: it was modified meanwhile"
    return [Refusal(resource, problem, None, has, wanted)]
