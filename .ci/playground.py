"""Make the playground in build/playground: Python, labelsel and a page, for a static web server.

Usage: ``python .ci/playground.py``, by the Python of the environment (``make playground``).

Pyodide, Python compiled for browsers, is the package of that name for npm, at the version and with
the hash of docs/playground/pyodide.json. It is fetched once. Starting Python and loading labelsel
takes some 4 s, so this runs both in Node.js, which comes with npm, and saves the memory. The page
begins with that memory.
"""

import base64
import gzip
import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = ROOT / "docs" / "playground"
TARGET: Final = ROOT / "build" / "playground"
FILES: Final = ("index.html", "licences.txt", "page.css", "page.js", "worker.js")
PYODIDE: Final = (
    "pyodide.mjs",
    "pyodide.asm.mjs",
    "pyodide.asm.wasm",
    "pyodide-lock.json",
    "python_stdlib.zip",
)
ARCHIVE: Final = "labelsel.zip"
SNAPSHOT: Final = "snapshot.bin"
#: What the page needs of labelsel, from selectors/: folders whole, without the folders in them.
FOLDERS: Final = ("", "languages", "reasoning", "kubernetes", "kubernetes/model", "kubernetes/read")
#: And of others: the package, and its distribution.
LIBRARIES: Final = {"lark": "lark", "yaml": "PyYAML"}
#: Pyodide's package has no text of the licence of Python; this one is under the same.
LICENCE: Final = ("licence-python.txt", "typing_extensions")
#: The same bytes on any day.
DAY: Final = (1980, 1, 1, 0, 0, 0)


def main() -> int:
    """Make the playground; 1 if this machine cannot."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        missing = "npm" if npm is None else "node"
        print(
            f"make playground needs npm and Node.js, and there is no {missing}: install both "
            "(Debian: apt-get install npm)",
            file=sys.stderr,
        )
        return 1
    TARGET.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=TARGET.parent) as work:
        made = Path(work, "playground")
        (made / "pyodide").mkdir(parents=True)
        with tarfile.open(fetch(npm)) as package:
            for name in PYODIDE:
                (made / "pyodide" / name).write_bytes(read(package, f"package/{name}"))
        for name, data in sources().items():
            (made / name).write_bytes(data)
        memory = Path(work, "memory")
        command: list[str | Path] = [node, ROOT / ".ci" / "playground_snapshot.mjs", made, memory]
        subprocess.run(command, check=True)
        # Not named .gz: a server would then say that the browser has to unpack it.
        (made / SNAPSHOT).write_bytes(gzip.compress(memory.read_bytes(), 9, mtime=0))
        shutil.rmtree(TARGET, ignore_errors=True)
        made.rename(TARGET)
    size = sum(file.stat().st_size for file in TARGET.rglob("*") if file.is_file())
    print(f"== build/playground, {size / 1e6:.0f} MB: python -m http.server -d build/playground")
    return 0


def fetch(npm: str) -> Path:
    """Return the package of Pyodide, from build/ if it is there; its hash is checked always."""
    pinned = json.loads((PAGE / "pyodide.json").read_text())
    file = TARGET.parent / f"pyodide-{pinned['version']}.tgz"
    if not file.exists():
        print("== Fetching Pyodide, 6 MB")
        with tempfile.TemporaryDirectory(dir=TARGET.parent) as work:
            name = f"pyodide@{pinned['version']}"
            command = [npm, "pack", "--silent", "--ignore-scripts", name]
            subprocess.run(command, cwd=work, check=True, stdout=subprocess.DEVNULL)
            (fetched,) = Path(work).glob("*.tgz")
            check(fetched, pinned["integrity"])
            fetched.rename(file)
    check(file, pinned["integrity"])
    return file


def check(file: Path, integrity: str) -> None:
    """End the program if a file has another hash than the pinned one."""
    method, _, expected = integrity.partition("-")
    found = base64.b64encode(hashlib.new(method, file.read_bytes()).digest()).decode()
    if found != expected:
        sys.exit(f"{file.name} has the {method} {found}, docs/playground/pyodide.json {expected}")


def read(package: tarfile.TarFile, name: str) -> bytes:
    """Return a file of the package."""
    file = package.extractfile(name)
    assert file is not None, f"{name} is no file"
    return file.read()


def sources() -> dict[str, bytes]:
    """Return the files of the playground that are made from this checkout, by their names."""
    files = {name: (PAGE / name).read_bytes() for name in FILES}
    return files | {ARCHIVE: archive(), LICENCE[0]: licence_of_python()}


def licence_of_python() -> bytes:
    """Return the text of Python's licence, which whoever passes Python on has to add."""
    (file,) = (each for each in distribution(LICENCE[1]).files or () if each.name == "LICENSE")
    return Path(str(file.locate())).read_bytes()


def archive() -> bytes:
    """Return the code that runs in the browser as a zip file, which Python imports from."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for name, file in sorted(modules()):
            made.writestr(zipfile.ZipInfo(name, DAY), file.read_bytes(), zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def modules() -> Iterator[tuple[str, Path]]:
    """Yield the name and the file of each part of the archive."""
    yield "playground.py", PAGE / "playground.py"
    package = ROOT / "selectors" / "labelsel"
    for folder in FOLDERS:
        for file in (package / folder).glob("*.py"):
            yield f"labelsel/{file.relative_to(package)}", file
    for file in (ROOT / "grammar").glob("*.*"):
        yield f"labelsel/grammar/{file.name}", file
    yield "LICENSE-labelsel", ROOT / "LICENSE"
    for name, title in LIBRARIES.items():
        for part in distribution(title).files or ():
            if part.parts[0] == name and part.suffix in {".py", ".lark"}:
                yield part.as_posix(), Path(str(part.locate()))
            elif part.name == "LICENSE":
                yield f"LICENSE-{name}", Path(str(part.locate()))


if __name__ == "__main__":
    sys.exit(main())
