"""What is shipped is what is meant: pins, licences, SBOM and archives.

`make supply` checks the same, and all that is installed. Each check also gets something to find.
"""

import io
import json
import re
import tarfile
import zipfile
from collections.abc import Iterable
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import canonicalize_name

from tests.supply import archives, licences, pins, sbom
from tests.supply.__main__ import Report
from tests.supply.pins import Installed, Pin, Record

ROOT = Path(__file__).resolve().parent.parent
HASH = "0" * 64
LICENCES = ROOT / "docs" / "licences.md"


@pytest.fixture(scope="module")
def lists() -> dict[str, list[Pin]]:
    """The lists of the checkout."""
    return pins.read_lists()


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    """What pyproject.toml says."""
    return pins.read_project()


@pytest.fixture(scope="module")
def installed() -> Installed:
    """What is installed here."""
    return Installed.here()


def changed(lists: dict[str, list[Pin]], name: str, **values: Any) -> dict[str, list[Pin]]:
    """Return the lists with another pin of a package in constraints.txt."""
    pinned = [replace(each, **values) if each.name == name else each
              for each in lists["constraints.txt"]]  # fmt: skip
    return {**lists, "constraints.txt": pinned}


# The lists


def test_the_lists_are_right(lists: dict[str, list[Pin]], project: dict[str, Any]) -> None:
    """They agree with each other and with pyproject.toml; each pin has a hash."""
    assert list(pins.list_faults(lists, project)) == []
    assert all(pin.hashes for pinned in lists.values() for pin in pinned)
    assert list(pins.source_faults()) == []


@pytest.mark.parametrize(
    "line",
    [
        "lark==1.0",
        "lark==1.0 \\\n    --hash=md5:00",
        f"lark==1.0 --hash=sha256:{HASH[1:]}",
        f"lark>=1.0 --hash=sha256:{HASH}",
        f"lark @ https://example.com/lark.whl --hash=sha256:{HASH}",
        f"-e . --hash=sha256:{HASH}",
        "--index-url https://example.com/simple",
        f"lark==1.0 --hash=sha256:{HASH} --index-url https://example.com",
    ],
)
def test_what_is_no_pin(line: str, tmp_path: Path) -> None:
    """A version without a hash, a range, an address and an option are errors that name the list."""
    (tmp_path / "constraints.txt").write_text(f"# A list.\n{line}\n")
    with pytest.raises(ValueError, match=r"^constraints\.txt: not a pin with hashes: '"):
        pins.read_lists(tmp_path)


def test_a_pin() -> None:
    """Names are normalized; the marker and all hashes are read."""
    other = "1" * 64
    text = (
        f"A.b==1.0 ; os_name == 'nt' \\\n    --hash=sha256:{HASH} \\\n    --hash=sha256:{other}\n"
    )
    assert pins.read_list(text) == [Pin("a-b", "1.0", "os_name == 'nt'", frozenset({HASH, other}))]


def test_lists_that_disagree(lists: dict[str, list[Pin]], project: dict[str, Any]) -> None:
    """Another version, a version outside of the range, and a missing or repeated pin are found."""
    found = set(pins.list_faults(changed(lists, "numpy", version="1.0"), project))
    assert "constraints.txt pins numpy 1.0, but project requires numpy>=2.0" in found
    assert any(each.startswith("numpy has several versions: ") for each in found)
    short = [each for each in lists["constraints.txt"] if each.name != "lark"]
    twice = [*short, short[0]]
    found = set(pins.list_faults({**lists, "constraints.txt": twice}, project))
    assert f"constraints.txt: {short[0].name} is there twice" in found
    assert "constraints.txt has no pin for lark>=1.2.2, which project requires" in found
    old, new = lists["constraints-fuzz.txt"]  # releases for old and for new Pythons
    for marker in ("", old.marker):
        both = [old, replace(new, marker=marker)]
        found = set(pins.list_faults({**lists, "constraints-fuzz.txt": both}, project))
        assert "constraints-fuzz.txt: atheris is there twice" in found
    named = {"constraints-new.txt": [], **lists}
    del named["constraints-wheel.txt"]
    found = set(pins.list_faults(named, project))
    assert {
        "constraints-wheel.txt is not in the checkout",
        "constraints-new.txt is an unknown list",
    } < found


@pytest.mark.parametrize(
    ("requirement", "fault"),
    [
        ("lark<2", "project: lark<2 has an upper bound"),
        (
            "lark @ https://example.com/lark.whl",
            "project: lark @ https://example.com/lark.whl comes",
        ),
    ],
)
def test_a_requirement_that_is_refused(
    lists: dict[str, list[Pin]], project: dict[str, Any], requirement: str, fault: str
) -> None:
    """A requirement has no upper bound and no address."""
    table = {**project["project"], "dependencies": [requirement]}
    found = pins.list_faults(lists, {**project, "project": table})
    assert any(each.startswith(fault) for each in found)


@pytest.mark.parametrize("option", ["--index-url", "--extra-index-url", "--find-links"])
def test_a_file_that_names_an_index(tmp_path: Path, option: str) -> None:
    """Only a machine's configuration says where packages come from."""
    (tmp_path / ".ci").mkdir()
    (tmp_path / ".ci" / "run").write_text(f"pip install {option} x\n")
    assert list(pins.source_faults(tmp_path)) == [
        f".ci/run has {option}: only a machine's configuration may"
    ]


def test_the_lists_are_complete(
    lists: dict[str, list[Pin]], project: dict[str, Any], installed: Installed
) -> None:
    """All that is required is pinned for each system, and nothing else is."""
    assert list(pins.closure_faults(lists, project, installed)) == []
    stray = [*lists["constraints.txt"], Pin("stray", "1", "", frozenset({HASH}))]
    found = pins.closure_faults({**lists, "constraints.txt": stray}, project, installed)
    assert list(found) == ["constraints.txt pins stray, which nothing requires"]
    short = [each for each in lists["constraints.txt"] if each.name != "mdurl"]
    found = pins.closure_faults({**lists, "constraints.txt": short}, project, installed)
    assert list(found) == ["constraints.txt lacks mdurl, which is required"]


# What is installed


def test_what_is_installed(lists: dict[str, list[Pin]], installed: Installed) -> None:
    """It is what is pinned; another version, and what is or is not there by mistake, are found."""
    assert list(pins.installed_faults(lists, installed)) == []
    version = metadata.version("lark")
    found = pins.installed_faults(changed(lists, "lark", version="0.1"), installed)
    assert list(found) == [f"lark {version} is installed, but 0.1 is pinned"]
    without = {
        name: [each for each in group if each.name != "lark"] for name, group in lists.items()
    }
    found = pins.installed_faults(without, installed)
    assert list(found) == [f"lark {version} is installed, and no list pins it"]
    # Another release for other Pythons is none for this one.
    other = Pin("lark", "9", "python_version < '3'", frozenset())
    found = pins.installed_faults({**lists, "constraints-other.txt": [other]}, installed)
    assert list(found) == []
    fewer = Installed({k: v for k, v in installed.distributions.items() if k != "lark"})
    assert list(pins.installed_faults(lists, fewer)) == [
        f"lark {version} is pinned, but not installed"
    ]


@pytest.mark.parametrize("name", ["lark", "click", "rich", "pyyaml"])
def test_the_files_of_a_package(name: str, installed: Installed) -> None:
    """Each is the one that RECORD describes. `make supply` asks this of all packages."""
    record = Record(set())
    assert list(record.faults(installed.distributions[name])) == []
    assert record.checked > 10


def test_files_that_differ(tmp_path: Path) -> None:
    """A file that was changed, that is missing, has no hash, or that belongs to nobody is found."""
    info = tmp_path / "small-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: small\nVersion: 1\n")
    (distribution,) = metadata.distributions(path=[str(tmp_path)])
    assert list(Record(set()).faults(distribution)) == ["small has no RECORD"]
    for name in ("good.py", "changed.py", "weak.py", "bare.py", "stranger.pth"):
        (tmp_path / name).write_text(name)
    hashed = {name: pins.record_hash(name.encode()) for name in ("good.py", "missing.py")}
    rows = {**hashed, "changed.py": "sha256=x", "weak.py": "md5=x", "bare.py": "",
            "bare.pyc": "", "small-1.dist-info/RECORD": ""}  # fmt: skip
    text = "".join(f"{name},{value},\n" for name, value in rows.items())
    (info / "RECORD").write_text(text)
    record = Record(set())
    assert list(record.faults(distribution)) == [
        "small: missing.py is missing",
        "small: changed.py is not the file that was installed",
        "small: weak.py has the hash md5, not sha256",
        "small: bare.py has no hash",
    ]
    assert list(record.strangers(tmp_path)) == [
        "small-1.dist-info/METADATA belongs to no distribution",
        "stranger.pth belongs to no distribution",
    ]


# Licences


def brought(installed: Installed, project: dict[str, Any]) -> set[str]:
    """Return all that labelsel and its extras bring."""
    return set(installed.closure(pins.requirements(project, "project")))


def test_the_licences(project: dict[str, Any], installed: Installed) -> None:
    """Those of all that a user can install are allowed; each exception and guess is needed."""
    names = brought(installed, project)
    assert list(licences.licence_faults(names, installed)) == []
    assert licences.EXCEPTIONS.keys() <= names
    assert licences.ELSEWHERE.keys() <= names
    assert not any(map(licences.is_allowed, licences.EXCEPTIONS.values()))


@pytest.mark.parametrize(
    ("licence", "allowed"),
    [
        ("MIT", True),
        ("MIT OR GPL-3.0-only", True),
        ("MIT AND Apache-2.0", True),
        ("(GPL-2.0-only OR MIT) AND ISC", True),
        ("BSD License", True),
        ("MIT AND GPL-3.0-only", False),
        ("GPL-3.0-only OR AGPL-3.0-only", False),
        ("BSD License AND Something", False),
        ("Freeware", False),
        ("", False),
    ],
)
def test_an_expression(licence: str, allowed: bool) -> None:  # noqa: FBT001  # the cases are a table
    """One of alternatives is enough; of licences that hold together each must be allowed."""
    assert licences.is_allowed(licence) == allowed


def test_a_package_without_a_licence(installed: Installed) -> None:
    """What has no licence, or one that is not on the list, is found."""
    gpl, nothing = licences.licence_faults(["ansible-core", "no-such-package"], installed)
    assert gpl.startswith("ansible-core has the licence 'GNU General Public License v3 ")
    assert nothing == "no-such-package has the licence '', which is not on the list"


def test_the_table_of_licences(project: dict[str, Any], installed: Installed) -> None:
    """docs/licences.md has a row for each package that an extra names, with its licence."""
    text = LICENCES.read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([\w.-]+)` \| ([^|]+) \|", text, re.MULTILINE))
    named = {canonicalize_name(each.name) for each in pins.requirements(project, "project")}
    assert rows == {name: licences.licence_of(name, installed) for name in sorted(named)}


# The SBOM


@pytest.fixture(scope="module")
def text() -> str:
    """The SBOM of the checkout."""
    return sbom.FILE.read_text(encoding="utf-8")


def test_the_sbom(
    text: str, lists: dict[str, list[Pin]], project: dict[str, Any], installed: Installed
) -> None:
    """It is valid, and has all that labelsel and its extras bring, with hashes and licences."""
    assert sbom.sbom_faults(text) == []
    found = sbom.components(text)
    assert found.keys() == brought(installed, project)
    pinned = {each.name: each for each in lists["constraints.txt"]}
    for name, component in found.items():
        (files,) = component["externalReferences"]
        assert {each["content"] for each in files["hashes"]} == pinned[name].hashes
        assert component["version"] == pinned[name].version
        assert component["licenses"]
        extras = [
            each for each in component.get("properties", ()) if each["name"] == "labelsel:extra"
        ]
        assert (component["scope"] == "required") == (name in {"lark", "numpy", "pyroaring"})
        assert extras or component["scope"] == "required"


def test_nothing_of_a_machine_is_in_the_sbom(text: str) -> None:
    """No time, no address of an index, and a serial number that its content decides."""
    content = json.loads(text)
    assert "timestamp" not in content["metadata"]
    assert sbom.settled(text) == text
    content["components"].pop()
    assert json.loads(sbom.settled(json.dumps(content)))["serialNumber"] != content["serialNumber"]
    addresses = set(re.findall(r"\w+://[^/\"]+", text))
    assert addresses <= {"http://cyclonedx.org"}


@pytest.mark.slow
def test_an_sbom_that_is_wrong(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that is not valid, is old, or is not in a wheel, fails the check and is named."""
    (fault,) = sbom.sbom_faults(text.replace('"CycloneDX"', '"Other"'))
    assert fault.startswith("not valid as CycloneDX 1.6: 'Other' is not one of")
    (fault,) = sbom.sbom_faults(text.replace("lark@1", "lark@0"))
    assert fault.startswith("not that of this checkout")
    monkeypatch.setattr(sbom, "FILE", tmp_path / "sbom.cdx.json")
    assert sbom.main([]) == 0
    assert sbom.FILE.read_text(encoding="utf-8") == text
    wheel = tmp_path / "labelsel-1-py3-none-any.whl"
    fault = f"{wheel.name} does not have sbom.cdx.json as {sbom.INSIDE}"
    for inside, faults in (
        ({sbom.INSIDE: text}, []),
        ({sbom.INSIDE: "{}"}, [fault]),
        ({}, [fault]),
    ):
        with zipfile.ZipFile(wheel, "w") as packed:
            for name, each in inside.items():
                packed.writestr(f"labelsel-1{name}", each)
        assert sbom.wheel_faults(wheel, text) == faults
    assert sbom.main(["--check", str(wheel)]) == 1
    assert capsys.readouterr().err == f"{fault}\n"


# Archives


def write_wheel(path: Path, files: dict[str, bytes], *, mode: int = 0o644, day: int = 1) -> Path:
    """Write a wheel as setuptools does, with what a wheel of labelsel must have."""
    info = "labelsel-1.dist-info/"
    every = {
        "labelsel/__init__.py": b"",
        "labelsel_pytest.py": b"",
        **{info + name: b"" for name in archives.DESCRIBED - {"RECORD"}},
        info + "sboms/labelsel.cdx.json": sbom.FILE.read_bytes(),
        **files,
    }
    rows = [f"{name},{pins.record_hash(data)},{len(data)}\n" for name, data in every.items()]
    every.setdefault(info + "RECORD", "".join([*rows, f"{info}RECORD,,\n"]).encode())
    with zipfile.ZipFile(path, "w") as packed:
        for name, data in every.items():
            member = zipfile.ZipInfo(name, (2030, 1, day, 0, 0, 0))
            member.external_attr = mode << 16
            packed.writestr(member, data)
    return path


EPOCH = 1893456000
"""The first of January 2030."""


@pytest.mark.parametrize(
    ("files", "faults"),
    [
        ({}, []),
        ({"labelsel/_core.cpython-313-x86_64-linux-gnu.so": b""}, []),
        ({"labelsel/notes.txt": b""}, ["labelsel/notes.txt is not meant to be in a wheel"]),
        ({"tests/test_a.py": b""}, ["tests/test_a.py is not meant to be in a wheel"]),
        ({"labelsel/a.so": b"x /home/me/a.c"}, ["labelsel/a.so names the folder /home/me",
                                                "labelsel/a.so is not meant to be in a wheel"]),
        ({"../a.py": b""}, ["../a.py leads out of the archive",
                            "../a.py is not meant to be in a wheel"]),
        ({"labelsel-1.dist-info/sboms/labelsel.cdx.json": b"{}"},
         ["the SBOM is not that of the checkout"]),
        ({"labelsel-1.dist-info/RECORD": b"labelsel/__init__.py,sha256=x,0\n"},
         ["RECORD does not list the files of the wheel",
          "labelsel/__init__.py is not what RECORD says"]),
    ],
)  # fmt: skip
def test_a_wheel(tmp_path: Path, files: dict[str, bytes], faults: list[str]) -> None:
    """Only what is meant to be in a wheel may be there; RECORD and the SBOM fit to it."""
    wheel = write_wheel(tmp_path / "labelsel.whl", files)
    assert list(archives.archive_faults(wheel, [Path("/home/me")], EPOCH)) == faults


def test_a_wheel_of_a_machine(tmp_path: Path) -> None:
    """Permissions of an umask, and a time that is not that of the commit, are found."""
    wheel = write_wheel(tmp_path / "labelsel.whl", {}, mode=0o600, day=2)
    found = list(archives.archive_faults(wheel, [], EPOCH))
    assert "labelsel/__init__.py has the permissions 600" in found
    assert "labelsel/__init__.py has another time than the commit" in found


def write_sdist(path: Path, names: Iterable[str], *, link: bool = False) -> Path:
    """Write a source distribution with files of the checkout, or an empty file of another name."""
    with tarfile.open(path, "w:gz") as packed:
        for name in names:
            member = tarfile.TarInfo(f"labelsel-1/{name}")
            file = ROOT / name
            data = file.read_bytes() if file.is_file() else b""
            member.size, member.mtime, member.mode = len(data), EPOCH, 0o644
            packed.addfile(member, io.BytesIO(data))
        if link:
            member = tarfile.TarInfo("labelsel-1/link")
            member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
            packed.addfile(member)
    return path


def test_a_source_distribution(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has the files of the checkout with their bytes, what setuptools adds, and no link."""
    monkeypatch.setattr(archives, "files_of_checkout", lambda: ["LICENSE", "setup.py"])
    archive = tmp_path / "labelsel-1.tar.gz"
    write_sdist(archive, ["LICENSE", "setup.py", "PKG-INFO", f"{archives.EGG_INFO}PKG-INFO"])
    assert list(archives.archive_faults(archive, [], EPOCH)) == []
    write_sdist(archive, ["LICENSE", "notes.txt"])
    assert list(archives.archive_faults(archive, [], EPOCH)) == [
        "there is no setup.py",
        "notes.txt is in no checkout",
    ]
    monkeypatch.setattr(archives, "ROOT", tmp_path)
    (tmp_path / "LICENSE").write_text("another")
    monkeypatch.setattr(archives, "files_of_checkout", lambda: ["LICENSE"])
    write_sdist(archive, ["LICENSE"])
    found = list(archives.archive_faults(archive, [], EPOCH))
    assert found == ["LICENSE is not that of the checkout"]
    with pytest.raises(ValueError, match="link is neither a file nor a folder"):
        archives.members(write_sdist(archive, [], link=True))


def test_a_check_that_fails(capsys: pytest.CaptureFixture[str]) -> None:
    """Its line says so, and what is wrong follows."""
    report = Report()
    report.check("good", list)
    report.check("bad", lambda: ["one", "two"])
    assert (report.checks, report.faults) == (2, 1)
    first, second, *rest = capsys.readouterr().out.splitlines()
    assert first.split()[:2] == ["good", "ok"]
    assert second.split()[:2] == ["bad", "failed"]
    assert rest == ["    one", "    two"]


@pytest.mark.slow
def test_two_builds_have_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a compiler: `make supply` also compiles. Without setup.py they would differ."""
    monkeypatch.setattr(archives, "COMPILERS", {"pure": "false"})
    if not (ROOT / ".git").exists():
        pytest.skip("this is no checkout of git")
    files = archives.files_of_checkout()
    one, other = (each.build(files, EPOCH) for each in archives.surroundings(tmp_path))
    assert one.keys() == {"source distribution", "pure wheel"}
    assert {kind: archives.digest(path) for kind, path in one.items()} == {
        kind: archives.digest(path) for kind, path in other.items()
    }
