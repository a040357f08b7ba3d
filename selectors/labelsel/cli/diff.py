"""``labelsel diff``: which selectors start or stop selecting which objects, between two inputs."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import chdir, contextmanager
from dataclasses import dataclass, fields
from functools import partial
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeAlias

import click
from rich.text import Text

from labelsel.cli.added_selectors import AddedSelectors
from labelsel.cli.command import KubectlCommand
from labelsel.cli.input import InputReader, bad_input
from labelsel.cli.namesakes import leave_out_patches, print_each, report_kustomized
from labelsel.cli.options import Reading, is_stream, reading_options
from labelsel.cli.output import identity
from labelsel.cli.printers import (
    DataResult,
    MarkdownResult,
    Output,
    WideTableResult,
    output_options,
)
from labelsel.cli.relation_markdown import diff_comment
from labelsel.cli.screen import Failure, say
from labelsel.cli.selector_columns import (
    count_changes,
    is_inner,
    shown_change,
    shown_path,
    shown_selectors,
    shown_target,
)
from labelsel.cli.tables import TableColumn, print_rich, print_table
from labelsel.kubernetes import (
    PairCause,
    PairChange,
    RelationDiff,
    RevisionError,
    SelectorRelation,
    diff_relations,
    namespace_of,
    read_object_selectors,
    selector_targets,
)
from labelsel.kubernetes.read.git_revisions import GitRepository, Revision, parse_range
from labelsel.limits import MAX_LISTED_PAIRS

__all__ = ["diff_command"]

_HELP: Final = """\
Show which selectors start or stop selecting which objects.

Two inputs are compared: the first one is the old one. They are files or folders (-f OLD -f NEW),
or what kustomize or Helm prints (-k OLD -k NEW). With --git the paths of -f are compared as they
are in two commits of a git repository; nothing is checked out.

The command reads the selectors that who-selects reads. Objects are the same if kind, group,
namespace and name are the same, and selectors if they are at the same path of the same object.
The first table has the pairs of selectors and objects that are on both sides; the second one
what was removed or added with an object or a selector. A selector whose text changes and that
selects the same objects is no difference. A list has at most 10,000 pairs and says how many more
there are. The rules:
https://labelsel.readthedocs.io/en/latest/relations.html

\b
  CHANGE    stops or starts; removed or added with the object or the selector
  SELECTOR  the text, and where it changed both texts: OLD -> NEW
  WHY       what changed: the selector, the labels of the object, the namespaces

As of kubectl diff, the exit status is 0 without a difference, 1 with one, and 2 if a part of
the input or the command line is bad.

\b
Examples:
  labelsel diff -f old/ -f new/
  labelsel diff --git main...HEAD -f deploy/ -o markdown
  labelsel diff --git HEAD -f deploy/
  labelsel diff -k overlays/staging -k overlays/prod -o json
"""

#: Pairs in several sequences that one table shows.
_Groups: TypeAlias = tuple[Sequence[PairChange], ...]
#: The revisions that a folder may be named as.
_PLAIN: Final = re.compile(r"\w[\w.@~^{}-]*(/\w[\w.@~^{}-]*)*")
#: So many digits of a hash name a commit, as git writes them.
_SHORT: Final = 12
#: What the table says of each cause.
_WHY: Final = {
    PairCause.SELECTOR: "selector",
    PairCause.NAMESPACES: "namespaces",
    PairCause.LABELS: "labels",
    PairCause.NEW_SELECTOR: "new selector",
    PairCause.NEW_OBJECT: "new object",
    PairCause.NO_SELECTOR: "selector gone",
    PairCause.NO_OBJECT: "object gone",
}


@dataclass(frozen=True, slots=True)
class _TwoInputs(Reading):
    """The two inputs to compare; a usage error for another number of them.

    Attributes:
        git: the range of revisions, or None.
    """

    git: str | None = None

    def __post_init__(self) -> None:
        Reading.__post_init__(self)
        if self.git is None and len(self.inputs) != 2:
            count = len(self.inputs)
            problem = f"diff compares two inputs, and {count} {'is' if count == 1 else 'are'} named"
            raise click.UsageError(f"{problem}: write -f OLD -f NEW, or --git A..B -f PATH")
        if self.git is not None and (
            self.kustomizations or self.charts or any(map(is_stream, self.paths))
        ):
            msg = "--git compares files and folders: name them with -f, and leave -k and --helm out"
            raise click.UsageError(msg)

    def alone(self, **inputs: Any) -> Reading:
        """Return the same options for other inputs."""
        options = {each.name: getattr(self, each.name) for each in fields(Reading)}
        return Reading(**options | {"paths": (), "kustomizations": (), "charts": ()} | inputs)

    def sides(self) -> list[tuple[str, Reading]]:
        """Return the two inputs, each with its name."""
        groups = ("paths", "kustomizations", "charts")
        return [
            (text, self.alone(**{group: (text,)}))
            for group in groups
            for text in getattr(self, group)
        ]


#: The formats that print tables.
_TABLES: Final = frozenset({"table", "wide"})


@dataclass(frozen=True, slots=True)
class _InputSide:
    """One of the two inputs, as it was read.

    Attributes:
        name: what the output calls it.
        relation: the selectors and what they select.
        name_file: returns the name of a file without the folder of the input.
    """

    name: str
    relation: SelectorRelation
    name_file: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class _Difference(DataResult, MarkdownResult, WideTableResult):
    """What differs between two inputs.

    Attributes:
        old: the name of the old input.
        new: the name of the new input.
        diff: the difference.
        headers: whether a table has headings.
    """

    old: str
    new: str
    diff: RelationDiff
    headers: bool

    def data(self) -> object:
        return {
            "old": self.old,
            "new": self.new,
            "counts": {name: len(changes) for name, changes in self._lists().items()},
            **{
                name: [_data(change) for change in islice(changes, MAX_LISTED_PAIRS)]
                for name, changes in self._lists().items()
            },
        }

    def is_whole(self, output: str | None) -> bool:
        """Whether each list of an output has all of its pairs; Markdown has a limit of its own."""
        if output == "markdown":
            return True
        # A table has two of the lists of the data.
        lists = [(each,) for each in self._lists().values()]
        found: Iterable[_Groups] = self._tables().values() if output in _TABLES else lists
        return all(sum(map(len, groups)) <= MAX_LISTED_PAIRS for groups in found)

    def markdown(self) -> str:
        return diff_comment(self.old, self.new, self.diff)

    def print_table(self, *, wide: bool) -> None:
        print_each(
            (_heading(title, groups), partial(self._print_changes, groups, wide=wide))
            for title, groups in self._tables().items()
            if any(groups)
        )

    def _lists(self) -> dict[str, Sequence[PairChange]]:
        """Return the lists of the data."""
        diff = self.diff
        return {"changed": diff.changed, "removed": diff.removed, "added": diff.added}

    def _tables(self) -> dict[str, _Groups]:
        """Return the pairs of each table, in several sequences."""
        diff = self.diff
        return {
            "On both sides": (diff.changed,),
            "With objects or selectors of one side": (diff.removed, diff.added),
        }

    def _print_changes(self, groups: _Groups, *, wide: bool) -> None:
        changes = list(islice(chain(*groups), MAX_LISTED_PAIRS))
        paths = wide or any(is_inner(change.object_selector) for change in changes)
        print_table(changes, _columns(paths=paths, wide=wide), headers=self.headers)
        more = sum(map(len, groups)) - len(changes)
        if more:
            print_rich(Text(f"and {more:,} more"))


_GIT: Final = click.option(
    "--git",
    metavar="A..B",
    help="Compare the paths of -f in two commits of a git repository: A..B, A...B from where B "
    "left A, or A for the files as they are now: --git main...HEAD.",
)


@click.command("diff", cls=KubectlCommand, help=_HELP)
@reading_options(
    "Read a file, a folder, or - for standard input: the old one, then the new one, as in "
    "-f OLD -f NEW or -f OLD,NEW.",
    _GIT,
    group=_TwoInputs,
)
@output_options(
    _Difference,
    "How to print: markdown prints a comment for a pull request; json and yaml print data, which "
    "have the counts of all pairs.",
)
def diff_command(*, reading: _TwoInputs, output: Output) -> None:
    """Print what differs; the exit status says whether something does."""
    with _failing_as_kubectl():
        readers: list[InputReader] = []
        with bad_input():
            old, new = _read_revisions(reading, readers) if reading.git else _read(reading, readers)
            found = diff_relations(
                old.relation, new.relation, old_name=old.name_file, new_name=new.name_file
            )
        difference = _Difference(old.name, new.name, found, not output.no_headers)
        output.print(difference)
        if not found:
            say("No selector starts or stops selecting an object.")
        elif not difference.is_whole(output.format):
            say(f"A list ends after {MAX_LISTED_PAIRS:,} pairs. The counts are those of all pairs.")
        for reader in readers:
            reader.finish()
    if found:
        raise click.exceptions.Exit(1)


class _BadInput(Failure):
    """A failure, with the status of an error of kubectl diff: 1 is for a difference."""

    exit_code = 2


@contextmanager
def _failing_as_kubectl() -> Iterator[None]:
    try:
        yield
    except Failure as failure:
        raise _BadInput(*failure.lines) from failure


# What is read


def _read(reading: _TwoInputs, readers: list[InputReader]) -> list[_InputSide]:
    return [
        _InputSide(name, _relation(side, readers), partial(_below, name))
        for name, side in reading.sides()
    ]


def _relation(reading: Reading, readers: list[InputReader]) -> SelectorRelation:
    """Read one input. Its reader is added to a list, to report errors when all is printed."""
    reader = InputReader(reading)
    readers.append(reader)
    everything = reader.read()
    resources = leave_out_patches(everything, reader)
    report_kustomized(resources, everything, reader)
    added = AddedSelectors(resources, resources, reader)
    found = read_object_selectors(resources, on_error=added.on_error)
    targets = selector_targets(resources, on_error=reader.on_error)
    reader.end_at_errors()
    return SelectorRelation(found, targets)


def _below(folder: str, file: str) -> str:
    """Return the name of a file below a folder; of the input itself the empty name."""
    return "" if file == folder or not Path(folder).is_dir() else os.path.relpath(file, folder)


def _read_revisions(reading: _TwoInputs, readers: list[InputReader]) -> list[_InputSide]:
    """Read the paths in two commits, or in one and as they are now.

    Raises:
        RevisionError: git is missing or failed, a revision is not there, or no side has a path.
    """
    old_name, new_name, parted = parse_range(reading.git or "")
    revisions = _Revisions(reading, readers)
    repository = revisions.repository
    old = repository.revision(old_name)
    new = None if new_name is None else repository.revision(new_name)
    if parted and new is not None:
        old = repository.merge_base(old, new)
    sides = [revisions.read(old), revisions.read(new)]
    if revisions.missing:
        names = " nor ".join(side.name for side in sides)
        raise RevisionError(revisions.missing[0], f"neither {names} has such a path")
    return sides


class _Revisions:
    """Reads the paths of -f as they are in commits, or as they are now.

    Attributes:
        repository: the repository of the paths.
        missing: the paths that no side had so far.
    """

    def __init__(self, reading: _TwoInputs, readers: list[InputReader]) -> None:
        self.repository = GitRepository.around(_nearest_folder(reading.paths[0]))
        self._reading = reading
        self._readers = readers
        self._paths = {path: self.repository.relative(path) for path in reading.paths}
        self.missing = list(self._paths)

    def read(self, revision: Revision | None) -> _InputSide:
        """Read one side; a side without the paths is empty."""
        if revision is None:
            present = [path for path in self._paths if os.path.lexists(path)]
            relation = self._relation(present, present)
            return _InputSide("the files as they are now", relation, self.repository.relative)
        with TemporaryDirectory() as folder:
            # Names of files read as git writes them: main:/shop/web.yaml.
            prefix = f"{_shown(revision)}:"
            root = Path(folder, prefix)
            root.mkdir(parents=True)
            present = [path for path in self._paths if self._write(revision, path, root)]
            with chdir(folder):
                relation = self._relation(
                    present, [f"{prefix}/{self._paths[path]}" for path in present]
                )
        return _InputSide(revision.name, relation, partial(os.path.relpath, start=prefix))

    def _write(self, revision: Revision, path: str, root: Path) -> bool:
        found = self.repository.write_files(revision, self._paths[path], root)
        for link in found.links:
            say(f"warning: {_shown(revision)}:/{link}: a link to no file of the commit, not read")
        for folder in found.submodules:
            say(f"warning: {_shown(revision)}:/{folder}: a submodule, not read in a commit")
        return found.found

    def _relation(self, present: Iterable[str], inputs: Iterable[str]) -> SelectorRelation:
        for path in present:
            if path in self.missing:
                self.missing.remove(path)
        paths = tuple(inputs)
        if not paths:
            return SelectorRelation([], [])
        return _relation(self._reading.alone(paths=paths, allow_empty=True), self._readers)


def _nearest_folder(path: str) -> str:
    """Return the folder of a path, or the nearest one above that exists."""
    folders = (folder for folder in (Path(path), *Path(path).absolute().parents) if folder.is_dir())
    return str(next(folders))


def _shown(revision: Revision) -> str:
    """Return the name of a revision if a folder may have the name, or the hash of the commit."""
    return revision.name if _PLAIN.fullmatch(revision.name) else revision.commit[:_SHORT]


# What is printed


def _heading(title: str, groups: _Groups) -> Text:
    return Text(f"{title}: {count_changes(*groups)}", style="bold")


def _columns(*, paths: bool, wide: bool) -> list[TableColumn[PairChange]]:
    columns: list[TableColumn[PairChange]] = [
        TableColumn("CHANGE", shown_change, "red"),
        TableColumn("NAMESPACE", lambda each: namespace_of(each.object_selector.owner), "cyan"),
        TableColumn("OWNER", lambda each: each.object_selector.owner.reference, "bold"),
        TableColumn("SELECTOR", lambda each: " -> ".join(shown_selectors(each)), "yellow"),
        TableColumn("OBJECT", shown_target, "bold"),
        TableColumn("WHY", lambda each: ", ".join(_WHY[cause] for cause in each.causes)),
    ]
    if paths:
        columns.append(TableColumn("PATH", lambda each: shown_path(each.object_selector)))
    if wide:
        columns.append(TableColumn("SOURCE", lambda each: str(each.object_selector.owner.source)))
    return columns


def _data(change: PairChange) -> dict[str, object]:
    found = change.object_selector
    other = None if change.other_selector is None else change.other_selector.text
    texts = (other, found.text) if change.starts else (found.text, other)
    return {
        "change": shown_change(change),
        "owner": identity(found.owner),
        "path": shown_path(found),
        "selector": dict(zip(("old", "new"), texts, strict=True)),
        "object": identity(change.target.origin) | {"template": change.target.from_template},
        "why": [_WHY[cause] for cause in change.causes],
    }
