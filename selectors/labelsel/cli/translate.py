"""``labelsel translate``: a selector of one language, written in another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import click

from labelsel.cli.command import BlankArgument, KubectlCommand
from labelsel.cli.output import print_line
from labelsel.cli.printers import DataResult, Output, output_options
from labelsel.cli.screen import Failure, printing
from labelsel.errors import InvalidObjectError, SelectorError, TranslationError
from labelsel.kubernetes import ManifestError
from labelsel.kubernetes.read.document_reader import read_value
from labelsel.kubernetes.read.input_files import read_text
from labelsel.languages import LANGUAGES
from labelsel.objects import NODE_NAME
from labelsel.selector import And, Or, Requirement, Selector

__all__ = ["translate_command"]

_HELP: Final = """\
Write a selector in another language: exactly, or not at all.

SELECTOR is a text in quotes. With - or without SELECTOR the text is read from standard input.
Line breaks at the end of a file or of standard input are not a part of the text. A blank line
selects everything; an empty file or input is an error.

\b
Languages:
{languages}

The fields of a field selector become keys. In kubernetes a blank line selects everything; in
label-selector null selects nothing.

The exit status is 0; 1 if the selector is bad, or cannot be written in the other language (the
message names the part); 2 if the command line is wrong.

\b
Examples:
  labelsel translate --to calico 'app=web,tier notin (db,cache),!debug'
  labelsel translate --to label-selector -o json 'app=web,tier in (front,back)'
  labelsel translate --from calico --to node-selector "zone == 'a' || has(gpu)"
  labelsel translate --from prometheus --to kubernetes '{app="web",env=~"prod|staging"}'
  labelsel translate --from label-selector --to kubernetes -f selector.yaml
  kubectl get deploy web -o jsonpath={.spec.selector} |
    labelsel translate --from label-selector --to calico
"""

#: The name of the argument SELECTOR in messages.
_ARGUMENT: Final = "SELECTOR"

_WRITTEN: Final = [name for name, language in LANGUAGES.items() if language.format]


@dataclass(frozen=True, slots=True)
class _SelectorObject(DataResult):
    """A selector as an object; None selects nothing."""

    value: object

    def data(self) -> object:
        return self.value


def _table_of_languages() -> str:
    """Return a line for each language: its names, an example, and whether it is only read."""
    rows = [
        (", ".join(language.names), language.example, "" if language.format else "(--from only)")
        for language in dict.fromkeys(LANGUAGES.values())
    ]
    lines = (f"  {names:<22}{example:<35}{remark}".rstrip() for names, example, remark in rows)
    return "\n".join(lines)


@click.command(
    "translate", cls=KubectlCommand, help=_HELP.replace("{languages}", _table_of_languages())
)
@click.argument("selector", required=False, metavar="[SELECTOR]", cls=BlankArgument)
@click.option(
    "--from",
    "source",
    type=click.Choice(list(LANGUAGES)),
    default="kubernetes",
    show_default=True,
    metavar="LANGUAGE",
    help="The language that the selector is in.",
)
@click.option(
    "--to",
    "target",
    type=click.Choice(_WRITTEN),
    required=True,
    metavar="LANGUAGE",
    help="The language to write it in.",
)
@click.option("-f", "--filename", "path", metavar="FILE", help="Read the selector from a file.")
@output_options(_SelectorObject, "How to print an object.  [default: yaml]", default=None)
def translate_command(
    *, selector: str | None, source: str, target: str, path: str | None, output: Output
) -> None:
    """Read a selector in one language, and print it in another."""
    if selector is not None and path is not None:
        raise click.UsageError("two selectors: name a SELECTOR or a file with -f FILE, not both")
    if output.format is not None and LANGUAGES[target].is_text:
        msg = f"-o is for objects, and {target} is text: leave it out"
        raise click.UsageError(msg)
    translation = _translate(selector, source, target, path)
    if not isinstance(translation, str):
        Output(output.chosen or ("yaml", None)).print(_SelectorObject(translation))
        return
    if not translation.isprintable():
        problem = f"the {target} text has a character that is not printable, and is not shown"
        raise Failure(f"{translation}: {problem}")
    with printing():
        print_line(translation)


def _translate(selector: str | None, source: str, target: str, path: str | None) -> object:
    write = LANGUAGES[target].format
    assert write is not None  # click takes no other target
    try:
        parsed = _read(selector, source, path)
        if source == "node-selector" != target and _names_a_node(parsed):
            # No label of a node has this key, so Calico would select every node.
            reason = "a node's name is no label"
            raise TranslationError("matchFields", "selector of labels", reason)
        return write(parsed)
    # ImportError: a regular expression without RE2, which is an extra.
    except (SelectorError, ManifestError, ImportError) as error:
        raise Failure.of(error) from error


def _read(selector: str | None, source: str, path: str | None) -> Selector:
    name, text = _input(selector, path)
    language = LANGUAGES[source]
    if language.is_text:
        return language.parse(text)
    value = read_value(text, name)
    try:
        return language.parse(value)
    except InvalidObjectError as error:
        msg = f"{name}: not a valid {source} object: {error}"
        raise Failure(msg) from error


def _input(selector: str | None, path: str | None) -> tuple[str, str]:
    """Return the name of the selector's origin in messages, and the text of the selector."""
    if selector is None or selector == "-":
        file = "-" if path is None else path
        name, text = "standard input" if file == "-" else file, read_text(file)
        if not text:
            raise ManifestError(name, "no selector in the input: it is empty")
        return name, text.rstrip("\r\n")
    try:
        selector.encode()
    except UnicodeEncodeError:  # Python decodes bytes that are not UTF-8 as surrogates
        raise ManifestError(_ARGUMENT, "not UTF-8") from None
    return _ARGUMENT, selector


def _names_a_node(selector: Selector) -> bool:
    """Whether a part of a selector requires a node's name, by the key that means the name."""
    match selector:
        case And(terms) | Or(terms):
            return any(map(_names_a_node, terms))
        case Requirement(key=key):
            return key == NODE_NAME
        case _:
            return False
