"""Run every shell block of the given Markdown files, as a reader would who pastes it.

1. Blocks fenced as ``sh``, ``bash`` or ``shell`` run whole, each in a ``bash -eu`` of its own.
2. Of a block fenced as ``console`` the lines after ``$ `` run (those after ``> `` continue
   them), and what they print must be the block's other lines. A line ``...`` stands for any
   lines; a block without output lines accepts any.
3. Blocks run from the repository's root, or the folder given with ``--folder``, without standard
   input, and find the commands of .venv first.
4. A line that is exactly one of the commands given with ``--already`` has been run by the
   caller in this same run. It is not run again, and that is printed.

Every block runs, also after one failed; the exit status is 1 where any failed.
"""

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHELL = frozenset({"sh", "bash", "shell"})
CONSOLE = "console"
# No documented command takes this long; one that waits for something must not hold CI for ever.
SECONDS = 900

_FENCE = re.compile(r"(?P<indent> *)(?P<fence>`{3,}|~{3,}) *(?P<language>[\w-]*)")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block: its language, the file and 1-based line of its fence, and its lines."""

    language: str
    file: str
    line: int
    lines: tuple[str, ...]


def blocks(text: str, file: str) -> Iterator[Block]:
    """Yield the shell and console blocks of a Markdown text, in order."""
    lines = iter(enumerate(text.splitlines(), start=1))
    for number, line in lines:
        opening = _FENCE.match(line)
        if opening is None:
            continue
        indent, fence, language = opening.group("indent", "fence", "language")
        body = []
        for _, inner in lines:
            if inner.strip().startswith(fence) and not inner.strip().strip(fence[0]):
                break
            body.append(inner.removeprefix(indent))
        if language in SHELL or language == CONSOLE:
            yield Block(language, file, number, tuple(body))


def script_and_output(block: Block, already: frozenset[str]) -> tuple[list[str], list[str]]:
    """Split a block into the lines to run and the lines it shows as their output."""
    script, shown = [], []
    for line in block.lines:
        if block.language != CONSOLE:
            script.append(line)
        elif line.startswith(("$ ", "> ")):
            script.append(line[2:])
        else:
            shown.append(line.rstrip())
    for place, line in enumerate(script):
        if line.strip() in already:
            print(f"   already run by the caller: {line.strip()}")
            script[place] = ""
    return script, shown


def agrees(printed: str, shown: list[str]) -> bool:
    """Whether what was printed is what the block shows, where ``...`` stands for any lines."""
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == "..." else re.escape(line) + r"[ \t]*\n" for line in shown
    )
    return re.fullmatch(pattern, printed if printed.endswith("\n") else printed + "\n") is not None


def run(block: Block, already: frozenset[str], folder: Path) -> str | None:
    """Run one block in a folder and return what is wrong with it, or None."""
    script, shown = script_and_output(block, already)
    if not any(line.strip() for line in script):
        return None
    compare = any(shown)
    path = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    try:
        done = subprocess.run(
            ["bash", "-eu", "-c", "\n".join(script)],  # noqa: S607 -- the bash of this machine
            cwd=folder,
            env={**os.environ, "PATH": path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if compare else None,
            stderr=subprocess.STDOUT if compare else None,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"did not end within {SECONDS} seconds"
    if done.returncode:
        return f"failed with exit status {done.returncode}\n{done.stdout or ''}".rstrip()
    if compare and not agrees(done.stdout, shown):
        return f"printed something else than it shows:\n{done.stdout.rstrip()}"
    return None


def main(arguments: list[str]) -> int:
    """Run the blocks of the files named in the arguments; 0 where all succeeded."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="relative to the root, or absolute"
    )
    parser.add_argument("--already", action="append", default=[], metavar="COMMAND")
    parser.add_argument("--folder", type=Path, default=ROOT, help="where the blocks run")
    options = parser.parse_args(arguments)
    found = [
        block
        for file in options.files
        for block in blocks((ROOT / file).read_text(encoding="utf-8"), file)
    ]
    wrong = []
    for block in found:
        print(f"== {block.file}:{block.line}", *block.lines, sep="\n   ", flush=True)
        if (fault := run(block, frozenset(options.already), options.folder)) is not None:
            wrong.append(f"{block.file}:{block.line}: this block {fault}")
    print(f"== {len(found) - len(wrong)} of {len(found)} shell blocks succeeded")
    for fault in wrong:
        print(fault, file=sys.stderr)
    return 1 if wrong or not found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
