"""Text to AST: one module for each language, one for what they share, grammars in grammar/."""

from labelsel.languages.calico import parse_expression
from labelsel.languages.fields import parse_fields
from labelsel.languages.kubernetes import parse
from labelsel.languages.language import MAX_TEXT_BYTES, clear_cache
from labelsel.languages.prometheus import parse_matchers

__all__ = [
    "MAX_TEXT_BYTES",
    "clear_cache",
    "parse",
    "parse_expression",
    "parse_fields",
    "parse_matchers",
]
