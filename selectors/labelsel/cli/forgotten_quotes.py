"""A selector with blanks and no quotes: the shell divides it, and its rest is read as names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import click

from labelsel.cli.options import Target
from labelsel.cli.screen import Failure
from labelsel.cli.selector_flags import METRIC_FLAGS, TEXT_FLAGS, parse_flag
from labelsel.errors import list_words
from labelsel.languages.hints import in_shell_quotes
from labelsel.limits import MAX_QUOTED_WORDS
from labelsel.selector import Everything, Selector

__all__ = ["join_words", "offering_quotes"]

#: What is a part of a selector, and of no name.
_OPERATOR: Final = re.compile(r"(?:not)?in|contains|starts|ends|.*[()=!<>,{}&|].*", re.DOTALL)


@contextmanager
def offering_quotes(target: Target) -> Iterator[None]:
    """Name the words that were probably a part of a selector, where a command line is refused.

    Only a command line that is wrong anyway is judged: in ``-l app= pods`` the value is empty, and
    ``pods`` a kind.
    """
    try:
        yield
    except click.UsageError as error:
        problem = next(_problems(target), None)
        if problem is None:
            raise
        raise click.UsageError(problem, error.ctx) from error


def _problems(target: Target) -> Iterator[str]:
    """Yield a sentence for each way to join a selector and the words that make it a longer one."""
    for flag, texts in target.selectors:
        if isinstance(_parse(flag, texts[-1]), Everything):
            continue  # an empty variable, and not the beginning of a selector
        for run in _runs(target.words):
            whole = next(_wholes(flag, [texts[-1], *run]), None)
            if whole is not None:
                read = list_words([repr(word) for word in run], "and")
                verb = "is read as a name" if len(run) == 1 else "are read as names"
                offer = f"put the selector in quotes: {flag} {in_shell_quotes(whole)}"
                yield f"{read} {verb}; {offer}"


#: A value whose quotes the shell took away, behind the operator of an expression or a matcher.
_BARE: Final = re.compile(
    r"(==|!=|=~|!~|=|\bcontains\s|\bwith\s)(\s*)([\w./*+|:@-]+)(?=[\s,})]|\Z)"
)


def _wholes(flag: str, words: Sequence[str]) -> Iterator[str]:
    """Yield the selectors of a flag that words may have been before the shell divided them.

    A shell also takes quotes inside away, and makes several words of ``{a="b",c="d"}``.
    """
    joined = [" ".join(words)]
    if flag in METRIC_FLAGS:
        joined.append(f"{{{','.join(words)}}}")
    for text in joined:
        quoted = text if flag in TEXT_FLAGS else _BARE.sub(r'\1\2"\3"', text)
        yield from (
            each for each in dict.fromkeys((text, quoted)) if _parse(flag, each) is not None
        )


def join_words(words: Sequence[str]) -> str:
    """Return the selector that words were probably to be, with commas if that makes it one.

    >>> join_words(["app", "in", "(web,", "db)"]), join_words(["app=web", "tier=db"])
    ('app in (web, db)', 'app=web,tier=db')
    """
    whole, listed = " ".join(words), ",".join(words)
    return listed if _parse("-l", whole) is None and _parse("-l", listed) is not None else whole


def _runs(words: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield words that stand beside each other and may be the rest of a selector, most first.

    Words that may be names are such a rest only if all but the kind are.
    """
    count = len(words)
    if count > MAX_QUOTED_WORDS:
        return
    for length in range(count, 0, -1):
        for begin in range(count - length + 1):
            run = words[begin : begin + length]
            if (begin, length) == (1, count - 1) or any(map(_OPERATOR.fullmatch, run)):
                yield run


def _parse(flag: str, text: str) -> Selector | None:
    """Return the selector of a flag; None if the text is not one."""
    try:
        return parse_flag(flag, text)
    except Failure:
        return None
