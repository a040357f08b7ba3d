"""``labelsel translate``: a selector of one language, written in another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import click

from labelsel.cli.command import BlankArgument, KubectlCommand, SuggestingChoice
from labelsel.cli.output import print_line
from labelsel.cli.printers import DataResult, Output, output_options
from labelsel.cli.screen import Failure, printing
from labelsel.cli.selector_flags import selector_failure
from labelsel.cli.translate_sql import LAYOUTS_HELP, SqlOptions, sql_options, write_sql
from labelsel.errors import InvalidObjectError, SelectorError, TranslationError, list_words, quote
from labelsel.escapes import escape
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
  sql                   ("app" IS NOT NULL AND ...)        (--to only)

With --to sql the selector becomes a condition of a WHERE that selects exactly the same rows, for
the engine of --dialect and the tables of --layout. With -o json it has parameters instead of
values: an object with "text" and "parameters".

{layouts}
  hstore:labels          the column labels has hstores of PostgreSQL

The fields of a field selector become keys. In kubernetes a blank line selects everything; in
label-selector null selects nothing.

The exit status is 0; 1 if the selector is bad, or cannot be written in the other language (the
message names where it was typed, and the part); 2 if the command line is wrong.

\b
Examples:
  labelsel translate --to calico 'app=web,tier notin (db),!debug'
  labelsel translate --to label-selector -o json 'app=web,tier in (front,back)'
  labelsel translate --to calico -o json 'app=web,!debug'
  labelsel translate --from calico --to node-selector "zone == 'a' || has(gpu)"
  labelsel translate --from prometheus --to kubernetes '{app="web",env=~"prod|staging"}'
  labelsel translate --from label-selector --to kubernetes -f selector.yaml
  labelsel translate --to sql --dialect duckdb --layout map:labels 'app=web,!debug'
  labelsel translate --to sql --dialect sqlite --layout columns -o json 'app=web,!debug'
  labelsel translate --to sql --dialect duckdb --layout json 'cores>3' --values values.json
  kubectl get deploy web -o jsonpath={.spec.selector} |
    labelsel translate --from label-selector --to calico
"""

#: The name of the argument SELECTOR in messages.
_ARGUMENT: Final = "SELECTOR"

_SQL: Final = "sql"
"""The target that is no language of selectors."""

_WRITTEN: Final = [*(name for name, language in LANGUAGES.items() if language.format), _SQL]


@dataclass(frozen=True, slots=True)
class _TranslatedSelector(DataResult):
    """A selector as a text or as an object; None is an object that selects nothing."""

    value: object

    def data(self) -> object:
        return self.value


class _WrittenLanguage(SuggestingChoice):
    """A language that selectors are written in; of one that is only read the error says so."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value in LANGUAGES and value not in self.choices:
            written = list_words(list(self.choices), "or")
            self.fail(f"{value} is only read, with --from; write {written}", param, ctx)
        return super().convert(value, param, ctx)


def _table_of_languages() -> str:
    """Return a line for each language: its names, an example, and whether it is only read."""
    rows = [
        (", ".join(language.names), language.example, "" if language.format else "(--from only)")
        for language in dict.fromkeys(LANGUAGES.values())
    ]
    lines = (f"  {names:<22}{example:<35}{remark}".rstrip() for names, example, remark in rows)
    return "\n".join(lines)


@click.command(
    "translate",
    cls=KubectlCommand,
    help=_HELP.replace("{languages}", _table_of_languages()).replace("{layouts}", LAYOUTS_HELP),
)
@click.argument("selector", required=False, metavar="[SELECTOR]", cls=BlankArgument)
@click.option(
    "--from",
    "source",
    type=SuggestingChoice(list(LANGUAGES)),
    default="kubernetes",
    show_default=True,
    metavar="LANGUAGE",
    help="The language that the selector is in.",
)
@click.option(
    "--to",
    "target",
    type=_WrittenLanguage(_WRITTEN),
    required=True,
    metavar="LANGUAGE",
    help="The language to write it in.",
)
@click.option("-f", "--filename", "path", metavar="FILE", help="Read the selector from a file.")
@sql_options
@output_options(
    _TranslatedSelector,
    "How to print. Without -o an object is YAML, and a text is the text alone; with -o json and "
    "-o yaml the text is a string.",
    default=None,
)
def translate_command(  # noqa: PLR0913  # click passes each option by its name
    *,
    selector: str | None,
    source: str,
    target: str,
    path: str | None,
    sql: SqlOptions,
    output: Output,
) -> None:
    """Read a selector in one language, and print it in another."""
    if selector is not None and path is not None:
        raise click.UsageError("two selectors: name a SELECTOR or a file with -f FILE, not both")
    write = _writer(target, sql, bound=output.format is not None)
    translation = _translate(selector, source, target, path, write)
    if output.format is not None or not isinstance(translation, str):
        Output(output.chosen or ("yaml", None)).print(_TranslatedSelector(translation))
        return
    if escape(translation) != translation:
        what = "a character that is not printable"
        if translation.isprintable():
            what = "what a CI service takes for a command"
        raise Failure(f"{translation}: the {target} text has {what}: -o json prints it")
    with printing():
        print_line(translation)


def _writer(target: str, sql: SqlOptions, *, bound: bool) -> Callable[[Selector], object]:
    """Return what writes a selector in a language, or as SQL."""
    if target == _SQL:
        sql.require()
        return lambda selector: write_sql(selector, sql, bound=bound)
    sql.refuse(target)
    write = LANGUAGES[target].format
    assert write is not None  # click takes no other target
    return write


def _translate(
    selector: str | None,
    source: str,
    target: str,
    path: str | None,
    write: Callable[[Selector], object],
) -> object:
    typed = selector if selector != "-" else None
    file = "standard input" if path in (None, "-") else path
    origin = file if typed is None else f"{_ARGUMENT} {quote(typed)}"
    try:
        parsed = _read(path or "-", file, source) if typed is None else _parse(typed, source)
        if source == "node-selector" != target and _names_a_node(parsed):
            # No label of a node has this key, so Calico would select every node.
            reason = "a node's name is no label"
            raise TranslationError("matchFields", "selector of labels", reason)
        return write(parsed)
    except InvalidObjectError as error:
        raise Failure(f"{origin}: not a valid {source} object: {error}") from error
    except SelectorError as error:
        raise selector_failure(origin, error, "for_translate") from error
    # ImportError: a regular expression without RE2, which is an extra.
    except (ManifestError, ImportError) as error:
        raise Failure.of(error) from error


def _read(path: str, name: str, source: str) -> Selector:
    """Return the selector in a file; ``name`` is what messages call the file."""
    text = read_text(path)
    if not text:
        raise ManifestError(name, "no selector in the input: it is empty")
    return _parse(text.rstrip("\r\n"), source, name)


def _parse(text: str, source: str, name: str = _ARGUMENT) -> Selector:
    try:
        text.encode()
    except UnicodeEncodeError:  # Python decodes bytes that are not UTF-8 as surrogates
        raise ManifestError(name, "not UTF-8") from None
    language = LANGUAGES[source]
    return language.parse(text if language.is_text else read_value(text, name))


def _names_a_node(selector: Selector) -> bool:
    """Whether a part of a selector requires a node's name, by the key that means the name."""
    match selector:
        case And(terms) | Or(terms):
            return any(map(_names_a_node, terms))
        case Requirement(key=key):
            return key == NODE_NAME
        case _:
            return False
