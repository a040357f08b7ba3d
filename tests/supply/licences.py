"""The licences of what labelsel depends on, read from the metadata of the installed packages."""

from collections.abc import Iterable, Iterator
from importlib import metadata
from typing import Final

from license_expression import ExpressionError, get_spdx_licensing

from tests.supply.pins import Installed

SPDX: Final = get_spdx_licensing()
#: Licences that allow to use the package in any program, and to pass it on with its text.
#: MPL-2.0 asks for the source of the package itself where that was changed.
ALLOWED: Final = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC0-1.0",
        "ISC",
        "MIT",
        "MIT-0",
        "MPL-2.0",
        "PSF-2.0",
        "Zlib",
    }
)
#: What classifiers say: some name one licence of SPDX's list, others only a family.
CLASSIFIERS: Final = {
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
FAMILIES: Final = frozenset(
    {"Apache Software License", "BSD License", "Python Software Foundation License"}
)
#: Packages for other systems than this one: their metadata is not here to be read.
ELSEWHERE: Final = {"colorama": "BSD-3-Clause"}
#: A licence that is not allowed, and why the package may be there all the same.
EXCEPTIONS: Final = {
    # Only [docs] brings it. The GPL is for a mode of Emacs, which is not in the wheel.
    "docutils": "Public Domain AND BSD License AND GNU General Public License (GPL)",
}


def licence_of(name: str, installed: Installed) -> str:
    """Return the licence of a package as SPDX's expression, or else as its classifiers name it.

    "" if the metadata has none that is understood.
    """
    if name not in installed.distributions:
        return ELSEWHERE.get(name, "")
    described = installed.distributions[name].metadata
    for field in ("License-Expression", "License"):
        if field in described and is_expression(described[field]):
            return described[field]
    found = [each.split(" :: ")[-1] for each in classifiers(described)]
    return " AND ".join(CLASSIFIERS.get(each, each) for each in found)


def classifiers(described: metadata.PackageMetadata) -> list[str]:
    """Return the classifiers about the licence."""
    found = described.get_all("Classifier") or []
    return [each for each in found if each.startswith("License :: ")]


def is_expression(text: str) -> bool:
    """Return whether a text is an expression with identifiers of SPDX only."""
    try:
        SPDX.parse(text, validate=True, strict=True)
    except ExpressionError:
        return False
    return bool(text)


def is_allowed(licence: str) -> bool:
    """Return whether a licence is on the list: one of alternatives, and all that hold together."""
    if is_expression(licence):
        parsed = SPDX.parse(licence, validate=True, strict=True)
        allowed = {symbol: symbol.key in ALLOWED for symbol in SPDX.license_symbols(parsed)}
        true, false = SPDX.TRUE, SPDX.FALSE
        chosen = {symbol: true if is_in else false for symbol, is_in in allowed.items()}
        return bool(parsed.subs(chosen, simplify=True) == true)
    return bool(licence) and all(each in ALLOWED | FAMILIES for each in licence.split(" AND "))


def licence_faults(names: Iterable[str], installed: Installed) -> Iterator[str]:
    """Yield which package has a licence that is not allowed, or none that is understood."""
    for name in sorted(names):
        licence = licence_of(name, installed)
        if not is_allowed(licence) and EXCEPTIONS.get(name) != licence:
            yield f"{name} has the licence {licence!r}, which is not on the list"
