"""Second readers of Calico's and Prometheus' texts, written from the rules alone.

They share no code with the parsers, and build no selector: each returns a function that says of a
label set whether the text selects it. None stands for a text that the rules refuse.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import re2  # type: ignore[import-untyped]  # ships no types

from tests.second_reader import is_utf_8

__all__ = ["calico_meaning", "prometheus_meaning"]

Meaning: TypeAlias = Callable[[Mapping[str, str]], bool]

_KEY: Final = re.compile(r"[A-Za-z0-9_./-]+")
_BLANK: Final = re.compile(r"[ \t]*")
_TEXT: Final = re.compile(r"\"([^\"]*)\"|'([^']*)'")
_LONGEST_KEY: Final = 512


class _RefusedError(Exception):
    """The rules refuse the text."""


# Calico: rules 26 to 30


def calico_meaning(text: str) -> Meaning | None:
    """Return what an expression means, however deep it nests."""
    if not is_utf_8(text):
        return None
    reader = _Calico(text)
    try:
        if not text.strip(" \t"):
            return lambda _: True
        meaning = reader.either()
        reader.blank()
    except _RefusedError:
        return None
    return meaning if reader.at == len(text) else None


class _Calico:
    """Reads an expression from left to right, one method for each level of binding."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def blank(self) -> None:
        found = _BLANK.match(self.text, self.at)
        assert found is not None
        self.at = found.end()

    def take(self, sign: str) -> bool:
        """Go behind a sign, if it is next."""
        self.blank()
        is_next = self.text.startswith(sign, self.at)
        self.at += len(sign) * is_next
        return is_next

    def need(self, sign: str) -> None:
        if not self.take(sign):
            raise _RefusedError

    def pattern(self, pattern: re.Pattern[str]) -> re.Match[str]:
        self.blank()
        found = pattern.match(self.text, self.at)
        if found is None:
            raise _RefusedError
        self.at = found.end()
        return found

    def either(self) -> Meaning:
        terms = [self.both()]
        while self.take("||"):
            terms.append(self.both())
        return lambda labels: any(term(labels) for term in terms)

    def both(self) -> Meaning:
        terms = [self.unary()]
        while self.take("&&"):
            terms.append(self.unary())
        return lambda labels: all(term(labels) for term in terms)

    def unary(self) -> Meaning:
        positive = True
        while self.take("!"):
            positive = not positive
        term = self.term()
        return lambda labels: term(labels) is positive

    def term(self) -> Meaning:
        if self.take("("):
            inner = self.either()
            self.need(")")
            return inner
        if self.take("has("):
            key = self.key()
            self.need(")")
            return lambda labels: key in labels
        if self.take("all(") or self.take("global("):
            self.need(")")
            return lambda _: True
        return self.comparison(self.key())

    def key(self) -> str:
        key = self.pattern(_KEY)[0]
        if len(key) > _LONGEST_KEY:
            raise _RefusedError
        return key

    def comparison(self, key: str) -> Meaning:
        if self.take("=="):
            value = self.value()
            return lambda labels: labels.get(key) == value
        if self.take("!="):
            value = self.value()
            return lambda labels: labels.get(key) != value
        word = self.pattern(re.compile(r"[a-z]+"))[0]
        if word in {"not", "starts", "ends"}:
            word += self.pattern(re.compile(r"[a-z]+"))[0]
        if _KEY.match(self.text, self.at):
            raise _RefusedError  # a word goes on to its end
        return self.by_word(key, word)

    def by_word(self, key: str, word: str) -> Meaning:
        if word in {"in", "notin"}:
            values = self.values()
            return lambda labels: (labels.get(key) in values) is (word == "in")
        tests: dict[str, Callable[[str, str], bool]] = {
            "contains": str.__contains__,
            "startswith": str.startswith,
            "endswith": str.endswith,
        }
        if word not in tests:
            raise _RefusedError
        part, test = self.value(), tests[word]
        return lambda labels: key in labels and test(labels[key], part)

    def value(self) -> str:
        return self.pattern(_TEXT)[0][1:-1]

    def values(self) -> set[str]:
        self.need("{")
        values: set[str] = set()
        while not self.take("}"):
            values.add(self.value())
            if not self.take(","):
                self.need("}")
                break
        return values


# Prometheus: rules 33 and 34

_TOKEN: Final = re.compile(
    r"""
      (?P<blank> [ \t\r\n]+ | \#[^\r\n]*)
    | (?P<name>  [A-Za-z_:][A-Za-z0-9_:]*)
    | (?P<text>  "(?:[^"\\\n]|\\[^\n])*" | '(?:[^'\\\n]|\\[^\n])*' | `[^`]*`)
    | (?P<sign>  =~ | !~ | != | = | \{ | \} | ,)
    """,
    re.VERBOSE,
)
_RESERVED: Final = {"on", "ignoring", "group_left", "group_right", "bool", "atan2", "inf", "nan"}
_LETTERS: Final = dict(zip('abfnrtv\\"', '\a\b\f\n\r\t\v\\"', strict=True))


def prometheus_meaning(text: str) -> Meaning | None:
    """Return what a series selector means; a regular expression must be one of RE2."""
    try:
        tokens = _tokens(text)
        tests = _series(tokens)
    except _RefusedError:
        return None
    return lambda labels: all(test(labels) for test in tests)


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens = []
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise _RefusedError
        if found.lastgroup != "blank":
            tokens.append((str(found.lastgroup), found[0]))
        at = found.end()
    return tokens


def _series(tokens: list[tuple[str, str]]) -> list[Meaning]:
    tests: list[Meaning] = []
    is_named = bool(tokens) and tokens[0][0] == "name"
    if is_named:
        name = tokens.pop(0)[1]
        if name.lower() in _RESERVED:
            raise _RefusedError
        tests.append(_test("__name__", "=", name))
    if not tokens and is_named:
        return tests
    if len(tokens) < 2 or tokens[0][1] != "{" or tokens[-1] != ("sign", "}"):
        raise _RefusedError
    for part in _parts(tokens[1:-1]):
        match part:
            case [("text", quoted)]:
                key, sign, value = "__name__", "=", _string(quoted)
            case [(kind, word), ("sign", "=" | "!=" | "=~" | "!~" as sign), ("text", quoted)]:
                key, value = _label(kind, word), _string(quoted)
            case _:
                raise _RefusedError
        if is_named and key == "__name__":
            raise _RefusedError
        tests.append(_test(key, sign, value))
    return tests


def _parts(tokens: list[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    """Cut at the commas; one comma at the end is none."""
    parts: list[list[tuple[str, str]]] = [[]]
    for token in tokens:
        if token == ("sign", ","):
            parts.append([])
        else:
            parts[-1].append(token)
    if not parts[-1]:
        parts.pop()
    return parts


def _label(kind: str, word: str) -> str:
    if kind == "text":
        return _string(word)
    if kind != "name" or ":" in word:
        raise _RefusedError
    return word


def _test(key: str, sign: str, value: str) -> Meaning:
    if sign in {"=", "!="}:
        return lambda labels: (labels.get(key, "") == value) is (sign == "=")
    options = re2.Options()
    options.dot_nl = True
    options.log_errors = False
    try:
        compiled = re2.compile(value, options)
    except (re2.error, UnicodeEncodeError):
        raise _RefusedError from None

    def test(labels: Mapping[str, str]) -> bool:
        found = compiled.fullmatch(labels.get(key, "").encode("utf-8", "surrogatepass"))
        return (found is not None) is (sign == "=~")

    return test


def _string(quoted: str) -> str:
    """Return what a string of Go means."""
    mark, inner = quoted[0], quoted[1:-1]
    if mark == "`":
        return inner
    out: list[str] = []
    run = bytearray()
    at = 0
    while at < len(inner):
        char = inner[at]
        byte, length = _byte(inner, at)
        if byte is not None:
            run.append(byte)
            at += length
            continue
        out.append(_text_of(run))
        run.clear()
        if char == "\\":
            char, length = _escaped(inner, at, mark)
        out.append(char)
        at += length
    return "".join([*out, _text_of(run)])


def _text_of(run: bytearray) -> str:
    try:
        return run.decode()
    except UnicodeDecodeError:
        raise _RefusedError from None


def _byte(inner: str, at: int) -> tuple[int | None, int]:
    """Return the byte that an escape writes, and the length of the escape."""
    octal = re.match(r"\\([0-7]{3})", inner[at : at + 4])
    hexadecimal = re.match(r"\\x([0-9A-Fa-f]{2})", inner[at : at + 4])
    if octal:
        if int(octal[1], 8) > 255:
            raise _RefusedError
        return int(octal[1], 8), 4
    return (int(hexadecimal[1], 16), 4) if hexadecimal else (None, 1)


def _escaped(inner: str, at: int, mark: str) -> tuple[str, int]:
    letter = inner[at + 1 : at + 2]
    if letter in _LETTERS or letter == mark:
        if letter in "\"'" and letter != mark:
            raise _RefusedError
        return _LETTERS.get(letter, letter), 2
    length = {"u": 4, "U": 8}.get(letter)
    digits = inner[at + 2 : at + 2 + (length or 0)]
    if length is None or not re.fullmatch(rf"[0-9A-Fa-f]{{{length}}}", digits):
        raise _RefusedError
    code = int(digits, 16)
    if code > 0x10FFFF or 0xD800 <= code < 0xE000:
        raise _RefusedError
    return chr(code), 2 + length
