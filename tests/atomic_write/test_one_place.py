"""All that writes into a user's folder goes through labelsel.atomic_write."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "selectors" / "labelsel"
#: What may write elsewhere, and why.
ALLOWED = {
    "kubernetes/read/git_revisions.py": "the files of a commit, into a temporary folder",
    "cli/screen.py": "the null device, in place of a stream that is closed",
    "conformance/__main__.py": "the null device",
}
WRITERS = {
    *("touch", "mkstemp", "NamedTemporaryFile", "rmtree", "copyfile"),
    *("copy2", "move", "unlink", "rmdir", "symlink", "link", "truncate", "remove"),
}
#: All names of functions that are looked at.
NAMES = WRITERS | {"open", "fdopen", "replace", "rename", "renames", "write_text", "write_bytes"}
#: A text without any of these has no call that writes. Most have none, and need not be parsed.
LIKELY = re.compile(rf"\b(?:os|shutil|tempfile)\.\w|\b(?:{'|'.join(NAMES - {'replace'})})\(")


def writing_calls(source: str) -> Iterator[str]:
    """Yield each call of a source text that can write, rename or remove a file."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in NAMES:
                text = ast.unparse(node)
            case _:
                continue
        words = [*node.args, *(word.value for word in node.keywords)]
        modes = [
            word.value
            for word in words
            if isinstance(word, ast.Constant) and isinstance(word.value, str)
        ]
        function = ast.unparse(node.func)
        of_path = "." in function and not function.startswith("super()")
        of_os = ast.unparse(node.func).partition(".")[0] in {"os", "shutil", "tempfile"}
        if (
            (name in {"open", "fdopen"} and any(set(mode) & set("wax+") for mode in modes[-1:]))
            or (name == "open" and "os.O_" in text and text != text.replace("WR", ""))
            or (name in {"replace", "rename", "renames"} and of_os)
            or (name in {"write_text", "write_bytes"} and of_path)
            or (name in WRITERS and (of_os or not node.args))
        ):
            yield text


def test_nothing_else_writes() -> None:
    """The library opens no file to write it, and renames and removes none, in another place."""
    found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        name = str(path.relative_to(SOURCE))
        text = path.read_text()
        calls = list(writing_calls(text)) if LIKELY.search(text) else []
        if calls and not name.startswith("atomic_write/") and name not in ALLOWED:
            found[name] = calls
    assert found == {}


@pytest.mark.parametrize(
    "source",
    [
        *("open(path, 'w')", "path.open(mode='xb')", "os.open(p, os.O_WRONLY)", "path.unlink()"),
        *("path.write_bytes(data)", "Path(folder, name).write_text('')"),
        *("os.replace(a, b)", "shutil.rmtree(folder)", "tempfile.mkstemp()", "path.touch()"),
    ],
)
def test_a_call_that_writes_is_found(source: str) -> None:
    """Each of these is one."""
    assert list(writing_calls(source)) == [source]


def test_others_are_not_found() -> None:
    """What reads, or is about texts, is none."""
    source = "open(path); path.open('rb'); text.replace('a', 'b'); os.open(p, os.O_RDONLY)"
    assert list(writing_calls(source)) == []


def test_those_that_may_write_do() -> None:
    """An entry that is needed no more is removed from the list."""
    for name in ALLOWED:
        assert list(writing_calls((SOURCE / name).read_text())), name
