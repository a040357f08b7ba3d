"""Objects from YAML texts, as they would be read from a file."""

from labelsel.kubernetes import Resource, Source
from labelsel.kubernetes.model.document import Document
from labelsel.kubernetes.model.resource import make_resource
from labelsel.kubernetes.read.yaml_reader import read_yaml

#: Keys that may not stand twice in a map, whatever is around it.
REFUSED = (
    *("selector", "podSelector", "namespaceSelector", "nodeSelector", "labelSelector"),
    *("labels", "annotations", "matchLabels", "matchExpressions", "matchFields"),
    *("nodeSelectorTerms", "preference", "affinity", "nodeAffinity", "podAntiAffinity"),
)


def read_objects(text: str) -> list[Resource]:
    """The objects in a text of YAML documents, read as the file ``a.yaml``."""
    return [
        make_resource(read.value, read, Source("a.yaml", read.number, read.line))
        for read in read_yaml(text, "a.yaml")
        if isinstance(read, Document) and read.value is not None
    ]


def make_object(kind: str, spec: str, *, namespace: str = "shop", name: str = "x") -> Resource:
    """An object of a kind such as ``apps/v1 Deployment``, with a spec in YAML's flow style."""
    version, _, word = kind.rpartition(" ")
    (resource,) = read_objects(
        f"apiVersion: {version or 'v1'}\nkind: {word}\n"
        f"metadata: {{name: {name}, namespace: {namespace}}}\nspec: {spec}\n"
    )
    return resource
