"""Sets of ports are sets of pairs of protocol and number."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelsel.kubernetes import PortRange, PortSet
from labelsel.kubernetes.selection.port_set import LAST_PORT, PROTOCOLS

EDGES = st.sampled_from([1, 2, 3, 80, 81, LAST_PORT - 1, LAST_PORT])
RANGES = st.lists(
    st.builds(
        lambda protocol, ends: PortRange(protocol, min(ends), max(ends)),
        st.sampled_from(PROTOCOLS),
        st.tuples(EDGES, EDGES),
    ),
    max_size=4,
)


def union(ranges: list[PortRange]) -> PortSet:
    found = PortSet()
    for each in ranges:
        found |= PortSet.of(*each)
    return found


def pairs(ranges: list[PortRange]) -> set[tuple[str, int]]:
    """The same as a set of pairs."""
    return {(each.protocol, port) for each in ranges for port in range(each.first, each.last + 1)}


@given(RANGES, RANGES)
def test_operations_are_those_of_sets(left: list[PortRange], right: list[PortRange]) -> None:
    """Union, intersection, difference, subset, equality and truth."""
    a, b, x, y = union(left), union(right), pairs(left), pairs(right)
    for found, expected in ((a | b, x | y), (a & b, x & y), (a - b, x - y)):
        assert pairs(list(found.ranges())) == expected
        assert bool(found) == bool(expected)
    assert (a <= b) == (x <= y)
    assert (a == b) == (x == y)
    assert a <= PortSet.all()


@given(RANGES)
def test_ranges_are_as_few_as_can_be(ranges: list[PortRange]) -> None:
    """They are sorted, and no two of them touch."""
    found = list(union(ranges).ranges())
    assert found == sorted(found, key=lambda each: (PROTOCOLS.index(each.protocol), each.first))
    assert union(found) == union(ranges)
    for one, other in pairwise(found):
        assert one.protocol != other.protocol or one.last + 1 < other.first


@pytest.mark.parametrize(
    ("first", "last"),
    [(60000, 70000), (0, 80), (-1, 80), (443, 80), (70000, 70000), (65536, 65535)],
)
def test_ports_that_do_not_exist(first: int, last: int) -> None:
    """They would be ports of another protocol, or none."""
    words = f"^ports are 1 to 65535, and the first is not above the last, not {first} to {last}$"
    with pytest.raises(ValueError, match=words):
        PortSet.of("TCP", first, last)


def test_ports_and_protocols_of_another_type() -> None:
    """A port is a whole number, and the name of a protocol is in capitals."""
    for port in (80.0, "80", True, None):
        for ends in ((port, 90), (1, port)):
            with pytest.raises(TypeError, match=r"^expected a port as a whole number, got "):
                PortSet.of("TCP", *ends)
    with pytest.raises(ValueError, match=r"^a protocol is TCP, UDP or SCTP, not 'tcp'$"):
        PortSet.of("tcp")


def test_words() -> None:
    assert [str(PortSet.of(*each)) for each in (("TCP",), ("UDP", 53, 53), ("SCTP", 1, 2))] == [
        "TCP",
        "UDP 53",
        "SCTP 1-2",
    ]
    assert str(PortSet.of("TCP") | PortSet.of("UDP")) == "TCP, UDP"
