"""Text to AST: one module for each language, one for what they share, grammars in grammar/."""

from labelsel.parse.expression import parse_expression
from labelsel.parse.fields import parse_fields
from labelsel.parse.kubernetes import parse
from labelsel.parse.language import MAX_TEXT_BYTES, clear_cache
from labelsel.parse.prometheus import parse_matchers

__all__ = [
    "MAX_TEXT_BYTES",
    "clear_cache",
    "parse",
    "parse_expression",
    "parse_fields",
    "parse_matchers",
]
