"""The paths of ``-f`` and of lint: comma lists and patterns, as in kubectl and in the shell.

A path that exists is always that path, whatever its name holds. What is no path and might be one
is an error that says what to write.
"""

from __future__ import annotations

import glob
import os
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any, Final

import click

from labelsel.folders import walk_folders
from labelsel.typos import did_you_mean, nearest

__all__ = [
    "PathsOption",
    "advise_missing",
    "advise_path",
    "expand_path",
    "name_further_files",
    "refuse_hard_links",
    "split_list",
]

_URL: Final = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


class PathsOption(click.Option):
    """The option that takes the paths to read.

    Attributes:
        writes: whether the command changes the files.
    """

    def __init__(self, *args: Any, writes: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.writes = writes


def advise_path(words: Iterable[str]) -> str | None:
    """Return what to write where some words are paths without -f; None if none is.

    >>> advise_path(["pods", "."]), advise_path([".", ".."])
    ('. is a folder: write -f .', '. is a folder: write -f . -f ..')
    """
    paths = list(filter(os.path.lexists, words))
    if not paths:
        return None
    what = "folder" if Path(paths[0]).is_dir() else "file"
    return f"{paths[0]} is a {what}: write {' '.join(f'-f {path}' for path in paths)}"


def expand_path(text: str) -> list[str]:
    """Return the paths that one value of ``-f``, or one PATH of lint, means.

    1. A path that exists, and ``-``, is itself, even if its name has a comma or a star in it.
    2. ``a,b`` means both, as in kubectl.
    3. A pattern means the files and folders that match it, sorted, as in kubectl: ``*`` is any
       part of a name, ``?`` any letter, ``[a-c]`` one of some letters. Hidden files match, too.
    4. ``**`` is any number of folders, as in bash with globstar: the current folder and all below
       it, but no hidden ones and no links to folders. Hidden files do not match then.
    5. Anything else is itself, so that whoever reads it reports that it does not exist.

    Raises a usage error for a URL, and for a comma list with an empty part.

    >>> expand_path("no-such.yaml,-")
    ['no-such.yaml', '-']
    """
    if text == "-" or os.path.lexists(text):
        return [text]
    if _URL.match(text):
        raise click.BadParameter(
            f"{text!r} is a URL, and nothing is fetched: download it first, or pipe it to -f - "
            "(curl -sSfL URL | labelsel ... -f -)"
        )
    if "," in text:
        return [path for part in split_list(text) for path in expand_path(part)]
    # Python writes [!a] where Go, and so kubectl, writes [^a].
    pattern = text.replace("[^", "[!")
    if "**" in pattern.split("/"):
        return sorted(set(_match_deep(pattern))) or [text]
    return sorted(glob.glob(pattern, include_hidden=True)) or [text]  # noqa: PTH207  # keeps ./


def refuse_hard_links(paths: Iterable[str]) -> None:
    """Refuse two names (hard links) of one file: a file is replaced, so one would keep its text.

    Raises a usage error. Two spellings of a path, and a link to it, are one name.
    """
    names: dict[tuple[int, int], str] = {}
    for path in paths:
        try:
            status = Path(path).stat()
        except OSError:  # whoever reads it says what is wrong
            continue
        first = names.setdefault((status.st_dev, status.st_ino), path)
        if os.path.realpath(first) != os.path.realpath(path):
            raise click.BadParameter(
                f"{first} and {path} are two names of one file (hard links), and only one of them "
                "would get the new text: name one, and copy it over the other afterwards"
            )


def advise_missing(path: str) -> str:
    """Return the end of a message about a path that does not exist; empty without advice.

    1. The first part that does not exist may be a misspelled name, as long as what stands behind
       it exists in the folder that was meant.
    2. A pattern may match files in the folders below.
    """
    if glob.has_magic(path):
        folder, name = os.path.split(path)
        deep = os.path.join(folder, "**", name)  # noqa: PTH118  # keeps ./
        found = "**" not in path.split("/") and next(_match_deep(deep), None)
        return f"; files in the folders below match {deep}" if found else ""
    parts = path.split("/")
    heads = ("/".join(parts[: at + 1]) or "/" for at in range(len(parts)))
    there = next(at for at, head in enumerate(heads) if not os.path.lexists(head))
    try:
        names = os.listdir("/".join([*parts[:there], ""]) or os.curdir)  # noqa: PTH208  # names
    except OSError:  # a file, or a folder that nobody may read
        return ""
    behind = parts[there + 1 :]
    meant = nearest(parts[there], names)
    if meant is None:
        return ""
    whole = "/".join([*parts[:there], meant, *behind])
    return did_you_mean(whole) if os.path.lexists(whole) else ""


def split_list(text: str) -> list[str]:
    """Return the parts of a comma list; a usage error for an empty part.

    >>> split_list("a,b")
    ['a', 'b']
    """
    parts = text.split(",")
    if not all(part.strip() for part in parts):
        raise click.BadParameter(f"{text!r} has an empty part: remove the comma")
    return parts


def _match_deep(pattern: str) -> Iterator[str]:
    """Yield what matches a pattern with ``**`` in it.

    ``glob`` with ``recursive`` follows links to folders, which may form a circle.
    """
    names = pattern.split("/")
    # Two of them mean the same as one, and would be tried in every combination.
    names = [name for at, name in enumerate(names) if names[at - 1 : at + 1] != ["**", "**"]]
    if "**" not in names:
        yield from glob.iglob(pattern)  # noqa: PTH207  # keeps ./
        return
    at = names.index("**")
    above, below = "/".join(names[:at]), names[at + 1 :] or ["*"]
    for root in glob.iglob(f"{above}/") if at else [""]:  # noqa: PTH207  # as above
        for folder, folders, _ in walk_folders(root or os.curdir):
            folders[:] = [name for name in folders if not name.startswith(".")]
            inner = os.path.relpath(folder, root or os.curdir)
            start = root if inner == os.curdir else f"{root}{inner}/"
            yield from _match_deep("/".join([f"{glob.escape(start)}{below[0]}", *below[1:]]))


def name_further_files(words: Sequence[str], params: Iterable[click.Parameter]) -> list[str]:
    """Return the words of a command line with ``-f`` before each file of a pattern.

    ``-f a.yaml b.yaml`` is what the shell makes of ``-f *.yaml``. The further files stand directly
    behind the first, exist, and end as manifests do. A command that changes files refuses them: a
    word behind ``-f`` may also be the name of an object, and then more would be changed than was
    said.

    Arguments:
        words: the words, with ``-f=a`` already taken apart.
        params: the parameters of the command.

    >>> option = PathsOption(["-f", "--filename", "paths"], multiple=True)
    >>> name_further_files(["pods", "-f", "no-such-a.yaml", "no-such-b.yaml"], [option])
    ['pods', '-f', 'no-such-a.yaml', 'no-such-b.yaml']
    """
    params = list(params)
    option = next((param for param in params if isinstance(param, PathsOption)), None)
    end = words.index("--") if "--" in words else len(words)
    if option is None:
        return list(words)
    named: list[str] = []
    rest = deque(words[:end])
    while rest:
        word = rest.popleft()
        named.append(word)
        value = _attached_value(word, option, params)
        if value == "" and rest:
            value = rest.popleft()
            named.append(value)
        if value and os.path.lexists(value):
            further = list(takewhile(_is_manifest, rest))
            if further and option.writes:
                raise click.UsageError(
                    f"{further[0]} stands behind -f {value}: is it a second file? Write a pattern "
                    "in quotes (-f '*.yaml'), and -f before each single file"
                )
            for _ in further:
                named += (option.opts[0], rest.popleft())
    return [*named, *words[end:]]


def _attached_value(
    word: str, option: PathsOption, params: Iterable[click.Parameter]
) -> str | None:
    """Return the path in a word that names the option: empty if it is the next word.

    None if the word does not name the option.
    """
    short, long = option.opts
    if word.startswith(f"{long}="):
        return word.partition("=")[2]
    if word == long:
        return ""
    flags = "".join(
        name[1]
        for param in params
        if isinstance(param, click.Option) and param.is_flag
        for name in param.opts
        if re.fullmatch("-[A-Za-z]", name)
    )
    before = f"[{flags}]*" if flags else ""
    match = re.fullmatch(f"-{before}{short[1]}(.*)", word, re.DOTALL)
    return match[1] if match else None


def _is_manifest(word: str) -> bool:
    # Only a mistake needs it, and --help must not wait for what it imports.
    from labelsel.kubernetes.read.input_files import is_manifest_name  # noqa: PLC0415

    return is_manifest_name(word) and Path(word).is_file()
