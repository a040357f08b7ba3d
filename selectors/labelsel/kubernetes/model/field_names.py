"""The names of fields of metadata, selectors and affinity, each written once."""

from __future__ import annotations

from typing import Final

__all__ = [
    "CLAIM_TEMPLATES",
    "LABEL_SELECTOR",
    "MATCH_EXPRESSIONS",
    "MATCH_FIELDS",
    "MATCH_LABELS",
    "MATCH_LABEL_KEYS",
    "METADATA_FIELDS",
    "MISMATCH_LABEL_KEYS",
    "NODE_SELECTOR_TERMS",
    "PREFERRED",
    "REQUIRED",
    "SPREAD_CONSTRAINTS",
    "TOPOLOGY_KEY",
]

METADATA_FIELDS: Final = (
    *("name", "generateName", "namespace", "labels", "annotations", "uid", "resourceVersion"),
    *("generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"),
    *("ownerReferences", "finalizers", "managedFields", "selfLink", "clusterName"),
)
"""All fields of ``metadata``, in all versions of Kubernetes."""

MATCH_LABELS: Final = "matchLabels"
MATCH_EXPRESSIONS: Final = "matchExpressions"
MATCH_FIELDS: Final = "matchFields"
NODE_SELECTOR_TERMS: Final = "nodeSelectorTerms"
REQUIRED: Final = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED: Final = "preferredDuringSchedulingIgnoredDuringExecution"
SPREAD_CONSTRAINTS: Final = "topologySpreadConstraints"
CLAIM_TEMPLATES: Final = "volumeClaimTemplates"
LABEL_SELECTOR: Final = "labelSelector"
TOPOLOGY_KEY: Final = "topologyKey"
MATCH_LABEL_KEYS: Final = "matchLabelKeys"
MISMATCH_LABEL_KEYS: Final = "mismatchLabelKeys"
