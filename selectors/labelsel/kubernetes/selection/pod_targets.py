"""All pods that selectors can select: those of the input, and those that templates will make.

The index that finds the Pods of a template is the only reason why this is a module of its own:
reading the selectors of objects needs no index.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import starmap

from labelsel.errors import ManifestError, require_each
from labelsel.index import LabelIndex
from labelsel.kubernetes.model.paths import read_each
from labelsel.kubernetes.model.resource import HOW_TO_READ, Resource
from labelsel.kubernetes.selection.selector_targets import (
    POD,
    SelectorTarget,
    list_targets,
    template_target,
)
from labelsel.requirements import Equals
from labelsel.selector import all_of

__all__ = ["pod_targets"]


def pod_targets(
    resources: Iterable[Resource], *, on_error: Callable[[ManifestError], None] | None = None
) -> list[SelectorTarget]:
    """Return the Pods among objects, then the pods of the templates of which there is no Pod.

    A Pod belongs to a template if it is in the workload's namespace and has all labels of the
    template: controllers add labels and change none. The Pods of a template without labels
    cannot be told from others, so such a template is never left out.

    Arguments:
        resources: the objects of an inventory.
        on_error: called with each fault; the rest is still read. Without it the first fault
            is raised.

    Returns:
        a `SelectorTarget` for each Pod and for each template that is left, in the order of the
        objects.

    Raises:
        ManifestError: the labels of a template are not a map of strings.
        TypeError: something among the objects is not a `Resource`.

    Complexity: O(n * l) for n objects with l labels each.

    >>> from labelsel.kubernetes import Inventory
    >>> labels = {"app": "web"}
    >>> pod = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "web-1", "labels": labels}}
    >>> def deployment(name, labels):
    ...     return {"kind": "Deployment", "apiVersion": "apps/v1", "metadata": {"name": name},
    ...             "spec": {"template": {"metadata": {"labels": labels}}}}
    >>> here = Inventory.of([pod, deployment("web", labels), deployment("db", {"app": "db"})])
    >>> [str(target) for target in pod_targets(here)]
    ['pod/web-1', "deployment.apps/db's pods"]
    """
    everything = require_each(Resource, resources, HOW_TO_READ)
    pods = list_targets(POD, everything)
    indexes: dict[str, LabelIndex[int]] = defaultdict(LabelIndex)
    for number, pod in enumerate(pods):
        indexes[pod.namespace][number] = pod.labels
    templates = read_each(template_target, everything, on_error)
    return pods + [
        target
        for target in templates
        if not target.labels
        or not indexes[target.namespace].count(all_of(starmap(Equals, target.labels.items())))
    ]
