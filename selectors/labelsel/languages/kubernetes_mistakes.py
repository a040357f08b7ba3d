"""What people write by mistake in a Kubernetes selector, and the hint for each."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

from labelsel.errors import TranslationError
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
    offer_expression,
    placeholder,
    translate,
)
from labelsel.languages.prometheus import METRIC_KEY
from labelsel.languages.registry import LANGUAGES
from labelsel.requirements import Equals, In
from labelsel.selector import Or, Selector, any_of

__all__ = ["hint_for"]

_WORD: Final = r"[^\s=!(),<>]+"
#: Where a requirement begins, and no value among others in parentheses.
_BEGUN: Final = r"(?:\A|\))(?:[^(]*,)?\s*"
_KEY: Final = rf"{_BEGUN}(?P<cut>(?P<key>{_WORD})\s+)"
_NOT: Final = rf"{_BEGUN}(?P<cut>not\s+)"
_END: Final = r"(?=\s*(?:\Z|,|&|\|))"
_QUOTE: Final = r"[\"'`\u2018-\u201f]"
_PLAIN: Final = r"[A-Za-z0-9_-]+"
#: What may come behind "is" and is no value: "is null" asks for a key.
_VALUE: Final = (
    r"(?!(?:not|in|notin|null|nil|none|empty|unset|set|absent|missing|present|there|defined"
    rf"|undefined|like|equal|equals|to)\b)(?P<value>{_WORD}){_END}"
)
#: No word that joins values, or is put before one.
_NO_WORD: Final = r"(?!\b(?:not|is|and|or)\b)"
#: What "is" says of a key that is not there. Not "empty" and "none": these may be values.
_MISSING: Final = r"(?:null|nil|unset|absent|missing|undefined)"
_THERE: Final = r"(?:set|there|present|defined)"
_NUMBER: Final = rf"(?P<number>-?[0-9]{{1,18}}){_END}"

_OPERATORS: Final = (
    "the operators are =, ==, !=, in, notin, > and <, and none compares parts of values or "
    "patterns: write out each value"
)
_COMPARE: Final = "'>=' and '<=' do not exist; whole numbers are compared by '>' and '<'"
_JOINED: Final = "requirements are joined by one comma, and all of them must hold"
_ABSENT: Final = "to ask for a key that is absent"
_PRESENT: Final = "to ask for a key that is there, name the key alone"
_OTHER: Final = "to ask for another value than this, which objects without the key meet, too"
_NONE_OF: Final = "to ask for none of these values"
_BRACKETS: Final = "values are written in round brackets"
_UNQUOTED: Final = "keys and values are written without quotes"
_WILDCARDS: Final = "there are no wildcards: every value is written out"


def _in_or_equals(words: Words) -> str:
    """Write what ``=~`` and ``!~`` say of a list of plain words."""
    values = words["list"].split("|")
    negated = words["op"].startswith("!")
    if len(values) == 1:
        return f"{words['key']}{'!=' if negated else '='}{values[0]}"
    return f"{words['key']} {'notin' if negated else 'in'} ({','.join(values)})"


def _as_set(words: Words) -> str:
    operator = "notin" if words["op"].startswith("!") else "in"
    return f"{words['key']} {operator} ({words['values']})"


def _part_of_value(words: Words) -> str:
    """Write a pattern with ``*`` or ``.*`` at one end or both as an expression."""
    first, last = words.get("first"), words.get("last")
    operator = "contains" if first and last else "ends with" if first else "starts with"
    return f"{words['key']} {operator} '{words['value']}'"


def _next_number(words: Words) -> str:
    number = int(words["number"])
    above = ">" in words["sign"]
    return f">{number - 1}" if above else f"<{number + 1}"


def _lower(words: Words) -> str:
    return words["word"].lower()


def _keys_of_has(words: Words) -> str:
    keys = re.split(r"\s*,\s*", words["keys"])
    return ",".join(f"{words['op']}{key}" for key in keys)


# The first that fits gives the hint.
_TABLE: Final = Mistakes(
    "kubernetes",
    (
        Mistake(
            reason=_ABSENT,
            before=_NOT,
            after=rf"(?P<key>{_WORD}){_END}",
            write="!{key}",
            example="!key",
        ),
        Mistake(
            reason=_OTHER,
            before=_NOT,
            after=rf"(?P<key>{_WORD})\s*==?\s*(?P<value>{_WORD}){_END}",
            write="{key}!={value}",
            example="key!=value",
        ),
        Mistake(
            reason=_NONE_OF,
            before=_NOT,
            after=rf"(?P<key>{_WORD})\s+in\s*(?=[\[({{])",
            write="{key} notin ",
            example="key notin (a,b)",
        ),
        Mistake(reason=_ABSENT, before=_NOT, after=_WORD, example="!key"),
        Mistake(
            reason="to ask for one value",
            before=_KEY,
            after=rf"(?:is|eq|equals?)\s+{_VALUE}",
            write="{key}={value}",
            example="key=value",
        ),
        Mistake(
            reason=_OTHER,
            before=_KEY,
            after=rf"(?:is\s+not|isnt|isn't|neq?)\s+{_VALUE}",
            write="{key}!={value}",
            example="key!=value",
        ),
        Mistake(
            reason=_ABSENT,
            before=_KEY,
            after=rf"is\s+(?:{_MISSING}|not\s+{_THERE}){_END}",
            write="!{key}",
            example="!key",
        ),
        Mistake(
            reason=_PRESENT,
            before=_KEY,
            after=rf"is\s+(?:not\s+{_MISSING}|{_THERE}){_END}",
            write="{key}",
            example="key",
        ),
        Mistake(
            reason="a key that is absent is asked for with '!', and an empty value with '='",
            before=_KEY,
            after=rf"is\s+(?:not\s+)?(?:empty|none|blank){_END}",
            example="!key and key=",
        ),
        Mistake(
            reason=_OPERATORS,
            before=rf"\A\s*(?P<key>{_WORD})\s+",
            after=rf"(?:(?P<first>ends?|contains?)|(?P<starts>starts?|begins?))"
            rf"(?:\s*with)?\s+{_QUOTE}?(?P<value>[\w./-]+){_QUOTE}?\s*\Z",
            expression=lambda words: _part_of_value(
                {**words, "last": "*" if words["first"].lower().startswith("c") else ""}
            ),
            example="key in (a,b)",
        ),
        Mistake(
            reason=_OPERATORS,
            before=_KEY,
            after=(
                r"(?:is|isnt|isn't|eq|equals?|neq?|i?like|contains?|has|includes?|match(?:es)?"
                r"|regexp?|(?:starts?|begins?|ends?)_?(?:with)?|between)(?:\s|\Z)"
            ),
            example="key in (a,b)",
        ),
        # Regular expressions: =~ and !~ are of Prometheus.
        *(
            mistake
            for before, tilde in (
                (rf"(?P<cut>(?P<key>{_WORD})\s*=\s*)", "~"),
                (rf"(?P<cut>(?P<key>{_WORD})\s*)", "(?P<op>!)~"),
            )
            for mistake in (
                Mistake(
                    reason="there are no regular expressions, only values",
                    before=f"{_BEGUN}{before}",
                    after=rf"{tilde}\s*{_QUOTE}?(?P<list>{_PLAIN}(?:\|{_PLAIN})*){_QUOTE}?{_END}",
                    write=_in_or_equals,
                    example="key in (a,b)",
                ),
                *(
                    Mistake(
                        reason="there are no regular expressions, only values",
                        before=rf"\A\s*{before}",
                        after=rf"{tilde}\s*{_QUOTE}?{pattern}{_QUOTE}?\s*\Z",
                        expression=_part_of_value,
                        example="key in (a,b)",
                    )
                    for pattern in (
                        rf"(?P<first>\.\*)(?P<value>{_PLAIN})(?P<last>\.\*)?\$?",
                        rf"\^?(?P<value>{_PLAIN})(?P<last>\.\*)",
                    )
                    if tilde == "~"
                ),
            )
        ),
        Mistake(reason=_OPERATORS, before=r"=\s*", after="~", example="key in (a,b)"),
        Mistake(reason=_OPERATORS, after="!~", example="key in (a,b)"),
        Mistake(
            reason="a value is given with '='",
            before=rf"{_BEGUN}[^\s=!(),<>~]+",
            after=rf"~\s*(?={_PLAIN}{_END})",
            write="=",
            example="key=value",
        ),
        Mistake(
            reason="a value has no '/'; only a key has a prefix before it",
            before=r"=\s*[^\s=!(),<>]*|\([^()]*",
            after="/",
            example="example.com/key=value",
        ),
        Mistake(
            reason="numbers are written in digits",
            before=r"[<>]\s*",
            after="[A-Za-z]",
            example="key>4",
        ),
        Mistake(
            reason=_JOINED, before=r"(?P<cut>\s*)", after=r"&+\s*", write=",", example="a=b,c=d"
        ),
        Mistake(
            reason=_JOINED,
            before=r"(?P<cut>\s+)",
            after=rf"and\s+(?=not\s|!|{_WORD}\s*(?:[=!<>]|(?:not)?in\b|not\s+in\b|is\b|exist))",
            write=",",
            example="a=b,c=d",
        ),
        Mistake(reason=_JOINED, before=r"\s", after=r"and\s", example="a=b,c=d"),
        Mistake(
            reason="requirements and values are separated by ',' and not by ';'",
            before=r"(?P<cut>\s*)",
            after=rf";+\s*(?=\Z|!|{_WORD}\s*(?:[=!<>)]|(?:not)?in\b))",
            write=",",
            example="a=b,c=d",
        ),
        Mistake(
            reason="requirements and values are separated by ',' and not by ';'",
            after=";",
            example="a=b,c=d",
        ),
        Mistake(
            reason=_BRACKETS,
            before=r"\s(?:not)?in\s*",
            after=r"[\[{](?P<values>[^\[\]{}()]*)[\]}]",
            write="({values})",
            example="key in (a,b)",
        ),
        Mistake(
            reason=_BRACKETS,
            before=r"\s",
            after=r"(?P<word>(?:not)?in)\s*[\[{](?P<values>[^\[\]{}()]*)[\]}]",
            write="{word} ({values})",
            example="key in (a,b)",
        ),
        Mistake(
            reason="several values are asked for with 'in' and 'notin'",
            before=rf"{_BEGUN}(?P<cut>(?P<key>{_WORD})\s*(?P<op>!?=)=?\s*)",
            after=r"[\[{(](?P<values>[^\[\]{}()]*)[\]})]",
            write=_as_set,
            example="key in (a,b)",
        ),
        Mistake(reason=_BRACKETS, after=r"(?:(?:not)?in\s*)?[\[{]", example="key in (a,b)"),
        Mistake(
            reason="the selector as a whole is in quotes",
            before=r"\A\s*",
            after=r"(?P<q>[\"'`])(?P<inside>[^\"'`]*[=!(<>][^\"'`]*)(?P=q)\s*\Z",
            write="{inside}",
            example="key=value",
        ),
        Mistake(
            reason=_UNQUOTED,
            after=rf"{_QUOTE}(?P<inside>[^\s=!(),<>\"'`\u2018-\u201f]*){_QUOTE}",
            write="{inside}",
            example="key=value",
        ),
        Mistake(reason=_UNQUOTED, after=_QUOTE, example="key=value"),
        Mistake(
            reason=_PRESENT,
            before=rf"{_BEGUN}(?P<cut>(?P<key>{_WORD})\s*==?\s*)",
            after=rf"\*{_END}",
            write="{key}",
            example="key",
        ),
        Mistake(
            reason=_ABSENT,
            before=rf"{_BEGUN}(?P<cut>(?P<key>{_WORD})\s*!=\s*)",
            after=rf"\*{_END}",
            write="!{key}",
            example="!key",
        ),
        Mistake(
            reason=_OTHER,
            before=rf"{_BEGUN}(?P<cut>(?P<key>{_WORD})\s*==?\s*)",
            after=rf"!\s*(?P<value>{_WORD}){_END}",
            write="{key}!={value}",
            example="key!=value",
        ),
        Mistake(
            reason=_WILDCARDS,
            before=rf"\A\s*(?P<key>{_WORD})\s*==?\s*(?P<value>[A-Za-z0-9._-]+)",
            after=r"\*\s*\Z",
            expression=_part_of_value,
            example="key in (a,b)",
        ),
        Mistake(
            reason=_WILDCARDS,
            before=rf"\A\s*(?P<key>{_WORD})\s*==?\s*",
            after=r"(?P<first>\*)(?P<value>[A-Za-z0-9._-]+)(?P<last>\*)?\s*\Z",
            expression=_part_of_value,
            example="key in (a,b)",
        ),
        Mistake(reason=_WILDCARDS, after=r"[*?]", example="key in (a,b)"),
        # Not in a value, nor among values in parentheses: there ':' is just illegal.
        Mistake(
            reason="a value is given with '='",
            before=r"(?:\A|\))(?:[^(]*,)?[^=!<>(,]*",
            after=r":=?\s*",
            write="=",
            example="key=value",
        ),
        Mistake(
            reason="operators are written in lower case",
            before=r"\s",
            after=r"(?P<word>(?-i:(?!(?:not)?in\b))(?:not)?in)\b",
            write=_lower,
            example="key in (a,b)",
        ),
        Mistake(
            reason="'notin' is one word",
            before=r"\s",
            after=r"not\s+in\b",
            write="notin",
            example="key notin (a,b)",
        ),
        Mistake(
            reason=_ABSENT,
            before=_KEY,
            after=rf"(?:does\s*not\s*exist|not\s+exists?){_END}",
            write="!{key}",
            example="!key",
        ),
        Mistake(
            reason=_PRESENT,
            before=r"(?P<cut>\s+)",
            after=rf"exists?{_END}",
            write="",
            example="key",
        ),
        Mistake(reason=_ABSENT, before=r"\s", after=rf"(?:doesnotexist|not){_END}", example="!key"),
        Mistake(
            reason="'greater than' is written '>'",
            before=r"(?P<cut>\s+)",
            after=r"gt\s+(?=[0-9])",
            write=">",
            example="key>5",
        ),
        Mistake(
            reason="'greater than' is written '>'", before=r"\s", after=r"gte?\b", example="key>5"
        ),
        Mistake(
            reason="'less than' is written '<'",
            before=r"(?P<cut>\s+)",
            after=r"lt\s+(?=[0-9])",
            write="<",
            example="key<5",
        ),
        Mistake(
            reason="'less than' is written '<'", before=r"\s", after=r"lte?\b", example="key<5"
        ),
        Mistake(
            reason=_COMPARE,
            before=r"(?P<cut>(?P<sign>[<>])\s*)",
            after=rf"=\s*{_NUMBER}",
            write=_next_number,
        ),
        Mistake(
            reason=_COMPARE,
            before=r"(?P<cut>=\s*)",
            after=rf"(?P<sign>[<>])\s*{_NUMBER}",
            write=_next_number,
        ),
        Mistake(reason=_COMPARE, before="[<>]", after="=", example="x>4 for x>=5"),
        Mistake(reason=_COMPARE, before="=", after="[<>]", example="x>4 for x>=5"),
        Mistake(
            reason="'<>' does not exist; another value is asked for with '!='",
            before=r"(?P<cut><\s*)",
            after=r">\s*",
            write="!=",
            example="key!=value",
        ),
        Mistake(
            reason="'==' and '!=' are written without a gap",
            before=r"(?P<cut>(?P<sign>[=!])\s+)",
            after="=",
            write="{sign}=",
        ),
        Mistake(
            reason="the operators are '=', '==' and '!='", before="[!=]=", after=r"=+", write=""
        ),
        Mistake(reason="one '!' is enough", before=r"!\s*", after="!"),
        Mistake(
            reason="to ask for another value than this",
            before=rf"(?P<cut>!\s*(?P<key>{_WORD})\s*)",
            after=r"==?",
            write="{key}!=",
            example="key!=value",
        ),
        Mistake(
            reason="to ask for another value than this",
            before=r"(?P<cut>!\s*)",
            after=rf"\(\s*(?P<key>{_WORD})\s*==?\s*(?P<value>{_WORD})\s*\)",
            write="{key}!={value}",
            example="key!=value",
        ),
        Mistake(
            reason=_NONE_OF,
            before=rf"(?P<cut>!\s*(?P<key>{_WORD})\s*)",
            after=r"in\s*(?=\()",
            write="{key} notin ",
            example="key notin (a,b)",
        ),
        Mistake(
            reason=_NONE_OF, before=rf"!\s*{_WORD}\s*", after=r"notin\b", example="key notin (a,b)"
        ),
        *(
            Mistake(
                reason=reason,
                before=rf"{_BEGUN}(?P<cut>{sign}\s*has\s*)",
                after=rf"\(\s*(?P<keys>{_WORD}(?:\s*,\s*{_WORD})+)\s*\){_END}",
                write=_keys_of_has,
                example=example,
            )
            for sign, reason, example in (
                ("(?P<op>!)", "to ask for objects with none of these keys", "!a,!b"),
                ("", "to ask for objects with all of these keys", "a,b"),
            )
        ),
        Mistake(
            reason="the parenthesis is never closed",
            before=r"in\s*\([^)]*[^),\s]\s*",
            after=r"\Z",
            write=")",
        ),
        Mistake(reason="the parenthesis is never closed", before=r"in\s*\([^)]*", after=r"\Z"),
        Mistake(
            reason="remove the comma at the end, unless a variable behind it is empty",
            before=r"(?P<cut>,\s*)",
            after=r"\Z",
            write="",
        ),
        Mistake(reason="remove one of the two commas", before=r",\s*", after=r",\s*", write=""),
        Mistake(
            reason="remove the comma at the beginning", before=r"\A\s*", after=r",\s*", write=""
        ),
        Mistake(
            reason="put the values in parentheses",
            before=r"\s(?:not)?in\s+",
            after=rf"(?P<value>{_WORD})\s*\Z",
            write="({value})",
            example="key in (a,b)",
        ),
        Mistake(
            reason="put the values in parentheses",
            before=r"\s(?:not)?in\s+",
            example="key in (a,b)",
        ),
        Mistake(
            reason="parentheses are only for the values of 'in' and 'notin'",
            before=r"\A\s*",
            after=r"\((?P<inside>[^()]*)\)\s*\Z",
            write="{inside}",
        ),
        Mistake(reason="parentheses are only for the values of 'in' and 'notin'", after=r"\("),
        Mistake(
            reason="values are separated by commas",
            before=rf"\((?:{_NO_WORD}[^()])*[^\s,()](?P<cut>\s+)",
            after=rf"(?={_NO_WORD}{_WORD})",
            write=",",
            example="key in (a,b)",
        ),
        Mistake(
            reason="-l is an option of the command, and no part of a selector",
            before=r"(?:\A|,)\s*",
            after=r"(?:-l(?!abel)|--selector)[\s=]*",
            write="",
        ),
        Mistake(
            reason="-l is an option of the command, and no part of a selector",
            before=r"[^\s,](?P<cut>\s+)",
            after=r"(?:-l(?!abel)|--selector)[\s=]*",
            write=",",
        ),
        Mistake(
            reason="the key before the operator is missing: perhaps a variable is empty",
            before=r"(?:\A|,)\s*",
            after=r"!?=|[<>]",
            example="key=value",
        ),
        Mistake(
            reason="requirements are joined by a comma",
            before=r"[^\s,(=!<>](?P<cut>\s+)",
            after=rf"(?={_WORD}\s*(?:[=!<>]|(?:not)?in\b))",
            write=",",
            example="a=b,c=d",
        ),
        Mistake(
            reason="requirements are joined by a comma",
            before=r"[^\s,(=!<>]\s+",
            after=r"[^\s,()=!<>]",
            example="a=b,c=d",
        ),
    ),
)


def hint_for(text: str, position: int) -> Hint | None:
    """Return how to correct the mistake at ``position`` of a Kubernetes selector, or None.

    >>> print(hint_for("x not in (a)", 2))
    'notin' is one word; write: x notin (a)
    """
    alike = lookalike(text, position)
    if alike is not None:
        repaired = _TABLE.repair(text, position)
        return Hint(alike[0]) if repaired is None else offer(alike[0], repaired)
    return (
        _decoded(text)
        or placeholder(text, position, "-l")
        or _either(text, position)
        or _object(text)
        or _other_language(text, position)
        or _TABLE.hint(text, position)
    )


def _accept(text: str) -> Selector | None:
    return GRAMMARS["kubernetes"].accept(text) if text.strip() else None


_ENCODED: Final = re.compile(r"%(?:2[0189CF]|3[CDE])", re.IGNORECASE)  # blank ! ( ) , / < = >


def _decoded(text: str) -> Hint | None:
    """Return the hint for a selector that was copied from an address."""
    if len(text) > CONTEXT or _ENCODED.search(text) is None:
        return None
    decoded = unquote(text).strip()
    is_one = _accept(decoded) is not None
    return offer("this is encoded for an address (%3D stands for =)", decoded) if is_one else None


# Other languages

_MAP: Final = re.compile(r"\s*\{[^{]")
_OBJECT: Final = re.compile(
    r"""[\s{"':\w]*?\b(?:match_?labels|match_?expressions)["']?\s*:""", re.IGNORECASE
)
_OF_MAP: Final = "labels are written without brackets, with commas between them"
_OF_OBJECT: Final = "this is a LabelSelector object"
#: How it is read: by a function, beside -l, by translate, and not at all in a manifest.
_READ_OBJECT: Final = (
    ": read it with labelsel.from_label_selector",
    ": read it with labelsel translate --from label-selector --to kubernetes",
    ": read it with --from label-selector",
    "",
)


def _object(text: str) -> Hint | None:
    """Return what to do with a map of labels, or with a LabelSelector object."""
    beginning = text[:CONTEXT]
    of_prometheus = GRAMMARS["prometheus"].accept(text) if len(text) <= CONTEXT else None
    if of_prometheus is not None and re.search(r"\{.*=", text):
        return _prometheus(text, of_prometheus)
    labels = labels_in_map(text)
    written = labels and ",".join(f"{key}={value}" for key, value in labels.items())
    if _OBJECT.match(beginning):
        as_text = f"; as a selector write: {written}" if written else ""
        return Hint(*(f"{_OF_OBJECT}{read}{as_text}" for read in _READ_OBJECT))
    if written and ("{" in text or "\n" in text.strip()):
        return offer(_OF_MAP, written)
    return Hint(f"{_OF_MAP}, as in key=value,key=value") if _MAP.match(beginning) else None


def _prometheus(text: str, selector: Selector) -> Hint:
    reason = "this is a selector of Prometheus"
    named = METRIC_KEY in set(selector.keys())
    typed = "without the metric's name" if named else in_shell_quotes(text.strip())
    return translate(reason, selector, "kubernetes") or Hint(
        f"{reason}: read it with labelsel.parse_matchers",
        f"{reason}: use --matchers {typed}",
        f"{reason}: read it with --from prometheus",
        reason,
    )


def _other_language(text: str, position: int) -> Hint | None:
    """Return the hint for an expression of Calico that no correction makes a selector."""
    if len(text) > CONTEXT or _TABLE.repair(text, position) is not None:
        return None
    selector = GRAMMARS["expression"].accept(text)
    if selector is None:
        return None
    reason = "this is an expression of Calico's language"
    same = translate(reason, selector, "kubernetes")
    if same is not None:
        return same
    return offer_expression(reason, text.strip(), is_own=True)


# Or

_OR_HERE: Final = re.compile(r"\|{1,2}|or(?=\s|\Z)", re.IGNORECASE)
_OR: Final = re.compile(r"\s*\|\|\s*|\s*\|\s*|\s+or\s+", re.IGNORECASE)
_AROUND: Final = re.compile(r"\s*\(([^()]*)\)\s*")
#: Selectors of Prometheus that are joined by "or", from their beginning to the "or".
_MATCHERS_OR: Final = re.compile(r"\s*[\w:]*\{[^{}]*\}\s*(?:\bor\s|\|)", re.IGNORECASE)
_IN_BRACKETS: Final = re.compile(r"\([^()]*\)|\{[^{}]*\}")
_NO_OR: Final = "a selector cannot say 'or'"
_FOR_ONE_KEY_HERE: Final = f"{_NO_OR}; for values of one key, as in"
_FOR_ONE_KEY: Final = f"{_FOR_ONE_KEY_HERE} key in (a,b)"
_EXAMPLE: Final = "app == 'web' || tier == 'db'"
_OR_HINT: Final = Hint(
    f'{_FOR_ONE_KEY}; for several keys: labelsel.parse_expression("{_EXAMPLE}")',
    f"{_FOR_ONE_KEY_HERE} -l 'key in (a,b)'; for several keys: -e \"{_EXAMPLE}\"",
    f'{_FOR_ONE_KEY}; for several keys, in the language of -e: --from calico "{_EXAMPLE}"',
    _FOR_ONE_KEY,
)


def _either(text: str, position: int) -> Hint | None:
    """Return the hint for 'or': the values of one key, or an expression for several keys."""
    if not _is_or(text, position):
        return None
    selector = _alternatives(text) if len(text) <= CONTEXT else None
    if selector is None:
        return _OR_HINT
    values = _values_of_one_key(selector)
    if values is not None:
        return _offer_values(values)
    write = LANGUAGES["calico"].format
    assert write is not None  # Calico's language is written, too
    try:
        # It is one Or, and so in parentheses.
        return offer_expression(_NO_OR, write(selector)[1:-1], _FOR_ONE_KEY)
    except TranslationError:  # Calico has no > and <
        return _OR_HINT


def _offer_values(values: In) -> Hint:
    """Return the hint that offers a list of values, and the expression that says 'or'."""
    write = LANGUAGES["calico"].format
    assert write is not None  # Calico's language is written, too
    single = [Equals(values.key, value) for value in sorted(values.values)]
    expression = " || ".join(map(write, single))
    return Hint(
        offer(_NO_OR, str(values)),
        f"-l cannot say 'or'; write: -l '{values}'; or: -e '{expression}'",
        f"{_NO_OR}; write: '{values}'; or: --from calico '{expression}'",
        offer(_NO_OR, str(values)),
    )


def _is_or(text: str, position: int) -> bool:
    """Return whether the fault is 'or', or brackets around what 'or' joins."""
    here = _OR_HERE.match(text, position)
    if here is not None:
        return here[0].lower() != "or" or text[:position][-1:].isspace()
    piece = text[:CONTEXT]
    is_in_brackets = _AROUND.fullmatch(piece) is not None and _OR.search(piece) is not None
    return is_in_brackets or _MATCHERS_OR.match(piece) is not None


def _alternatives(text: str) -> Or | None:
    """Return what a text with 'or' means; None where that is not sure, or where it is no Or.

    It is not sure beside a comma, and for a word alone behind 'or': a key, or another value.
    """
    around = _AROUND.fullmatch(text)
    pieces = _OR.split((around[1] if around else text).strip())
    key, sign, first = pieces[0].partition("=")
    if sign and "||" not in text and any(re.fullmatch(_WORD, piece) for piece in pieces):
        values = [first.removeprefix("="), *pieces[1:]]
        is_list = not key.endswith("!") and all(re.fullmatch(_WORD, value) for value in values)
        pieces = [f"{key}={value}" for value in values] if is_list and "|" in text else []
    if any("," in _IN_BRACKETS.sub("", piece) for piece in pieces):
        return None
    read = [_read_piece(piece) for piece in pieces]
    selectors = [selector for selector in read if selector is not None]
    joined = any_of(selectors) if len(selectors) == len(read) else None
    return joined if isinstance(joined, Or) else None  # any_of leaves out what selects nothing


def _read_piece(piece: str) -> Selector | None:
    legal = _accept(piece)
    if legal is not None:
        return legal
    repaired = _TABLE.repair(piece)
    if repaired is not None:
        return _accept(repaired)
    grammar = "prometheus" if "{" in piece and "}" in piece else "expression"
    return GRAMMARS[grammar].accept(piece) if piece.strip() else None


def _values_of_one_key(selector: Or) -> In | None:
    """Return the requirement for one of several values of one key; None if it is more."""
    values: set[str] = set()
    for term in selector.terms:
        match term:
            case Equals(value=value):
                values.add(value)
            case In(values=several):
                values |= several
            case _:
                return None
    [key, *others] = selector.keys()
    return None if others else In(key, frozenset(values))
