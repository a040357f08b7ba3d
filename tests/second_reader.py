"""A second reader of selector texts, written from the rules alone and sharing no code with ours.

It splits a text into pieces and returns one `Statement` for each requirement, with keys and values
as they are written: it does not check them. None stands for a text that the rules refuse.
"""

from typing import Final, NamedTuple

_SPACE: Final = " \t\r\n"
_SPECIAL: Final = "=!(),><"


class Statement(NamedTuple):
    """What one requirement of a text says: rule 4 for labels, 21 for fields."""

    key: str
    operator: str
    values: tuple[str, ...]


def requirements(text: str) -> list[Statement] | None:
    """Return all that a label selector's text says, in its order. Rules 1 to 7 and D1."""
    pieces = _pieces(text)
    if pieces is None:
        return None
    if not pieces:
        return []
    said = [_requirement(part) for part in _split(pieces)]
    return [one for one in said if one is not None] if None not in said else None


def _pieces(text: str) -> list[str] | None:
    """Rules 1 and 2: words and special signs; None for a text with a NUL."""
    pieces: list[str] = []
    place = 0
    while place < len(text):
        if text[place] == "\0":
            return None
        if text[place] in _SPACE:
            place += 1
        elif text[place : place + 2] in {"==", "!="}:
            pieces.append(text[place : place + 2])
            place += 2
        elif text[place] in _SPECIAL:
            pieces.append(text[place])
            place += 1
        else:
            end = place
            while end < len(text) and text[end] not in _SPACE + _SPECIAL + "\0":
                end += 1
            pieces.append(text[place:end])
            place = end
    return pieces


def _split(pieces: list[str]) -> list[list[str]]:
    """Cut at the commas that stand in no parentheses."""
    parts: list[list[str]] = [[]]
    depth = 0
    for piece in pieces:
        depth += (piece == "(") - (piece == ")")
        if piece == "," and depth == 0:
            parts.append([])
        else:
            parts[-1].append(piece)
    return parts


def _requirement(pieces: list[str]) -> Statement | None:
    """Rules 3, 4, 6 and 7."""
    match pieces:
        case [key] if _word(key):
            return Statement(key, "exists", ())
        case ["!", key] if _word(key):
            return Statement(key, "!", ())
        case [key, "=" | "==" | "!=" as operator] if _word(key):
            return Statement(key, operator, ("",))
        case [key, "=" | "==" | "!=" | ">" | "<" as operator, value] if _word(key) and _word(value):
            return Statement(key, operator, (value,))
        case [key, "in" | "notin" as operator, "(", *values, ")"] if _word(key):
            listed = _values(values)
            return None if listed is None else Statement(key, operator, listed)
        case _:
            return None


def _word(piece: str) -> bool:
    return piece[0] not in _SPECIAL


def _values(pieces: list[str]) -> tuple[str, ...] | None:
    """Rule 6: between commas stands one word, or none, which is the empty value."""
    values = [""]
    for piece in pieces:
        if piece == ",":
            values.append("")
        elif _word(piece) and not values[-1]:
            values[-1] = piece
        else:
            return None
    return tuple(values)


def is_utf_8(text: str) -> bool:
    """Return whether a text has no half of a surrogate pair. Rule D8."""
    return not any("\ud800" <= char <= "\udfff" for char in text)


def field_requirements(text: str) -> list[Statement] | None:
    """Return all that a field selector's text says, in its order. Rules 21, 22 and D8."""
    if not is_utf_8(text):
        return None
    said: list[Statement] = []
    for term in _field_terms(text):
        places = [place for place in range(len(term)) if _field_operator(term, place)]
        if not places:
            return None
        operator = _field_operator(term, places[0])
        value = _unescaped(term[places[0] + len(operator) :])
        if value is None:
            return None
        if places[0] or value:
            said.append(Statement(term[: places[0]], operator, (value,)))
    return said


def _field_terms(text: str) -> list[str]:
    """Cut at the commas that no backslash escapes, and pass over what is empty."""
    terms = [""]
    escaped = False
    for char in text:
        if char == "," and not escaped:
            terms.append("")
        else:
            terms[-1] += char
        escaped = char == "\\" and not escaped
    return [term for term in terms if term]


def _field_operator(term: str, place: int) -> str:
    return next((sign for sign in ("!=", "==", "=") if term.startswith(sign, place)), "")


def _unescaped(value: str) -> str | None:
    chars = iter(value)
    found = ""
    for char in chars:
        if char == "=":
            return None
        if char == "\\":
            char = next(chars, "")  # noqa: PLW2901  # the escaped one takes its place
            if char not in {"\\", ",", "="}:
                return None
        found += char
    return found
