"""Runs every command, in every format, with texts that somebody would obey, and looks for leaks.

Usage: ``python -m tests.hostile_outputs [--minutes N]`` (``make hostile-output``).

For each text of tests/hostile_texts.py files are written that carry it wherever a text can stand
(tests/cli/hostile_world.py). Each command runs on them in each of its formats, in a pipe and on a
terminal. What it writes is read by a reader of its format. A leak is a character, a command or
markup that is obeyed; a loss is a text that a harmless text in its place would have shown.
"""

import argparse
import html
import json
import math
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final, NamedTuple
from unittest.mock import patch
from xml.etree.ElementTree import fromstring

import pygraphviz
import yaml
from markdown_it import MarkdownIt

from benchmarks.options import positive_float, positive_int
from labelsel.cli import progress
from labelsel.cli.go_text import go_json
from labelsel.escapes import escape
from tests.cli.hostile_world import OUTPUTS, PLAIN, Printed, Words, call, make_world
from tests.hostile_texts import HARMLESS, TEXTS, leaks, without_colours

__all__ = ["RUNS", "Seen", "check", "faults", "harmless_outputs", "main", "read"]


class Seen(NamedTuple):
    """What a reader of a format finds in an output.

    Attributes:
        texts: the texts, as the reader gives them back.
        markup: what is not text: elements and attributes, kinds of tokens, properties.
    """

    texts: list[str]
    markup: frozenset[str] = frozenset()


# Readers


def _strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for key, each in value.items():
                yield key
                yield from _strings(each)
        case list():
            for each in value:
                yield from _strings(each)
        case _:
            return


def _json(text: str) -> Seen:
    return Seen(list(_strings(json.loads(text))))


#: What viewers of SARIF make a link of.
_LINK: Final = re.compile(r"(?<!\\)\[[^\[\]]*\]\([^()]*\)")


def _sarif(text: str) -> Seen:
    """JSON, and the links in the texts of messages."""
    data = json.loads(text)
    results = [result for run in data["runs"] for result in run.get("results", ())]
    links = [link for result in results for link in _LINK.findall(result["message"]["text"])]
    return Seen(list(_strings(data)), frozenset(map("a link: {}".format, links)))


def _yaml(text: str) -> Seen:
    return Seen(list(_strings(yaml.safe_load(text))))


class _Page(HTMLParser):
    """The elements, attributes and texts of a page; its data is JSON."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.markup: set[str] = set()
        self.texts: list[str] = []
        self.scripts = 0
        self._inside: list[str] = []
        self.feed(text)
        self.close()
        self.markup.add(f"{self.scripts} scripts")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside.append("data" if ("id", "data") in attrs else tag)
        self.scripts += tag == "script"
        self.markup |= {tag, *(f"{tag}.{name}" for name, _ in attrs)}
        self.texts += [value or "" for name, value in attrs if name not in {"class", "content"}]

    def handle_endtag(self, _tag: str) -> None:
        self._inside.append("")

    def handle_comment(self, data: str) -> None:
        self.markup.add(f"comment {data}")

    def handle_data(self, data: str) -> None:
        where = self._inside[-1] if self._inside else ""
        if where == "data":
            self.texts += _strings(json.loads(data))
        elif where not in {"script", "style"}:
            self.texts.append(data)


def _html(text: str) -> Seen:
    page = _Page(text)
    return Seen(page.texts, frozenset(page.markup))


def _svg(text: str) -> Seen:
    root = fromstring(text)  # noqa: S314 - our own
    names = {f"{each.tag}.{name}" for each in root.iter() for name in each.attrib}
    texts = [part for each in root.iter() for part in each.itertext()]
    return Seen(texts, frozenset({*names, *(each.tag for each in root.iter())}))


def _dot(text: str) -> Seen:
    """What Graphviz reads: the labels, with its escapes and entities replaced."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "graph.dot")
        path.write_text(text, encoding="utf-8")
        graph = pygraphviz.AGraph(str(path))
    owners = [*graph.nodes(), *graph.edges(), *graph.subgraphs()]
    labels = [str(each.graph_attr["label"]) for each in graph.subgraphs()]
    labels += [str(each.attr["label"]) for each in [*graph.nodes(), *graph.edges()]]
    found = [html.unescape(re.sub(r"\\(.)", _dot_escape, label)) for label in labels]
    return Seen(found, frozenset(type(each).__name__ for each in owners))


def _dot_escape(found: re.Match[str]) -> str:
    return {"n": "\n", "\\": "\\"}.get(found[1], f"an escape of Graphviz: {found[0]}")


#: A line of Mermaid: words of the language and our own names around one text in quotes.
_MERMAID: Final = re.compile(
    r"flowchart LR|  subgraph g\d+\[(T)\]|  end|    n\d+\[(T)\]|  n\d+ (?:==>|-->)\|(T)\| n\d+"
    r"|  class (?:n\d+,)*n\d+ (?:dangling|overlap)"
    r"|  classDef (?:dangling|overlap) stroke:#\w+,stroke-width:2px".replace("T", '"[^"]*"')
)


def _mermaid(text: str) -> Seen:
    """Only characters without a meaning in a text, entities by number, and our line breaks."""
    texts, wrong = [], set()
    for line in text.splitlines():
        found = _MERMAID.fullmatch(line)
        if found is None:
            wrong.add(f"no line of ours: {line}")
            continue
        for quoted in filter(None, found.groups()):
            label = quoted[1:-1].replace("<br>", "\n")
            wrong |= {
                f"markup: {each}"
                for each in re.findall(r"[<>&\"`\\#;%|{}\[\]]", re.sub(r"#\d+;", "", label))
            }
            texts.append(re.sub(r"#(\d+);", lambda code: chr(int(code[1])), label))
    return Seen(texts, frozenset(wrong))


def _markdown(text: str) -> Seen:
    """What CommonMark with tables makes of it: the texts, and the kinds of tokens."""
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    texts, kinds = [], set()
    for block in parser.parse(text):
        for token in [block, *(block.children or [])]:
            is_html = token.type in {"html_block", "html_inline"}
            kinds.add(f"{token.type} {token.content}" if is_html else token.type)
            texts.append("" if is_html else token.content)
        # The text of a code element is between its two tags.
        texts.append("".join(each.content for each in block.children or [] if each.type == "text"))
    return Seen(texts, frozenset(kinds))


#: What GitHub's runner replaces in the message of a command, and besides in a property.
_DATA: Final = {"%0D": "\r", "%0A": "\n"}
_PROPERTY: Final = {**_DATA, "%3A": ":", "%2C": ","}


def _unescape(text: str, escapes: dict[str, str]) -> str:
    for escaped, char in escapes.items():
        text = text.replace(escaped, char)
    return text.replace("%25", "%")


def _github(text: str) -> Seen:
    """What GitHub's runner reads: a command in each line, its properties and its message."""
    texts, names = [], set()
    for line in text.splitlines():
        head, _, message = line.lstrip().removeprefix("::").partition("::")
        name, _, listed = head.partition(" ")
        pairs = dict(each.split("=", 1) for each in listed.split(","))
        names |= {name if line.startswith("::") else f"no command: {line}", *pairs}
        texts += [_unescape(value, _PROPERTY) for value in pairs.values()]
        texts.append(_unescape(message, _DATA))
    return Seen(texts, frozenset(names))


def _plain(text: str) -> Seen:
    return Seen([text])


READERS: Final[dict[str | None, Callable[[str], Seen]]] = {
    "json": _json,
    "sarif": _sarif,
    "jsonpath-as-json": _json,
    "yaml": _yaml,
    "html": _html,
    "svg": _svg,
    "dot": _dot,
    "mermaid": _mermaid,
    "markdown": _markdown,
    "github": _github,
}
#: What an output may have that it does not have with a harmless text.
_OWN_MARKUP: Final = {
    "markdown": frozenset({"html_inline <code>", "html_inline </code>"}),
    "github": frozenset({"error", "notice", "warning"}),
}
#: The commands that take the text as a word.
_MAY_REFUSE: Final = frozenset({"annotate", "translate"})
#: All command lines: each command in each format, and those that print messages.
RUNS: Final = {**OUTPUTS, **PLAIN}
#: Formats whose output in a pipe is the data itself, without any escape. So is a diff, which git
#: applies: tests/cli/test_diffs.py.
RAW: Final = frozenset({"jsonpath", "jsonpath-file"})
_DIFFS: Final = frozenset({"rename", "lint"})


def read(words: Words, output: str) -> Seen:
    """Return what a reader of the format of a command finds in its output."""
    return READERS.get(words.format, _plain)(output)


# The check


@contextmanager
def world(text: str) -> Iterator[None]:
    """Work in a folder with files that carry a text, and with programs that say it."""
    kept, before = os.environ.copy(), Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        make_world(Path(folder), text)
        os.chdir(folder)
        os.environ |= {"PATH": f"{folder}/bin", "COLUMNS": "100", "TERM": "xterm-256color"}
        os.environ.pop("GITHUB_ACTIONS", None)
        try:
            # On a slow machine the bar would be drawn, with sequences of its own.
            with patch.object(progress, "_DELAY", math.inf):
                yield
        finally:
            os.chdir(before)
            os.environ.clear()
            os.environ.update(kept)


def harmless_outputs() -> dict[str, Seen]:
    """Return what readers find in the outputs of commands, if the text is a harmless one."""
    with world(HARMLESS):
        return {
            name: read(words, call(words.words, HARMLESS).output) for name, words in OUTPUTS.items()
        }


def check(
    text: str, harmless: Mapping[str, Seen], names: Iterable[str], *, terminal: bool
) -> Iterator[str]:
    """Yield what is wrong with the outputs of commands with a text."""
    with world(text):
        for name in names:
            words = RUNS[name]
            printed = call(words.words, text, terminal=terminal)
            if terminal:
                printed = printed._replace(
                    output=without_colours(printed.output),
                    messages=without_colours(printed.messages),
                )
            # A terminal of 100 columns breaks texts: whether all is there is seen in a pipe.
            seen = None if terminal else harmless.get(name)
            for fault in faults(words, printed, text, seen, terminal=terminal):
                yield f"{name}: {fault}"


def faults(
    words: Words, printed: Printed, text: str, harmless: Seen | None, *, terminal: bool
) -> Iterator[str]:
    """Yield what is wrong with what a command wrote, beside what it wrote for a harmless text."""
    yield from (f"in the messages {leak}" for leak in leaks(printed.messages))
    output = printed.output
    is_diff = words.words[0] in _DIFFS and output.startswith("--- ")
    if not (words.format in RAW or is_diff) or terminal:
        # A tab is in a diff as it is in the file, and in a YAML text.
        tabs = words.format == "yaml" or is_diff
        for leak in leaks(output, tabs=tabs):
            if not (leak.startswith("a command") and _prints_commands(words)):
                yield f"in the output {leak}"
    # A selector and an annotation cannot hold every text: then there is a message, and no output.
    refused = words.words[0] in _MAY_REFUSE and printed.status and not output
    if harmless is None or refused:
        return
    try:
        found = read(words, output)
    except (ValueError, SyntaxError, yaml.YAMLError) as error:
        yield f"its reader refuses it: {error!r}"
        return
    allowed = harmless.markup | _OWN_MARKUP.get(words.format or "", frozenset())
    yield from (f"markup: {each}" for each in sorted(found.markup - allowed))
    if carries(harmless, HARMLESS) and not carries(found, text):
        yield "the text is lost"


def _prints_commands(words: Words) -> bool:
    return "github" in (words.format, words.words[-1])


def carries(found: Seen, text: str) -> bool:
    """Return whether a text is among others: as it is, as people see it, or as in JSON.

    A table may break it between words, a manifest cannot hold halves of surrogate pairs, and a
    database no NUL.
    """
    together = re.sub(r"\s+", "", "\0".join(found.texts))
    held = [text, re.sub("[\ud800-\udfff]", "_", text), re.sub("[\0\ud800-\udfff]", "_", text)]
    # A template prints a map as kubectl does, and a diff the file: both as JSON, which is cut out
    # of its quotes.
    forms = [
        shown for each in held for shown in (each, go_json(each)[1:-1], json.dumps(each)[1:-1])
    ]
    forms += [escape(each) for each in forms]
    return any(re.sub(r"\s+", "", each) in together for each in forms)


def check_text(name: str, harmless: Mapping[str, Seen], until: float) -> list[str] | None:
    """Return what is wrong with all outputs with the text of a name; None if the time is over."""
    if time.monotonic() >= until:
        return None
    return [
        f"{name}, {'on a terminal' if terminal else 'in a pipe'}: {escape(fault)[:200]}"
        for terminal in (False, True)
        for fault in check(TEXTS[name], harmless, RUNS, terminal=terminal)
    ]


def main(words: Sequence[str] | None = None) -> int:
    """Check every text until the time is over; 1 if a text leaks or is lost, or was not checked."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile_outputs")
    parser.add_argument("--minutes", type=positive_float, default=60.0, help="stop after so long")
    parser.add_argument("--jobs", type=positive_int, default=os.cpu_count(), help="processes")
    options = parser.parse_args(words)
    end = time.monotonic() + 60 * options.minutes
    harmless = harmless_outputs()
    done, found = 0, 0
    with ProcessPoolExecutor(options.jobs) as pool:
        # A text takes seconds: the one that a process has when the time is over is checked whole.
        for task in as_completed(pool.submit(check_text, name, harmless, end) for name in TEXTS):
            faults_of_text = task.result()
            if faults_of_text is None:
                continue
            done += 1
            found += len(faults_of_text)
            for fault in faults_of_text:
                print(fault, flush=True)
    if done < len(TEXTS):
        print(f"the time is over: {len(TEXTS) - done} texts are left")
    print(
        f"{2 * done * len(RUNS):,} outputs of {len(RUNS)} command lines, {len(OUTPUTS)} of them "
        f"each command in each format, with {done} texts: {found} faults"
    )
    return 1 if found or done < len(TEXTS) else 0


if __name__ == "__main__":
    sys.exit(main())
