"""The playground that `make playground` made, served on this machine, in a real browser."""

import importlib.util
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from types import ModuleType
from zipfile import ZipFile

import pytest

from tests.chromium import Browser, chromium, served

ROOT = Path(__file__).resolve().parent.parent.parent


class PlaygroundBrowser(Browser):
    """A browser that shows the playground."""

    def show(self, url: str, *, width: int = 1200, dark: bool = False) -> None:
        """Open the page, and wait until it has answered what it begins with."""
        self.open(url, width=width, dark=dark)
        self.answered()

    def answered(self) -> None:
        """Wait until all that was asked has been answered."""
        self.until("document.body.dataset.state === 'idle'")

    def fill(self, field: str, text: str) -> None:
        """Replace the text of a field by key strokes, and wait for the answer."""
        self.run(f"document.getElementById('{field}').focus()")
        self.press("a", control=True)
        self.press("Delete")
        self.press(*("Enter" if char == "\n" else char for char in text))
        self.answered()

    def choose(self, field: str, language: str) -> None:
        """Choose a language by typing the beginning of its name."""
        self.run(f"document.getElementById('{field}').focus()")
        self.press(*language)
        self.answered()

    def rows(self, selector: str) -> list[str]:
        """Return the texts of all elements of a CSS selector."""
        script = f"[...document.querySelectorAll({selector!r})].map(each => each.innerText)"
        return list(self.run(script))

    @property
    def status(self) -> str:
        return self.text("#status")


@pytest.fixture(scope="session")
def maker() -> ModuleType:
    """The script of `make playground`."""
    spec = importlib.util.spec_from_file_location("maker", ROOT / ".ci" / "playground.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def parts(data: bytes) -> object:
    """Return the files of an archive by name, or the data if it is none."""
    if not data.startswith(b"PK"):
        return data
    with ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="session")
def made(maker: ModuleType) -> Path:
    """The folder of the playground; the test is skipped if it was not made of these sources."""
    folder: Path = maker.TARGET
    if not folder.is_dir():
        pytest.skip("no build/playground: make playground")
    for name, data in maker.sources().items():
        if parts((folder / name).read_bytes()) != parts(data):
            pytest.skip(f"{name} changed after build/playground was made: make playground")
    return folder


@pytest.fixture(scope="module")
def address(made: Path) -> Iterator[str]:
    with served(made) as found:
        yield found


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlaygroundBrowser]:
    with chromium(tmp_path_factory.mktemp("chromium"), PlaygroundBrowser) as found:
        yield found
