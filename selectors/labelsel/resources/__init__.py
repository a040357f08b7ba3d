"""Things that carry labels: Kubernetes objects in manifests, read, selected and written.

>>> import pathlib, tempfile
>>> from labelsel.resources import read_manifests, select
>>> with tempfile.TemporaryDirectory() as folder:
...     path = pathlib.Path(folder, "web.yaml")
...     _ = path.write_text("{kind: Pod, apiVersion: v1, metadata: {name: a, labels: {x: b}}}")
...     [pod.reference for pod in select(read_manifests([path]), "x in (a,b)").resources]
['pod/a']

Needs PyYAML, which ``pip install 'labelsel[cli]'`` brings along; ``import labelsel`` does not
import this package.
"""

from __future__ import annotations

from labelsel.resources.affinity import Preference, Unmet
from labelsel.resources.editing import appended, edited
from labelsel.resources.edits import Edit, EditError, strings_of
from labelsel.resources.errors import ManifestError, ManifestWarning, NoManifestError, UnreadWarning
from labelsel.resources.events import ExpiredError, WatchError
from labelsel.resources.fields import FieldError
from labelsel.resources.files import STANDARD_INPUT, read_text
from labelsel.resources.grouping import Group, groups
from labelsel.resources.inventory import Inventory
from labelsel.resources.kinds import Kind, UnknownKindError, kinds_named
from labelsel.resources.labelling import (
    Labelled,
    LabellingError,
    Refusal,
    annotate,
    label,
    parse_changes,
)
from labelsel.resources.manifests import read_manifests
from labelsel.resources.namespaces import NAMESPACE, check_deletable, make_namespace
from labelsel.resources.naming import (
    Name,
    NamingError,
    check_one_namespace,
    find_named,
    find_object,
    find_objects,
    names_of,
)
from labelsel.resources.nodes import NODE, NodeRefusal, Placement, Placements, nodes_for
from labelsel.resources.query import (
    DEFAULT_NAMESPACE,
    UNNAMED,
    Found,
    NamespaceScope,
    namespace_of,
    select,
)
from labelsel.resources.reading import read_value
from labelsel.resources.replacing import Rewrite, write_files
from labelsel.resources.resource import Resource, Source
from labelsel.resources.scalars import text_of
from labelsel.resources.scopes import Key, Scopes
from labelsel.resources.selectable import (
    POD,
    SERVICE,
    Selectable,
    pods,
    selectable,
    services,
)
from labelsel.resources.selecting import Selecting, selecting, selectings
from labelsel.resources.selecting_index import SelectingIndex
from labelsel.resources.table import Change, NotFoundError
from labelsel.resources.writing import json_text, write_json, write_yaml, yaml_text

__all__ = [
    "DEFAULT_NAMESPACE",
    "NAMESPACE",
    "NODE",
    "POD",
    "SERVICE",
    "STANDARD_INPUT",
    "UNNAMED",
    "Change",
    "Edit",
    "EditError",
    "ExpiredError",
    "FieldError",
    "Found",
    "Group",
    "Inventory",
    "Key",
    "Kind",
    "Labelled",
    "LabellingError",
    "ManifestError",
    "ManifestWarning",
    "Name",
    "NamespaceScope",
    "NamingError",
    "NoManifestError",
    "NodeRefusal",
    "NotFoundError",
    "Placement",
    "Placements",
    "Preference",
    "Refusal",
    "Resource",
    "Rewrite",
    "Scopes",
    "Selectable",
    "Selecting",
    "SelectingIndex",
    "Source",
    "UnknownKindError",
    "Unmet",
    "UnreadWarning",
    "WatchError",
    "annotate",
    "appended",
    "check_deletable",
    "check_one_namespace",
    "edited",
    "find_named",
    "find_object",
    "find_objects",
    "groups",
    "json_text",
    "kinds_named",
    "label",
    "make_namespace",
    "names_of",
    "namespace_of",
    "nodes_for",
    "parse_changes",
    "pods",
    "read_manifests",
    "read_text",
    "read_value",
    "select",
    "selectable",
    "selecting",
    "selectings",
    "services",
    "strings_of",
    "text_of",
    "write_files",
    "write_json",
    "write_yaml",
    "yaml_text",
]
