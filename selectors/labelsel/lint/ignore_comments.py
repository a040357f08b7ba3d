"""Comments that say to ignore findings: ``# labelsel: ignore[rule]``, on the line or above it.

Only a comment of YAML counts, not the same characters in a string or in a block of text. So the
tokens of PyYAML's scanner decide where the comments are: these are between the tokens.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from labelsel.errors import escape
from labelsel.kubernetes import Resource
from labelsel.kubernetes.read.yaml_events import token_spans
from labelsel.lint.finding import Finding, Suppression, make_finding
from labelsel.lint.registry import RULES
from labelsel.typos import did_you_mean, nearest

__all__ = ["IgnoreComment", "apply_ignore_comments", "find_ignore_comments"]

#: What may be a comment for labelsel, in any spelling. What follows the brackets is for people:
#: the reason. No bracket is in the brackets, so each character is read once.
_COMMENT: Final = re.compile(
    r"(?ai)(?:#[ \t]*)?labelsel(?P<colon>[ \t]*:)?[ \t]*(?P<word>[\w-]+)"
    r"(?P<brackets>[ \t]*\[(?P<names>[^\[\]\r\n]*)\])?"
)
#: The beginning of a comment as it must be.
_CORRECT: Final = re.compile(r"#[ \t]*labelsel:[ \t]*ignore\b(?!-)")
#: Words of other tools. Without one of them or brackets a comment is prose about labelsel.
_OTHER_WORDS: Final = frozenset({"allow", "disable", "ignore", "nolint", "noqa", "off", "skip"})
#: Rules about comments, which no comment can ignore.
_ABOUT_COMMENTS: Final = frozenset({"unused-ignore", "wrong-ignore"})
_LINE_BREAK: Final = re.compile(r"\r\n|\r|\n")
_COMMENT_LINE: Final = re.compile(r"[ \t]*#")


@dataclass(frozen=True, slots=True)
class IgnoreComment:
    """A comment that says to ignore findings on a line.

    Attributes:
        line: the line of the comment, from 1.
        target: the line of the findings: that of the comment if something else is on it,
            otherwise the next line that is not a comment.
        names: the names in the brackets; None without brackets.
        misspelled: the whole comment if it is not written as it must be, and so ignores nothing.
    """

    line: int
    target: int
    names: tuple[str, ...] | None
    misspelled: str | None = None


def find_ignore_comments(text: str) -> list[IgnoreComment]:
    r"""Return the comments for labelsel in a YAML text, in its order.

    A text that is not YAML from some position on has no comments from there on.

    Complexity: O(n) in the length of the text; the text is scanned only if it has such words.

    >>> find_ignore_comments("a: 1  # labelsel: ignore[key-typo] as the operator wants it\n")
    [IgnoreComment(line=1, target=1, names=('key-typo',), misspelled=None)]
    >>> find_ignore_comments("a: '# labelsel: ignore[key-typo]'\n")
    []
    """
    # A plain search first: 150 MB of manifests without a comment cost no more than reading them.
    matches = list(_COMMENT.finditer(text)) if "labelsel" in text.lower() else []
    matches = [match for match in matches if _is_for_labelsel(match)]
    if not matches:
        return []
    spans = list(token_spans(text))
    if not spans:
        return []
    starts = [start for start, _ in spans]
    known_end = spans[-1][1]
    line_starts = [0, *(found.end() for found in _LINE_BREAK.finditer(text))]
    targets = _targets(text, line_starts)
    comments: list[IgnoreComment] = []
    for match in matches:
        before = bisect_right(starts, match.start()) - 1
        is_inside = match.start() < spans[before][1]
        line = bisect_right(line_starts, match.start()) - 1
        if is_inside:
            # A comment may follow the sign of a block of text (`|` or `>`), on its line.
            start = spans[before][0]
            is_inside = text[start] not in "|>" or start < line_starts[line]
        if not is_inside and match.start() <= known_end:
            names = match["names"]
            known = None if names is None else tuple(name.strip() for name in names.split(","))
            misspelled = None if _CORRECT.match(match[0]) else match[0].strip()
            comments.append(IgnoreComment(line + 1, targets[line] + 1, known, misspelled))
    return comments


def _is_for_labelsel(match: re.Match[str]) -> bool:
    """Whether a text is a comment that should ignore something, not prose about labelsel."""
    has_word = match["colon"] is not None and match["word"].lower() in _OTHER_WORDS
    return has_word or match["names"] is not None


def _targets(text: str, line_starts: Sequence[int]) -> list[int]:
    """Return for each line the line that a comment on it is about, all from 0."""
    targets: list[int] = []
    target = len(line_starts)
    for line in range(len(line_starts) - 1, -1, -1):
        if not _COMMENT_LINE.match(text, line_starts[line]):
            target = line
        targets.append(target)
    return targets[::-1]


def apply_ignore_comments(
    findings: Iterable[Finding],
    comments: Sequence[IgnoreComment],
    resources: Sequence[Resource],
    rules: Collection[str],
) -> list[Finding]:
    """Return the findings of a file, marked if a comment ignores them, and those about comments.

    1. A comment ignores the findings of the rules that it names, on its line.
    2. A comment without names or with a misspelled beginning, a name that is no rule, and a rule
       about comments ignore nothing, and are a finding of ``wrong-ignore``.
    3. A name of a rule that found nothing there is a finding of ``unused-ignore``, if the rule is
       among ``rules``.

    Arguments:
        findings: the findings of the file.
        comments: the comments of the file.
        resources: the objects of the file: a finding about a comment is about one of these.
        rules: the names of the rules that were checked.

    Complexity: O(n) for n findings and comments.
    """
    named = {
        (comment.target, name): (comment, name) for comment in comments for name in _names(comment)
    }
    used: set[tuple[int, str]] = set()
    marked: list[Finding] = []
    for found in findings:
        key = found.line, found.rule.id
        if key in named:
            used.add(key)
            marked.append(replace(found, suppression=Suppression.IGNORED))
        else:
            marked.append(found)
    about = [*_unused(comments, used, rules), *_wrong(comments)]
    lines = [one.source.line for one in resources]
    for rule, comment, texts in about:
        if rule in rules:
            # The comment is in this object, or above the first one.
            resource = resources[max(bisect_right(lines, comment.line) - 1, 0)]
            found = make_finding(RULES[rule], resource, (), *texts)
            marked.append(replace(found, line=comment.line))
    return marked


def _wrong(
    comments: Iterable[IgnoreComment],
) -> Iterator[tuple[str, IgnoreComment, tuple[str, str]]]:
    for comment in comments:
        names = comment.names or ()
        if comment.misspelled is not None:
            written = escape(comment.misspelled)
            message = f'the comment "{written}" is misspelled, so it ignores nothing'
            rules = escape(", ".join(names) or "rule")
            yield "wrong-ignore", comment, (message, f"write # labelsel: ignore[{rules}]")
            continue
        if not any(names):
            message = "the comment labelsel: ignore names no rule, so it ignores nothing"
            fix = "write the rule in brackets: # labelsel: ignore[rule]"
            yield "wrong-ignore", comment, (message, fix)
            continue
        for name in names:
            if name not in RULES:
                meant = nearest(name, RULES)
                message = f'"{escape(name)}" is not a rule{did_you_mean(meant)}'
                fix = f"write {meant}" if meant else "write the name of a rule, or remove it"
                yield "wrong-ignore", comment, (message, fix)
            elif name in _ABOUT_COMMENTS:
                message = f"{name} is about comments, so no comment can ignore it"
                fix = f"remove {name}, and correct the comments or switch the rule off"
                yield "wrong-ignore", comment, (message, fix)


def _names(comment: IgnoreComment) -> Iterator[str]:
    """Yield the names of what a comment ignores; a name that is no rule ignores nothing."""
    if comment.misspelled is None:
        yield from (name for name in comment.names or () if name not in _ABOUT_COMMENTS)


def _unused(
    comments: Iterable[IgnoreComment], used: Collection[tuple[int, str]], rules: Collection[str]
) -> Iterator[tuple[str, IgnoreComment, tuple[str, str]]]:
    for comment in comments:
        for name in _names(comment):
            if name in rules and (comment.target, name) not in used:
                message = f"the comment ignores {name}, which finds nothing on its line"
                yield "unused-ignore", comment, (message, f"remove {name} from the comment")
