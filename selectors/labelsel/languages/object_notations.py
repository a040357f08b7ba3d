"""LabelSelector and NodeSelector objects as languages: objects.py reads and writes them."""

from __future__ import annotations

from typing import Final

from labelsel.languages.registry import Language
from labelsel.objects import (
    from_label_selector,
    from_node_selector,
    to_label_selector,
    to_node_selector,
)

__all__ = ["LABEL_SELECTORS", "NODE_SELECTORS"]

LABEL_SELECTORS: Final = Language(
    name="label-selector",
    parse=from_label_selector,
    format=to_label_selector,
    example="the object in spec.selector of a Deployment, YAML or JSON",
    is_text=False,
)
"""LabelSelector objects: `labelsel.from_label_selector`, `labelsel.to_label_selector`."""
NODE_SELECTORS: Final = Language(
    name="node-selector",
    parse=from_node_selector,
    format=to_node_selector,
    example="the object with nodeSelectorTerms of a node affinity, YAML or JSON",
    is_text=False,
)
"""NodeSelector objects: `labelsel.from_node_selector`, `labelsel.to_node_selector`."""
