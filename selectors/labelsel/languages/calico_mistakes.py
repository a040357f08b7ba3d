"""What people write by mistake in a Calico expression, and the hint for each."""

from __future__ import annotations

from typing import Final

from labelsel.languages.grammar import GRAMMARS
from labelsel.languages.hints import (
    CONTEXT,
    Hint,
    Mistake,
    Mistakes,
    Words,
    in_shell_quotes,
    labels_in_map,
    lookalike,
    offer,
    placeholder,
    translate,
)
from labelsel.languages.prometheus import METRIC_KEY
from labelsel.objects import from_labels

__all__ = ["hint_for"]

_KEY: Final = r"[A-Za-z0-9_./-]+"
_BEGUN: Final = r"(?:\A|[(&|!])\s*"
_VALUE: Final = r"[^\s\"'{}(),&|!=]+"
_STRING: Final = r"(?:\"[^\"]*\"|'[^']*')"
_SIGN: Final = r"(?:[!=]=|contains|starts\s*with|ends\s*with)\s*"

_EQUAL: Final = "equality is written with two signs"
_QUOTED: Final = "values are written in quotes"
_JOINED: Final = "requirements are joined by '&&' or '||'"
_SETS: Final = "values are written in curly brackets"
_NOT: Final = "'not' is written '!'"
_ONE_KEY: Final = (
    "has() takes one key: write has(a) && has(b) for both, has(a) || has(b) for one of them"
)
_NOT_ONE_KEY: Final = (
    "has() takes one key: write !has(a) && !has(b) for neither, !has(a) || !has(b) where one of "
    "them may be there"
)
_PARTS: Final = (
    "regular expressions do not exist here: use contains, starts with or ends with, as in "
    "key starts with 'web'"
)
_HAS: Final = "to ask for a key that is there"


def _lower(words: Words) -> str:
    return words["word"].lower()


def _quoted_set(words: Words) -> str | None:
    """Write values as a set, each in quotes; None where that is not sure."""
    values = [value.strip().strip("\"'") for value in words["values"].split(",")]
    if any(not value or set(value) & set(" \"'=") for value in values):
        return None
    return f"{{{', '.join(repr(value) for value in values)}}}"


# The first that fits gives the hint.
_TABLE: Final = Mistakes(
    "expression",
    (
        Mistake(reason=_EQUAL, before="[!=]=", after="=+", write="", example="key == 'value'"),
        Mistake(
            reason=Hint(
                _PARTS, f"{_PARTS}; or --matchers '{{key=~\"web-.*\"}}', which has them", _PARTS
            ),
            before=rf"{_KEY}\s*",
            after=r"(?:=~|!~|~=?|match(?:es)?\b|like\b)",
        ),
        Mistake(
            reason=_EQUAL,
            before=rf"{_KEY}\s*",
            after=r"=(?!=)",
            write="==",
            example="key == 'value'",
        ),
        Mistake(
            reason=_EQUAL,
            before=rf"{_KEY}(?P<cut>\s+)",
            after=r"(?:is|eq|equals?)\s+(?!not\b)",
            write=" == ",
            example="key == 'value'",
        ),
        Mistake(
            reason="another value is asked for with '!='",
            before=rf"{_KEY}\s*",
            after=r"<>",
            write="!=",
            example="key != 'value'",
        ),
        Mistake(
            reason="numbers are not compared in this language: '>' and '<' do not exist",
            before=rf"{_KEY}\s*",
            after=r"[<>]",
        ),
        Mistake(
            reason="operators are written in lower case",
            before=r"\A.*",
            after=r"(?P<word>(?-i:(?=[a-z ]*[A-Z]))"
            r"(?:in|not\s*in|contains|starts\s*with|ends\s*with))(?=\s*[{\"'(\[])",
            write=_lower,
        ),
        Mistake(
            reason=_QUOTED,
            before=_SIGN,
            after=rf"(?P<value>{_VALUE})",
            write="'{value}'",
            example="key == 'value'",
        ),
        Mistake(
            reason="the quote is never closed",
            before=rf"(?:[^\"']|{_STRING})*",
            after=r"(?P<q>[\"'])(?:(?!(?P=q)).)*\Z",
        ),
        Mistake(
            reason=_QUOTED,
            before=rf"\bin\s*{{\s*(?:{_STRING}\s*,\s*)*",
            after=rf"(?P<value>{_VALUE})",
            write="'{value}'",
            example="key in {'a', 'b'}",
        ),
        Mistake(
            reason=_SETS,
            before=r"\bin\s*",
            after=r"[\[(](?P<values>[^\[\](){}]*)[\])]",
            write=_quoted_set,
            example="key in {'a', 'b'}",
        ),
        Mistake(
            reason=_SETS,
            before=r"\bin\s+",
            after=rf"(?P<values>{_STRING}|{_VALUE})(?=\s*(?:\Z|&&|\|\||\)))",
            write=_quoted_set,
            example="key in {'a', 'b'}",
        ),
        Mistake(reason=_NOT_ONE_KEY, before=rf"!\s*has\(\s*{_KEY}\s*", after=","),
        Mistake(reason=_ONE_KEY, before=rf"has\(\s*{_KEY}\s*", after=","),
        Mistake(
            reason="the key stands in has() without quotes",
            before=r"has\(\s*",
            after=rf"(?P<q>[\"'])(?P<key>{_KEY})(?P=q)",
            write="{key}",
            example="has(key)",
        ),
        Mistake(
            reason="has(, all( and global( are written without a blank",
            before=r"\b(?P<cut>(?P<word>has|all|global)\s+)",
            after=r"\(",
            write="{word}(",
            example="has(key)",
        ),
        Mistake(
            reason=_HAS,
            before=rf"{_BEGUN}(?P<cut>has\s+)",
            after=rf"(?P<key>{_KEY})(?=\s*(?:\Z|[&|)]))",
            write="has({key})",
            example="has(key)",
        ),
        Mistake(
            reason=_HAS,
            before=rf"{_BEGUN}(?P<cut>exists?\s*)",
            after=rf"\(\s*(?P<key>{_KEY})\s*\)",
            write="has({key})",
            example="has(key)",
        ),
        Mistake(
            reason=_HAS,
            before=rf"{_BEGUN}(?P<cut>(?P<key>{_KEY})\s+)",
            after=r"exists?\b",
            write="has({key})",
            example="has(key)",
        ),
        Mistake(
            reason=_NOT,
            before=rf"{_BEGUN}(?P<cut>not\s+)",
            after=rf"(?P<key>{_KEY})\s*==?",
            write="{key} !=",
            example="!has(key)",
        ),
        Mistake(
            reason=_NOT,
            before=rf"{_BEGUN}(?P<cut>not\s*)",
            after=rf"(?=\(|has\(|all\(|{_KEY}\s*(?:\Z|[&|)]))",
            write="!",
            example="!has(key)",
        ),
        Mistake(
            reason="to select everything",
            before=r"\A\s*(?P<cut>all\s*)",
            after=r"\Z",
            write="all()",
        ),
        Mistake(
            reason="the parenthesis is never closed",
            before=r"\([^()]*[^()&|\s]\s*",
            after=r"\Z",
            write=")",
        ),
        Mistake(
            reason=_HAS,
            before=rf"{_BEGUN}(?P<cut>(?P<key>{_KEY})\s*)",
            after=r"(?=\Z|&|\||\)|,)",
            write="has({key})",
            example="has(key)",
        ),
        Mistake(
            reason="keys are written without quotes",
            before=_BEGUN,
            after=rf"(?P<q>[\"'])(?P<key>{_KEY})(?P=q)(?=\s*(?:[!=]|in|not|contains|starts|ends))",
            write="{key}",
            example="key == 'value'",
        ),
        Mistake(
            reason="the expression as a whole is in quotes",
            before=r"\A\s*",
            after=r"(?P<q>[\"'])(?P<inside>(?:(?!(?P=q)).)*[=!(](?:(?!(?P=q)).)*)(?P=q)\s*\Z",
            write="{inside}",
            example="key == 'value'",
        ),
        Mistake(
            reason="something is missing behind the operator",
            before=r"(?:&&|\|\|)\s*",
            after=r"\Z|\)|&|\|",
        ),
        Mistake(reason="something is missing before the operator", before=_BEGUN, after=r"&|\|"),
        Mistake(
            reason=_JOINED,
            before=rf"(?:{_STRING}|[)}}\w])(?P<cut>\s*)",
            after=r",\s*(?=[^\s,])",
            write=" && ",
            example="a == 'b' && has(c)",
        ),
        Mistake(
            reason=_JOINED,
            before=r"(?P<cut>\s*)",
            after=r"(?:&+|and\b|;)\s*",
            write=" && ",
            example="a == 'b' && has(c)",
        ),
        Mistake(
            reason=_JOINED,
            before=r"(?P<cut>\s*)",
            after=r"(?:\|+|or\b)\s*",
            write=" || ",
            example="a == 'b' || has(c)",
        ),
        Mistake(
            reason="the language has no line breaks: write it on one line",
            before=r"(?P<cut>[ \t]*)",
            after=r"[\r\n]\s*",
            write=" ",
        ),
        Mistake(
            reason="the curly bracket is never closed",
            before=rf"{{\s*{_STRING}(?:\s*,\s*{_STRING})*\s*",
            after=r"\Z",
            write="}}",
        ),
        Mistake(reason="no parenthesis is open", before=r"\A[^(]*", after=r"\)"),
        Mistake(
            reason=_JOINED,
            before=rf"(?:{_STRING}|[)}}])\s*",
            after=r"[\w!(]",
            example="a == 'b' && has(c)",
        ),
    ),
)


def hint_for(text: str, position: int) -> Hint | None:
    """Return how to correct the mistake at ``position`` of a Calico expression, or None.

    >>> print(hint_for("app = 'web'", 4))
    equality is written with two signs; write: app == 'web'
    """
    alike = lookalike(text, position)
    if alike is not None:
        repaired = _TABLE.repair(text, position)
        return Hint(alike[0]) if repaired is None else offer(alike[0], repaired)
    return placeholder(text, position) or _other_language(text) or _TABLE.hint(text, position)


def _other_language(text: str) -> Hint | None:
    """Return the hint for a selector of Kubernetes or Prometheus, and for a map of labels."""
    if len(text) > CONTEXT or not text.strip() or text.strip() == "all":
        return None
    labels = labels_in_map(text) if "{" in text or "\n" in text.strip() else None
    if labels is not None:
        return translate("this is a map of labels", from_labels(labels), "calico")
    selector = GRAMMARS["kubernetes"].accept(text)
    if selector is not None:
        reason = "this is a selector of Kubernetes"
        same = translate(reason, selector, "calico")
        if same is None:
            return None
        typed = in_shell_quotes(text.strip())
        as_typed = f"{reason}: use -l {typed}", f"{reason}: read it with --from kubernetes"
        return Hint(same, *as_typed)
    selector = GRAMMARS["prometheus"].accept(text)
    if selector is None:
        return None
    reason = "this is a selector of Prometheus"
    same = translate(reason, selector, "calico")
    if METRIC_KEY in set(selector.keys()):
        return same
    return Hint(
        same or f"{reason}: read it with labelsel.parse_matchers",
        f"{reason}: use --matchers {in_shell_quotes(text.strip())}",
        f"{reason}: read it with --from prometheus",
        same or reason,
    )
