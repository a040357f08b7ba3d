"""``labelsel translate``: a selector of one language, said in another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import click

from labelsel.cli.command import BlankArgument, KubectlCommand
from labelsel.cli.output import print_line
from labelsel.cli.printers import DataResult, Output, output_options
from labelsel.cli.screen import Failure, printing
from labelsel.errors import InvalidObjectError, SelectorError, TranslationError
from labelsel.kubernetes import ManifestError, read_text, read_value
from labelsel.languages import parse, parse_expression, parse_fields, parse_matchers
from labelsel.objects import NODE_NAME, from_label_selector, from_node_selector
from labelsel.selector import And, Or, Requirement, Selector
from labelsel.translate import (
    to_expression,
    to_kubernetes,
    to_label_selector,
    to_node_selector,
)

__all__ = ["translate_command"]

_HELP: Final = """\
Say a selector in another language: exactly, or not at all.

SELECTOR is a text in quotes, or with - or without it standard input. Line breaks at the end
of a file or of standard input are no part of a text. A blank line selects everything; an empty
file or input is an error.

\b
Languages:
  kubernetes            app=web,tier notin (db,cache),!debug
  fields                status.phase!=Running      (--from only)
  calico, expression    app == 'web' && !has(debug)
  prometheus            {app="web",env=~"prod|staging"}      (--from only)
  label-selector        the object in spec.selector of a Deployment, YAML or JSON
  node-selector         the object with nodeSelectorTerms of a node affinity, YAML or JSON

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

_Object: TypeAlias = dict[str, object] | None


@dataclass(frozen=True, slots=True)
class _ObjectResult(DataResult):
    """A selector as an object; None selects nothing."""

    value: _Object

    def data(self) -> object:
        return self.value


#: How messages call the word SELECTOR of the command line.
_ARGUMENT: Final = "SELECTOR"

_TEXTS: Final[Mapping[str, Callable[[str], Selector]]] = {
    "kubernetes": parse,
    "fields": parse_fields,
    "calico": parse_expression,
    "expression": parse_expression,
    "prometheus": parse_matchers,
}
_OBJECTS: Final[Mapping[str, Callable[[object], Selector]]] = {
    "label-selector": from_label_selector,
    "node-selector": from_node_selector,
}
_TO_TEXT: Final[Mapping[str, Callable[[Selector], str]]] = {
    "kubernetes": to_kubernetes,
    "calico": to_expression,
    "expression": to_expression,
}
_TO_OBJECT: Final[Mapping[str, Callable[[Selector], _Object]]] = {
    "label-selector": to_label_selector,
    "node-selector": to_node_selector,
}


@click.command("translate", cls=KubectlCommand, help=_HELP)
@click.argument("selector", required=False, metavar="[SELECTOR]", cls=BlankArgument)
@click.option(
    "--from",
    "source",
    type=click.Choice([*_TEXTS, *_OBJECTS]),
    default="kubernetes",
    show_default=True,
    metavar="LANGUAGE",
    help="The language that the selector is in.",
)
@click.option(
    "--to",
    "target",
    type=click.Choice([*_TO_TEXT, *_TO_OBJECT]),
    required=True,
    metavar="LANGUAGE",
    help="The language to say it in.",
)
@click.option("-f", "--filename", "path", metavar="FILE", help="Read the selector from a file.")
@output_options(_ObjectResult, "only for objects.  [default: yaml]", default=None)
def translate_command(
    *, selector: str | None, source: str, target: str, path: str | None, output: Output
) -> None:
    """Read a selector in one language, and print it in another."""
    if selector is not None and path is not None:
        raise click.UsageError("two selectors: name a SELECTOR or a file with -f FILE, not both")
    if output.format is not None and target in _TO_TEXT:
        msg = f"-o is for objects, and {target} is text: leave it out"
        raise click.UsageError(msg)
    translation = _translate(selector, source, target, path)
    if not isinstance(translation, str):
        Output(output.format or "yaml").print(_ObjectResult(translation))
        return
    if not translation.isprintable():
        problem = f"the {target} text has a character that is not printable, and is not shown"
        raise Failure(f"{translation}: {problem}")
    with printing():
        print_line(translation)


def _translate(selector: str | None, source: str, target: str, path: str | None) -> str | _Object:
    try:
        parsed = _read(selector, source, path)
        if source == "node-selector" != target and _names_a_node(parsed):
            # No label of a node has this key, so Calico would select every node.
            reason = "a node's name is no label"
            raise TranslationError("matchFields", "selector of labels", reason)
        return {**_TO_TEXT, **_TO_OBJECT}[target](parsed)
    # ImportError: a regular expression without RE2, which is an extra.
    except (SelectorError, ManifestError, ImportError) as error:
        raise Failure.of(error) from error


def _read(selector: str | None, source: str, path: str | None) -> Selector:
    name, text = _input(selector, path)
    if source in _TEXTS:
        return _TEXTS[source](text)
    value: Any = read_value(text, name)
    try:
        return _OBJECTS[source](value)
    except InvalidObjectError as error:
        msg = f"{name}: not a valid {source} object: {error}"
        raise Failure(msg) from error


def _input(selector: str | None, path: str | None) -> tuple[str, str]:
    """Return how messages call the origin of the selector, and the text of the selector."""
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
    """Whether a part of a selector requires a node's name, by the key for it."""
    match selector:
        case And(terms) | Or(terms):
            return any(map(_names_a_node, terms))
        case Requirement(key=key):
            return key == NODE_NAME
        case _:
            return False
