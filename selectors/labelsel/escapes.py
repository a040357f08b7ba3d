r"""How text from outside is made harmless: one function for each kind of output.

Text from outside is all that labelsel did not write itself: names, labels and values of manifests
and tables, words of the command line, names of files, what other programs say. Three readers obey
such a text or misread it:

1. A terminal obeys control characters (C0, DEL, C1), and shows bidirectional controls as another
   order of the text, and characters without width not at all. `str.isprintable` excludes all of
   them, besides line and paragraph separators, blanks that only look like a space, and halves of
   surrogate pairs.
2. A CI service obeys lines of a log: GitHub Actions ``::word`` at the beginning of a line and
   ``##[word]`` anywhere in it, Azure Pipelines ``##vso[``, TeamCity ``##teamcity[``.
3. Each format has characters of its own: the quotes of dot and Mermaid, the tags of HTML and SVG,
   the cells of Markdown.

For people (`escape`, `escape_lines`) a character becomes an escape that can be seen; nobody reads
that back. In a data format (`escape_json`, `escape_yaml`) the escape is one of the format, so that
its reader gets the same text as without.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import Final

# json and html are imported where they are used: a selector is read without them.

__all__ = [
    "begins_command",
    "diff_file",
    "dot_string",
    "escape",
    "escape_character",
    "escape_json",
    "escape_lines",
    "escape_yaml",
    "github_data",
    "github_property",
    "has_command",
    "has_unprintable",
    "markdown_code",
    "markup",
    "mermaid_string",
    "open_command",
    "sarif_text",
    "script_json",
]

#: Characters that may not be printable: all except printable ASCII, line breaks and tabs. A text
#: is searched for them first: `str.isprintable` of each character takes ten times as long.
_SUSPECT: Final = re.compile(r"[^\n\t -~]")
#: The two colons that begin a command for GitHub Actions. The address ::1 is none.
_COMMAND: Final = re.compile(r"\A(\s*)::(?=[A-Za-z-]+(?:::|\s|\Z))")
#: What may begin one, on any line of a text: more than `_COMMAND`, where an escape does no harm.
#: The blanks end with the line: many empty lines would be read from each of them to the last.
_COLONS: Final = re.compile(r"^[^\S\n]*+::", re.MULTILINE)
#: The signs that begin a command in brackets: ``##[error]``, ``##vso[task]``, ``##teamcity[x]``.
_BRACKET: Final = re.compile(r"##(?=[A-Za-z]*\[)")
#: The end of a text that becomes such signs, if the text goes on.
_OPEN: Final = re.compile(r"##?[A-Za-z]*\Z")
#: In JSON these characters are written as escapes: then no text can end the element ``script``.
_SCRIPT: Final = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&"}
#: The bracket that begins a link in a message of SARIF.
_LINK: Final = re.compile(r"\[(?=[^\[\]]*\]\()")
#: All but these characters are entities in Mermaid, so that no text is read as markup. Nor is the
#: colon plain: Mermaid takes the last semicolon out of a line with "style", a colon and an entity.
_MERMAID: Final = re.compile(r"[^\w .,/=!()\-]")
#: The characters that mean nothing in a code span of Markdown, in a cell of a table.
_CODE: Final = re.compile(r"[\w ./=,:()!<>@'\"{}\[\]-]*", re.ASCII)


# For people


def escape(text: str) -> str:
    r"""Return the text on one line, with a visible escape for each character that is not printable.

    Whatever came from outside goes through here before it is put in a message or a table: a
    name, a path, a value, the words of another library. A line break would begin a line of its
    own, which a CI service may read as a command (``::error::``); a terminal obeys control
    characters (C0, C1, DEL), and bidirectional controls show a text in another order.

    1. The characters ``##[`` begin a command for GitHub Actions, wherever they are in a line: one
       of them is escaped, also with a word before the bracket, as in ``##vso[`` of Azure
       Pipelines. So do two colons and a word at the beginning of a line, also behind blanks.
    2. Characters that `str.isprintable` excludes are escaped, line and paragraph separators and
       halves of surrogate pairs included. A backslash stays as it is.
    3. Escaping twice gives the same as escaping once.

    >>> print(escape("web\n::error::x\x1b[31m"))
    web\n::error::x\x1b[31m
    >>> print(escape("::error::x"))
    \x3a:error::x
    """
    if not text.isprintable():
        text = "".join(map(escape_character, text))
    return _BRACKET.sub(r"#\\x23", _COMMAND.sub(r"\1\\x3a:", text))


def escape_lines(text: str) -> str:
    r"""Return a text of several lines, each of them as `escape` returns it.

    >>> print(escape_lines("web\n::error::x\x07"))
    web
    \x3a:error::x\x07
    """
    return "\n".join(map(escape, text.split("\n")))


def escape_character(character: str) -> str:
    r"""Return one character; a visible escape for one that is not printable.

    >>> print(escape_character("\x1b"), escape_character("é"), escape_character("\u202e"))
    \x1b é \u202e
    """
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode()


def begins_command(text: str) -> bool:
    """Return whether a text may be a command for a CI service where it begins a line.

    >>> begins_command("::error::x"), begins_command("x::y")
    (True, False)
    """
    return text.lstrip().startswith("::")


# For data formats


def has_unprintable(text: str) -> bool:
    r"""Return whether a text has a character that is not printable, beside line breaks and tabs.

    >>> has_unprintable("a\tb\n"), has_unprintable("a\rb")
    (False, True)
    """
    return not all(map(str.isprintable, _SUSPECT.findall(text)))


def has_command(text: str) -> bool:
    """Return whether a line of a text may be, or have in it, a command for a CI service.

    >>> has_command("a ##[error]"), has_command("a ::error::")
    (True, False)
    """
    if "##" in text and _BRACKET.search(text) is not None:
        return True
    return "::" in text and _COLONS.search(text) is not None


def escape_json(text: str) -> str:
    r"""Return the text of a JSON document, in which only strings have what is not printable.

    >>> print(escape_json('["\x7f", "##[error]"]'))
    ["\u007f", "#\u0023[error]"]
    """
    return _BRACKET.sub(r"#\\u0023", _SUSPECT.sub(_json_escape, text))


def _json_escape(found: re.Match[str]) -> str:
    import json  # noqa: PLC0415 - see the imports

    return found[0] if found[0].isprintable() else json.dumps(found[0])[1:-1]


def escape_yaml(text: str, *, commands: bool = True) -> str:
    r"""Return the text of a YAML document, in which only double quotes have what is not printable.

    Without ``commands`` what a CI service would obey stays as it is: the text is for a file.

    >>> print(escape_yaml('- "\x7f"\n- "##[error]"'))
    - "\x7f"
    - "#\x23[error]"
    """
    text = _SUSPECT.sub(lambda found: escape_character(found[0]), text)
    return _BRACKET.sub(r"#\\x23", text) if commands else text


def open_command(text: str) -> str:
    """Return the end of a text that may become a command, if more text follows.

    >>> open_command("a: #"), open_command("a: ##vs"), open_command("a: #b c")
    ('#', '##vs', '')
    """
    found = _OPEN.search(text)
    return "" if found is None else found[0]


# For other formats


def diff_file(name: str) -> str:
    r"""Return the name of a file as a line of a diff has it.

    As git writes it, and as ``git apply`` and ``patch`` read it:

    1. A name that `escape` changes, or with a quote or a backslash, is in quotes. What is not
       printable is there as the octal numbers of its bytes.
    2. Behind another name with a space there is a tab, where the name ends for ``patch``.

    >>> print(diff_file("a/web.yaml"), diff_file('a/"x"\t.yaml'))
    a/web.yaml "a/\"x\"\011.yaml"
    """
    if escape(name) == name and not set(name) & set('"\\'):
        return f"{name}\t" if " " in name else name
    shown = "".join(map(_diff_character, name))
    return f'"{shown}"'


def _diff_character(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable() and character != "#":
        return character
    return "".join(f"\\{byte:03o}" for byte in os.fsencode(character))


def github_data(*lines: str) -> str:
    r"""Return the message of a workflow command of GitHub Actions, with ``%0A`` between its lines.

    Each line is `escape`; a per cent sign is ``%25``.

    >>> print(github_data("50%\n::error::x", "b"))
    50%25\n::error::x%0Ab
    """
    return "%0A".join(escape(line).replace("%", "%25") for line in lines)


def github_property(text: str) -> str:
    """Return the value of a property of a workflow command: a colon and a comma are escaped, too.

    >>> print(github_property("a,b:c.yaml"))
    a%2Cb%3Ac.yaml
    """
    return github_data(text).replace(":", "%3A").replace(",", "%2C")


def sarif_text(text: str) -> str:
    r"""Return the text of a message in SARIF; its line breaks stay.

    Viewers make a link of ``[text](target)``: the backslash before it says that it is none.

    >>> print(sarif_text("ports[0]: [x](https://example.com)\x07"))
    ports[0]: \[x](https://example.com)\x07
    """
    return _LINK.sub(r"\\[", escape_lines(text))


def markup(text: str) -> str:
    r"""Return text for an element or an attribute of HTML and SVG; its line breaks stay.

    XML forbids most control characters, also as entities, so that they are as in `escape`.

    >>> print(markup("<a title='b'>\x07"))
    &lt;a title=&#x27;b&#x27;&gt;\x07
    """
    import html  # noqa: PLC0415 - see the imports

    return html.escape(escape_lines(text), quote=True)


def script_json(data: object) -> str:
    r"""Return JSON of ASCII that is safe inside an element ``script``.

    >>> script_json(["</script>"])
    '["\\u003c/script\\u003e"]'
    """
    import json  # noqa: PLC0415 - see the imports

    return escape_json(json.dumps(data, separators=(",", ":")).translate(_SCRIPT))


def markdown_code(text: str) -> str:
    """Return a text as code, with no character that means something in Markdown or HTML.

    >>> markdown_code("app=web"), markdown_code("a|b`c")
    ('`app=web`', '<code>a&#124;b&#96;c</code>')
    """
    text = escape(text)
    if _CODE.fullmatch(text) and text.strip():
        return f"`{text}`"
    safe = (letter if letter.isalnum() else f"&#{ord(letter)};" for letter in text)
    return f"<code>{''.join(safe)}</code>"


def dot_string(lines: Iterable[str]) -> str:
    r"""Return lines as one string of dot, in which Graphviz sees no escapes of its own.

    >>> print(dot_string(['a"b', "c &amp; d"]))
    "a\"b\nc &amp;amp; d"
    """
    # Graphviz reads the entities of HTML in every string.
    texts = (
        escape(line).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
        for line in lines
    )
    return '"' + "\\n".join(texts) + '"'


def mermaid_string(lines: Iterable[str]) -> str:
    """Return lines as one text of Mermaid.

    >>> print(mermaid_string(['a "b:c"', "x in (y,z)"]))
    "a #34;b#58;c#34;<br>x in (y,z)"
    """
    texts = (_MERMAID.sub(lambda found: f"#{ord(found[0])};", escape(line)) for line in lines)
    return f'"{"<br>".join(texts)}"'
