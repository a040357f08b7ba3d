"""The messages that every integration has to show, with the caret below the mistake."""

from typing import Final

#: A text that is no Kubernetes selector, and the lines of our message.
BAD: Final = "tier In (web)"
LINES: Final = (
    "not a valid selector: found 'In'",
    "  tier In (web)",
    "       ^",
    "  expected: an operator (=, ==, !=, in, notin, >, <), ',' or the end",
    "  hint: operators are written in lower case; write: tier in (web)",
)
MESSAGE: Final = "\n".join(LINES)
#: The same of a field selector.
BAD_FIELDS: Final = "status.phase"
FIELD_LINES: Final = (
    "not a valid selector: the text ends too early",
    "  status.phase",
    "              ^",
    "  expected: an operator (=, ==, !=)",
)
#: Longer than a line of a terminal: it is cut at both ends.
LONG: Final = f"{'a' * 60},{'b' * 60},,{'c' * 60}"
