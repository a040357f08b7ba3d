"""The option groups: options that several commands share, each group passed as one object.

A group is a frozen dataclass and a decorator: ``@reading_options`` adds ``-f``, ``-R`` and so on
to a command, which gets their values as the argument ``reading``, a `Reading`. The options are
named as the fields of the dataclass. The group of ``-o`` is in printers.py.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from itertools import chain
from pathlib import PurePath
from typing import Any, Final, TypeAlias, TypeVar, cast

import click

from labelsel.cli.command import BlankOption
from labelsel.cli.paths import PathsOption, advise_path, expand_path, refuse_hard_links, split_list
from labelsel.kubernetes import DEFAULT_NAMESPACE
from labelsel.kubernetes.inventory.find import UNNAMED, NamespaceScope
from labelsel.kubernetes.read.input_files import special_file
from labelsel.kubernetes.read.rendering import Rendering, render_chart, render_kustomization
from labelsel.labels import validate_key

__all__ = [
    "Reading",
    "Scope",
    "Target",
    "all_option",
    "annotation_options",
    "expand_paths",
    "field_option",
    "is_stream",
    "label_keys_option",
    "missing_option",
    "namespace_name",
    "option_group",
    "reading_options",
    "scope_options",
    "selected_by_option",
    "selector_option",
    "target_options",
    "words_argument",
]

Command = TypeVar("Command", bound=Callable[..., Any])
Decorator: TypeAlias = Callable[[Command], Command]


def option_group(
    argument: str, group: Callable[..., object], *options: Decorator[Any]
) -> Decorator[Callable[..., Any]]:
    """Return a decorator that adds options to a command, and passes their values as one object.

    Arguments:
        argument: the name of the command's argument that gets the object.
        group: makes the object of the values: a dataclass with fields named as the options.
        options: what `click.option` and `click.argument` return, in the order of the help.
    """

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        names: list[str] = []

        @wraps(command)
        def with_group(**values: Any) -> Any:
            given = {name: values.pop(name) for name in names}
            return command(**{argument: group(**given)}, **values)

        others = len(getattr(command, "__click_params__", ()))
        wrapped = cast("Any", with_group)
        for option in reversed(options):
            wrapped = option(wrapped)
        names += [param.name for param in wrapped.__click_params__[others:]]
        return with_group

    return add


# What is read: -f, -R, --exclude, --keep-going, --allow-empty, -v


@dataclass(frozen=True, slots=True)
class Reading:
    """Which manifests are read, and how; a usage error without a path.

    Attributes:
        paths: files, folders, and ``-`` for standard input.
        kustomizations: folders that kustomize renders.
        charts: charts that Helm renders.
        recursive: whether folders are read with all folders below them.
        exclude: patterns of files and folders that are left out.
        configured_exclude: those of a configuration among them, which may match nothing.
        keep_going: whether bad input is reported and passed over also in a path that was named;
            in a file of a folder it always is.
        allow_empty: whether a path may have no objects.
        verbose: whether each file that is left out is listed.
    """

    paths: tuple[str, ...]
    kustomizations: tuple[str, ...] = ()
    charts: tuple[str, ...] = ()
    recursive: bool = True
    exclude: tuple[str, ...] = ()
    keep_going: bool = False
    allow_empty: bool = False
    verbose: bool = False
    configured_exclude: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.inputs:
            advice = _path_among_words() or (
                "name a file or a folder with -f PATH, or standard input with -f -; "
                "-f . reads this folder"
            )
            raise click.UsageError(f"nothing to read: {advice}")

    @property
    def inputs(self) -> tuple[str | Rendering, ...]:
        """Everything that is read, in the order in which it is read."""
        kustomizations = map(render_kustomization, self.kustomizations)
        return (*self.paths, *kustomizations, *map(render_chart, self.charts))


def _path_among_words() -> str | None:
    """Return what to write where a word of the command line is a path without -f."""
    context = click.get_current_context(silent=True)
    return advise_path(context.params.get("words", ())) if context else None


def is_stream(path: str) -> bool:
    """Return whether a path can be read only once: standard input, a pipe, a device."""
    if path == "-":
        return True
    return special_file(path) is not None


def _check_patterns(
    _context: click.Context, _option: object, patterns: tuple[str, ...]
) -> tuple[str, ...]:
    # As for -f, a comma in the name of a file that exists is a part of its name.
    lists = (
        [text] if "," not in text or os.path.lexists(text) else split_list(text)
        for text in patterns
    )
    every = tuple(chain.from_iterable(lists))
    for pattern in every:
        if not PurePath(pattern).parts:
            raise click.BadParameter(f"{pattern!r} is not a pattern of a name or a path")
    return every


def expand_paths(_context: click.Context, param: object, texts: tuple[str, ...]) -> tuple[str, ...]:
    """Return the paths that all values of an option or of an argument mean; a click callback."""
    paths = tuple(path for text in texts for path in expand_path(text))
    if isinstance(param, PathsOption) and param.writes:
        refuse_hard_links(paths)
    return paths


def _check_folders(
    _context: click.Context, _option: object, folders: tuple[str, ...]
) -> tuple[str, ...]:
    """Refuse a folder that the program would read as an option of its own."""
    for folder in folders:
        if folder.startswith("-"):
            raise click.BadParameter(f"{folder!r} begins with '-': write ./{folder}")
    return folders


_READING_OPTIONS: Final = (
    click.option(
        "-k",
        "--kustomize",
        "kustomizations",
        multiple=True,
        metavar="DIR",
        callback=_check_folders,
        help="Read what 'kustomize build DIR' prints, or 'kubectl kustomize DIR' where kustomize "
        "is not installed: -k overlays/prod.",
    ),
    click.option(
        "--helm",
        "charts",
        multiple=True,
        metavar="CHART",
        callback=_check_folders,
        help="Read what 'helm template CHART' prints: --helm charts/shop.",
    ),
    click.option(
        "-R",
        "--recursive/--no-recursive",
        "recursive",
        default=True,
        help="Read folders with all folders below them. On by default, unlike in kubectl: "
        "-f shop --no-recursive reads one folder alone.",
    ),
    click.option(
        "--exclude",
        multiple=True,
        metavar="PATTERN",
        callback=_check_patterns,
        help="Leave out files and folders that match, also those that -f names: a name, the end of "
        "a path, or a path from / or .., with *, ? and **, as in --exclude charts,'*.test.yaml'. "
        "May be given more than once.",
    ),
    click.option(
        "--keep-going",
        is_flag=True,
        help="Report all bad input, and go on also where a path of -f itself is bad: "
        "-f bad.yaml --keep-going. The exit status is that of bad input all the same.",
    ),
    click.option(
        "--allow-empty",
        is_flag=True,
        help="Do not fail if a path of -f has no objects: -f empty.yaml --allow-empty.",
    ),
    click.option(
        "-v",
        "--verbose",
        is_flag=True,
        help="List each file that is skipped because it holds no objects, and each template: "
        "-f shop -v.",
    ),
)


def reading_options(
    about: str = "Read a file, a folder, or - for standard input.",
    *more: Decorator[Any],
    group: Callable[..., Reading] = Reading,
    writes: bool = False,
) -> Decorator[Callable[..., Any]]:
    """Return a decorator that adds the options of `Reading`, as the argument ``reading``.

    Arguments:
        about: the help of ``-f``: what is done with its paths.
        more: further options, whose values ``group`` takes, too.
        group: makes the Reading of the values.
        writes: whether the command changes the files.
    """
    paths = click.option(
        "-f",
        "--filename",
        "paths",
        cls=PathsOption,
        writes=writes,
        multiple=True,
        metavar="PATH",
        callback=expand_paths,
        help=f"{about} May be a comma list or a pattern in quotes (-f 'shop/*.yaml'), and given "
        "more than once.",
    )
    return option_group("reading", group, paths, *more, *_READING_OPTIONS)


# Where objects are looked for: -n, -A


@dataclass(frozen=True, slots=True)
class Scope:
    """The namespaces in which objects are looked for.

    Attributes:
        namespace: the namespace that was named, or None.
        all_namespaces: whether -A was given; it overrides ``namespace``, as in kubectl.
    """

    namespace: str | None = None
    all_namespaces: bool = False

    @property
    def namespaces(self) -> NamespaceScope:
        """The same, as `labelsel.kubernetes.select` takes it."""
        if self.all_namespaces:
            return None
        return UNNAMED if self.namespace is None else self.namespace

    def describe(self, paths: Iterable[str]) -> str:
        """Return where objects of some paths are looked for; empty for all namespaces."""
        if self.all_namespaces or (self.namespace is None and all(map(is_stream, paths))):
            return ""
        return f"{self.namespace or DEFAULT_NAMESPACE} namespace"


#: What a list, a pattern or a path has, and no name of a namespace. Other illegal names may stand
#: in files, as placeholders do: ${NAMESPACE}.
_NOT_IN_NAMES: Final = re.compile(r"\A-|[\s,*?\[\]|!/<>]")


def namespace_name(
    _context: click.Context, option: click.Parameter, text: str | None
) -> str | None:
    """Return the name of a namespace; a usage error for a list or a pattern. A click callback."""
    if text is not None and _NOT_IN_NAMES.search(text):
        problem = f"{text!r} is not the name of a namespace: {option.opts[0]} takes one name"
        raise click.BadParameter(f"{problem}, and -A looks in all namespaces")
    return text


scope_options: Final = option_group(
    "scope",
    Scope,
    click.option(
        "-n",
        "--namespace",
        metavar="NAME",
        callback=namespace_name,
        help="Look in this namespace: -n shop.  [default: the namespace 'default' for files, all "
        "namespaces for standard input, -k and --helm]",
    ),
    click.option("-A", "--all-namespaces", is_flag=True, help="Look in all namespaces: deploy -A."),
)


# Which objects are meant: words, -l, --field-selector, --all, --ignore-not-found


@dataclass(frozen=True, slots=True)
class Target:
    """Which objects a command is about. A command that has no such option has the default.

    Attributes:
        words: kinds and names, as they were given.
        labels: the texts of label selectors, all of which must match.
        expressions: the same in Calico's language.
        matchers: the same in Prometheus' language.
        fields: the texts of field selectors, all of which must match.
        selected_by: the object that must select them, as KIND/NAME or KIND/NAME:PATH.
        annotations: the texts of selectors of annotations, all of which must match.
        annotation_expressions: the same in Calico's language.
        annotation_matchers: the same in Prometheus' language.
        everything: whether all objects of the kinds are meant.
        missing_ok: whether names that no object has are passed over.
    """

    words: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    expressions: tuple[str, ...] = ()
    matchers: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    selected_by: str | None = None
    annotations: tuple[str, ...] = ()
    annotation_expressions: tuple[str, ...] = ()
    annotation_matchers: tuple[str, ...] = ()
    everything: bool = False
    missing_ok: bool = False

    @property
    def selectors(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Each flag of a selector that was given, with its texts."""
        flags = (
            ("-l", self.labels),
            ("-e", self.expressions),
            ("--matchers", self.matchers),
            ("--field-selector", self.fields),
            ("--annotation-selector", self.annotations),
            ("--annotation-expression", self.annotation_expressions),
            ("--annotation-matchers", self.annotation_matchers),
        )
        return tuple((flag, texts) for flag, texts in flags if texts)


def words_argument(metavar: str) -> Decorator[Any]:
    """Return the words of a `Target`; a shell completes the first of them as a kind."""
    return click.argument("words", nargs=-1, metavar=metavar, shell_complete=_complete_kind)


def _complete_kind(
    context: click.Context, _argument: click.Parameter, incomplete: str
) -> list[str]:
    if context.params.get("words"):
        return []
    # Imported here: only a shell that asks needs it.
    from labelsel.kubernetes.model.kinds import kind_words  # noqa: PLC0415 - see above

    return [word for word in kind_words() if word.startswith(incomplete.lower())]


def selector_option(about: str = "Label selector.") -> Decorator[Any]:
    """Return the options of a `Target` that select by labels: one for each language."""
    return _in_order(
        click.option(
            "-l",
            "--selector",
            "labels",
            multiple=True,
            cls=BlankOption,
            metavar="SELECTOR",
            help=f"{about} If given more than once, all must match: -l app=web -l '!debug'.",
        ),
        click.option(
            "-e",
            "--expression",
            "expressions",
            multiple=True,
            cls=BlankOption,
            metavar="EXPRESSION",
            help="The same in Calico's language, which has or, not and prefixes: "
            '-e \'app == "web" || tier starts with "front"\'. If given more than once, or beside '
            "-l, all must match.",
        ),
        click.option(
            "--matchers",
            "matchers",
            multiple=True,
            metavar="MATCHERS",
            help="The same in Prometheus' language, which has regular expressions: "
            '--matchers \'{app=~"web-.*",tier!="db"}\'. If given more than once, or beside -l '
            "and -e, all must match.",
        ),
    )


def annotation_options() -> Decorator[Any]:
    """Return the options of a `Target` that select by annotations: one for each language."""
    return _in_order(
        click.option(
            "--annotation-selector",
            "annotations",
            multiple=True,
            metavar="SELECTOR",
            help="Select by annotations, which -l does not see, in the language of -l: "
            "--annotation-selector team=shop. If given more than once, all must match.",
        ),
        click.option(
            "--annotation-expression",
            "annotation_expressions",
            multiple=True,
            metavar="EXPRESSION",
            help="The same in the language of -e, for values with any characters: "
            "--annotation-expression 'team == \"the shop\"'.",
        ),
        click.option(
            "--annotation-matchers",
            "annotation_matchers",
            multiple=True,
            metavar="MATCHERS",
            help="The same in the language of --matchers: "
            "--annotation-matchers '{team=~\"the .+\"}'.",
        ),
    )


def _in_order(*options: Decorator[Any]) -> Decorator[Any]:
    """Return a decorator that adds options in the order of the help."""

    def add(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return add


field_option: Final = click.option(
    "--field-selector",
    "fields",
    multiple=True,
    cls=BlankOption,
    metavar="SELECTOR",
    help="Field selector: =, == and != on any single value, such as "
    "--field-selector spec.nodeName=node-1 or "
    "metadata.annotations.example.com/owner=shop. If given more than once, all must match.",
)

selected_by_option: Final = click.option(
    "--selected-by",
    "selected_by",
    metavar="KIND/NAME[:PATH]",
    help="Show only what this object selects, with one of its selectors or with the one at a path: "
    "--selected-by svc/web, --selected-by netpol/wall:spec.podSelector.",
)

all_option: Final = click.option(
    "--all", "everything", is_flag=True, help="Select all objects of the kinds: pods --all."
)

missing_option: Final = click.option(
    "--ignore-not-found",
    "missing_ok",
    is_flag=True,
    help="Do not fail if a named object does not exist: pod web-1 --ignore-not-found.",
)


def target_options(*options: Decorator[Any]) -> Decorator[Callable[..., Any]]:
    """Return a decorator that adds options of `Target`, as the argument ``target``.

    Where the command refuses its words, a selector without quotes is named.
    """

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def with_offer(*, target: Target, **values: Any) -> Any:
            # Imported here: the help needs no selectors.
            from labelsel.cli.forgotten_quotes import offering_quotes  # noqa: PLC0415 - see above

            with offering_quotes(target):
                return command(target=target, **values)

        return option_group("target", Target, *options)(with_offer)

    return add


# Label keys, which are columns or groups


def label_keys_option(*names: str, about: str, required: bool = False) -> Decorator[Any]:
    """Return an option that takes the keys of labels, as ``label_keys``."""
    return click.option(
        *names,
        "label_keys",
        multiple=True,
        required=required,
        callback=_parse_keys,
        metavar="KEY",
        help=f"{about} May be a comma list, and given more than once.",
    )


def _parse_keys(
    _context: click.Context, _option: object, texts: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the keys in comma lists; a usage error for an empty list and for an illegal key."""
    for text in texts:
        if not text.strip(", "):
            raise click.BadParameter(f"{text!r} names no label")
    keys = [key.strip() for text in texts for key in text.split(",") if key.strip()]
    for key in keys:
        if problems := validate_key(key):
            raise click.BadParameter(f"{key!r} is not a label key: {problems[0]}")
    return tuple(keys)
