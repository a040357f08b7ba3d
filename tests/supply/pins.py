"""Check the lists of pins, and that what is installed is what they pin, without a network.

pip compares each file that it downloads with the hashes of the list. What it unpacked is compared
here with the RECORD of each distribution, so that nothing was changed, added or left since.
"""

import base64
import csv
import hashlib
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from itertools import product
from pathlib import Path
from typing import Any, Final

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT: Final = Path(__file__).resolve().parents[2]
#: Which parts of pyproject.toml each list pins: groups of it, and whether what a user installs.
LISTS: Final[dict[str, tuple[str, ...]]] = {
    "constraints.txt": ("project", "build-system", "dev"),
    "constraints-action.txt": ("cli", "action"),
    "constraints-engines.txt": ("engines",),
    "constraints-fuzz.txt": ("fuzz",),
    "constraints-peers.txt": ("peers",),
    "constraints-projects.txt": ("projects",),
    "constraints-wheel.txt": ("build-system", "wheel"),
}
#: Lists of files that are read and never installed: what those need is not in the list.
WITHOUT_DEPENDENCIES: Final = frozenset({"constraints-projects.txt"})
PIN: Final = re.compile(
    r"(?P<name>[A-Za-z0-9][\w.-]*)==(?P<version>[^\s;]+)"
    r"(?:\s*;\s*(?P<marker>[^\\]+?))?(?P<hashes>(?:\s+--hash=sha256:[0-9a-f]{64})+)\s*"
)
#: An option that says where a package comes from: only the configuration of a machine may say that.
INDEX: Final = re.compile(r"--(?:extra-)?index-url|--find-links|--trusted-host|--index-strategy")
#: The files that call pip or uv.
CALLERS: Final = ("Makefile", "action.yml", ".pre-commit-hooks.yaml", ".ci/*")
#: Where a dependency may be needed: each Python and system that labelsel supports.
ENVIRONMENTS: Final[tuple[dict[str, str], ...]] = tuple(
    {
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "python_version": version,
        "python_full_version": f"{version}.0",
        "sys_platform": platform,
        "platform_system": system,
        "os_name": name,
        "platform_machine": machine,
    }
    for version, (platform, system, name), machine in product(
        ("3.11", "3.12", "3.13", "3.14"),
        (
            ("linux", "Linux", "posix"),
            ("darwin", "Darwin", "posix"),
            ("win32", "Windows", "nt"),
            ("emscripten", "Emscripten", "posix"),
        ),
        ("x86_64", "arm64"),
    )
)


@dataclass(frozen=True, slots=True)
class Pin:
    """A package with its version, where it is needed, and the hashes of its files."""

    name: str
    version: str
    marker: str
    hashes: frozenset[str]

    @property
    def is_for_here(self) -> bool:
        """Whether it is meant for this Python on this system."""
        return not self.marker or Marker(self.marker).evaluate()


def read_list(text: str) -> list[Pin]:
    """Return the pins of a list; ValueError names a line that is not a pin with hashes."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    pins = []
    for entry in "\n".join(lines).replace("\\\n", " ").splitlines():
        found = PIN.fullmatch(entry)
        if found is None:
            raise ValueError(f"not a pin with hashes: {entry[:80]!r}")
        pins.append(
            Pin(
                canonicalize_name(found["name"]),
                found["version"],
                found["marker"] or "",
                frozenset(re.findall(r"sha256:([0-9a-f]{64})", found["hashes"])),
            )
        )
    return pins


def read_lists(folder: Path = ROOT) -> dict[str, list[Pin]]:
    """Return the pins of each list by its name; ValueError names the list and the line."""
    lists = {}
    for path in sorted(folder.glob("constraints*.txt")):
        try:
            lists[path.name] = read_list(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{path.name}: {error}") from None
    return lists


def read_project(folder: Path = ROOT) -> dict[str, Any]:
    """Return what pyproject.toml says."""
    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))


def requirements(project: Mapping[str, Any], part: str) -> list[Requirement]:
    """Return what a part of pyproject.toml requires: all that users install, or a group."""
    tables = project["project"]
    extras: dict[str, list[str]] = tables["optional-dependencies"]
    parts: dict[str, list[str]] = {
        "project": [
            *tables["dependencies"],
            *(each for texts in extras.values() for each in texts),
        ],
        "build-system": project["build-system"]["requires"],
        "cli": [*tables["dependencies"], *extras["cli"]],
        **project["dependency-groups"],
    }
    return [Requirement(text) for text in parts[part]]


def list_faults(lists: Mapping[str, list[Pin]], project: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the lists, by themselves and beside pyproject.toml."""
    for name in sorted(lists.keys() ^ LISTS.keys()):
        yield f"{name} is not in the checkout" if name in LISTS else f"{name} is an unknown list"
    versions: dict[str, dict[str, str]] = {}
    for list_name, pins in lists.items():
        # One release may be for old Pythons and another for new ones, each with its marker.
        pinned = [(pin.name, pin.marker) for pin in pins]
        several = {name for name, count in Counter(name for name, _ in pinned).items() if count > 1}
        yield from (
            f"{list_name}: {name} is there twice"
            for name in sorted(several)
            if len({marker for each, marker in pinned if each == name} - {""})
            < sum(each == name for each, _ in pinned)
        )
        for name in {name for name, _ in pinned}:
            here = sorted(pin.version for pin in pins if pin.name == name)
            versions.setdefault(name, {})[list_name] = " and ".join(here)
    for name, where in sorted(versions.items()):
        if len(set(where.values())) > 1:
            yield f"{name} has several versions: {', '.join(map(': '.join, where.items()))}"
    for list_name, parts in LISTS.items():
        for part in parts:
            for requirement in requirements(project, part):
                pins = lists.get(list_name, [])
                yield from requirement_faults(list_name, part, requirement, pins)
    yield from (
        f"project: {each} has an upper bound, which keeps users from a release with a correction"
        for each in requirements(project, "project")
        if any(bound.operator not in {">=", "!="} for bound in each.specifier)
    )


def requirement_faults(
    list_name: str, part: str, requirement: Requirement, pins: Iterable[Pin]
) -> Iterator[str]:
    """Yield what is wrong with a requirement of pyproject.toml beside the list of its pins."""
    name = canonicalize_name(requirement.name)
    versions = [pin.version for pin in pins if pin.name == name]
    if requirement.url is not None:
        yield f"{part}: {requirement} comes from an address, which has no hash"
    if not versions:
        yield f"{list_name} has no pin for {requirement}, which {part} requires"
    elif not any(Version(version) in requirement.specifier for version in versions):
        found = " and ".join(versions)
        yield f"{list_name} pins {requirement.name} {found}, but {part} requires {requirement}"


def source_faults(folder: Path = ROOT) -> Iterator[str]:
    """Yield where a file of the project says from which index packages come."""
    for path in sorted(path for pattern in CALLERS for path in folder.glob(pattern)):
        if path.is_file() and (found := INDEX.search(path.read_text(encoding="utf-8"))):
            yield f"{path.relative_to(folder)} has {found[0]}: only a machine's configuration may"


# What requires what


@cache
def applies(marker: str, extra: str) -> bool:
    """Return whether a marker holds in any environment."""
    parsed = Marker(marker)
    return any(parsed.evaluate({**environment, "extra": extra}) for environment in ENVIRONMENTS)


def needed(requirement: Requirement, extra: str = "") -> bool:
    """Return whether any environment needs what a requirement asks for."""
    return requirement.marker is None or applies(str(requirement.marker), extra)


@dataclass(frozen=True, slots=True)
class Installed:
    """The distributions of an environment, by their names."""

    distributions: Mapping[str, metadata.Distribution]

    @classmethod
    @cache
    def here(cls) -> "Installed":
        """Return those of the running Python."""
        return cls({canonicalize_name(each.name): each for each in metadata.distributions()})

    def required_by(self, name: str, extras: Iterable[str] = ()) -> list[Requirement]:
        """Return what a distribution requires with some extras; nothing if it is not installed."""
        if name not in self.distributions:
            return []
        found = map(Requirement, self.distributions[name].requires or ())
        return [each for each in found if any(needed(each, extra) for extra in ("", *extras))]

    def closure(self, roots: Iterable[Requirement]) -> dict[str, set[str]]:
        """Return all that requirements bring, each with the names that it requires itself."""
        todo, seen = list(roots), set()
        graph: dict[str, set[str]] = {}
        while todo:
            requirement = todo.pop()
            name = canonicalize_name(requirement.name)
            asked = (name, frozenset(requirement.extras))
            if asked in seen:
                continue
            seen.add(asked)
            more = self.required_by(name, requirement.extras)
            graph.setdefault(name, set()).update(canonicalize_name(each.name) for each in more)
            todo += more
        return graph


def closure_faults(
    lists: Mapping[str, list[Pin]], project: Mapping[str, Any], installed: Installed
) -> Iterator[str]:
    """Yield what is needed and not pinned, and what is pinned and not needed."""
    for name, parts in LISTS.items():
        pinned = {pin.name for pin in lists.get(name, ())}
        roots = [each for part in parts for each in requirements(project, part) if needed(each)]
        graph = installed.closure(roots)
        if name in WITHOUT_DEPENDENCIES:
            continue
        yield from (
            f"{name} lacks {each}, which is required" for each in sorted(graph.keys() - pinned)
        )
        # What an optional list brings is known only where it is installed, and what a package for
        # other Pythons brings only on those.
        if graph.keys() <= installed.distributions.keys() | absent(graph.keys(), lists):
            surplus = sorted(pinned - graph.keys() - absent(pinned, lists))
            yield from (f"{name} pins {each}, which nothing requires" for each in surplus)


def absent(names: Iterable[str], lists: Mapping[str, list[Pin]]) -> set[str]:
    """Return which of some packages are pinned for other systems than this one."""
    pins = [pin for group in lists.values() for pin in group]
    here = {pin.name for pin in pins if pin.is_for_here}
    return set(names) & {pin.name for pin in pins} - here


# What is installed


def installed_faults(
    lists: Mapping[str, list[Pin]], installed: Installed, own: str = "labelsel"
) -> Iterator[str]:
    """Yield which distribution is not in a list, or is not the pinned version."""
    pinned = {pin.name: pin.version for pins in lists.values() for pin in pins if pin.is_for_here}
    for name, distribution in sorted(installed.distributions.items()):
        if name == own:
            continue
        if name not in pinned:
            yield f"{name} {distribution.version} is installed, and no list pins it"
        elif Version(distribution.version) != Version(pinned[name]):
            yield f"{name} {distribution.version} is installed, but {pinned[name]} is pinned"
    for pin in lists.get("constraints.txt", ()):
        if pin.is_for_here and pin.name not in installed.distributions:
            yield f"{pin.name} {pin.version} is pinned, but not installed"


@dataclass(slots=True)
class Record:
    """What the RECORD of distributions says of the files of an environment."""

    files: set[Path]
    checked: int = 0

    def faults(self, distribution: metadata.Distribution) -> Iterator[str]:
        """Yield which file of a distribution is missing, changed, or has no hash."""
        text = distribution.read_text("RECORD")
        if text is None:
            yield f"{distribution.name} has no RECORD"
            return
        for name, hashed, _ in csv.reader(text.splitlines()):
            path = Path(str(distribution.locate_file(name))).resolve()
            self.files.add(path)
            if hashed:
                self.checked += 1
                if fault := file_fault(path, hashed):
                    yield f"{distribution.name}: {name} {fault}"
            elif not (name.endswith((".pyc", ".dist-info/RECORD"))):
                yield f"{distribution.name}: {name} has no hash"

    def strangers(self, folder: Path) -> Iterator[str]:
        """Yield which file of a folder belongs to no distribution."""
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix != ".pyc" and path.resolve() not in self.files:
                yield f"{path.relative_to(folder)} belongs to no distribution"


def file_fault(path: Path, hashed: str) -> str:
    """Return what is wrong with a file beside its hash in RECORD, or ""."""
    method = hashed.partition("=")[0]
    if method != "sha256":
        return f"has the hash {method}, not sha256"
    if not path.is_file():
        return "is missing"
    found = record_hash(path.read_bytes())
    return "" if found == hashed else "is not the file that was installed"


def record_hash(data: bytes) -> str:
    """Return the hash of a file as RECORD has it."""
    digest = hashlib.sha256(data).digest()
    return f"sha256={base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"
