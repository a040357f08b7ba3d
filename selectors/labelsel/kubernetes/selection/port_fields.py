"""Reads the fields of ports that policies and containers share: numbers and protocols."""

from __future__ import annotations

from labelsel.errors import (
    Path,
    Problem,
    list_words,
    show_value,
)
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.selection.port_set import LAST_PORT, PROTOCOLS

__all__ = ["check_one_of", "read_port_number", "read_protocol"]


def read_port_number(resource: Resource, path: Path, value: Data, *, least: int = 1) -> int:
    """Return the number of a port.

    Raises:
        ManifestError: it is not a whole number from ``least`` to 65535.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> pod = Resource("Pod", "v1", None, "web", {}, {}, {}, Source("a.yaml", 1, 1))
    >>> read_port_number(pod, ("spec", "port"), 80)
    80
    """
    # A boolean is an int in Python.
    if type(value) is not int or not least <= value <= LAST_PORT:
        problem = f"must be a whole number from {least} to {LAST_PORT}, not {show_value(value)}"
        raise resource.fault(Problem(path, problem, value))
    return value


def read_protocol(resource: Resource, path: Path, value: Data) -> str:
    """Return a protocol; TCP for null.

    Raises:
        ManifestError: it is not one of `PROTOCOLS`.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> pod = Resource("Pod", "v1", None, "web", {}, {}, {}, Source("a.yaml", 1, 1))
    >>> read_protocol(pod, ("spec", "protocol"), None)
    'TCP'
    """
    protocol = PROTOCOLS[0] if value is None else value
    check_one_of(resource, path, protocol, PROTOCOLS)
    return str(protocol)


def check_one_of(resource: Resource, path: Path, value: Data, names: tuple[str, ...]) -> None:
    """Check that the value at a path is one of some words.

    Raises:
        ManifestError: it is not.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> pod = Resource("Pod", "v1", None, "web", {}, {}, {}, Source("a.yaml", 1, 1))
    >>> check_one_of(pod, ("spec", "type"), "a", ("a", "b"))
    """
    if value not in names:
        problem = f"must be {list_words(names)}, not {show_value(value)}"
        raise resource.fault(Problem(path, problem, value))
