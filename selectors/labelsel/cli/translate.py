"""``labelsel translate``: a selector of one language, said in another."""

from __future__ import annotations

from typing import Any, Final

import click

from labelsel.cli.command import BlankArgument, KubectlCommand
from labelsel.cli.output import Format, print_line, print_value
from labelsel.cli.screen import Failure, printing
from labelsel.errors import InvalidObjectError, SelectorError, TranslationError
from labelsel.kubernetes import ManifestError
from labelsel.kubernetes.read.document_reader import read_value
from labelsel.kubernetes.read.input_files import read_text
from labelsel.languages import LANGUAGES
from labelsel.objects import NODE_NAME
from labelsel.selector import And, Or, Requirement, Selector

__all__ = ["translate"]

_HELP: Final = """\
Say a selector in another language: exactly, or not at all.

SELECTOR is a text in quotes, or with - or without it standard input. Line breaks at the end
of a file or of standard input are no part of a text. A blank line selects everything; an empty
file or input is an error.

\b
Languages:
{languages}

Field selectors are said with their fields as keys. Everything is a blank line to kubernetes;
nothing is null to label-selector.

The exit status is 0; 1 when the selector is bad or cannot be said, with the part that cannot;
2 when the command line is.

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

#: How messages call the word SELECTOR of the command line.
_ARGUMENT: Final = "SELECTOR"

_WRITTEN: Final = [name for name, language in LANGUAGES.items() if language.format]


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
    help="The language to say it in.",
)
@click.option("-f", "--filename", "path", metavar="FILE", help="Read the selector from a file.")
@click.option(
    "-o",
    "--output",
    "form",
    type=click.Choice([Format.YAML.value, Format.JSON.value]),
    help="How to print an object.  [default: yaml]",
)
def translate(
    *, selector: str | None, source: str, target: str, path: str | None, form: str | None
) -> None:
    """Read a selector in one language, and print it in another."""
    if selector is not None and path is not None:
        raise click.UsageError("two selectors: name a SELECTOR or a file with -f FILE, not both")
    if form is not None and LANGUAGES[target].is_text:
        msg = f"-o is for objects, and {target} is text: leave it out"
        raise click.UsageError(msg)
    said = _translated(selector, source, target, path)
    if isinstance(said, str) and not said.isprintable():
        msg = f"{said}: the {target} text has a character that is not printable, and is not shown"
        raise Failure(msg)
    with printing():
        if isinstance(said, str):
            print_line(said)
        else:
            print_value(said, Format(form or Format.YAML))


def _translated(selector: str | None, source: str, target: str, path: str | None) -> Any:
    write = LANGUAGES[target].format
    assert write is not None  # click takes no other target
    try:
        meant = _read(selector, source, path)
        if source == "node-selector" != target and _names_a_node(meant):
            # No label of a node has this key, so that Calico would select every node.
            reason = "a node's name is no label"
            raise TranslationError("matchFields", "selector of labels", reason)
        return write(meant)
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
    """The selector's text, and before it what messages call the place it comes from."""
    if selector is None or selector == "-":
        place = "-" if path is None else path
        name, text = "standard input" if place == "-" else place, read_text(place)
        if not text:
            raise ManifestError(name, "no selector in the input: it is empty")
        return name, text.rstrip("\r\n")
    try:
        selector.encode()
    except UnicodeEncodeError:  # Python gives bytes that are no UTF-8 as halves of surrogates
        raise ManifestError(_ARGUMENT, "not UTF-8") from None
    return _ARGUMENT, selector


def _names_a_node(selector: Selector) -> bool:
    """Whether a part of it asks for the node's name, by the key that stands for it here."""
    match selector:
        case And(terms) | Or(terms):
            return any(map(_names_a_node, terms))
        case Requirement(key=key):
            return key == NODE_NAME
        case _:
            return False
