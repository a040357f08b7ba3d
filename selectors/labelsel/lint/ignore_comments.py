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

#: A comment for labelsel. What follows the brackets is for people: the reason.
_COMMENT: Final = re.compile(r"#[ \t]*labelsel:[ \t]*ignore\b(?:\[([^\]\r\n]*)\])?")
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
    """

    line: int
    target: int
    names: tuple[str, ...] | None


def find_ignore_comments(text: str) -> list[IgnoreComment]:
    r"""Return the comments for labelsel in a YAML text, in its order.

    A text that is not YAML from some position on has no comments from there on.

    Complexity: O(n) in the length of the text; the text is scanned only if it has such words.

    >>> find_ignore_comments("a: 1  # labelsel: ignore[key-typo] as the operator wants it\n")
    [IgnoreComment(line=1, target=1, names=('key-typo',))]
    >>> find_ignore_comments("a: '# labelsel: ignore[key-typo]'\n")
    []
    """
    # A plain search first: 150 MB of manifests without a comment cost no more than reading them.
    matches = list(_COMMENT.finditer(text)) if "labelsel:" in text else []
    if not matches:
        return []
    spans = list(token_spans(text))
    starts = [start for start, _ in spans]
    known_end = spans[-1][1] if spans else 0
    lines = _LINE_BREAK.split(text)
    comments: list[IgnoreComment] = []
    for match in matches:
        before = bisect_right(starts, match.start()) - 1
        is_inside = before >= 0 and match.start() < spans[before][1]
        if not is_inside and match.start() <= known_end:
            line = len(_LINE_BREAK.findall(text, 0, match.start()))
            target = _target(lines, line)
            names = None if match[1] is None else tuple(n.strip() for n in match[1].split(","))
            comments.append(IgnoreComment(line + 1, target + 1, names))
    return comments


def _target(lines: Sequence[str], line: int) -> int:
    """Return the line that a comment is about, both from 0."""
    if not _COMMENT_LINE.match(lines[line]):
        return line
    while line < len(lines) and _COMMENT_LINE.match(lines[line]):
        line += 1
    return line


def apply_ignore_comments(
    findings: Iterable[Finding],
    comments: Sequence[IgnoreComment],
    resources: Sequence[Resource],
    rules: Collection[str],
) -> list[Finding]:
    """Return the findings of a file, marked if a comment ignores them, and those about comments.

    1. A comment ignores the findings of the rules that it names, on its line.
    2. A comment without names, and a name that is no rule, ignore nothing, and are a finding of
       ``wrong-ignore``.
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
        (comment.target, name): (comment, name)
        for comment in comments
        for name in comment.names or ()
        if name in RULES
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
    return marked + [
        _finding(rule, comment, texts, resources) for rule, comment, texts in about if rule in rules
    ]


def _wrong(
    comments: Iterable[IgnoreComment],
) -> Iterator[tuple[str, IgnoreComment, tuple[str, str]]]:
    for comment in comments:
        if not any(comment.names or ()):
            message = "the comment labelsel: ignore names no rule, so it ignores nothing"
            fix = "write the rule in brackets: # labelsel: ignore[rule]"
            yield "wrong-ignore", comment, (message, fix)
            continue
        for name in comment.names or ():
            if name not in RULES:
                meant = nearest(name, RULES)
                message = f'"{escape(name)}" is not a rule{did_you_mean(meant)}'
                fix = f"write {meant}" if meant else "write the name of a rule, or remove it"
                yield "wrong-ignore", comment, (message, fix)


def _unused(
    comments: Iterable[IgnoreComment], used: Collection[tuple[int, str]], rules: Collection[str]
) -> Iterator[tuple[str, IgnoreComment, tuple[str, str]]]:
    for comment in comments:
        for name in comment.names or ():
            if name in RULES and name in rules and (comment.target, name) not in used:
                message = f"the comment ignores {name}, which finds nothing on its line"
                yield "unused-ignore", comment, (message, f"remove {name} from the comment")


def _finding(
    rule: str, comment: IgnoreComment, texts: tuple[str, str], resources: Sequence[Resource]
) -> Finding:
    """Return a finding about a comment, as one of the object that the comment is in."""
    lines = [one.source.line for one in resources]
    resource = resources[max(bisect_right(lines, comment.line) - 1, 0)]
    return replace(make_finding(RULES[rule], resource, (), *texts), line=comment.line)
