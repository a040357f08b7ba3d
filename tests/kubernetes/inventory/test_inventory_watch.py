"""An inventory follows a cluster: events, bookmarks, and the 410 that asks for a fresh list.

The cluster is a server on loopback that speaks the API's list and watch protocol; the client
is the official one, and the loop is that of examples/informer_official.py.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from kubernetes import client
from lightkube.core.generic_client import ListIterable
from lightkube.resources.core_v1 import Pod

from examples.informer_official import follow
from labelsel.kubernetes import (
    ExpiredError,
    Inventory,
    Kind,
    ManifestError,
    ObjectChange,
    UnknownKindError,
    WatchError,
)


class Cluster:
    """Pods, and all that ever happened to them.

    Attributes:
        pods: the pods by namespace and name.
        version: grows with each change.
        events: the version and the line of each event.
        forgotten: versions up to this one can no longer be watched from.
        steps: what happens before each watch is answered, one step for each.
        lists: how often a list was asked for.
    """

    def __init__(self) -> None:
        self.pods: dict[tuple[str, str], dict[str, Any]] = {}
        self.version = 100
        self.events: list[tuple[int, dict[str, Any]]] = []
        self.forgotten = 0
        self.steps: list[Callable[[], None]] = []
        self.lists = 0

    def set(self, name: str, namespace: str = "default", **labels: str) -> None:
        kind = "MODIFIED" if (namespace, name) in self.pods else "ADDED"
        self.version += 1
        self.pods[namespace, name] = pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": name,
                "namespace": namespace,
                "labels": labels,
                "resourceVersion": str(self.version),
                "creationTimestamp": "2026-01-02T03:04:05Z",
            },
            "spec": {"containers": [{"name": "main", "image": "web:1"}], "nodeName": "n1"},
        }
        self.events.append((self.version, {"type": kind, "object": pod}))

    def remove(self, name: str, namespace: str = "default") -> None:
        self.version += 1
        pod = self.pods.pop((namespace, name))
        metadata = pod["metadata"] | {"resourceVersion": str(self.version)}
        event = {"type": "DELETED", "object": pod | {"metadata": metadata}}
        self.events.append((self.version, event))

    def forget(self) -> None:
        self.forgotten = self.version

    def list(self) -> dict[str, Any]:
        self.lists += 1
        # As the API does it: the members of a list name no type.
        typeless = [{k: v for k, v in pod.items() if k in {"metadata", "spec"}} for pod in self]
        return {
            "kind": "PodList",
            "apiVersion": "v1",
            "metadata": {"resourceVersion": str(self.version)},
            "items": typeless,
        }

    def watch(self, start: int) -> Iterator[dict[str, Any]]:
        """What is told to who watches from a version; it ends, as watches do after a while."""
        self.steps.pop(0)()
        if start < self.forgotten:
            status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 410}
            status |= {"reason": "Expired", "message": f"too old resource version: {start}"}
            yield {"type": "ERROR", "object": status}
            return
        yield from (event for version, event in self.events if version > start)
        metadata = {"resourceVersion": str(self.version), "creationTimestamp": None}
        mark = {"kind": "Pod", "apiVersion": "v1", "metadata": metadata}
        yield {"type": "BOOKMARK", "object": mark | {"spec": {"containers": None}}}

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.pods.values())


def handler(cluster: Cluster) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            assert url.path == "/api/v1/pods"
            asked = {key: values[0] for key, values in parse_qs(url.query).items()}
            if "watch" in asked:
                self.send(cluster.watch(int(asked["resourceVersion"])))
            else:
                self.send([cluster.list()])

        def send(self, lines: Any) -> None:
            """Each line is a chunk, as the API sends events while they happen."""
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for line in lines:
                data = json.dumps(line).encode() + b"\n"
                self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            self.wfile.write(b"0\r\n\r\n")

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@contextmanager
def serving(cluster: Cluster) -> Iterator[client.CoreV1Api]:
    """A client of the cluster while it is served on loopback."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler(cluster)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        configuration = client.Configuration(host=f"http://127.0.0.1:{server.server_port}")
        configuration.no_proxy = "127.0.0.1"
        try:
            with client.ApiClient(configuration) as api:
                yield client.CoreV1Api(api)
        finally:
            server.shutdown()
            thread.join()


def test_following_a_cluster() -> None:
    """In the end the inventory has the cluster's objects, after changes, pauses and a 410."""
    cluster, pods = Cluster(), Inventory()
    seen: list[list[str]] = []

    def step(*happens: Callable[[], None]) -> None:
        def run() -> None:
            seen.append(sorted(pod.name for pod in pods.select("pods", "app=web", namespace=None)))
            for each in happens:
                each()

        cluster.steps.append(run)

    cluster.set("a", app="web")
    cluster.set("b", app="web")
    cluster.set("a", "shop", app="db")
    step(
        lambda: cluster.set("c", app="web"),
        lambda: cluster.set("b", app="db"),
        lambda: cluster.remove("a"),
    )
    step()
    step(
        lambda: cluster.remove("c"),
        lambda: cluster.set("b", app="web", tier="x"),
        lambda: cluster.set("d", "blog", app="web"),
        cluster.forget,
    )
    step(lambda: cluster.remove("a", "shop"), lambda: cluster.set("b", app="web"))
    with serving(cluster) as api:
        for _ in follow(pods, api):
            if not cluster.steps and pods.resource_version("pods") == str(cluster.version):
                break
    assert seen == [["a", "b"], ["c"], ["c"], ["b", "d"]]
    assert cluster.lists == 2
    assert {(pod.namespace, pod.name): pod.body for pod in pods} == cluster.pods
    assert pods.resource_version("pods") == str(cluster.version)
    assert [pod.name for pod in pods.select("po", "!tier,app=web", namespace=None)] == ["b", "d"]


def pod(name: str, version: str = "1", namespace: str = "default", **labels: str) -> Any:
    metadata = {"name": name, "namespace": namespace, "labels": labels, "resourceVersion": version}
    return {"kind": "Pod", "apiVersion": "v1", "metadata": metadata}


def ends(change: ObjectChange | None) -> tuple[str | None, str | None]:
    """The resourceVersion before and after a change."""
    assert change is not None
    before, after = (
        None if each is None else str(each.body["metadata"]["resourceVersion"])
        for each in (change.before, change.after)
    )
    return before, after


def test_events() -> None:
    """Each event says what became of the object; what is told twice does no harm."""
    here = Inventory()
    assert here.resource_version("po") is None
    assert ends(here.apply({"type": "ADDED", "object": pod("a", "1")})) == (None, "1")
    assert ends(here.apply({"type": "ADDED", "object": pod("a", "1")})) == ("1", "1")
    # Pairs of type and object, and an object that is the better one of two.
    assert ends(here.apply(("MODIFIED", pod("a", "2", x="y")))) == ("1", "2")
    both = {"type": "MODIFIED", "object": None, "raw_object": pod("b", "3", x="z")}
    assert ends(here.apply(both)) == (None, "3")
    assert [each.name for each in here.select("po", "x=y")] == ["a"]
    mark = {"kind": "Pod", "apiVersion": "v1", "metadata": {"resourceVersion": "9"}}
    assert here.apply({"type": "BOOKMARK", "object": mark}) is None
    assert (here.resource_version("po"), len(here)) == ("9", 2)
    assert ends(here.apply({"type": "DELETED", "object": pod("a", "10")})) == ("2", None)
    assert here.apply({"type": "DELETED", "object": pod("a", "10")}) is None
    assert (here.resource_version(Kind("Pod", "")), len(here)) == ("10", 1)
    versionless = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "c"}}
    here.apply(("ADDED", versionless))
    assert here.resource_version("po") == "10"
    assert here.resource_version("no") is None


def test_a_namespace_that_goes_takes_nothing_along() -> None:
    """In a watch the server tells of each object itself."""
    here = Inventory.of(pod("a", namespace="shop"))
    shop = here.create_namespace("shop")
    change = here.apply(("DELETED", shop))
    assert change == ObjectChange(shop, None)
    assert [each.name for each in here] == ["a"]


def test_errors_of_the_server() -> None:
    """A 410 asks for a fresh list; other errors are others."""
    here = Inventory.of(pod("a"))
    status: Any = {"kind": "Status", "code": 410, "message": "too old resource version: 7 (9)"}
    with pytest.raises(ExpiredError) as caught:
        here.apply({"type": "ERROR", "object": status})
    assert str(caught.value) == ("the watch ended with status 410: too old resource version: 7 (9)")
    assert (caught.value.code, caught.value.message) == (410, status["message"])
    for status, code in ({"code": 500}, 500), ("broken", 0):
        with pytest.raises(WatchError, match=r"500|broken") as other:
            here.apply({"type": "ERROR", "object": status})
        assert (type(other.value), other.value.code) == (WatchError, code)
    assert len(here) == 1


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (None, "watch event: expected a type and an object, got null"),
        ({"type": "ADDED"}, "watch event: expected a type and an object, got {'type': 'ADDED'}"),
        (
            ("NEW", pod("a")),
            "the type must be ADDED, MODIFIED, DELETED, BOOKMARK or ERROR, not 'NEW'",
        ),
        (("ADDED", {"kind": "Pod"}), "watch event: Pod: no apiVersion"),
        (("ADDED", None), "watch event: not a Kubernetes object: expected a map, got null"),
        (("BOOKMARK", pod("a", "")), "a bookmark needs kind, apiVersion and resourceVersion"),
        (("BOOKMARK", {"kind": "Pod"}), "a bookmark needs kind, apiVersion and resourceVers"),
    ],
)
def test_what_is_no_event(event: object, message: str) -> None:
    """What is no event is refused, and changes nothing."""
    here = Inventory()
    with pytest.raises(ManifestError) as caught:
        here.apply(event)
    assert message in str(caught.value)
    assert len(here) == 0


def test_a_fresh_list() -> None:
    """What changed is told; what is as it was stays the very same object."""
    here = Inventory.of([pod("a"), pod("b"), pod("c"), pod("d", namespace="shop")])
    kept = here.get("po", "a")
    node = {"kind": "Node", "apiVersion": "v1", "metadata": {"name": "n"}}
    here.add(node)
    fresh = {
        "kind": "PodList",
        "apiVersion": "v1",
        "metadata": {"resourceVersion": "20"},
        "items": [pod("e", "19"), pod("b", "18", x="y"), pod("a")],
    }
    changes = here.replace("pods", fresh)
    assert [ends(change) for change in changes] == [
        *((None, "19"), ("1", "18")),
        *(("1", None), ("1", None)),
    ]
    assert here.resource_version("pods") == "20"
    assert here.get("po", "a") is kept
    assert [each.name for each in here.select(None, namespace=None)] == ["a", "b", "n", "e"]
    assert [each.name for each in here.select("po", "x=y")] == ["b"]
    # A list of one namespace leaves the others alone; objects alone are of no version.
    assert len(here.replace("pods", [pod("z", namespace="shop")], namespace="shop")) == 1
    assert here.resource_version("pods") is None
    assert len(here.replace(Kind("Pod", ""), [])) == 4
    assert list(here) == here.select("nodes")


def test_a_list_of_lightkube() -> None:
    """Its version, which it knows when it was read, is kept, also of one with nothing in it."""
    here = Inventory()
    found = [Pod.from_dict(pod("a", "3"))]
    assert len(here.replace("pods", ListIterable(iter([("40", found)])))) == 1
    assert here.resource_version("pods") == "40"
    assert len(here.replace("pods", ListIterable(iter([("41", [])])))) == 1
    assert here.resource_version("pods") == "41"


def test_lists_that_are_refused() -> None:
    """A list that has what it should not have changes nothing."""
    here = Inventory.of(pod("a"))
    before = list(here)
    page = {"kind": "PodList", "apiVersion": "v1", "metadata": {"continue": "x"}, "items": []}
    node = {"kind": "Node", "apiVersion": "v1", "metadata": {"name": "n"}}
    for objects, namespace, message in (
        ([pod("b"), node], None, "object 2: Node/n: it is in a list of Pod objects"),
        ([pod("b")], "shop", "object 1: Pod/b: it is in a list of the namespace shop"),
        ([pod("b"), pod("b")], None, "object 2: Pod/b: there is another of this name"),
        ([5], None, "object 1: not a Kubernetes object"),
        ({"kind": object()}, None, "object: not a Kubernetes object"),
        (page, None, "object: one page of a longer list (metadata.continue is set)"),
        (
            client.V1PodList(items=[], metadata=client.V1ListMeta(_continue="x")),
            None,
            "object: one page",
        ),
    ):
        with pytest.raises(ManifestError) as caught:
            here.replace("pods", objects, namespace=namespace)
        assert str(caught.value).startswith(message)
    with pytest.raises(UnknownKindError) as unknown:
        here.replace("events", [])
    assert str(unknown.value) == (
        '"events" names several kinds: Event and Event.events.k8s.io; expected one'
    )
    assert list(here) == before
