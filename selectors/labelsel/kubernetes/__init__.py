"""Things that carry labels: Kubernetes objects in manifests, read, selected and written.

Open inventory/inventory.py first: `Inventory` is what most programs use. model/ has the objects,
read/ reads them, selection/ has the selectors inside them, inventory/ finds and labels them,
edit/ writes changes into their files, and renaming/ renames a label everywhere. serving/ answers
the selectors of requests to a fake API server.

>>> import pathlib, tempfile
>>> from labelsel.kubernetes import read_manifests, select
>>> with tempfile.TemporaryDirectory() as folder:
...     path = pathlib.Path(folder, "web.yaml")
...     _ = path.write_text("{kind: Pod, apiVersion: v1, metadata: {name: a, labels: {x: b}}}")
...     [pod.reference for pod in select(read_manifests([path]), "x in (a,b)").resources]
['pod/a']

YAML, and edits of files, need PyYAML: ``pip install 'labelsel[cli]'``. JSON, dicts and objects of
a client need no extra. ``import labelsel`` does not import this package.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from labelsel.atomic_write.file_set import Rewrite as Rewrite
    from labelsel.atomic_write.file_set import write_files as write_files
    from labelsel.errors import BadRequestError as BadRequestError
    from labelsel.errors import EditError as EditError
    from labelsel.errors import ExcludedWarning as ExcludedWarning
    from labelsel.errors import ExpiredError as ExpiredError
    from labelsel.errors import FieldError as FieldError
    from labelsel.errors import HiddenWarning as HiddenWarning
    from labelsel.errors import ManifestError as ManifestError
    from labelsel.errors import ManifestWarning as ManifestWarning
    from labelsel.errors import NamingError as NamingError
    from labelsel.errors import NoManifestError as NoManifestError
    from labelsel.errors import NotFoundError as NotFoundError
    from labelsel.errors import PlaceholderWarning as PlaceholderWarning
    from labelsel.errors import RenderError as RenderError
    from labelsel.errors import ResourceError as ResourceError
    from labelsel.errors import RevisionError as RevisionError
    from labelsel.errors import SkippedWarning as SkippedWarning
    from labelsel.errors import TemplateError as TemplateError
    from labelsel.errors import TemplateWarning as TemplateWarning
    from labelsel.errors import UnknownKindError as UnknownKindError
    from labelsel.errors import UnreadWarning as UnreadWarning
    from labelsel.errors import WatchError as WatchError
    from labelsel.kubernetes.edit.apply import append_objects as append_objects
    from labelsel.kubernetes.edit.apply import apply_edits as apply_edits
    from labelsel.kubernetes.edit.edit import Edit as Edit
    from labelsel.kubernetes.graph.selector_graph import GraphEdge as GraphEdge
    from labelsel.kubernetes.graph.selector_graph import GraphNode as GraphNode
    from labelsel.kubernetes.graph.selector_graph import GraphSelector as GraphSelector
    from labelsel.kubernetes.graph.selector_graph import Overlap as Overlap
    from labelsel.kubernetes.graph.selector_graph import SelectorGraph as SelectorGraph
    from labelsel.kubernetes.graph.selector_graph import SelectorState as SelectorState
    from labelsel.kubernetes.graph.selector_graph import selector_graph as selector_graph
    from labelsel.kubernetes.inventory.find import FindResult as FindResult
    from labelsel.kubernetes.inventory.find import select as select
    from labelsel.kubernetes.inventory.grouping import Group as Group
    from labelsel.kubernetes.inventory.grouping import groups as groups
    from labelsel.kubernetes.inventory.inventory import Inventory as Inventory
    from labelsel.kubernetes.inventory.labelling import LabellingError as LabellingError
    from labelsel.kubernetes.inventory.labelling import LabelOutcome as LabelOutcome
    from labelsel.kubernetes.inventory.labelling import Refusal as Refusal
    from labelsel.kubernetes.inventory.labelling import annotate as annotate
    from labelsel.kubernetes.inventory.labelling import label as label
    from labelsel.kubernetes.inventory.labelling import parse_changes as parse_changes
    from labelsel.kubernetes.inventory.names import find_object as find_object
    from labelsel.kubernetes.inventory.names import find_objects as find_objects
    from labelsel.kubernetes.inventory.object_table import ObjectChange as ObjectChange
    from labelsel.kubernetes.model.kinds import NAMESPACE as NAMESPACE
    from labelsel.kubernetes.model.kinds import NODE as NODE
    from labelsel.kubernetes.model.kinds import Kind as Kind
    from labelsel.kubernetes.model.kinds import parse_kinds as parse_kinds
    from labelsel.kubernetes.model.object_key import DEFAULT_NAMESPACE as DEFAULT_NAMESPACE
    from labelsel.kubernetes.model.object_key import ObjectKey as ObjectKey
    from labelsel.kubernetes.model.object_key import namespace_of as namespace_of
    from labelsel.kubernetes.model.resource import Resource as Resource
    from labelsel.kubernetes.model.resource import Source as Source
    from labelsel.kubernetes.model.serializer import json_text as json_text
    from labelsel.kubernetes.model.serializer import write_json as write_json
    from labelsel.kubernetes.model.serializer import write_yaml as write_yaml
    from labelsel.kubernetes.model.serializer import yaml_text as yaml_text
    from labelsel.kubernetes.model.served_labels import served_labels as served_labels
    from labelsel.kubernetes.read.manifests import read_manifests as read_manifests
    from labelsel.kubernetes.renaming.label_renaming import LabelRenaming as LabelRenaming
    from labelsel.kubernetes.renaming.pairs import MovedPair as MovedPair
    from labelsel.kubernetes.renaming.pairs import PairComparison as PairComparison
    from labelsel.kubernetes.renaming.plan import RenamePlan as RenamePlan
    from labelsel.kubernetes.renaming.plan import RenameRemark as RenameRemark
    from labelsel.kubernetes.renaming.plan import rename_label as rename_label
    from labelsel.kubernetes.selection.affinity import Preference as Preference
    from labelsel.kubernetes.selection.affinity import UnmetRequirement as UnmetRequirement
    from labelsel.kubernetes.selection.kustomize_changes import (
        KustomizeChanges as KustomizeChanges,
    )
    from labelsel.kubernetes.selection.object_selector_index import (
        ObjectSelectorIndex as ObjectSelectorIndex,
    )
    from labelsel.kubernetes.selection.object_selectors import ObjectSelector as ObjectSelector
    from labelsel.kubernetes.selection.object_selectors import (
        read_object_selector as read_object_selector,
    )
    from labelsel.kubernetes.selection.obstacles import Obstacle as Obstacle
    from labelsel.kubernetes.selection.placement import NodeRefusal as NodeRefusal
    from labelsel.kubernetes.selection.placement import Placement as Placement
    from labelsel.kubernetes.selection.placement import Placements as Placements
    from labelsel.kubernetes.selection.placement import nodes_for as nodes_for
    from labelsel.kubernetes.selection.pod_targets import pod_targets as pod_targets
    from labelsel.kubernetes.selection.port_set import PortRange as PortRange
    from labelsel.kubernetes.selection.port_set import PortSet as PortSet
    from labelsel.kubernetes.selection.reach import Reachability as Reachability
    from labelsel.kubernetes.selection.reach import reach as reach
    from labelsel.kubernetes.selection.reach_result import Reach as Reach
    from labelsel.kubernetes.selection.reach_result import ReachAnswer as ReachAnswer
    from labelsel.kubernetes.selection.reach_result import ReachSide as ReachSide
    from labelsel.kubernetes.selection.reach_result import ReachTerm as ReachTerm
    from labelsel.kubernetes.selection.relation_diff import PairCause as PairCause
    from labelsel.kubernetes.selection.relation_diff import PairChange as PairChange
    from labelsel.kubernetes.selection.relation_diff import RelationDiff as RelationDiff
    from labelsel.kubernetes.selection.relation_diff import diff_relations as diff_relations
    from labelsel.kubernetes.selection.selector_reader import (
        carries_selectors as carries_selectors,
    )
    from labelsel.kubernetes.selection.selector_reader import (
        read_object_selectors as read_object_selectors,
    )
    from labelsel.kubernetes.selection.selector_relation import (
        SelectorRelation as SelectorRelation,
    )
    from labelsel.kubernetes.selection.selector_targets import POD as POD
    from labelsel.kubernetes.selection.selector_targets import SERVICE as SERVICE
    from labelsel.kubernetes.selection.selector_targets import SelectorTarget as SelectorTarget
    from labelsel.kubernetes.selection.selector_targets import selector_target as selector_target
    from labelsel.kubernetes.selection.selector_targets import (
        selector_targets as selector_targets,
    )
    from labelsel.kubernetes.selection.selector_targets import service_targets as service_targets
    from labelsel.kubernetes.selection.taints import Taint as Taint
    from labelsel.kubernetes.serving.list_filter import ListFilter as ListFilter
    from labelsel.kubernetes.serving.list_filter import field_values as field_values
    from labelsel.kubernetes.serving.list_filter import list_filter as list_filter

_MODULES: Final = {
    "labelsel.kubernetes.edit.apply": "append_objects apply_edits",
    "labelsel.atomic_write.file_set": "Rewrite write_files",
    "labelsel.kubernetes.edit.edit": "Edit",
    "labelsel.errors": (
        "BadRequestError EditError ExcludedWarning ExpiredError FieldError HiddenWarning "
        "ManifestError ManifestWarning NamingError NoManifestError NotFoundError "
        "PlaceholderWarning RenderError ResourceError "
        "RevisionError SkippedWarning TemplateError TemplateWarning UnknownKindError "
        "UnreadWarning WatchError"
    ),
    "labelsel.kubernetes.graph.selector_graph": (
        "GraphEdge GraphNode GraphSelector Overlap SelectorGraph SelectorState selector_graph"
    ),
    "labelsel.kubernetes.inventory.find": "FindResult select",
    "labelsel.kubernetes.inventory.grouping": "Group groups",
    "labelsel.kubernetes.inventory.inventory": "Inventory",
    "labelsel.kubernetes.inventory.labelling": (
        "LabelOutcome LabellingError Refusal annotate label parse_changes"
    ),
    "labelsel.kubernetes.inventory.names": "find_object find_objects",
    "labelsel.kubernetes.inventory.object_table": "ObjectChange",
    "labelsel.kubernetes.model.kinds": "NAMESPACE NODE Kind parse_kinds",
    "labelsel.kubernetes.model.object_key": "DEFAULT_NAMESPACE ObjectKey namespace_of",
    "labelsel.kubernetes.model.resource": "Resource Source",
    "labelsel.kubernetes.model.serializer": "json_text write_json write_yaml yaml_text",
    "labelsel.kubernetes.model.served_labels": "served_labels",
    "labelsel.kubernetes.read.manifests": "read_manifests",
    "labelsel.kubernetes.renaming.label_renaming": "LabelRenaming",
    "labelsel.kubernetes.renaming.pairs": "MovedPair PairComparison",
    "labelsel.kubernetes.renaming.plan": "RenamePlan RenameRemark rename_label",
    "labelsel.kubernetes.selection.affinity": "Preference UnmetRequirement",
    "labelsel.kubernetes.selection.kustomize_changes": "KustomizeChanges",
    "labelsel.kubernetes.selection.object_selector_index": "ObjectSelectorIndex",
    "labelsel.kubernetes.selection.object_selectors": "ObjectSelector read_object_selector",
    "labelsel.kubernetes.selection.placement": "NodeRefusal Placement Placements nodes_for",
    "labelsel.kubernetes.selection.obstacles": "Obstacle",
    "labelsel.kubernetes.selection.pod_targets": "pod_targets",
    "labelsel.kubernetes.selection.relation_diff": (
        "PairCause PairChange RelationDiff diff_relations"
    ),
    "labelsel.kubernetes.selection.selector_reader": "carries_selectors read_object_selectors",
    "labelsel.kubernetes.selection.selector_relation": "SelectorRelation",
    "labelsel.kubernetes.selection.port_set": "PortRange PortSet",
    "labelsel.kubernetes.selection.reach": "Reachability reach",
    "labelsel.kubernetes.selection.reach_result": "Reach ReachAnswer ReachSide ReachTerm",
    "labelsel.kubernetes.selection.selector_targets": (
        "POD SERVICE SelectorTarget selector_target selector_targets service_targets"
    ),
    "labelsel.kubernetes.selection.taints": "Taint",
    "labelsel.kubernetes.serving.list_filter": "ListFilter field_values list_filter",
}
#: The module of each public name. A name is imported when it is first used (PEP 562), so that
#: a program pays only for what it uses: `parse` loads no numpy.
_MODULE_OF: Final = {name: module for module, names in _MODULES.items() for name in names.split()}

__all__ = sorted(_MODULE_OF)  # noqa: PLE0605  # a list: type checkers read the imports above


# Hidden from type checkers, to which every name would exist.
if not TYPE_CHECKING:  # pragma: no branch  # false for type checkers only

    def __getattr__(name: str) -> object:
        module = _MODULE_OF.get(name)
        if module is None:
            message = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(message)
        with import_module("labelsel.kubernetes.model.yaml_extra").needs_yaml():
            value = globals()[name] = getattr(import_module(module), name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
