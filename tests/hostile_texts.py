"""Texts that a terminal, a CI service or the reader of a format obeys, and what finds them."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

__all__ = ["HARMLESS", "TEXTS", "TOGETHER", "character_name", "leaks", "without_colours"]

#: What every text is compared with: like them no label, and obeyed by nobody.
HARMLESS: Final = "harm less!"

_CONTROLS: Final = [*range(0x20), *range(0x7F, 0xA0)]
#: Marks that turn text around, and their isolates.
_BIDIRECTIONAL: Final = [0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
#: Line ends that are no controls, characters without width, blanks that are no space, tags,
#: halves of surrogate pairs, no character, and one for private use.
_ODD: Final = [
    *(0x2028, 0x2029, 0xAD, 0x180E, 0x200B, 0x200C, 0x200D, 0x2060, 0x2062, 0x206A, 0xFEFF),
    *(0xFFF9, 0xA0, 0x2003, 0x3000, 0xE0001, 0xE0041, 0xD800, 0xDC9B, 0xDFFF, 0xFFFE, 0xE000),
]

_SEQUENCES: Final = {
    "clear the screen": "\x1b[2J\x1b[H",
    "colour": "\x1b[38;5;196m",
    "title": "\x1b]0;owned\x07",
    "link": "\x1b]8;;http://example.com\x1b\\x\x1b]8;;\x1b\\",
    "clipboard": "\x1b]52;c;b3duZWQ=\x07",
    "report": "\x1b[6n\x1b[c\x1b[21t",
    "8-bit CSI": "\x9b2J\x9b38;5;196m",
    "8-bit OSC": "\x9d52;c;b3duZWQ=\x9c",
    "device control": "\x1bP$q\x1b\\",
    "back over it": "rm\x08\x08ls",
    "overwrite the line": "x\rerror: none",
    "CRLF": "x\r\ny",
    "reversed": "\u202etxt.exe\u202c",
    "isolate": "\u2066// safe\u2069",
}

_COMMANDS: Final = {
    "GitHub command": "::error::x",
    "GitHub command behind blanks": "  ::add-mask::x",
    "GitHub command behind a line": "x\n::error file=a::x",
    "GitHub command behind a return": "x\r::set-output name=a::x",
    "GitHub command behind a separator": "x\u2028::error::x",
    "GitHub command, escaped": "x%0A::error::x",
    "GitHub property": "a,title=b,x=1::c",
    "GitHub's percent": "50%25 %0D%0A%3A%2C",
    "GitHub's old command": "##[error]x",
    "GitHub's old command inside": "x ###[add-mask]x",
    "Azure": "##vso[task.setvariable variable=a]b",
    "TeamCity": "##teamcity[buildStatus text='x']",
}

_MARKUP: Final = {
    "end of a script": "</script><script>alert(1)</script>",
    "image": "<img src=x onerror=alert(1)>",
    "end of CDATA": "]]>",
    "comment": "--><!-- --",
    "entity": "&lt;b&gt; &#60; &amp;",
    "quotes": "\"double\" 'single' `back`",
    "attribute": '" onload="alert(1)',
    "style": "</style></title>*{display:none}",
    "backslashes": '\\ \\\\ \\n \\l \\" \\x1b',
    "dot": '"]; x -> y [label="<b>',
    "dot's words": "\\N\\G\\E\\T\\H\\L",
    "Mermaid": '"]; click n0 "javascript:alert(1)"',
    "Mermaid's entities": "#quot;#34;#lt;#9829;",
    "Mermaid's comment": "%%{init: {}}%% end",
    "Mermaid's link": "--> x & y; subgraph z",
    "Mermaid's Markdown": "`**bold**`",
    "Markdown": "| [x](http://example.com) ![i](x) | *a* _b_ ~~c~~",
    "Markdown's code": "``` ` ``",
    "Markdown's blocks": "# h\n- x\n> y\n---",
    "mentions": "@octocat #1 https://example.com",
    "console markup": "[red]x[/red] [link=http://x]y[/link] :skull:",
    "shell": "$(touch owned) `touch owned` ; rm x & | > y",
    "shell's quotes": "'; touch owned; '\"$HOME\"",
    "formula": "=cmd|' /C calc'!A0",
    "formula with a plus": "+1+1 @SUM(1) -2",
    "YAML": "x: [a, {b: c}] # no\n---\n- &a *a !!python/object",
    "YAML's words": "null",
    "JSON": '", "injected": "',
    "template": "{{ .Values.x }} ${{ github.token }} {%x%}",
    "format": "%s %n {0} {x!r}",
    "emoji": "\U0001f468\u200d\U0001f469\ufe0f \u2764\ufe0f",
    "letters": "é漢字 שלום مرحبا",
}


def character_name(code: int) -> str:
    """Return how people call a character: ``U+001B``."""
    return f"U+{code:04X}"


#: Each text by its name: one for each character, and what is made of several.
TEXTS: Final[dict[str, str]] = {
    **{
        character_name(code): f"a{chr(code)}b"
        for code in sorted({*_CONTROLS, *_BIDIRECTIONAL, *_ODD})
    },
    **_SEQUENCES,
    **_COMMANDS,
    **_MARKUP,
}

#: Some of each kind in one text, for a short run; shorter than what a message cuts.
TOGETHER: Final = (
    "a\n::error::x\r\x07\x1b[38;5;196m\x7f\x9b2J\u2028\u202e\u2066\u200b##[error]</script>\"'`]]>|"
)

#: A command for GitHub's runner: at the beginning of a line, or in its old form anywhere; and
#: those of Azure Pipelines and TeamCity.
_OBEYED: Final = re.compile(r"\A\s*::[A-Za-z-]+(?:::|\s|\Z)|##[A-Za-z]*\[")
#: What rich writes for colours and styles on a terminal of 8 colours.
_COLOUR: Final = re.compile(r"\x1b\[(?:[0-9]|[34][0-9]|39|49)?(?:;(?:[0-9]|[34][0-9]|39|49))*m")


def without_colours(text: str) -> str:
    """Return what a terminal shows of our own output: without the colours that we write."""
    return _COLOUR.sub("", text)


def leaks(text: str, *, tabs: bool = False) -> Iterator[str]:
    r"""Yield what a text for people must not have: characters by name, and commands.

    >>> list(leaks("a\x1bb\n::error::c")), list(leaks("a\n::1"))
    (['U+001B', 'a command: ::error::c'], [])
    """
    for char in sorted(set(text) - {"\n", *(["\t"] if tabs else [])}):
        # Not by str.isprintable, which the code relies on: by the categories themselves.
        category = unicodedata.category(char)
        if category in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} or (
            category == "Zs" and char != " "
        ):
            yield character_name(ord(char))
    yield from (f"a command: {line}" for line in text.split("\n") if _OBEYED.search(line))
