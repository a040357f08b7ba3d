"""Regular expressions in linear time: Google's RE2, the extra ``regex``.

Python's own engine takes exponential time on some expressions of ten characters; a selector
may come from anybody.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from labelsel.errors import escaped, quoted

__all__ = ["MAX_LENGTH", "compile_regex"]

MAX_LENGTH: Final = 2**16
"""Characters that an expression may have. RE2 takes quadratic time for nested groups before it
looks at its budget: 6 s for 200,000 characters of ``(?:``, and 1 s for as many as these."""


@lru_cache(maxsize=256)
def compile_regex(pattern: str) -> Callable[[str], object]:
    r"""Return a function that gives None for a text that does not match as a whole.

    1. A dot matches line breaks, as in Prometheus.
    2. What RE2 accepts and the RE2 of Go does not is refused: ``\C``, and names of groups
       that are not ASCII. See rule 33 of docs/semantics.md.

    ImportError where RE2 is not installed; ValueError, with the reason, where the expression
    is refused. The reason is one line, whatever the expression holds.
    """
    try:
        import re2  # type: ignore[import-untyped]  # noqa: PLC0415  # an extra, for those who need it
    except ImportError:
        message = "regular expressions need RE2: pip install 'labelsel[regex]'"
        raise ImportError(message) from None
    if len(pattern) > MAX_LENGTH:
        raise _refusal(f"it has more than {MAX_LENGTH:,} characters")
    options = re2.Options()
    options.dot_nl = True
    options.log_errors = False
    options.max_mem = _MAX_BYTES
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as refused:
        raise _refusal(_words(refused)) from None
    except UnicodeEncodeError:
        raise _refusal("it holds half of a surrogate pair") from None
    problem = _unknown_to_go(pattern, compiled)
    if problem is not None:
        raise _refusal(problem)
    fullmatch: Callable[[bytes], object] = compiled.fullmatch
    # As bytes: a label may be any string, also one that is no legal text.
    return lambda text: fullmatch(text.encode("utf-8", "surrogatepass"))


_MAX_BYTES: Final = 2**19
"""Memory that one expression may take; also bounds the time to compile it."""

# A part in \Q…\E is literal, and so is the backslash in \\.
_ESCAPE: Final = re.compile(r"\\Q.*?(?:\\E|\Z)|\\(.)", re.DOTALL)


def _unknown_to_go(pattern: str, compiled: Any) -> str | None:
    r"""Return what Go's RE2 has against an expression that ours compiled, or None.

    RE2 has no type for what it compiled, so ``compiled`` is Any.
    """
    if any(escape[1] == "C" for escape in _ESCAPE.finditer(pattern)):
        return r"'\C', a single byte, is not allowed; '.' is one character"
    names = [name for name in compiled.groupindex if not name.isascii()]
    if names:
        name = quoted(names[0])
        return f"the name of a group may hold only ASCII letters, digits and '_', not {name}"
    return None


def _refusal(problem: str) -> ValueError:
    return ValueError(f"not a regular expression: {problem}")


def _words(refused: Exception) -> str:
    """Return the reason of RE2: its words, then in quotes the part of the expression it names."""
    reason = refused.args[0] if refused.args else "refused"
    words = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
    what, _, part = words.partition(": ")
    return f"{escaped(what)}: {quoted(part)}" if part else escaped(what)
