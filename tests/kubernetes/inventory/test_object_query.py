"""One definition of which objects are meant, and every way to evaluate it beside it."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelsel import (
    Everything,
    Selector,
    SelectorSyntaxError,
    parse,
    parse_expression,
    parse_fields,
    parse_matchers,
)
from labelsel.kubernetes import (
    FieldError,
    Inventory,
    Kind,
    NamingError,
    Resource,
    UnknownKindError,
    find_objects,
    select,
)
from labelsel.kubernetes.inventory.fields import field_values, fields_in
from labelsel.kubernetes.inventory.find import find_namespace, scan
from labelsel.kubernetes.inventory.object_query import ObjectQuery, parse_query
from labelsel.kubernetes.inventory.object_table import ObjectTable
from labelsel.selector import holds

POD = Kind("Pod", "")
#: Two kinds that Kubernetes has, in a namespace and in none, and one that it does not have.
KINDS = (POD, Kind("Node", ""), Kind("Probe", "example.com"))
NAMES = ("a", "b", "c")
NAMESPACES = ("default", "shop", "blog")
#: Selectors of annotations, also with values that no label may have.
ANNOTATIONS = (
    *(Everything(), parse("x=1"), parse("x!=1"), parse("!x"), parse("x>1")),
    *(parse_expression("x == 'a b' || y == ''"), parse_expression("!(x contains ' ')")),
    *(parse_matchers('{x=~"a.b|1"}'), parse_matchers('{x!~".+ .+",y!=""}')),
)
SELECTORS = ("", "x=1", "x!=1", "x,!y", "x in (1,2)", "!x", "x=1,y=1")
FIELDS = ("", "metadata.name=a", "metadata.name!=a", "spec.x=1", "spec.x!=1", "spec.y=1")


def body(  # noqa: PLR0917  # the parts of an object
    kind: Kind,
    name: str,
    namespace: str | None,
    labels: dict[str, str],
    spec: Any,
    annotations: dict[str, str] | None = None,
) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace, "labels": labels, "annotations": annotations}
    api_version = f"{kind.group}/v1" if kind.group else "v1"
    return {"kind": kind.kind, "apiVersion": api_version, "metadata": metadata, "spec": spec}


BODIES = st.builds(
    body,
    st.sampled_from(KINDS),
    st.sampled_from(NAMES),
    st.none() | st.sampled_from(NAMESPACES),
    st.dictionaries(st.sampled_from("xy"), st.sampled_from("12")),
    st.dictionaries(st.sampled_from("xy"), st.sampled_from([1, "2", [], {}])),
    st.none() | st.dictionaries(st.sampled_from("xy"), st.sampled_from(["1", "2", "", "a b"])),
)
#: What the input says of the kind Probe.
DEFINITIONS = st.sampled_from(["", "Cluster", "Namespaced"]).map(
    lambda scope: [
        {
            "kind": "CustomResourceDefinition",
            "apiVersion": "apiextensions.k8s.io/v1",
            "metadata": {"name": "probes.example.com"},
            "spec": {"group": "example.com", "scope": scope, "names": {"kind": "Probe"}},
        }
    ][: bool(scope)]
)
INVENTORIES = st.builds(
    lambda definitions, bodies: Inventory.of(definitions + bodies, on_error=lambda _: None),
    DEFINITIONS,
    st.lists(BODIES, max_size=8),
)
QUERIES = st.builds(
    ObjectQuery,
    kinds=st.none() | st.frozensets(st.sampled_from(KINDS)),
    names=st.none() | st.frozensets(st.sampled_from(NAMES)),
    namespace=st.none() | st.sampled_from((*NAMESPACES, "nowhere")),
    cluster_scoped=st.booleans(),
    labels=st.sampled_from(SELECTORS).map(parse),
    fields=st.sampled_from(FIELDS).map(parse_fields),
    annotations=st.sampled_from(ANNOTATIONS),
)


def outcome(answer: Callable[[], object]) -> object:
    """What is answered, or the field that is refused."""
    try:
        return answer()
    except FieldError as error:
        return f"refused: {error.field}"


def evaluate(query: ObjectQuery, inventory: Inventory) -> list[Resource]:
    """The definition, one condition after the other, for an input without bad fields."""
    fields = fields_in(query.fields)
    return [
        item
        for item in inventory
        if (query.kinds is None or item.group_kind in query.kinds)
        and (query.names is None or item.name in query.names)
        and query.covers(inventory.key(item).namespace)
        and holds(query.labels, item.labels)
        and holds(query.fields, field_values(item, fields))
        and holds(query.annotations, item.annotations)
    ]


@given(INVENTORIES, QUERIES)
def test_the_evaluators_are_equal(inventory: Inventory, query: ObjectQuery) -> None:
    """A scan and the indexes find the same objects, and refuse the same fields."""
    table = ObjectTable()
    table.insert(list(inventory))

    def ask_table() -> list[Resource]:
        return [table.resources[key] for key in table.find(query)]

    scanned = outcome(lambda: scan(query, inventory, lambda item: inventory.key(item).namespace))
    asked = outcome(ask_table)
    if query.names is not None and isinstance(scanned, list):
        scanned = sorted(scanned, key=inventory.key)
    if query.names is not None and isinstance(asked, list):
        assert isinstance(asked, list)
        asked = sorted(asked, key=inventory.key)
    assert asked == scanned
    if isinstance(asked, list):
        expected = evaluate(query, inventory)
        assert {inventory.key(item) for item in asked} == set(map(inventory.key, expected))
        assert len(asked) == len(expected)


@pytest.mark.parametrize(("cluster_scoped", "kinds"), [(False, ["Pod"]), (True, ["Node", "Pod"])])
def test_a_name_in_one_namespace(*, cluster_scoped: bool, kinds: list[str]) -> None:
    """An object without a namespace has the name only where such objects are meant."""
    bodies = [body(KINDS[0], "a", "shop", {}, {}), body(KINDS[1], "a", None, {}, {})]
    table = ObjectTable()
    table.insert(list(Inventory.of(bodies)))
    names = frozenset({"a"})
    query = ObjectQuery(names=names, namespace="shop", cluster_scoped=cluster_scoped)
    assert sorted(key.kind.kind for key in table.find(query)) == kinds


@given(
    INVENTORIES,
    st.none() | st.sampled_from(["pods", "no", "po,nodes", "probes", "all"]),
    st.sampled_from(SELECTORS),
    st.sampled_from(FIELDS),
    st.sampled_from(ANNOTATIONS),
    st.none() | st.sampled_from(NAMESPACES),
)
def test_select_and_an_inventory_agree(  # noqa: PLR0917  # parts of one question
    inventory: Inventory,
    kinds: str | None,
    labels: str,
    fields: str,
    annotations: Selector,
    namespace: str | None,
) -> None:
    """Where an object's own text says in which namespace it is, both have the same answer."""
    items = [item for item in inventory if find_namespace(item) == inventory.key(item).namespace]
    here = Inventory.of(items)

    def ask_inventory() -> list[Resource]:
        return here.select(
            kinds, labels, fields=fields, annotations=annotations, namespace=namespace
        )

    def ask_select() -> list[Resource]:
        return select(
            here,
            labels,
            kinds=kinds,
            fields=fields,
            annotations=annotations,
            namespace=namespace,
        ).resources

    try:
        expected = outcome(ask_inventory)
    except UnknownKindError:
        with pytest.raises(UnknownKindError):
            ask_select()
    else:
        assert outcome(ask_select) == expected


@given(INVENTORIES, st.sampled_from(KINDS), st.sampled_from(NAMES), st.sampled_from(NAMESPACES))
def test_find_objects_and_an_inventory_agree(
    inventory: Inventory, kind: Kind, name: str, namespace: str
) -> None:
    """An object is found by its name in a list exactly where an inventory has it."""
    items = [item for item in inventory if find_namespace(item) == inventory.key(item).namespace]
    expected = Inventory.of(items).get(kind, name, namespace)
    try:
        found = find_objects(items, [f"{kind.kind}/{name}"], namespace)
    except (NamingError, UnknownKindError):
        found = []
    assert found == ([] if expected is None else [expected])


@pytest.mark.parametrize(
    ("kinds", "namespace", "covered"),
    [
        (None, None, ["default", "shop", None]),
        (None, "default", ["default", None]),
        (None, "shop", ["shop"]),
        ("no", "shop", ["shop", None]),
        (POD, "default", ["default", None]),
    ],
)
def test_where_a_query_looks(
    kinds: Kind | str | None, namespace: str | None, covered: list[str | None]
) -> None:
    """Objects without a namespace are in ``default``, and where their kind is named."""
    query = parse_query(kinds, "", "", namespace, present=list)
    assert [each for each in ("default", "shop", None) if query.covers(each)] == covered


def test_parsing() -> None:
    """Selectors are taken as they are or as text; text that is none is an error."""
    query = parse_query(POD, "x=1", "a=b", None, present=list)
    assert query == parse_query("pods", parse("x=1"), parse_fields("a=b"), None, present=list)
    for kinds, labels, fields, error in (
        ("xyzzy", "", "", UnknownKindError),
        (None, "a=b||c", "", SelectorSyntaxError),
        (None, "", "a", SelectorSyntaxError),
    ):
        with pytest.raises(error):
            parse_query(kinds, labels, fields, None, present=list)


def test_a_kind_is_not_listed_without_need() -> None:
    """The kinds of the objects are asked for only where words name kinds."""

    def present() -> list[Kind]:
        raise AssertionError

    assert parse_query(POD, "", "", None, present=present).kinds == frozenset((POD,))
    assert parse_query(None, "", "", None, present=present).kinds is None
