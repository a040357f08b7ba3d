"""Write sbom.cdx.json: what a release was tested with, as CycloneDX 1.6 (SBOM).

``python -m tests.supply.sbom`` makes it from constraints.txt, pyproject.toml and the metadata of
the installed packages; with ``--check`` it is compared, also with that in wheels. The bytes are
the same on each day and machine: there is no time in it, and its content decides its serial number.
"""

import json
import sys
import uuid
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import (
    ExternalReference,
    ExternalReferenceType,
    HashAlgorithm,
    HashType,
    Property,
    XsUri,
)
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.license import LicenseAcknowledgement
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.supply.licences import licence_of
from tests.supply.pins import ROOT, Installed, Pin, needed, read_lists, read_project

FILE: Final = ROOT / "sbom.cdx.json"
#: Where PEP 770 places it in a wheel.
INSIDE: Final = ".dist-info/sboms/labelsel.cdx.json"
#: What the versions in the file are, for who reads only the file.
SCOPE: Final = (
    "The versions and hashes that this release was tested with. The metadata of the package allows "
    "newer ones: see constraints.txt. Nothing of these components is inside the package."
)


def make_sbom() -> str:
    """Return the text of the SBOM.

    A package that labelsel itself needs is required; one that only extras bring is optional, and
    names them. The hashes are those of all its files in constraints.txt.
    """
    project, installed = read_project()["project"], Installed.here()
    pins = {pin.name: pin for pin in read_lists()["constraints.txt"]}
    root = Component(
        name=project["name"],
        version=project["version"],
        type=ComponentType.LIBRARY,
        bom_ref=project["name"],
        licenses=[declared(project["license"])],
        purl=PackageURL("pypi", name=project["name"], version=project["version"]),
    )
    core = [Requirement(text) for text in project["dependencies"]]
    extras = {
        extra: [each for each in map(Requirement, texts) if needed(each)]
        for extra, texts in sorted(project["optional-dependencies"].items())
    }
    brought = {extra: set(installed.closure(asked)) for extra, asked in extras.items()}
    every = [*core, *(each for asked in extras.values() for each in asked)]
    graph, required = installed.closure(every), set(installed.closure(core))
    parts = {
        name: component(
            pins[name],
            licence_of(name, installed),
            required=name in required,
            extras=[extra for extra, names in brought.items() if name in names],
        )
        for name in sorted(graph)
    }
    bom = Bom(components=parts.values())
    bom.metadata.component = root
    bom.metadata.properties.add(Property(name="labelsel:versions", value=SCOPE))
    bom.register_dependency(root, [parts[name] for name in sorted(direct(every))])
    for name, names in sorted(graph.items()):
        bom.register_dependency(parts[name], [parts[each] for each in sorted(names)])
    return settled(JsonV1Dot6(bom).output_as_string())


def direct(asked: Iterable[Requirement]) -> set[str]:
    """Return the names of requirements."""
    return {canonicalize_name(each.name) for each in asked}


def component(pin: Pin, licence: str, *, required: bool, extras: Iterable[str]) -> Component:
    """Return a package as a component."""
    purl = PackageURL("pypi", name=pin.name, version=pin.version)
    hashes = [HashType(alg=HashAlgorithm.SHA_256, content=each) for each in sorted(pin.hashes)]
    properties = [Property(name="labelsel:extra", value=extra) for extra in extras]
    if pin.marker:
        properties.append(Property(name="labelsel:marker", value=pin.marker))
    return Component(
        name=pin.name,
        version=pin.version,
        bom_ref=pin.name,
        type=ComponentType.LIBRARY,
        scope=ComponentScope.REQUIRED if required else ComponentScope.OPTIONAL,
        licenses=[declared(licence)] if licence else [],
        purl=purl,
        # A release has a file for each system: the hash of none of them is that of the component.
        external_references=[
            ExternalReference(
                type=ExternalReferenceType.DISTRIBUTION,
                url=XsUri(purl.to_string()),
                comment="any of the files of this release",
                hashes=hashes,
            )
        ],
        properties=properties,
    )


def declared(licence: str) -> Any:
    """Return a licence as the metadata of a package declares it."""
    return LicenseFactory().make_from_string(
        licence, license_acknowledgement=LicenseAcknowledgement.DECLARED
    )


def settled(text: str) -> str:
    """Return an SBOM without the time, and with a serial number that its content decides."""
    content: dict[str, Any] = json.loads(text)
    content["metadata"].pop("timestamp", None)
    content.pop("serialNumber", None)
    plain = json.dumps(content, sort_keys=True)
    content["serialNumber"] = uuid.uuid5(uuid.NAMESPACE_OID, plain).urn
    return json.dumps(content, indent=2, sort_keys=True) + "\n"


def sbom_faults(text: str) -> list[str]:
    """Return what is wrong with an SBOM: by the schema of CycloneDX 1.6, and beside the project."""
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if error is not None:
        return [f"not valid as CycloneDX 1.6: {str(error).splitlines()[0]}"]
    return [] if text == make_sbom() else [
        "not that of this checkout: run python -m tests.supply.sbom"
    ]  # fmt: skip


def components(text: str) -> Mapping[str, Mapping[str, Any]]:
    """Return the components of an SBOM by their names."""
    return {each["name"]: each for each in json.loads(text)["components"]}


def wheel_faults(wheel: Path, text: str) -> list[str]:
    """Return what is wrong with the SBOM inside of a wheel."""
    with zipfile.ZipFile(wheel) as packed:
        found = [each for each in packed.namelist() if each.endswith(INSIDE)]
        same = len(found) == 1 and packed.read(found[0]).decode() == text
    return [] if same else [f"{wheel.name} does not have {FILE.name} as {INSIDE}"]


def main(arguments: Sequence[str]) -> int:
    """Write the SBOM; with ``--check`` compare it, also with that of some wheels."""
    if arguments[:1] == ["--check"]:
        text = FILE.read_text(encoding="utf-8")
        faults = [*sbom_faults(text)]
        for wheel in arguments[1:]:
            faults += wheel_faults(Path(wheel), text)
        for fault in faults:
            print(fault, file=sys.stderr)
        return 1 if faults else 0
    text = make_sbom()
    FILE.write_text(text, encoding="utf-8")
    print(f"== {FILE.name}: {len(components(text))} components")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
