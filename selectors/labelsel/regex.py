"""Regular expressions in linear time: Google's RE2, the extra ``regex``.

Python's own engine takes exponential time on some expressions of ten characters; a selector
may come from anybody.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

__all__ = ["compile_regex"]


@lru_cache(maxsize=256)
def compile_regex(pattern: str) -> Callable[[str], object]:
    """Return a function that gives None for a text that does not match as a whole.

    A dot matches line breaks, as in Prometheus. ImportError where RE2 is not installed;
    ValueError, with the reason in RE2's words, where it refuses the expression.
    """
    try:
        import re2  # type: ignore[import-untyped]  # noqa: PLC0415  # an extra, for those who need it
    except ImportError:
        message = "regular expressions need RE2: pip install 'labelsel[regex]'"
        raise ImportError(message) from None
    options = re2.Options()
    options.dot_nl = True
    options.log_errors = False
    options.max_mem = _MAX_BYTES
    try:
        fullmatch: Callable[[bytes], object] = re2.compile(pattern, options).fullmatch
    except re2.error as refused:
        message = f"not a regular expression: {_words(refused)}"
    except UnicodeEncodeError:
        message = "not a regular expression: it holds half of a surrogate pair"
    else:
        # As bytes: a label may be any string, also one that is no legal text.
        return lambda text: fullmatch(text.encode("utf-8", "surrogatepass"))
    raise ValueError(message)


_MAX_BYTES: Final = 2**19
"""Memory that one expression may take; also bounds the time to compile it."""

_SHOWN: Final = 100


def _words(refused: Exception) -> str:
    reason = refused.args[0] if refused.args else "refused"
    words = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
    return words if len(words) <= _SHOWN else f"{words[:_SHOWN]}…"  # it repeats the expression
