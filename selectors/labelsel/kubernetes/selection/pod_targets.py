"""All pods that selectors can select: those of the input, and those that templates will make.

The index that finds the Pods of a template is the only reason why this is a module of its own:
reading the selectors of objects needs no index.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import starmap

from labelsel.index import LabelIndex
from labelsel.kubernetes.errors import ManifestError
from labelsel.kubernetes.model.paths import read_each
from labelsel.kubernetes.model.resource import Resource
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
    """The Pods among objects, then the pods of the templates of which there is no Pod.

    A Pod is one of a template where it stands in the workload's namespace and has all labels
    of the template: controllers add labels to these and change none. A template without
    labels has nothing that its Pods could be known by, and is never left out.

    Arguments:
        resources: the objects of an inventory.
        on_error: called with each fault; the rest is still read. Without it the first fault
            is raised.

    Raises:
        ManifestError: the labels of a template are no map of strings.

    Complexity: O(n * l) for n objects with l labels each.
    """
    everything = list(resources)
    real = list_targets(POD, everything)
    indexes: dict[str, LabelIndex[int]] = defaultdict(LabelIndex)
    for number, pod in enumerate(real):
        indexes[pod.namespace][number] = pod.labels
    templates = read_each(template_target, everything, on_error)
    return real + [
        pod
        for pod in templates
        if not pod.labels
        or not indexes[pod.namespace].count(all_of(starmap(Equals, pod.labels.items())))
    ]
