"""How to correct common mistakes: the last line of a syntax error.

Open `Mistake` first. Each language has a list of them, in ``*_mistakes.py``. A hint depends on the
text around the fault, and on nothing else. Three rules keep hints true, because people follow
them, and a wrong hint is worse than none:

1. Hints are made only for a text that was refused.
2. What a hint tells to write was parsed first, and is not what was typed.
3. A mistake is corrected only if its meaning is certain; otherwise the hint has an example.
"""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Self, TypeAlias

from labelsel.errors import TranslationError
from labelsel.labels import validate_labels
from labelsel.languages.grammar import GRAMMARS
from labelsel.languages.registry import LANGUAGES
from labelsel.placeholders import has_placeholder_at
from labelsel.selector import Selector

__all__ = [
    "CONTEXT",
    "Hint",
    "Mistake",
    "Mistakes",
    "Words",
    "in_shell_quotes",
    "labels_in_map",
    "lookalike",
    "offer",
    "offer_expression",
    "placeholder",
    "translate",
]

CONTEXT: Final = 400
"""How much of a text hints look at, in characters, on each side of a fault: more than the longest
key with its operator. Patterns are run against so much at most, so none of them can be slow."""

_REPAIRS: Final = (
    20  # faults that are corrected for one hint; a text of 400 characters has few more
)

Words: TypeAlias = Mapping[str, str]


class Hint(str):
    """A hint, with other words for other places: each names what can be used there.

    Arguments:
        text: the hint for those who call a function.
        command: the hint for the flags of the command, as -l; like ``text`` without one.
        for_translate: the hint for ``labelsel translate``; like ``command`` without one.
        manifest: the hint for a selector in a manifest, whose language is fixed; like ``text``
            without one.

    >>> hint = Hint("use parse_expression", "use -e", manifest="there is no or")
    >>> print(hint, hint.command, hint.for_translate, hint.manifest, sep="; ")
    use parse_expression; use -e; use -e; there is no or
    """

    __slots__ = ("command", "for_translate", "manifest")
    command: str
    for_translate: str
    manifest: str

    def __new__(
        cls,
        text: str,
        command: str | None = None,
        for_translate: str | None = None,
        manifest: str | None = None,
    ) -> Self:
        hint = super().__new__(cls, text)
        hint.command = text if command is None else command
        hint.for_translate = hint.command if for_translate is None else for_translate
        hint.manifest = text if manifest is None else manifest
        return hint

    def __reduce__(self) -> tuple[object, ...]:
        return Hint, (str(self), self.command, self.for_translate, self.manifest)


Template: TypeAlias = str | Callable[[Words], str | None] | None
"""What to write: a text with the names of groups in braces, or a function of the groups, which
returns None where it is not sure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A common mistake: patterns for the text just before the fault and from the fault on.

    The patterns match letters of either case. They are compiled when the first text is refused.

    Attributes:
        reason: what is wrong, in the words of the language; or the whole `Hint`.
        before: what the text before the fault ends with. The group ``cut`` in it, which reaches up
            to the fault, is replaced, too.
        after: what the text from the fault on begins with. All that it matches is replaced.
        write: what to write in place of it. None: this mistake is not corrected.
        example: what to write in general; it is shown if the text cannot be corrected.
        expression: the same selector in Calico's language, if the language has no words for it.
            The patterns match the whole text then.
    """

    reason: str
    before: str = ""
    after: str = ""
    write: Template = None
    example: str = ""
    expression: Template = None

    def match(self, before: str, after: str) -> tuple[re.Match[str], re.Match[str]] | None:
        """Return the matches of both patterns, None where one of them does not fit."""
        found = re.compile(self.after, re.IGNORECASE).match(after)
        if found is None:
            return None
        above = re.compile(rf"(?:{self.before})\Z", re.IGNORECASE).search(before)
        return None if above is None else (above, found)


class _Found(NamedTuple):
    """A mistake in a text: the part that is at fault, and the words in it."""

    mistake: Mistake
    begin: int
    end: int
    words: Words

    def corrected(self, text: str) -> str | None:
        """Return the text with this mistake corrected; None where it cannot be."""
        written = _fill(self.mistake.write, self.words)
        return None if written is None else text[: self.begin] + written + text[self.end :]


def _fill(template: str | Callable[[Words], str | None] | None, words: Words) -> str | None:
    if template is None or callable(template):
        return template and template(words)
    return template.format_map(words)


class Mistakes:
    """The common mistakes of a language, in the order in which they are looked for.

    Arguments:
        grammar: the name of the language's grammar.
        mistakes: the mistakes. The first that fits is the mistake.
    """

    def __init__(self, grammar: str, mistakes: Sequence[Mistake]) -> None:
        self._grammar = grammar
        self.mistakes = tuple(mistakes)

    def hint(self, text: str, position: int) -> Hint | None:
        """Return the hint for the mistake at a position, or None where none fits."""
        found = self.find(text, position)
        if found is None:
            return None
        mistake = found.mistake
        expression = _fill(mistake.expression, found.words)
        example = f", as in {mistake.example}" if mistake.example else ""
        if expression is not None and GRAMMARS["expression"].accept(expression) is not None:
            return offer_expression(mistake.reason, expression, f"{mistake.reason}{example}")
        repaired = self.repair(text, position)
        if repaired is not None:
            return offer(mistake.reason, repaired)
        if isinstance(mistake.reason, Hint):
            return mistake.reason
        return Hint(f"{mistake.reason}{example}")

    def find(self, text: str, position: int) -> _Found | None:
        """Return the mistake at a position, with its words."""
        before, after = _before(text, position), _after(text, position)
        for mistake in self.mistakes:
            matches = mistake.match(before, after)
            if matches is not None:
                above, found = matches
                words = {"op": ""} | above.groupdict() | found.groupdict()
                cut = words.get("cut") or ""
                return _Found(
                    mistake,
                    position - len(cut),
                    position + found.end(),
                    {name: word or "" for name, word in words.items()},
                )
        return None

    def repair(self, text: str, position: int | None = None) -> str | None:
        """Return a text with all its mistakes corrected; None where one of them cannot be.

        The result was parsed, is not blank, and is not the text.
        """
        grammar = GRAMMARS[self._grammar]
        repaired = text
        at = grammar.find_fault(text) if position is None else position
        if at is None:
            return None
        for _ in range(_REPAIRS if len(text) <= CONTEXT else 0):
            if at is None:
                break
            corrected = self._correct(repaired, at)
            if corrected is None:
                return None
            repaired = corrected
            at = grammar.find_fault(repaired)
        return None if at is not None else self._one_line(repaired)

    def _one_line(self, repaired: str) -> str | None:
        """Return a corrected text as a hint can show it; None if it is blank."""
        line = repaired.strip()
        if not line.isprintable():
            line = " ".join(line.split())
        grammar = GRAMMARS[self._grammar]
        is_same = grammar.accept(line) == grammar.accept(repaired)
        return line if line and is_same else None

    def _correct(self, text: str, position: int) -> str | None:
        if has_placeholder_at(text[:position], text[position:]):
            return None
        alike = lookalike(text, position)
        if alike is not None:
            return alike[1]
        found = self.find(text, position)
        return None if found is None else found.corrected(text)


def _before(text: str, position: int) -> str:
    """Return the text before a fault from the beginning of a requirement on.

    The text that is cut off may end in the middle of a key or of values. Then "(" replaces that
    text, and no hint looks for a key after "(".
    """
    cut = position - CONTEXT
    if cut <= 0:
        return text[:position]
    dropped, kept = text[:cut], text[cut:position]
    is_open = dropped.rfind("(") > dropped.rfind(")")
    requirement, comma, rest = kept.partition(",")
    if is_open or not comma or "(" in requirement:
        return f"({kept}"
    return comma + rest


def _after(text: str, position: int) -> str:
    """Return the text from a fault on; "(" replaces what is cut off, so that no word ends there."""
    end = position + CONTEXT
    return text[position:end] + ("(" if end < len(text) else "")


# What hints say


def offer(reason: str, text: str) -> Hint:
    """Return the hint that tells to write a text, which was parsed.

    >>> print(offer("requirements are joined by one comma", "a=b,c"))
    requirements are joined by one comma; write: a=b,c
    >>> print(offer("to ask for a key that is absent", "!a"))
    to ask for a key that is absent, write: !a
    """
    comma = "," if reason.startswith("to ") else ";"
    return Hint(f"{reason}{comma} write: {text}")


def offer_expression(
    reason: str, expression: str, manifest: str | None = None, *, is_own: bool = False
) -> Hint:
    r"""Return the hint that offers an expression, which was parsed, in place of a text.

    Arguments:
        reason: why the text is not legal.
        expression: the expression.
        manifest: the hint for a manifest, where no expression can stand; the reason without one.
        is_own: whether the reason says already that the text is an expression.

    >>> hint = offer_expression("there is no or", 'a == "b" || has(c)')
    >>> print(hint, hint.command, hint.for_translate, hint.manifest, sep="\n")
    there is no or; in Calico's language: labelsel.parse_expression('a == "b" || has(c)')
    there is no or; in Calico's language: -e 'a == "b" || has(c)'
    there is no or; in Calico's language, that of -e: --from calico 'a == "b" || has(c)'
    there is no or
    """
    typed = in_shell_quotes(expression)
    language, flag = ("", "") if is_own else ("; in Calico's language", ", that of -e")
    return Hint(
        f"{reason}{language}: labelsel.parse_expression({expression!r})",
        f"{reason}{language}: -e {typed}",
        f"{reason}{language}{flag}: --from calico {typed}",
        reason if manifest is None else manifest,
    )


def in_shell_quotes(text: str) -> str:
    """Return a text as a word for a shell.

    >>> print(in_shell_quotes('{a="b"}'), in_shell_quotes("a == 'b'"), in_shell_quotes("'$a'"))
    '{a="b"}' "a == 'b'" ''"'"'$a'"'"''
    """
    if "'" not in text:
        return f"'{text}'"
    return shlex.quote(text) if set(text) & set('"$`\\!') else f'"{text}"'


_RENDER: Final = Hint(
    "this is a placeholder that another program replaces: substitute it, or render the template, "
    "before the selector is used"
)


#: A variable of a shell, and characters that mean something else in its double quotes.
_VARIABLE: Final = re.compile(r"\$(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*\})")
_SPECIAL: Final = re.compile(r"""["`\\]|\{\{|\$\(|[^ -~]""")


def placeholder(text: str, position: int, flag: str = "") -> Hint | None:
    """Return the hint for a placeholder at a position, or None.

    A variable of a shell was meant for the shell by those who type a ``flag``.

    >>> print(placeholder("app=$APP", 4, "-l").command)
    the shell replaces $APP only in double quotes: -l "app=$APP"
    """
    if not has_placeholder_at(_before(text, position), _after(text, position)):
        return None
    variable = _VARIABLE.search(text)
    if variable is None or _SPECIAL.search(text) or len(text) > CONTEXT or not flag:
        return _RENDER
    reason = f"the shell replaces {variable[0]} only in double quotes"
    return Hint(_RENDER, f'{reason}: {flag} "{text}"', f'{reason}: "{text}"')


# Characters that look like others

_QUOTES: Final = dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"') | dict.fromkeys(
    "\u2018\u2019\u201a\u201b\u2032\u00b4\u2039\u203a", "'"
)
_DASHES: Final = dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00ad", "-")
_SIGNS: Final = {
    "\u2260": "!=",
    "\u2227": "&&",
    "\u2228": "||",
    "\u00ac": "!",
    "\u2264": "<=",
    "\u2265": ">=",
}
#: What programs for text write in place of a sign on the keyboard.
_LOOKALIKES: Final = _QUOTES | _DASHES | _SIGNS


def lookalike(text: str, position: int) -> tuple[str, str] | None:
    """Return the reason and the corrected text for a character that only looks like another one.

    None where the character at a position is none of these: quotes and dashes of typography,
    full-width letters, no-break blanks, and characters that take no room.

    >>> print(*lookalike("app\uff1dweb", 3), sep=": ")
    U+FF1D FULLWIDTH EQUALS SIGN only looks like '=': app=web
    """
    char = text[position : position + 1]
    meant = None if char.isascii() else _meant_by(char)
    if meant is None:
        return None
    name = f"U+{ord(char):04X} {unicodedata.name(char, 'of no name')}"
    reason = f"{name} only looks like {meant!r}" if meant.strip() else f"{name} is not a blank"
    if not meant:
        reason = f"{name} is invisible"
    rest = text[position + 1 :]
    if char in _QUOTES:  # the other of the pair, too
        rest = "".join(_QUOTES.get(each, each) for each in rest)
    return reason, text[:position] + meant + rest


def _meant_by(char: str) -> str | None:
    """Return the ASCII text that a character of no ASCII looks like; empty if it is invisible."""
    if char in _LOOKALIKES:
        return _LOOKALIKES[char]
    if unicodedata.category(char) == "Cf":
        return ""
    if unicodedata.category(char) == "Zs":
        return " "
    plain = unicodedata.normalize("NFKC", char)
    return plain if plain.isascii() else None


# Other languages


def translate(reason: str, selector: Selector, target: str) -> Hint | None:
    """Return the hint that offers a selector in another language; None if it has no such text.

    >>> from labelsel import parse
    >>> print(translate("this is another language", parse("a=b"), "calico"))
    this is another language; write: a == "b"
    """
    write = LANGUAGES[target].format
    assert write is not None  # hints name languages that are written
    try:
        written = write(selector)
    except TranslationError:
        return None
    # A blank text selects everything, and nobody should type that by advice.
    return offer(reason, written) if written else None


_PREFIX: Final = re.compile(
    r"""\{?\s*["']?(?:match_?labels|(?:label_?|pod_?)?selector|labels)["']?\s*:\s*(?=[{\n])""",
    re.IGNORECASE,
)
#: Words that YAML does not take for strings are left to those who read the object.
_ENTRY: Final = re.compile(
    r"""\s*(?P<q>["']?)(?P<key>[^\s:,"'{}]+)(?P=q)\s*[:=]\s*(?:(?P<p>["'])(?P<quoted>[^"']*)(?P=p)
    |(?!(?i:null|none|true|false|yes|no|on|off)\s*\Z)(?P<plain>[A-Za-z][^\s:,"'{}]*))\s*""",
    re.VERBOSE,
)


def labels_in_map(text: str) -> dict[str, str] | None:
    """Return the labels in a map as JSON, YAML or Python write it; None where that is not sure.

    >>> labels_in_map("{'matchLabels': {'app': 'web'}}"), labels_in_map("{app: 5}")
    ({'app': 'web'}, None)
    """
    inside = text.strip()
    while prefix := _PREFIX.match(inside):
        opened = prefix[0].startswith("{")
        if opened and not inside.endswith("}"):
            return None
        inside = inside[prefix.end() : -1 if opened else None].strip()
    if inside.startswith("{") and inside.endswith("}"):
        inside = inside[1:-1].strip()
    lines = re.split(r"[,\n]", inside)
    entries = [_ENTRY.fullmatch(line) for line in lines] if len(text) <= CONTEXT else []
    labels = {entry["key"]: entry["quoted"] or entry["plain"] or "" for entry in entries if entry}
    return labels if len(labels) == len(lines) and not validate_labels(labels) else None
