"""The languages in which selectors are written: one module each, reader and writer together.

Open kubernetes.py first, the text of ``kubectl -l``. grammar.py is what the readers share: a
grammar file read through Lark, and error messages. registry.py has the languages by name. A new
language is a grammar file, a module here and a line below.
"""

from labelsel.languages.calico import CALICO, parse_expression, to_expression
from labelsel.languages.fields import FIELDS, parse_fields
from labelsel.languages.grammar import clear_cache
from labelsel.languages.kubernetes import KUBERNETES, parse, to_kubernetes
from labelsel.languages.object_notations import LABEL_SELECTORS, NODE_SELECTORS
from labelsel.languages.prometheus import PROMETHEUS, parse_matchers
from labelsel.languages.registry import LANGUAGES, Language, register
from labelsel.limits import MAX_TEXT_BYTES

__all__ = [
    "CALICO",
    "FIELDS",
    "KUBERNETES",
    "LABEL_SELECTORS",
    "LANGUAGES",
    "MAX_TEXT_BYTES",
    "NODE_SELECTORS",
    "PROMETHEUS",
    "Language",
    "clear_cache",
    "parse",
    "parse_expression",
    "parse_fields",
    "parse_matchers",
    "register",
    "to_expression",
    "to_kubernetes",
]

# In the order in which the command's help lists them.
for _language in (KUBERNETES, FIELDS, CALICO, PROMETHEUS, LABEL_SELECTORS, NODE_SELECTORS):
    register(_language)
