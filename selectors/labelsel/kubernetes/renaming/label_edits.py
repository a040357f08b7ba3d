"""The edits that rename a label in one object: in labels, selectors, matchers and affinity terms.

A term that cannot say the same of the new label is refused here. A term that does not name the
value that is renamed stays, as ``app`` exists; whether it still selects the same, `pairs` decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final, TypeAlias

from labelsel.errors import Path, Problem, SelectorSyntaxError, TranslationError, show
from labelsel.kubernetes.edit.part_edits import PartEdit
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.field_names import (
    MATCH_EXPRESSIONS,
    MATCH_LABELS,
    NODE_SELECTOR_TERMS,
)
from labelsel.kubernetes.model.kinds import NAMESPACE, NODE, Kind
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.renaming.label_renaming import LabelRenaming
from labelsel.kubernetes.renaming.selector_scopes import ScopedField, label_fields
from labelsel.kubernetes.selection.label_locations import metadata_paths, value_at
from labelsel.kubernetes.selection.selector_fields import Syntax
from labelsel.kubernetes.selection.selector_targets import POD
from labelsel.languages.calico import parse_expression, to_expression
from labelsel.languages.kubernetes import parse, to_kubernetes
from labelsel.selector import Selector

__all__ = ["LabelEdits", "split_key"]

_Language: TypeAlias = tuple[Callable[[str], Selector], Callable[[Selector], str]]

_LANGUAGES: Final[dict[Syntax, _Language]] = {
    Syntax.CALICO: (parse_expression, to_expression),
    Syntax.LABEL_TEXT: (parse, to_kubernetes),
}
#: What Calico calls a label of the namespace of an endpoint.
_OF_NAMESPACE: Final = "pcns."
#: What Cilium writes before a key: where the label is from, and that it is one of the namespace.
_CILIUM: Final = re.compile(r"(?:(?:k8s|any):)?(io\.cilium\.k8s\.namespace\.labels\.)?")
_BOUNDS: Final = ("Gt", "Lt")
#: Fields that hold keys of labels, and whose labels these are.
_KEY_LISTS: Final = ("matchLabelKeys", "mismatchLabelKeys")
_TOPOLOGY: Final = "topologyKey"


class LabelEdits:
    """The edits that rename a label in one object.

    Attributes:
        edits: the edits.
        refusals: the parts that speak of the label and cannot be rewritten, and why.
        remarks: the parts that speak of the label and stay as they are, and why.
        labels: how many labels are renamed, those in templates included.
        terms: how many parts of selectors, matchers and affinity terms are.
        has_conflict: whether a label cannot be renamed, because the new key has another value.

    Arguments:
        resource: the object.
        renaming: the rename.
        carriers: the kinds of which the input has an object, or a template, with the label. What
            selects others stays: a cluster's nodes are called what they were called before.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> body = {"metadata": {"labels": {"app": "web"}}, "spec": {"selector": {"app": "web"}}}
    >>> web = Resource("Service", "v1", "shop", "web", {}, {}, body, Source("a.yaml", 1, 1))
    >>> found = LabelEdits(web, LabelRenaming.from_texts("app", "name"), {POD})
    >>> [(edit.operation, edit.path[-2:], edit.text) for edit in found.edits]
    [('rename', ('labels', 'app'), 'name'), ('rename', ('selector', 'app'), 'name')]
    """

    def __init__(
        self, resource: Resource, renaming: LabelRenaming, carriers: Collection[Kind]
    ) -> None:
        self.edits: list[PartEdit] = []
        self.refusals: list[Problem] = []
        self.remarks: list[Problem] = []
        self.terms = 0
        self._renaming = renaming
        self._carriers = carriers
        for path in metadata_paths(resource):
            labels = value_at(resource.body, (*path, "labels"))
            if isinstance(labels, dict):
                for key in labels:
                    self._edit_entry((*path, "labels"), labels, key)
        self.has_conflict = bool(self.refusals)
        self.labels, self.terms = self.terms, 0
        for found in label_fields(resource):
            self._edit_field(found)

    @property
    def is_about(self) -> bool:
        """Whether a part of the object speaks of the label."""
        return bool(self.edits or self.refusals or self.remarks)

    def _add(self, *edits: PartEdit) -> None:
        """Add the edits of one label, or of one term."""
        self.edits += edits
        self.terms += 1

    def _edit_field(self, found: ScopedField) -> None:
        (path, value, syntax, _), kind = found.field, found.kind
        match syntax, value:
            case Syntax.LABEL_MAP, dict():
                self._edit_map(path, value, kind, syntax)
            case ((Syntax.CALICO | Syntax.LABEL_TEXT), str()):
                self._edit_text(path, value, kind, _LANGUAGES[syntax])
            case Syntax.SPREAD_CONSTRAINT | Syntax.POD_AFFINITY_TERM, dict():
                self._edit_keys(path, value)
            case Syntax.NODE_SELECTOR, {"nodeSelectorTerms": list(terms)}:
                for number, term in enumerate(terms):
                    self._edit_terms((*path, NODE_SELECTOR_TERMS, number), term, kind, syntax)
            case _, dict():
                self._edit_terms(path, value, kind, syntax)
            case _:
                pass

    def _edit_terms(self, path: Path, value: Data, kind: Kind | None, syntax: Syntax) -> None:
        """Edit the two parts of a LabelSelector, or the one of a term for nodes."""
        labels = value_at(value, (MATCH_LABELS,))
        if isinstance(labels, dict):
            self._edit_map((*path, MATCH_LABELS), labels, kind, syntax)
        for name in (MATCH_EXPRESSIONS, "matchLabelExpressions"):
            expressions = value_at(value, (name,))
            for number, each in enumerate(expressions if isinstance(expressions, list) else ()):
                if isinstance(each, dict) and isinstance(each.get("key"), str):
                    self._edit_expression((*path, name, number), each, kind, syntax)

    def _edit_map(
        self, path: Path, labels: Mapping[str, Data], kind: Kind | None, syntax: Syntax
    ) -> None:
        for key in labels:
            prefix, plain, kind_of_key = split_key(key, kind, syntax)
            is_old = self._renaming.concerns(plain, labels[key])
            if is_old and self._is_carried((*path, key), kind_of_key):
                self._edit_entry(path, labels, key, prefix)

    def _edit_entry(
        self, path: Path, labels: Mapping[str, Data], key: str, prefix: str = ""
    ) -> None:
        """Edit an entry of a map if it is the label; ``prefix`` is not a part of the key."""
        renaming, value = self._renaming, labels[key]
        if not renaming.concerns(key.removeprefix(prefix), value):
            return
        path, new_key = (*path, key), f"{prefix}{renaming.new_key}"
        new_value = value if renaming.new_value is None else renaming.new_value
        if renaming.changes_key and new_key in labels:
            other = labels[new_key]
            if other != new_value:
                problem = f"{renaming.new_key} is already {show(other)} there: it cannot be"
                self._refuse(path, f"{problem} {show(new_value)}, too", value)
                return
            self._add(PartEdit("remove", path))
            return
        edits = [PartEdit("replace", path, new_value)] * (new_value != value)
        edits += [PartEdit("rename", path, new_key)] * renaming.changes_key
        self._add(*edits)

    def _edit_expression(
        self, path: Path, expression: Mapping[str, Data], kind: Kind | None, syntax: Syntax
    ) -> None:
        prefix, plain, kind = split_key(expression["key"], kind, syntax)
        renaming = self._renaming
        if plain != renaming.old_key:
            return
        written, operator = expression.get("values"), expression.get("operator")
        values = written if isinstance(written, list) else []
        has_value = operator not in _BOUNDS and renaming.old_value in values
        if renaming.old_value is not None and not has_value:
            self._leave_expression(path, expression)
            return
        if not self._is_carried(path, kind):
            return
        others = [each for each in values if each != renaming.old_value]
        if renaming.old_value is not None and renaming.changes_key and others:
            problem = f"it is about {renaming.old} and other values of {renaming.old_key}"
            self._refuse(path, f"{problem}, and one term has one key", values)
            return
        new_key = f"{prefix}{renaming.new_key}"
        edits = [PartEdit("replace", (*path, "key"), new_key)] * renaming.changes_key
        if renaming.new_value not in {None, renaming.old_value}:
            edits += self._value_edits((*path, "values"), values)
        self._add(*edits)

    def _leave_expression(self, path: Path, expression: Mapping[str, Data]) -> None:
        """Remark that an expression stays which the renamed value may meet."""
        operator = expression.get("operator")
        if self._renaming.changes_key and operator not in {"In", "NotIn", None}:
            problem = f"it is about all values of {self._renaming.old_key} ({operator}), and stays"
            self.remarks.append(Problem(path, problem, operator))

    def _value_edits(self, path: Path, values: list[Data]) -> Iterator[PartEdit]:
        old, new = self._renaming.old_value, self._renaming.new_value
        assert new is not None
        is_there = new in values
        for number, value in enumerate(values):
            if value == old:
                item = (*path, number)
                yield PartEdit("remove", item) if is_there else PartEdit("replace", item, new)

    def _edit_keys(self, path: Path, term: Mapping[str, Data]) -> None:
        """Edit the keys of labels in a spread constraint, or in a term of pod affinity."""
        self._edit_key((*path, _TOPOLOGY), term.get(_TOPOLOGY), NODE)
        for name in _KEY_LISTS:
            keys = term.get(name)
            for number, key in enumerate(keys if isinstance(keys, list) else ()):
                self._edit_key((*path, name, number), key, POD)

    def _edit_key(self, path: Path, key: Data, kind: Kind) -> None:
        renaming = self._renaming
        if key != renaming.old_key or not renaming.changes_key:
            return
        if not self._is_carried(path, kind):
            return
        if renaming.old_value is not None:
            problem = f"it is about all values of {key}, and not only about {renaming.old_value}"
            self._refuse(path, problem, key)
            return
        self._add(PartEdit("replace", path, renaming.new_key))

    def _edit_text(self, path: Path, text: str, kind: Kind | None, language: _Language) -> None:
        read, write = language
        try:
            selector = read(text)
        except SelectorSyntaxError:
            return  # the proof refuses what it cannot read and may be about the label
        renamed = selector
        for prefix, kind_of_key in (("", kind), (_OF_NAMESPACE, NAMESPACE)):
            part = self._renaming.under(prefix).rename_selector(renamed)
            if part != renamed and self._is_carried(path, kind_of_key):
                renamed = part
        if renamed == selector:
            return
        try:
            self._add(PartEdit("replace", path, write(renamed)))
        except TranslationError as error:
            self._refuse(path, f"no such selector can say the same: {error}", text)

    def _is_carried(self, path: Path, kind: Kind | None) -> bool:
        """Whether a part that selects a kind changes; if not, remark that it stays."""
        is_carried = kind is None or kind in self._carriers
        if not is_carried and kind is not None:
            problem = f"no {kind.kind} of the input has {self._renaming.old}"
            self.remarks.append(Problem(path, problem, None))
        return is_carried

    def _refuse(self, path: Path, problem: str, value: Data) -> None:
        self.refusals.append(Problem(path, problem, value))


def split_key(key: str, kind: Kind | None, syntax: Syntax) -> tuple[str, str, Kind | None]:
    """Return what is before a key of labels, the key, and the kind whose label it is.

    Only Cilium writes something before a key.

    >>> split_key("k8s:app", POD, Syntax.CILIUM), split_key("app", None, Syntax.LABEL_MAP)
    (('k8s:', 'app', Kind(kind='Pod', group='')), ('', 'app', None))
    """
    if syntax is not Syntax.CILIUM:
        return "", key, kind
    found = _CILIUM.match(key)
    assert found is not None  # the pattern matches nothing, too
    return found[0], key[found.end() :], NAMESPACE if found[1] else kind
