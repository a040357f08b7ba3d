"""Kubernetes label selectors for Python: parse them, match with them, index for them.

>>> import labelsel
>>> selector = labelsel.parse("app=web,tier in (frontend,cache),!debug")
>>> selector.matches({"app": "web", "tier": "cache"})
True
>>> str(selector)
'app=web,!debug,tier in (cache,frontend)'
"""

from labelsel.errors import (
    InvalidLabelError,
    InvalidObjectError,
    SelectorError,
    SelectorLimitError,
    SelectorSyntaxError,
    TranslationError,
)
from labelsel.index import LabelIndex, Plan, Selection
from labelsel.labels import validate_annotations, validate_key, validate_labels, validate_value
from labelsel.objects import (
    from_label_selector,
    from_node_selector,
    node_labels,
    to_label_selector,
)
from labelsel.parse import clear_cache, parse, parse_fields
from labelsel.predicate import compile_predicate
from labelsel.requirements import (
    DoesNotExist,
    Equals,
    Exists,
    FieldEquals,
    FieldNotEquals,
    GreaterThan,
    In,
    LessThan,
    NotEquals,
    NotIn,
)
from labelsel.selector import (
    And,
    Everything,
    Not,
    Nothing,
    Or,
    Requirement,
    Selector,
    all_of,
    any_of,
)

__all__ = [
    "And",
    "DoesNotExist",
    "Equals",
    "Everything",
    "Exists",
    "FieldEquals",
    "FieldNotEquals",
    "GreaterThan",
    "In",
    "InvalidLabelError",
    "InvalidObjectError",
    "LabelIndex",
    "LessThan",
    "Not",
    "NotEquals",
    "NotIn",
    "Nothing",
    "Or",
    "Plan",
    "Requirement",
    "Selection",
    "Selector",
    "SelectorError",
    "SelectorLimitError",
    "SelectorSyntaxError",
    "TranslationError",
    "all_of",
    "any_of",
    "clear_cache",
    "compile_predicate",
    "from_label_selector",
    "from_node_selector",
    "node_labels",
    "parse",
    "parse_fields",
    "to_label_selector",
    "validate_annotations",
    "validate_key",
    "validate_labels",
    "validate_value",
]
