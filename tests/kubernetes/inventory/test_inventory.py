"""Objects by kind, namespace and name: kept once, found by selectors, changed all or none."""

import threading
from collections.abc import Collection
from pathlib import Path

import pytest

from labelsel import SelectorSyntaxError, parse, parse_fields
from labelsel.kubernetes import (
    FieldError,
    Inventory,
    Kind,
    LabellingError,
    ManifestError,
    NamingError,
    NotFoundError,
    ObjectKey,
    UnknownKindError,
    read_manifests,
    select,
)
from tests.kubernetes.inventory.objects import names, obj, pod

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
POD = Kind("Pod", "")


OBJECTS = (
    pod("a", app="web"),
    pod("b", "default", app="web", debug=""),
    pod("c", "shop", app="web"),
    pod("d", "shop", app="db"),
    obj("Deployment", "e", "shop", "apps", labels={"app": "web"}),
    obj("Node", "f", labels={"disk": "ssd"}),
    obj("Namespace", "shop"),
    pod("h", "blog", app="web"),
)


@pytest.fixture
def inventory() -> Inventory:
    return Inventory.of(OBJECTS)


@pytest.mark.parametrize(
    ("kinds", "labels", "namespace", "expected"),
    [
        (None, "", "default", "a b f shop"),
        (None, "app=web", "default", "a b"),
        (None, "app=web,!debug", "default", "a"),
        (None, "!app", "default", "f shop"),
        ("po", "", "default", "a b"),
        (None, "", "shop", "c d e"),
        ("pods,deploy", "app=web", "shop", "c e"),
        ("deployments.apps", "", "shop", "e"),
        ("no", "", "shop", "f"),
        ("no,po", "", "shop", "c d f"),
        (None, "app=web", None, "a b c e h"),
        (POD, "app in (db,web)", None, "a b c d h"),
        ("svc", "", None, ""),
        (None, "", None, "a b c d e f shop h"),
        (None, "", "nowhere", ""),
    ],
)
def test_select(
    inventory: Inventory,
    kinds: Kind | str | None,
    labels: str,
    namespace: str | None,
    expected: str,
) -> None:
    """Each question has the objects that kubectl would show, in the order in which they came.

    The same question over the objects themselves has the same answer.
    """
    assert names(inventory.select(kinds, labels, namespace=namespace)) == expected
    if not isinstance(kinds, Kind):
        found = select(inventory, labels, kinds=kinds, namespace=namespace)
        assert names(found.resources) == expected
    if namespace is None:
        assert names(inventory.select(kinds, labels)) == expected


def test_a_collection(inventory: Inventory) -> None:
    """It has a size, an order, members, and keys in which only kinds with namespaces have one."""
    assert len(inventory) == len(list(inventory)) == 8
    assert names(list(inventory)) == "a b c d e f shop h"
    assert [inventory.key(each) for each in inventory][:1] == [ObjectKey(POD, "default", "a")]
    members: Collection[object] = inventory
    assert ObjectKey(Kind("Node", ""), None, "f") in members
    assert ObjectKey(Kind("Node", ""), "default", "f") not in members
    assert all(each in members for each in inventory)
    assert "a" not in members
    assert repr(inventory) == "<Inventory of 8 objects>"
    kinds = {"Deployment": 1, "Namespace": 1, "Node": 1, "Pod": 5}
    assert {kind.kind: count for kind, count in inventory.kinds().items()} == kinds
    assert inventory.namespaces() == {"blog": 1, "default": 2, "shop": 3}
    assert list(Inventory()) == []
    assert Inventory().select("po", "a", fields="metadata.name=x") == []
    assert Inventory().select(None, "a", fields="metadata.nme=x") == []


def test_get(inventory: Inventory) -> None:
    """An object is found by kind, name and namespace, one without namespaces in any."""
    found = inventory.get("pod", "c", "shop")
    assert found is not None
    assert found.body == OBJECTS[2]
    assert inventory.get(POD, "a") == inventory.get("po", "a", "default")
    assert inventory.get("po", "c") == found
    assert inventory.get("po", "c", "default") is None
    assert inventory.get("node", "f", "shop") is not None
    assert inventory.get("node", "f") is not None
    with pytest.raises(UnknownKindError, match='"xyzzy" is not a kind'):
        inventory.get("xyzzy", "a")


def test_a_name_in_several_namespaces(inventory: Inventory) -> None:
    """A name alone is enough where one object has it; of several all namespaces are named."""
    inventory.add(pod("c", "blog"))
    with pytest.raises(NamingError) as caught:
        inventory.get("po", "c")
    assert str(caught.value).splitlines() == [
        "c: expected one object, found 2: name the namespace",
        "  pod/c in namespace blog, object",
        "  pod/c in namespace shop, object 3",
    ]
    assert inventory.get("po", "c", "blog") is not None
    # What takes objects away looks in one namespace.
    with pytest.raises(NotFoundError, match="in the namespace default; there is one in blog, shop"):
        inventory.delete("po", "c")


def test_groups_tell_kinds_apart() -> None:
    """A kind is a kind of its group; the version does not matter."""
    ours, theirs = obj("Service", "web"), obj("Service", "web", None, "serving.knative.dev")
    old = obj("Deployment", "web", None, "extensions")
    here = Inventory.of([ours, theirs, old, obj("Deployment", "web", None, "apps")])
    found = here.get("services.serving", "web")
    assert found is not None
    assert found.reference == "service.serving.knative.dev/web"
    with pytest.raises(UnknownKindError) as caught:
        here.get("deploy", "web")
    assert str(caught.value) == (
        '"deploy" names several objects here: deployment.apps/web and deployment.extensions/web; '
        "add the group to it"
    )
    beta = {**obj("Deployment", "web"), "apiVersion": "apps/v1beta1"}
    with pytest.raises(ManifestError, match="another of this name"):
        here.add(beta)
    # It stands in default: the group is gone, but not what is known of its kinds.
    assert here.key(here.select("deployments.extensions")[0]).namespace == "default"


def test_two_of_one_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names both places, and nothing is replaced."""
    monkeypatch.chdir(tmp_path)
    text = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {x: '%s'}}\n"
    Path("one.yaml").write_text(text % 1)
    Path("two.yaml").write_text(text % 2 + "---\n" + text.replace("a,", "b,") % 3)
    with pytest.raises(ManifestError) as caught:
        Inventory.read(["one.yaml", "two.yaml"])
    assert str(caught.value) == (
        "two.yaml, document 1 (line 1): Pod/a: there is another of this name in the namespace "
        "default: one.yaml:1"
    )
    faults: list[ManifestError] = []
    here = Inventory.read(["."], on_error=faults.append)
    assert [fault.problem for fault in faults] == [
        "Pod/a: there is another of this name in the namespace default: ./one.yaml:1"
    ]
    assert [pod.labels["x"] for pod in here] == ["1", "3"]
    with pytest.raises(ManifestError, match=r"^object: Pod/a: there is another .*: \./one\.yaml:1"):
        here.add(pod("a"))
    assert len(here) == 2
    node = obj("Node", "n", "shop")
    with pytest.raises(ManifestError) as caught:
        Inventory.of([node, obj("Node", "n")])
    assert str(caught.value) == "object 2: Node/n: there is another of this name: object 1"


def test_reading(tmp_path: Path) -> None:
    """Faults in the input go where those of read_manifests go; so does progress."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "a.yaml").write_text(
        "kind: Pod\n---\n{kind: Pod, apiVersion: v1, metadata: {name: a}}"
    )
    with pytest.raises(ManifestError, match="no apiVersion"):
        Inventory.read([folder])
    faults: list[ManifestError] = []
    steps: list[tuple[int, int]] = []
    here = Inventory.read(
        [folder], on_error=faults.append, on_progress=lambda *step: steps.append(step)
    )
    assert (len(here), len(faults), bool(steps)) == (1, 1, True)
    with pytest.raises(ManifestError, match="no manifest"):
        Inventory.read([tmp_path], recursive=False)


def test_warnings_of_manifests(tmp_path: Path) -> None:
    """What is read and perhaps not meant goes to the handler that is given."""
    path = tmp_path / "a.yaml"
    path.write_text("kind: Pod\napiVersion: v1\nmetadata: {name: a}\nspec: {x: 1, x: 2}\n")
    told: list[str] = []
    here = Inventory.read([path], on_warning=lambda warning: told.append(warning.problem))
    assert len(here) == 1
    assert told == ['the key "x" is in this map twice, first on line 4: the last entry counts']


def test_the_examples_read() -> None:
    """What is read is what read_manifests reads, and each question has the same answer."""
    everything = list(read_manifests([EXAMPLES]))
    here = Inventory.read([EXAMPLES])
    assert list(here) == everything
    for text in ("app.kubernetes.io/name=web", "!tier", "tier in (frontend,cache),!debug"):
        for namespace in (None, "default", "shop"):
            found = select(everything, text, namespace=namespace).resources
            assert here.select(None, text, namespace=namespace) == found


def test_fields(inventory: Inventory) -> None:
    """Field selectors are answered, and keep up with what comes, changes and goes."""
    assert names(inventory.select("po", "app", fields="metadata.name!=a", namespace=None)) == (
        "b c d h"
    )
    found = inventory.select(
        None, parse("app=web"), fields=parse_fields("metadata.name=c"), namespace=None
    )
    assert names(found) == "c"
    assert names(inventory.select("no", fields="spec.unschedulable=false")) == "f"
    inventory.add(obj("Pod", "z", spec={"nodeName": "f", "list": [1]}))
    inventory.add(obj("Deployment", "z", spec={"nodeName": "f"}))
    inventory.delete("po", "a")
    assert names(inventory.select("po", fields="metadata.name!=q")) == "b c d h z"
    assert names(inventory.select("po", fields="spec.nodeName=f")) == "z"
    assert names(inventory.select("po,no", fields="spec.nodeName!=f")) == "b c d f h"
    inventory.update(obj("Pod", "z", spec={"nodeName": "g"}))
    assert names(inventory.select("po", fields="spec.nodeName=f")) == ""
    assert names(inventory.select("po", fields="spec.nodeName=g")) == "z"
    inventory.add(obj("Pod", "y", spec={"rare": "x"}))
    assert names(inventory.select("po", fields="spec.rare=x")) == "y"
    inventory.delete("po", "y")
    with pytest.raises(FieldError, match=r'field "spec\.rare": no object in the input has it'):
        inventory.select("po", fields="spec.rare=x")


def test_a_field_that_becomes_a_map_stops_no_other_question(inventory: Inventory) -> None:
    """A field that was asked for once is no fault of questions about others."""
    inventory.add(obj("Pod", "y", spec={"part": "x"}))
    assert names(inventory.select("po", fields="spec.part=x")) == "y"
    inventory.add(obj("Pod", "z", spec={"part": {"is": "a map"}}))
    assert names(inventory.select("po", fields="metadata.name=z")) == "z"
    for _ in range(2):
        with pytest.raises(FieldError, match=r'field "spec\.part": a map in Pod/z'):
            inventory.select("po", fields="spec.part=x")
    inventory.delete("po", "z")
    inventory.update(obj("Pod", "y", spec={"part": "w"}))
    assert names(inventory.select("po", fields="spec.part=w")) == "y"


def test_fields_keep_the_order(inventory: Inventory) -> None:
    """The answer is in the order in which objects came, few or many, also after changes."""
    assert names(inventory.select("po", fields="metadata.name!=q", namespace=None)) == "a b c d h"
    inventory.delete("po", "a")
    inventory.add(pod("a"))
    for name in ("c", "d"):
        inventory.update(pod(name, "shop", new=""))
    found = inventory.select("no,po", fields="metadata.name!=b", namespace=None)
    assert names(found) == "c d f h a"
    assert names(inventory.select("po", "new", fields="metadata.name!=b", namespace=None)) == "c d"


@pytest.mark.parametrize(
    ("kinds", "labels", "fields", "error"),
    [
        (None, "a=b||c", "", SelectorSyntaxError),
        (None, "", "a", SelectorSyntaxError),
        ("xyzzy", "", "", UnknownKindError),
        (None, "", "metadata.nme=x", FieldError),
        ("deploy", "", "spec.nodeName=x", FieldError),
        ("po", "", "metadata.labels=x", FieldError),
    ],
)
def test_errors(
    inventory: Inventory, kinds: str | None, labels: str, fields: str, error: type[Exception]
) -> None:
    """A question that has no meaning is an error, never an empty answer; each time anew."""
    for _ in range(2):
        with pytest.raises(error):
            inventory.select(kinds, labels, fields=fields, namespace=None)


def test_arguments_that_would_select_nothing(inventory: Inventory) -> None:
    """What cannot be meant is an error that says what to pass instead."""
    with pytest.raises(ValueError, match=r'^"" is not a namespace; pass None for all namespaces$'):
        inventory.select("po", namespace="")
    with pytest.raises(TypeError, match=r"pass objects of this inventory, as select returns$"):
        inventory.label([pod("a")], {"a": "b"})


def test_annotations_are_not_seen(inventory: Inventory) -> None:
    """No label selector sees an annotation, wherever it comes from; nor does one see a field."""
    [web] = inventory.select("po", "app=web,!debug", namespace="default")
    inventory.annotate([web], {"note": "x", "debug": ""})
    noted = pod("noted")
    noted["metadata"]["annotations"] = {"note": "x", "app": "web"}
    inventory.add(noted)
    inventory.apply({"type": "MODIFIED", "object": noted})
    inventory.select("po", fields="metadata.annotations.note=x")
    for text in ("note", "note=x", "note in (x)", "app=web,debug", "metadata.name=noted"):
        chosen = inventory.select("po", text, namespace="default")
        assert names(chosen) == ("b" if "debug" in text else "")
    assert names(inventory.select("po", "!note,!debug", namespace="default")) == "a noted"
    found = inventory.get("po", "noted")
    assert found is not None
    assert found.annotations == {"note": "x", "app": "web"}


def test_labels(inventory: Inventory) -> None:
    """What is labelled is found by its new labels, in its old place."""
    done = inventory.label(
        inventory.select("po", "app=web", namespace=None), {"app": None, "x": ""}
    )
    assert [each.outcome for each in done] == ["labeled"] * 4
    assert names(inventory.select("po", "x", namespace=None)) == "a b c h"
    assert names(inventory.select("po", namespace=None)) == "a b c d h"
    assert inventory.select("po", "app=web", namespace=None) == []
    # What was given out is as it was, and still names the object to change.
    before = done[0].before
    assert before.labels == {"app": "web"}
    [done_again, *none] = inventory.label([before, before], {"y": "z"})
    assert (done_again.after.labels, none) == ({"x": "", "y": "z"}, [])
    assert inventory.get("po", "a") == done_again.after


def test_labels_all_or_none(inventory: Inventory) -> None:
    """One object that refuses keeps all others as they are."""
    before = list(inventory)
    with pytest.raises(LabellingError, match="Pod/d: label app is already db"):
        inventory.label(inventory.select("po,no", namespace=None), {"app": "web", "disk": "ssd"})
    for change in (inventory.label, inventory.annotate):
        with pytest.raises(LabellingError, match="it is at resourceVersion none, not 7"):
            change(before, {"x": "y"}, resource_version="7")
    gone = Inventory.of(pod("gone")).select()
    with pytest.raises(NotFoundError, match='there is no Pod "gone" in the namespace default'):
        inventory.annotate([*before, *gone], {"x": "y"})
    assert list(inventory) == before
    assert inventory.select(None, "disk", namespace=None) == inventory.select("no")


def test_update(inventory: Inventory) -> None:
    """An object takes the place of the one with its key, and only of that."""
    change = inventory.update(pod("a", app="api"))
    assert change.before is not None
    assert change.after is not None
    assert (change.before.labels, change.after.labels) == ({"app": "web"}, {"app": "api"})
    assert names(list(inventory)) == "a b c d e f shop h"
    assert names(inventory.select("po", "app=api")) == "a"
    with pytest.raises(NotFoundError) as caught:
        inventory.update(pod("c", "blog"))
    assert str(caught.value) == (
        'there is no Pod "c" in the namespace blog; there is one in shop, and objects do not move '
        "between namespaces: it would have to be deleted there and added here"
    )
    with pytest.raises(NotFoundError, match=r'^there is no Node "x"$'):
        inventory.update(obj("Node", "x", "shop"))
    with pytest.raises(ManifestError, match="expected one object, got a list of 2"):
        inventory.update({"kind": "PodList", "apiVersion": "v1", "items": [pod("a"), pod("b")]})


def test_delete_by_name(inventory: Inventory) -> None:
    """Objects go by name, all or none, and come back in the answer."""
    with pytest.raises(NotFoundError, match='there is no Pod "x" in the namespace shop'):
        inventory.delete("po", "c", "x", namespace="shop")
    assert names(inventory.delete("po", "d", "c", namespace="shop", dry_run=True)) == "d c"
    assert len(inventory) == 8
    assert names(inventory.delete("po", "d", "c", namespace="shop")) == "d c"
    assert names(inventory.delete("no", "f", namespace="shop")) == "f"
    assert names(list(inventory)) == "a b e shop h"
    assert inventory.select("po", "app=db", namespace=None) == []


def test_delete_all(inventory: Inventory) -> None:
    """Objects go by selector, field and namespace; without a kind no Node, but from everywhere."""
    assert names(inventory.delete_all("po", "app=db")) == ""
    assert names(inventory.delete_all(None, "!app")) == ""
    assert names(inventory.delete_all("po", fields="metadata.name=a")) == "a"
    assert names(inventory.delete_all(namespace="shop", dry_run=True)) == "c d e"
    assert names(inventory.delete_all()) == "b"
    assert names(inventory.delete_all("po", "app=web", namespace=None)) == "c h"
    assert names(inventory.delete_all(namespace=None)) == "d e f shop"
    assert (len(inventory), inventory.kinds(), inventory.namespaces()) == (0, {}, {})


def test_namespaces(inventory: Inventory) -> None:
    """A namespace is made by name or from an object, and takes along all that is inside."""
    assert inventory.create_namespace("lab").reference == "namespace/lab"
    assert inventory.create_namespace(obj("Namespace", "x", labels={"team": "a"})).labels
    for given in ("lab", obj("Namespace", "x")):
        with pytest.raises(ManifestError, match="there is another of this name: "):
            inventory.create_namespace(given)
    inventory.add(pod("p", "lab"))
    assert names(inventory.delete("ns", "lab", "shop", dry_run=True)) == "lab shop p c d e"
    assert names(inventory.delete("ns", "shop")) == "shop c d e"
    assert names(inventory.delete_all("ns", "!team")) == "lab p"
    # Known by what is inside alone: no object of its own goes.
    assert names(inventory.delete("namespaces", "blog")) == "h"
    with pytest.raises(NotFoundError, match=r'^there is no Namespace "blog"$'):
        inventory.delete("ns", "blog")
    assert names(list(inventory)) == "a b f x"


def test_namespaces_that_stay(inventory: Inventory) -> None:
    """What Kubernetes keeps is not deleted, nor anything else in the same call."""
    with pytest.raises(ValueError, match="the namespace default cannot be deleted: Kubernetes"):
        inventory.delete("ns", "shop", "default")
    assert len(inventory) == 8


def test_threads() -> None:
    """Who asks while another changes gets what was there before a change, or after it."""
    here = Inventory.of([pod(f"p{n}", app="web") for n in range(50)])
    ready = threading.Barrier(2)

    def change() -> None:
        ready.wait()
        for n in range(300):
            here.apply({"type": "DELETED", "object": pod(f"p{n % 50}")})
            here.apply({"type": "ADDED", "object": pod(f"p{n % 50}", app="web")})

    writer = threading.Thread(target=change)
    writer.start()
    ready.wait()
    while writer.is_alive():
        assert len(here.select("po", "app=web")) in {49, 50}
        assert len(list(here)) in {49, 50}
    writer.join()
    assert len(here.select("po", "app=web")) == 50
