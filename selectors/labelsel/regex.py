"""Regular expressions in linear time: Google's RE2, the extra ``regex``.

The engine of Python takes exponential time for some expressions of ten characters, and a
selector may come from an untrusted user.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from labelsel.errors import escape, quote
from labelsel.limits import MAX_CACHED_REGEXES, MAX_REGEX_BYTES, MAX_REGEX_LENGTH

__all__ = ["compile_regex"]

_ESCAPE: Final = re.compile(r"\\Q.*?(?:\\E|\Z)|\\(.)", re.DOTALL)
r"""An escape. A part in \Q…\E is literal, and so is the backslash in \\."""


@lru_cache(maxsize=MAX_CACHED_REGEXES)
def compile_regex(pattern: str) -> Callable[[str], object]:
    r"""Return a function that returns None for a text that the expression does not match fully.

    1. A dot matches line breaks, as in Prometheus.
    2. Syntax that only the C++ RE2 accepts, and not that of Go, is an error: ``\C``, and names of
       groups that are not ASCII. See rule 33 of docs/semantics.md.

    ImportError if RE2 is not installed; ValueError, with the reason in one line, if the
    expression is not valid. O(length of the text) for each call of the function.

    >>> matches = compile_regex("web-[0-9]+")
    >>> matches("web-1") is None, matches("web-1-old") is None
    (False, True)
    """
    try:
        import re2  # type: ignore[import-untyped]  # noqa: PLC0415  # an optional extra
    except ImportError:
        message = "regular expressions need RE2: pip install 'labelsel[regex]'"
        raise ImportError(message) from None
    if len(pattern) > MAX_REGEX_LENGTH:
        raise _invalid(f"it has more than {MAX_REGEX_LENGTH:,} characters")
    options = re2.Options()
    options.dot_nl = True
    options.log_errors = False
    options.max_mem = MAX_REGEX_BYTES
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as refused:
        raise _invalid(_reason_of(refused)) from None
    except UnicodeEncodeError:
        raise _invalid("it contains half of a surrogate pair") from None
    problem = _unknown_to_go(pattern, compiled)
    if problem is not None:
        raise _invalid(problem)
    fullmatch: Callable[[bytes], object] = compiled.fullmatch
    # As bytes: a label may be any string, also one that has no valid encoding as UTF-8.
    return lambda text: fullmatch(text.encode("utf-8", "surrogatepass"))


def _unknown_to_go(pattern: str, compiled: Any) -> str | None:
    r"""Return why Go's RE2 refuses an expression that the C++ RE2 compiled, None if it does not.

    RE2 exports no type of its compiled expressions, so ``compiled`` is Any.
    """
    if any(escape[1] == "C" for escape in _ESCAPE.finditer(pattern)):
        return r"'\C', a single byte, is not allowed; '.' is one character"
    names = [name for name in compiled.groupindex if not name.isascii()]
    if names:
        name = quote(names[0])
        return f"the name of a group may hold only ASCII letters, digits and '_', not {name}"
    return None


def _invalid(problem: str) -> ValueError:
    return ValueError(f"not a regular expression: {problem}")


def _reason_of(refused: Exception) -> str:
    """Return the message of RE2, with the part of the expression that it names in quotes."""
    reason = refused.args[0] if refused.args else "refused"
    words = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
    what, _, part = words.partition(": ")
    return f"{escape(what)}: {quote(part)}" if part else escape(what)
