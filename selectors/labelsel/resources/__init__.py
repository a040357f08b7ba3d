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
from labelsel.resources.errors import ManifestError
from labelsel.resources.fields import FieldError
from labelsel.resources.files import read_text
from labelsel.resources.grouping import Group, groups
from labelsel.resources.kinds import Kind, UnknownKindError
from labelsel.resources.manifests import read_manifests
from labelsel.resources.naming import NamingError, find_object, find_objects, names_of
from labelsel.resources.nodes import NODE, Placement, Placements, Refusal, nodes_for
from labelsel.resources.query import DEFAULT_NAMESPACE, Found, select
from labelsel.resources.reading import read_value
from labelsel.resources.resource import Resource, Source
from labelsel.resources.scalars import text_of
from labelsel.resources.selectable import (
    POD,
    SERVICE,
    Selectable,
    namespace_of,
    pods,
    selectable,
    services,
)
from labelsel.resources.selecting import Selecting, selecting, selectings
from labelsel.resources.selecting_index import SelectingIndex
from labelsel.resources.writing import json_text, write_json, write_yaml, yaml_text

__all__ = [
    "DEFAULT_NAMESPACE",
    "NODE",
    "POD",
    "SERVICE",
    "FieldError",
    "Found",
    "Group",
    "Kind",
    "ManifestError",
    "NamingError",
    "Placement",
    "Placements",
    "Preference",
    "Refusal",
    "Resource",
    "Selectable",
    "Selecting",
    "SelectingIndex",
    "Source",
    "UnknownKindError",
    "Unmet",
    "find_object",
    "find_objects",
    "groups",
    "json_text",
    "names_of",
    "namespace_of",
    "nodes_for",
    "pods",
    "read_manifests",
    "read_text",
    "read_value",
    "select",
    "selectable",
    "selecting",
    "selectings",
    "services",
    "text_of",
    "write_json",
    "write_yaml",
    "yaml_text",
]
