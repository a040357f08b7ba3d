"""Setting, changing and removing labels and annotations: ``kubectl label`` and ``annotate``.

Labels and annotations follow the same rules with three differences (`_Rules`): which values are
legal, whether a value may be overwritten without a flag, and the words that report a change.
Objects are never changed: the objects that are returned share all but their metadata with the
objects that were given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal, TypeAlias

from labelsel.errors import (
    InvalidLabelError,
    ManifestError,
    Path,
    ResourceError,
    expected,
    list_words,
    path_text,
    require_each,
    show,
)
from labelsel.kubernetes.edit.edit import string_map
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.paths import strings_at
from labelsel.kubernetes.model.resource import HOW_TO_READ, Resource, version_of
from labelsel.kubernetes.selection.label_locations import pod_templates
from labelsel.kubernetes.selection.object_selectors import ObjectSelector, read_object_selector
from labelsel.kubernetes.selection.selector_targets import template_target
from labelsel.labels import validate_annotations, validate_labels
from labelsel.limits import MAX_NAME_BYTES

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
    """The outcome for one object of `label`, `annotate` and the methods of `Inventory`.

    Attributes:
        before: the object before the change.
        after: the object after it; ``before`` itself if nothing changed.
        missing: the keys that were to be removed, and that the object does not have.
        outcome: in kubectl's words ``labeled``, ``unlabeled`` if labels were only removed,
            ``not labeled`` if nothing changed; ``annotated`` or ``not annotated``.
        overwritten: the keys that got another value, each with its old value.
        templates: the paths of the metadata of the pod templates that were changed, too.

    Raises:
        Nothing.

    Complexity: O(1).

    >>> from labelsel.kubernetes import Inventory, label
    >>> [done] = label(Inventory.of({"kind": "Pod", "apiVersion": "v1",
    ...     "metadata": {"name": "a", "labels": {"app": "web"}}}), {"app": None, "debug": None})
    >>> done.outcome, done.missing, done.overwritten, done.changed
    ('unlabeled', ('debug',), {}, True)
    """

    before: Resource
    after: Resource
    missing: tuple[str, ...]
    outcome: str
    overwritten: Mapping[str, str] = field(default_factory=dict)
    templates: tuple[Path, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether the object changed. O(1); raises nothing."""
        return self.after is not self.before


@dataclass(frozen=True, slots=True)
class Refusal:
    """The reason why one object cannot be changed: one entry of `LabellingError.refusals`.

    Attributes:
        resource: the object.
        problem: the reason, without a full stop.
        key: the label or annotation that the reason is about; None for the whole object.
        has: the value that the object has; None if it has none.
        required: the value that was to be set, or the ``resource_version`` that the object was
            to have; None where there is no such value.

    Raises:
        Nothing.

    Complexity: O(1).

    >>> from labelsel.kubernetes import Inventory, LabellingError, label
    >>> pods = Inventory.of({"kind": "Pod", "apiVersion": "v1",
    ...     "metadata": {"name": "a", "labels": {"app": "web"}}})
    >>> try:
    ...     label(pods, {"app": "api"})
    ... except LabellingError as error:
    ...     [refusal] = error.refusals
    >>> refusal.key, refusal.has, refusal.required
    ('app', 'web', 'api')
    """

    resource: Resource
    problem: str
    key: str | None = None
    has: str | None = None
    required: str | None = None

    @property
    def error(self) -> ManifestError:
        """The reason as an error that names the file and line of the object.

        It is returned and not raised. O(1).
        """
        return self.resource.fault(self.problem)


class LabellingError(ResourceError):
    """Some objects cannot be changed, so none of them was changed.

    ``str()`` of it is one line for each refusal: file and line, object, reason.

    Attributes:
        refusals: every `Refusal`, in the order of the objects; never empty.

    Raises:
        Nothing.

    Complexity: O(n) for n refusals.

    >>> from labelsel.kubernetes import Inventory, label
    >>> pods = Inventory.of({"kind": "Pod", "apiVersion": "v1",
    ...     "metadata": {"name": "a", "labels": {"app": "web"}}})
    >>> try:
    ...     label(pods, {"app": "api"})
    ... except LabellingError as error:
    ...     print(error)
    object: Pod/a: label app is already web: add --overwrite to make it api
    """

    def __init__(self, refusals: Iterable[Refusal]) -> None:
        self.refusals = tuple(refusals)
        super().__init__(self.refusals)

    def __str__(self) -> str:
        return "\n".join(str(refusal.error) for refusal in self.refusals)


def parse_changes(words: Iterable[str], what: _Word = "label") -> dict[str, str | None]:
    """Return the changes that words of a command line describe.

    1. ``k=v`` sets, ``k=`` sets an empty value, ``k-`` removes. The first ``=`` ends the key.
    2. A key may be named once. To name it twice, or to set and to remove it, is an error.
    3. A label that is set must be legal. One that is removed need not be: removing it is how
       an illegal label is corrected.
    4. A word that was not UTF-8 on the command line is an error: no manifest can hold it.

    Arguments:
        words: the words, ``k=v`` or ``k-`` each.
        what: what they are about, ``label`` or ``annotation``.

    Returns:
        the value for each key, None for a key to remove, as `label` and `annotate` take it.

    Raises:
        InvalidLabelError: a word breaks a rule. The message lists all such words.
        TypeError: a word is not a string, or the words are one string.
        ValueError: ``what`` is neither ``label`` nor ``annotation``.

    Complexity: O(n) for n words.

    >>> parse_changes(["app=web", "note=", "tier-"])
    {'app': 'web', 'note': '', 'tier': None}
    """
    if what not in _RULES:
        message = f"a change is of a {list_words([*_RULES])}, not of {show(what)}"
        raise ValueError(message)
    changes: dict[str, str | None] = {}
    problems: list[str] = []
    for word in require_each(str, words, "write the words as a list, ['app=web']"):
        if not _is_utf_8(word):
            problems.append(f"{show(word)} is not UTF-8")
            continue
        key, equals, value = word.partition("=")
        new = value if equals else None
        if not equals and not word.endswith("-"):
            problems.append(
                f"{show(word)} is not a change: write {word}=VALUE to set the {what}, "
                f"{word}- to remove it"
            )
            continue
        key = key if equals else word[:-1]
        if key in changes:
            problems.append(_describe_repeated(key, changes[key], new, what))
        changes[key] = new
    _raise_problems([*problems, *_RULES[what].find_problems(changes)])
    return changes


def _is_utf_8(word: str) -> bool:
    """Return whether a word was UTF-8: Python reads other bytes as halves of surrogate pairs."""
    try:
        word.encode()
    except UnicodeEncodeError:
        return False
    return True


def label(
    resources: Iterable[Resource],
    changes: Changes,
    *,
    overwrite: bool = False,
    resource_version: str | None = None,
    template: bool = False,
) -> list[LabelOutcome]:
    """Change the labels of all objects, or of none if one of them cannot be changed.

    1. A new label is added. Another value for an existing label needs ``overwrite``; the same
       value again changes nothing.
    2. None removes a label; one that the object does not have is ``missing``, not an error.
    3. What is set must be legal. An illegal label that the object had before stays as it is, and
       does not block a change of others, as in ``kubectl label --local``; `lint_objects` reports
       it.
    4. With ``template`` the labels of pod templates change in the same way. The selector of the
       object itself must still match them, or the object is refused.

    Arguments:
        resources: the objects; they stay as they are.
        changes: the value that each key gets, None to remove it.
        overwrite: whether labels may change their value.
        resource_version: the version that each object must have; None for any.
        template: whether the labels of pod templates in the objects change, too.

    Returns:
        a `LabelOutcome` for each object, in the order of the objects.

    Raises:
        InvalidLabelError: the changes themselves are not legal.
        LabellingError: objects cannot be changed; the message lists all of them.
        TypeError: something among the objects is not a `Resource`, or the changes are not a
            mapping.

    Complexity: O(n * m) for n objects with m labels each.

    >>> from labelsel.kubernetes import LabellingError, Resource, Source
    >>> pod = Resource("Pod", "v1", None, "a", {"app": "web"}, {}, {}, Source("a.yaml", 1, 1))
    >>> [done] = label([pod], {"tier": "front", "debug": None})
    >>> done.outcome, done.after.labels, done.missing
    ('labeled', {'app': 'web', 'tier': 'front'}, ('debug',))
    >>> try:
    ...     label([pod], {"app": "api"})
    ... except LabellingError as error:
    ...     print(error.refusals[0].problem)
    label app is already web: add --overwrite to make it api
    """
    outcomes = _change_all(_RULES["label"], resources, changes, overwrite, resource_version)
    return label_templates(outcomes, changes, overwrite=overwrite) if template else outcomes


def annotate(
    resources: Iterable[Resource],
    changes: Changes,
    *,
    overwrite: bool = True,
    resource_version: str | None = None,
) -> list[LabelOutcome]:
    """Change the annotations of all objects, or of none if one of them cannot be changed.

    1. Values are free text. An existing annotation gets the new value, and
       `LabelOutcome.overwritten` has the old one.
    2. If ``overwrite`` is false, an object that has one of the annotations is refused, as by
       kubectl 1.32: even if the value would stay the same, but never for
       ``kubernetes.io/change-cause``.
    3. All annotations of an object may have 256 KiB together: a change that leaves more is
       refused.

    Arguments:
        resources: the objects; they stay as they are.
        changes: the value that each key gets, None to remove it.
        overwrite: whether annotations may change their value.
        resource_version: the version that each object must have; None for any.

    Returns:
        a `LabelOutcome` for each object, in the order of the objects.

    Raises:
        InvalidLabelError: the changes themselves are not legal.
        LabellingError: objects cannot be changed; the message lists all of them.
        TypeError: something among the objects is not a `Resource`, or the changes are not a
            mapping.

    Complexity: O(n * m) for n objects with annotations of m bytes each.

    >>> from labelsel.kubernetes import Resource, Source
    >>> pod = Resource("Pod", "v1", None, "a", {}, {"owner": "me"}, {}, Source("a.yaml", 1, 1))
    >>> [done] = annotate([pod], {"owner": "you"})
    >>> done.outcome, done.after.annotations, done.overwritten
    ('annotated', {'owner': 'you'}, {'owner': 'me'})
    """
    return _change_all(_RULES["annotation"], resources, changes, overwrite, resource_version)


@dataclass(frozen=True, slots=True)
class _Rules:
    """The rules in which labels and annotations differ.

    Attributes:
        word: ``label`` or ``annotation``; its plural is the attribute of a Resource, and the
            name of the map in the metadata.
        validate: returns the problems of a whole map of them.
        changed: the outcome of an object that changed.
        removed: the outcome of an object that only lost some of them.
        same_is_refused: whether, without ``overwrite``, a value that stays the same is refused.
        always: the keys that may change even without ``overwrite``.
    """

    word: _Word
    validate: Callable[[object], list[str]]
    changed: str
    removed: str
    same_is_refused: bool = False
    always: frozenset[str] = frozenset()

    @property
    def plural(self) -> str:
        return f"{self.word}s"

    def entries(self, resource: Resource) -> Mapping[str, str]:
        """Return the labels, or annotations, of an object."""
        return string_map(resource, self.plural)

    def find_problems(self, changes: Changes) -> list[str]:
        """Return the problems of changes that do not depend on the object."""
        if not isinstance(changes, Mapping):
            raise expected("a mapping of changes", changes, "as {'app': 'web', 'old': None}")
        empty = [f"no {self.word} is named before '-'"] if changes.get("", "") is None else []
        return empty + self.validate({k: v for k, v in changes.items() if v is not None})


_RULES: Final = {
    "label": _Rules("label", validate_labels, "labeled", "unlabeled"),
    "annotation": _Rules(
        "annotation",
        validate_annotations,
        "annotated",
        "annotated",
        same_is_refused=True,
        always=frozenset({"kubernetes.io/change-cause"}),
    ),
}


def _raise_problems(problems: list[str]) -> None:
    if problems:
        raise InvalidLabelError(problems)


def _describe_repeated(key: str, before: str | None, after: str | None, what: _Word) -> str:
    if (before is None) != (after is None):
        return f"the {what} {show(key)} is both set and removed: leave one of them out"
    return f"the {what} {show(key)} is named twice"


def label_templates(
    outcomes: Iterable[LabelOutcome], changes: Changes, *, overwrite: bool
) -> list[LabelOutcome]:
    """Change the labels of the pod templates in objects whose own labels were changed.

    An object without a pod template stays as it is.

    Raises:
        LabellingError: a label of a template would be overwritten, or the selector of an object
            would no longer match its template.

    >>> from labelsel.kubernetes import Source
    >>> spec = {"selector": {"matchLabels": {"app": "web"}},
    ...     "template": {"metadata": {"labels": {"app": "web"}}}}
    >>> web = Resource("Deployment", "apps/v1", None, "web", {}, {}, {"spec": spec},
    ...     Source("a.yaml", 1, 1))
    >>> [done] = label([web], {"tier": "front"}, template=True)
    >>> done.after.body["spec"]["template"]["metadata"]["labels"]
    {'app': 'web', 'tier': 'front'}
    >>> label([web], {"app": "api"}, template=True, overwrite=True)
    Traceback (most recent call last):
    labelsel.kubernetes.inventory.labelling.LabellingError: a.yaml, document 1 (line 1): \
Deployment/web: spec.selector app=web would no longer match the labels of its pod template; \
labelsel rename changes both
    """
    found = [_label_template(each, changes, overwrite=overwrite) for each in outcomes]
    refusals = [each for each in found if isinstance(each, Refusal)]
    if refusals:
        raise LabellingError(refusals)
    return [each for each in found if isinstance(each, LabelOutcome)]


def _label_template(
    outcome: LabelOutcome, changes: Changes, *, overwrite: bool
) -> LabelOutcome | Refusal:
    before, after, templates = outcome.before, outcome.after, []
    for above, _ in pod_templates(before):
        path = (*above, "metadata")
        try:
            labels = strings_at(before, (*path, "labels"))
        except ManifestError as error:
            return Refusal(before, "; ".join(map(str, error.problems)))
        for key, value in changes.items():
            if not overwrite and value is not None and labels.get(key, value) != value:
                conflict = _describe_conflict("label", key, labels[key], value)
                return Refusal(before, f"pod template: {conflict}", key, labels[key], value)
        merged = {**labels, **changes}
        changed = {key: value for key, value in merged.items() if value is not None}
        if changed != labels:
            templates.append(path)
            after = replace(after, body=_with_labels(after.body, path, changed))
    if not templates:
        return outcome
    lost = _lost_selector(before, after)
    if lost is not None:
        where = f"{path_text(lost.path)} {lost.selector}"
        problem = f"{where} would no longer match the labels of its pod template"
        return Refusal(before, f"{problem}; labelsel rename changes both")
    word = outcome.outcome if outcome.changed else "labeled"
    return replace(outcome, after=after, outcome=word, templates=tuple(templates))


def _with_labels(body: Data, path: Path, labels: Mapping[str, str]) -> Data:
    """Return data with other labels in the metadata at a path; without the map if it is empty."""
    if path:
        return {**body, path[0]: _with_labels(body.get(path[0]) or {}, path[1:], labels)}
    others = {key: each for key, each in body.items() if key != "labels"}
    return {**body, "labels": dict(labels)} if labels else others


def _lost_selector(before: Resource, after: Resource) -> ObjectSelector | None:
    """Return the selector of an object that matched its pod template and no longer does."""
    try:
        selector = read_object_selector(before)
        old, new = template_target(before), template_target(after)
    except ManifestError:
        return None  # what cannot be read matched nothing before
    if selector is None or old is None or new is None:
        return None
    is_lost = selector.selects(old) and not selector.selects(new)
    return selector if is_lost else None


def _change_all(
    rules: _Rules,
    resources: Iterable[Resource],
    changes: Changes,
    overwrite: bool,  # noqa: FBT001 - handed on by the two functions above
    resource_version: str | None,
) -> list[LabelOutcome]:
    """Change all objects or none."""
    _raise_problems(rules.find_problems(changes))
    outcomes: list[LabelOutcome] = []
    refusals: list[Refusal] = []
    for resource in require_each(Resource, resources, HOW_TO_READ):
        outcome = _change(rules, resource, changes)
        refused = _check_version(resource, resource_version)
        if not overwrite:
            refused += _check_overwriting(rules, resource, changes)
        if outcome.changed and not refused:
            refused = _check_new_problems(rules, outcome)
        outcomes.append(outcome)
        refusals += refused
    if refusals:
        raise LabellingError(refusals)
    return outcomes


def _change(rules: _Rules, resource: Resource, changes: Changes) -> LabelOutcome:
    before = rules.entries(resource)
    missing = tuple(key for key, value in changes.items() if value is None and key not in before)
    merged = {**before, **changes}
    after = {key: value for key, value in merged.items() if value is not None}
    if after == before:
        return LabelOutcome(resource, resource, missing, f"not {rules.changed}")
    outcome = rules.removed if after.items() <= before.items() else rules.changed
    overwritten = {k: v for k, v in before.items() if after.get(k, v) != v}
    changed = _copy_with(rules, resource, after)
    return LabelOutcome(resource, changed, missing, outcome, overwritten)


def _copy_with(rules: _Rules, resource: Resource, entries: dict[str, str]) -> Resource:
    """Return a copy of an object with other labels or annotations; without the map if empty."""
    metadata: dict[str, Data] = {**(resource.body.get("metadata") or {}), rules.plural: entries}
    if not entries:
        del metadata[rules.plural]
    body = {**resource.body, "metadata": metadata}
    if rules.word == "label":
        return replace(resource, labels=entries, body=body)
    return replace(resource, annotations=entries, body=body)


def _check_overwriting(rules: _Rules, resource: Resource, changes: Changes) -> list[Refusal]:
    """Return a refusal for each value that would be overwritten."""
    before = rules.entries(resource)
    return [
        Refusal(
            resource,
            _describe_conflict(rules.word, key, before[key], value),
            key,
            before[key],
            value,
        )
        for key, value in changes.items()
        if value is not None
        and key in before
        and key not in rules.always
        and (rules.same_is_refused or before[key] != value)
    ]


def _check_new_problems(rules: _Rules, outcome: LabelOutcome) -> list[Refusal]:
    """Return a refusal for each problem that the change makes: annotations that are too large."""
    problems = rules.validate(rules.entries(outcome.after))
    old = set(rules.validate(rules.entries(outcome.before))) if problems else set()
    return [Refusal(outcome.before, problem) for problem in problems if problem not in old]


def _describe_conflict(word: str, key: str, has: str, new: str) -> str:
    """Return why a value stays: labels are kept by default, annotations by --overwrite=false."""
    problem = f"{word} {key} is already {_format_value(has)}"
    if has == new:
        return f"{problem}, and --overwrite is false"
    how = "add --overwrite" if word == "label" else "leave out --overwrite=false"
    return f"{problem}: {how} to make it {_format_value(new)}"


def _format_value(value: str) -> str:
    """Return a value for a message: every label as it is, long or odd annotations in quotes."""
    if not value:
        return "empty"
    return value if value.isprintable() and len(value) <= MAX_NAME_BYTES else show(value)


def _check_version(resource: Resource, required: str | None) -> list[Refusal]:
    """Return a refusal if an object does not have a resourceVersion that it must have."""
    has = version_of(resource.body)
    if required is None or has == required:
        return []
    problem = f"it is at resourceVersion {has or 'none'}, not {required}: it was modified meanwhile"
    return [Refusal(resource, problem, None, has, required)]
