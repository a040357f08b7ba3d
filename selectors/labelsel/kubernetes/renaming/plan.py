r"""Plans a rename of a label, and proves before anything is written that no selection changes.

1. Labels, selectors, matchers and affinity terms are found in all objects, and edited in the text.
2. Each new text is read again, and must be the old data with exactly these edits.
3. On the objects of the new texts every selector must select what it selected: `compare_pairs`.

If one part cannot be rewritten, or one pair would change, the plan has no files to write.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath
from typing import Final, TypeAlias

from labelsel.atomic_write.file_set import Rewrite
from labelsel.errors import (
    ManifestError,
    ManifestWarning,
    Path,
    Problem,
    SkippedWarning,
    escape,
    path_text,
    require_each,
    require_several,
)
from labelsel.kubernetes.edit.part_edits import (
    PartEditPlan,
    ResourceEdit,
    apply_part_edits,
)
from labelsel.kubernetes.model.document import Document
from labelsel.kubernetes.model.field_names import CLAIM_TEMPLATES
from labelsel.kubernetes.model.kinds import Kind
from labelsel.kubernetes.model.resource import HOW_TO_READ, Resource, make_resource
from labelsel.kubernetes.read.input_files import InputFile, read_text_again
from labelsel.kubernetes.read.line_locator import LineLocator
from labelsel.kubernetes.renaming.label_edits import LabelEdits
from labelsel.kubernetes.renaming.label_renaming import LabelRenaming
from labelsel.kubernetes.renaming.mentions import MentionFinder
from labelsel.kubernetes.renaming.pairs import (
    MovedPair,
    PairComparison,
    compare_pairs,
    read_targets,
)
from labelsel.kubernetes.renaming.selector_scopes import selector_paths
from labelsel.kubernetes.selection.label_locations import value_at
from labelsel.kubernetes.selection.selector_fields import has_selector_texts
from labelsel.limits import MAX_SEARCHED_BYTES

__all__ = ["RenamePlan", "RenameRemark", "find_line", "rename_label"]

_SELECTOR: Final[Path] = ("spec", "selector")
#: The fields that the API server lets nobody change, of the kinds that have any: "field is
#: immutable" of the validation of each kind.
_IMMUTABLE: Final[dict[Kind, tuple[Path, ...]]] = {
    **{Kind(kind, "apps"): (_SELECTOR,) for kind in ("DaemonSet", "Deployment", "ReplicaSet")},
    Kind("StatefulSet", "apps"): (_SELECTOR, ("spec", CLAIM_TEMPLATES)),
    Kind("Job", "batch"): (_SELECTOR, ("spec", "template")),
    Kind("PersistentVolumeClaim", ""): (_SELECTOR,),
    Kind("PersistentVolume", ""): (("spec", "nodeAffinity"),),
    Kind("Pod", ""): (("spec",),),
    Kind("StorageClass", "storage.k8s.io"): (("allowedTopologies",),),
    Kind("CSIStorageCapacity", "storage.k8s.io"): (("nodeTopology",),),
}
#: The fields of a Kustomization whose labels kustomize adds.
_KUSTOMIZE_LABELS: Final = frozenset({"commonLabels", "labels"})
#: What may be before and behind a value in the text of data, in which a line break is \\n.
_BEFORE: Final = r"(?:(?<![\w.-])|(?<=\\[nrt]))"
_BEHIND: Final = r"(?![\w.-])"
#: Each field of expressions ends so: matchExpressions, matchLabelExpressions.
_EXPRESSIONS: Final = "Expressions"
#: What was not read, and what was left out of an input.
LeftOut: TypeAlias = ManifestError | ManifestWarning


@dataclass(frozen=True, slots=True)
class RenameRemark:
    """A remark of a rename about a part of an object.

    `RenamePlan.refusals` and `RenamePlan.warnings` have them. ``str()`` of it is one line: the
    file, the line, the object and the problem.

    Attributes:
        resource: the object.
        problem: the remark, with the path of the part.

    Raises:
        Nothing.

    Complexity: O(1) to make one; ``str()`` reads the file, as `RenameRemark.line` does.

    >>> from labelsel.kubernetes import Inventory, rename_label
    >>> metadata = {"name": "a", "labels": {"app": "web"}, "annotations": {"note": "app=web"}}
    >>> pods = Inventory.of({"kind": "Pod", "apiVersion": "v1", "metadata": metadata})
    >>> print(*rename_label(pods, "app=web", "name=web").warnings)
    object: pod/a: metadata.annotations.note: has app=web in a text that is ...
    """

    resource: Resource
    problem: Problem

    @property
    def line(self) -> int:
        """The line of the part; that of the object if the file has changed or is none.

        O(n) for a file of n characters, which is read. Raises nothing: a file that cannot be read
        counts as changed.
        """
        return find_line(self.resource, self.problem.path)

    def __str__(self) -> str:
        """Return the file, the line, the object and the problem."""
        where = replace(self.resource.source, line=self.line)
        return escape(f"{where}: {self.resource.reference}: {self.problem}")


@dataclass(frozen=True, slots=True)
class RenamePlan:
    """What a rename would do: the result of `rename_label`.

    Attributes:
        renaming: the old and the new label.
        rewrites: the files with their new texts, for `write_files`; none if something forbids
            the rename.
        changed: the objects that change, each before and after.
        labels: how many labels are renamed, those in templates included; 0 if nothing has the
            label.
        terms: how many parts of selectors, matchers and affinity terms are renamed with them.
        speakers: if nothing has the label, the objects that mention it.
        comparison: what every selector selects before and after; None if nothing has the label, or
            the new texts could not be made.
        refusals: the parts that forbid the rename.
        warnings: what the rename does not change, and may have to be changed with it.
        immutable: the objects whose field the API server refuses to change once they exist, by
            kind and field.

    Raises:
        Nothing.

    Complexity: O(1).

    >>> from labelsel.kubernetes import Inventory, rename_label
    >>> plan = rename_label(Inventory.of({"kind": "Pod", "apiVersion": "v1",
    ...     "metadata": {"name": "a", "labels": {"app": "web"}}}), "app", "name")
    >>> plan.labels, plan.is_refused, [dict(after.labels) for _, after in plan.changed]
    (1, False, [{'name': 'web'}])
    """

    renaming: LabelRenaming
    rewrites: Sequence[Rewrite] = ()
    changed: Sequence[tuple[Resource, Resource]] = ()
    labels: int = 0
    terms: int = 0
    speakers: Sequence[Resource] = ()
    comparison: PairComparison | None = None
    refusals: Sequence[RenameRemark | ManifestError] = ()
    warnings: Sequence[RenameRemark | ManifestWarning] = ()
    immutable: Mapping[tuple[Kind, str], Sequence[Resource]] = field(default_factory=dict)

    @property
    def moved(self) -> Sequence[MovedPair]:
        """The pairs of a selector and a target that would start or stop, one of each selector.

        O(1); raises nothing.
        """
        return () if self.comparison is None else self.comparison.moved

    @property
    def is_refused(self) -> bool:
        """Whether something forbids the rename: `RenamePlan.rewrites` is empty then.

        O(1); raises nothing.
        """
        return bool(self.refusals or self.moved)


def rename_label(
    resources: Iterable[Resource], old: str, new: str, *, left_out: Iterable[LeftOut] = ()
) -> RenamePlan:
    r"""Plan the rename of a label in all objects of an input, and prove that no selection changes.

    1. ``app=web`` to ``name=web`` renames the label with this value; ``app`` to ``name`` the key,
       with all values; ``app=web`` to ``app=front`` the value.
    2. Renamed are the labels of objects and of their templates, and with them the selectors,
       matchers, affinity terms and keys that speak of the label, in all kinds that labelsel knows.
    3. What selects a kind of which nothing in the input has the label stays, with a warning: the
       nodes of a cluster are called what they were called before.
    4. All is renamed together, or nothing. Of each selector of the new texts the selected objects
       are compared with those before. If a pair would start or stop, the plan is refused.
    5. A patch counts as an object. What cannot be seen is said: see `RenamePlan.warnings`.

    No file is written: ``write_files(plan.rewrites)`` does that.

    Arguments:
        resources: all objects of the input.
        old: the label, ``KEY=VALUE``, or ``KEY`` for all values.
        new: the new label, with a value exactly if ``old`` has one.
        left_out: the errors and warnings of reading: what was left out is searched for the label.

    Returns:
        the plan; it is refused if a part cannot be renamed or a selection would change.

    Raises:
        InvalidLabelError: a text is not a legal label, or the two do not fit together.
        TypeError: a text is not a string, something among the objects is not a `Resource`, or
            ``left_out`` is no collection.

    Complexity: O(n) in the size n of the objects, beside reading the documents with edits twice.

    >>> import pathlib, tempfile
    >>> from labelsel.kubernetes import read_manifests
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "web.yaml")
    ...     pod = "kind: Pod\napiVersion: v1\nmetadata: {name: a, labels: {app: web}}\n"
    ...     web = "kind: Service\napiVersion: v1\nmetadata: {name: web}\n"
    ...     _ = path.write_text(f"{pod}---\n{web}spec: {{selector: {{app: web}}}}\n")
    ...     plan = rename_label(list(read_manifests([path])), "app", "name")
    >>> plan.comparison.pairs, plan.moved, plan.rewrites[0].after.decode().splitlines()[-1]
    (1, [], 'spec: {selector: {name: web}}')
    """
    renaming = LabelRenaming.from_texts(old, new)
    objects = require_each(Resource, resources, HOW_TO_READ)
    return _Planner(objects, renaming, list(require_several("errors", left_out))).plan()


class _Planner:
    """Makes the plan of one rename."""

    def __init__(
        self, resources: Sequence[Resource], renaming: LabelRenaming, left_out: Sequence[LeftOut]
    ) -> None:
        self._resources = resources
        self._renaming = renaming
        self._left_out = left_out
        self._finder = MentionFinder(renaming)
        #: The positions of the objects that may have the label, and of those whose selectors may
        #: be about it. The texts of the objects show that faster than the objects do.
        value = renaming.old_value or ""
        has_value = re.compile(rf"{_BEFORE}{re.escape(value)}{_BEHIND}").search
        named: list[int] = []
        self._speakers: list[int] = []
        self._mentioning: list[int] = []
        for number, each in enumerate(resources):
            text = repr(each.body)
            is_named = renaming.old_key in text and (
                not value or (value in text and has_value(text) is not None)
            )
            if is_named:
                named.append(number)
            if self._may_select(each, text):
                self._speakers.append(number)
            if is_named or self._finder.may_refer(text):
                self._mentioning.append(number)
        targets = read_targets((number, resources[number]) for number in named)
        carriers = {each.kind for each in targets if renaming.is_in(each.labels)}
        self._found = {n: LabelEdits(resources[n], renaming, carriers) for n in named}

    def _may_select(self, resource: Resource, text: str) -> bool:
        """Whether a selector of an object may be about the old or the new label.

        Without an expression, a selector of an object is about other values than those that the
        text of the object has.
        """
        renaming = self._renaming
        has_texts = has_selector_texts(resource)
        if not has_texts and renaming.old_key not in text and renaming.new_key not in text:
            return False
        if has_texts or renaming.old_value is None or renaming.new_value is None:
            return True
        # A value that is null reads as an empty one, and has another text.
        if not (renaming.old_value and renaming.new_value):
            return True
        words = (repr(renaming.old_value), repr(renaming.new_value), _EXPRESSIONS)
        return any(word in text for word in words)

    def plan(self) -> RenamePlan:
        labels = sum(each.labels for each in self._found.values())
        has_conflict = any(each.has_conflict for each in self._found.values())
        if not (labels or has_conflict):
            speakers = [self._resources[n] for n, each in self._found.items() if each.is_about]
            return RenamePlan(self._renaming, speakers=speakers)
        refusals: list[RenameRemark | ManifestError] = [*self._remarks("refusals")]
        refusals += self._unread_mentions()
        warnings = self._remarks("remarks")
        edits = [
            ResourceEdit(self._resources[number], edit)
            for number, found in self._found.items()
            for edit in found.edits
        ]
        files = PartEditPlan(filter(_is_in_file, edits), together=True)
        refusals += _text_problems(list(filter(_is_in_file, edits)), files)
        plan = RenamePlan(
            self._renaming,
            labels=labels,
            terms=sum(each.terms for each in self._found.values()),
            refusals=refusals,
            warnings=warnings,
            immutable=self._immutable(),
        )
        if has_conflict or any(files.problems):
            return plan
        return self._with_proof(plan, files)

    def _with_proof(self, plan: RenamePlan, files: PartEditPlan) -> RenamePlan:
        """Return a plan with the objects of the new texts, and what their selectors select."""
        after = self._reread(files)
        keys = frozenset((self._renaming.old_key, self._renaming.new_key))
        comparison = compare_pairs(self._resources, after, keys, self._speakers)
        refusals = [*plan.refusals, *comparison.unreadable]
        is_refused = refusals or comparison.moved
        return replace(
            plan,
            comparison=comparison,
            refusals=refusals,
            rewrites=() if is_refused else files.rewrites(range(len(files.text_edits))),
            changed=[
                pair for pair in zip(self._resources, after, strict=True) if pair[0] is not pair[1]
            ],
            warnings=[*plan.warnings, *self._mentions(after), *self._skipped_mentions()],
        )

    def _reread(self, files: PartEditPlan) -> list[Resource]:
        """Return the objects as the new texts were read; those that are in no file as edited."""
        after = list(self._resources)
        first = 0
        for number, found in self._found.items():
            before = self._resources[number]
            if not found.edits:
                continue
            if before.source.location is None:
                body = apply_part_edits(before.body, found.edits)
            else:
                body = files.reread(first)
                first += len(found.edits)
            document = Document(before.source.document, before.source.line, body)
            after[number] = make_resource(body, document, before.source, any_labels=True)
        return after

    def _remarks(self, name: str) -> list[RenameRemark]:
        return [
            RenameRemark(self._resources[number], problem)
            for number, found in self._found.items()
            for problem in getattr(found, name)
        ]

    def _immutable(self) -> dict[tuple[Kind, str], list[Resource]]:
        objects: defaultdict[tuple[Kind, str], list[Resource]] = defaultdict(list)
        for number, found in self._found.items():
            kind = self._resources[number].group_kind
            for path in _IMMUTABLE.get(kind, ()):
                if any(edit.path[: len(path)] == path for edit in found.edits):
                    objects[kind, path_text(path)].append(self._resources[number])
        return dict(objects)

    # What a rename does not reach

    def _mentions(self, after: Sequence[Resource]) -> Iterator[RenameRemark]:
        """Yield the texts and requirements in objects that still have the label in them."""
        about = f"has {self._renaming.old} in a text that is neither a label nor a selector"
        for number in self._mentioning:
            body, found = after[number].body, self._found.get(number)
            known: set[Path] = set()
            if found is not None:
                text = repr(body) if found.edits else ""
                if text and self._renaming.old_key not in text and not self._finder.may_refer(text):
                    continue
                known = {each.path for each in (*found.remarks, *found.refusals)}
            selectors = selector_paths(after[number])
            for path in self._finder.find_in_data(body, known, selectors):
                problem = about
                if isinstance(value_at(body, path), dict):
                    problem = f"requires {self._renaming.old_key}, in a field that is not known"
                yield RenameRemark(self._resources[number], Problem(path, problem, None))

    def _skipped_mentions(self) -> Iterator[ManifestWarning]:
        """Yield the texts in files without objects, and in templates, that speak of the label."""
        old = self._renaming.old
        searched: set[str] = set()
        for each in self._left_out:
            if not isinstance(each, ManifestWarning):
                continue
            if isinstance(each, SkippedWarning) and each.data is not None:
                for path in self._finder.find_in_data(each.data):
                    problem = f"{path_text(path)}: has {old} in it"
                    if not _KUSTOMIZE_LABELS.isdisjoint(path[:1]):
                        problem = f"{problem}: kustomize adds this label to what it builds"
                    yield ManifestWarning(each.file, problem, line=each.line)
                continue
            if each.file in searched:  # each of its documents may have been left out
                continue
            searched.add(each.file)
            lines = list(self._finder.find_in_text(_text_of(each.file, MAX_SEARCHED_BYTES) or ""))
            if lines:
                others = f" (and {len(lines) - 1:,} more lines)" if len(lines) > 1 else ""
                problem = f"has {old} in it{others}, and was not read"
                yield ManifestWarning(each.file, problem, line=lines[0])

    def _unread_mentions(self) -> Iterator[ManifestError]:
        """Yield the errors of files that could not be read whole, and that speak of the label."""
        errors = (each.file for each in self._left_out if isinstance(each, ManifestError))
        # Each document of a file may have an error, and the file is searched once.
        for file in dict.fromkeys(errors):
            key, text = self._renaming.old_key, _text_of(file)
            if text is None:
                problem = f"the file cannot be searched for {key}, and has an input error"
                yield ManifestError(file, problem)
            elif (line := next(self._finder.find_word(text), None)) is not None:
                problem = f"the file has {key} in it, and has an input error"
                yield ManifestError(file, problem, line=line)


def _text_of(name: str, largest: int | None = None) -> str | None:
    """Return the text of a file; None if nobody can read it, or it is larger than so many bytes."""
    path = FilePath(name)
    if largest is not None and path.is_file() and path.stat().st_size > largest:
        return None
    return read_text_again(name)


def _is_in_file(edit: ResourceEdit) -> bool:
    return edit.resource.source.location is not None


def _text_problems(edits: Sequence[ResourceEdit], files: PartEditPlan) -> Iterator[RenameRemark]:
    """Yield why texts cannot be edited, once for each object and reason."""
    seen: set[tuple[int, str]] = set()
    for (resource, edit), problem in zip(edits, files.problems, strict=True):
        if problem is not None and (id(resource), problem) not in seen:
            seen.add((id(resource), problem))
            yield RenameRemark(resource, Problem(edit.path, problem, None))


def find_line(resource: Resource, path: Path) -> int:
    """Return the line of a part of an object; that of the object if its file has changed.

    Complexity: O(n) in the length of the file, which is read.
    """
    location = resource.source.location
    if location is None:
        return resource.source.line
    try:
        content = InputFile(resource.source.file, 0, FilePath(resource.source.file)).content()
    except ManifestError:
        return resource.source.line
    if content.version != location.version:
        return resource.source.line
    return LineLocator(content.text).line(resource, path)
