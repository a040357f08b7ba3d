"""A fake API server: kubectl and the Kubernetes clients list, watch and change its objects.

    python examples/api_server.py 8001 &
    kubectl -s http://127.0.0.1:8001 get pods -A -l 'tier in (a,b),!debug' --watch

labelsel answers the selectors: `list_filter` reads the two parameters of a request, its `filter`
answers a list and its `watch_event` a watch. All else is kept small: no object is validated.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition
from time import monotonic
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from labelsel.kubernetes import BadRequestError, ListFilter, list_filter

Object = dict[str, Any]
#: apiVersion, plural, namespace and name. A request for a list has no name, and no namespace if it
#: is for all namespaces.
Key = tuple[str, str, str | None, str | None]
Change = tuple[Key, Object | None, Object | None]  # the object before and after

#: The kind of each apiVersion and plural, and what else `list_filter` needs to know about it.
KINDS: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {
    ("v1", "namespaces"): ("Namespace", {}),
    ("v1", "nodes"): ("Node", {}),
    ("v1", "pods"): ("Pod", {}),
    ("apps/v1", "deployments"): ("Deployment", {}),
    ("example.com/v1", "shirts"): ("Shirt", {"selectable_fields": [".spec.color"]}),
}
CLUSTER_SCOPED = ("namespaces", "nodes")
PATH = re.compile(r"/apis?/((?:[^/]+/)?v1)(?:/namespaces/([^/]+)(?=/))?/([^/]+)(?:/([^/]+))?")


class Cluster:
    """All objects, and all changes of them: change n gives its object the resourceVersion n."""

    def __init__(self) -> None:
        self.objects: dict[Key, Object] = {}
        self.changes: list[Change] = []
        self.changed = Condition()
        self.oldest = 0  # a watch from an older version gets the error 410
        self.connections = 0  # all watches end when this number changes

    def set(self, key: Key, obj: Object | None) -> None:
        """Store an object; None deletes it."""
        with self.changed:
            before = self.objects.pop(key, None)
            if obj is not None:
                api_version, plural, namespace, name = key
                names = {"name": name} | ({"namespace": namespace} if namespace else {})
                version = {"resourceVersion": str(len(self.changes) + 1)}
                metadata = obj.get("metadata", {}) | names | version
                kind = {"kind": KINDS[api_version, plural][0], "apiVersion": api_version}
                obj = self.objects[key] = obj | kind | {"metadata": metadata}
            self.changes.append((key, before, obj))
            self.changed.notify_all()

    def wait(self, version: int, connection: int, seconds: float) -> list[Change]:
        """Wait for changes after a version, and return them; none if the watch has to end."""
        with self.changed:
            self.changed.wait_for(
                lambda: self.connections != connection or len(self.changes) > version, seconds
            )
            return self.changes[version:] if self.connections == connection else []

    def end_watches(self, *, forget: bool = False) -> None:
        """End all watches, and forget the changes so far: what every client has to survive."""
        with self.changed:
            self.oldest = len(self.changes) if forget else self.oldest
            self.connections += 1
            self.changed.notify_all()


class Handler(BaseHTTPRequestHandler):
    """Answers one request about the objects of a cluster."""

    cluster: Cluster
    protocol_version = "HTTP/1.1"  # the official client sees an event at once only in a chunk

    def handle(self) -> None:
        """Answer, unless the client is gone: as when a watch is interrupted."""
        with suppress(ConnectionError):
            super().handle()

    def do_GET(self) -> None:
        """Answer for one object, a list or a watch, or say what kinds there are."""
        key, path = self.read_key(), urlsplit(self.path).path
        if PATH.fullmatch(path) is None:
            self.send(200, discover(path.strip("/").split("/")))
        elif key[:2] in KINDS and key[3] is None:
            self.list_or_watch(key, dict(parse_qsl(urlsplit(self.path).query)))
        else:
            self.send_object(key)

    def do_POST(self) -> None:
        """Create an object; kubectl sends it again as JSON after the status 415."""
        if "json" not in self.headers["Content-Type"]:
            return self.send(415, to_status(415, "UnsupportedMediaType", "only JSON is read"))
        (api_version, plural, namespace, _), obj = self.read_key(), self.read_body()
        key = (api_version, plural, namespace, obj["metadata"]["name"])
        if key in self.cluster.objects:
            exists = to_status(409, "AlreadyExists", f"{key[1]} {key[3]!r} already exists")
            return self.send(409, exists)
        self.cluster.set(key, obj)
        return self.send_object(key)

    def do_PATCH(self) -> None:
        """Change an object by a merge patch."""
        key, patch = self.read_key(), self.read_body()
        if key in self.cluster.objects:
            self.cluster.set(key, merge(self.cluster.objects[key], patch))
        self.send_object(key)

    def do_DELETE(self) -> None:
        """Delete an object, and answer with it."""
        key = self.read_key()
        obj = self.cluster.objects.get(key)
        if obj is None:
            return self.send_object(key)
        self.cluster.set(key, None)
        return self.send(200, obj)

    def list_or_watch(self, key: Key, query: dict[str, str]) -> None:
        """Answer with the objects that the request selects, or with their changes."""
        kind, options = KINDS[key[:2]]
        try:
            keep = list_filter(
                label_selector=query.get("labelSelector"),
                field_selector=query.get("fieldSelector"),
                kind=kind,
                api_version=key[0],
                **options,
            )
        except BadRequestError as error:
            return self.send(error.status, error.to_status())
        if query.get("watch") in {"1", "true"}:
            return self.send_events(watch(self.cluster, key, query, keep))
        with self.cluster.changed:
            version = str(len(self.cluster.changes))
            objects = [obj for each, obj in self.cluster.objects.items() if covers(key, each)]
        items = {"metadata": {"resourceVersion": version}, "items": list(keep.filter(objects))}
        return self.send(200, {"kind": f"{kind}List", "apiVersion": key[0]} | items)

    def send_object(self, key: Key) -> None:
        """Answer with one object, or with the status 404."""
        obj = self.cluster.objects.get(key)
        missing = to_status(404, "NotFound", f"{key[1]} {key[3]!r} not found")
        self.send(200 if obj else 404, obj or missing)

    def send(self, code: int, body: Object) -> None:
        """Send an answer."""
        self.send_head(code)
        self.wfile.write(json.dumps(body).encode())

    def send_events(self, events: Iterable[Object]) -> None:
        """Send each event when it comes, as a line and a chunk of its own."""
        self.send_head(200, ("Transfer-Encoding", "chunked"))
        for event in events:
            line = json.dumps(event).encode() + b"\n"
            self.wfile.write(b"%x\r\n%b\r\n" % (len(line), line))
        self.wfile.write(b"0\r\n\r\n")

    def send_head(self, code: int, *headers: tuple[str, str]) -> None:
        """Send the head of an answer that ends with the connection."""
        self.send_response(code)
        for header in (("Content-Type", "application/json"), ("Connection", "close"), *headers):
            self.send_header(*header)
        self.end_headers()

    def read_key(self) -> Key:
        """Return what the request is about."""
        found = PATH.fullmatch(urlsplit(self.path).path)
        api_version, namespace, plural, name = found.groups() if found else ("", None, "", None)
        return api_version, plural, namespace, name

    def read_body(self) -> Object:
        """Return the object in the request."""
        body: Object = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        return body

    def log_message(self, *_: object) -> None:
        """Print no line for each request."""


def watch(cluster: Cluster, key: Key, query: dict[str, str], keep: ListFilter) -> Iterator[Object]:
    """Yield an event for each change that a request selects, until its time is over."""
    version = int(query.get("resourceVersion") or 0)
    end = monotonic() + int(query.get("timeoutSeconds", 3600))
    with cluster.changed:
        connection, is_expired = cluster.connections, version < cluster.oldest
        changes = cluster.changes[version:]
        if version == 0 or "sendInitialEvents" in query:  # begin with the objects that there are
            changes = [(each, None, obj) for each, obj in cluster.objects.items()]
            is_expired = False
        version = len(cluster.changes)
    if is_expired:
        yield {"type": "ERROR", "object": to_status(410, "Expired", "too old resource version")}
        return
    while True:
        for number, (each, before, after) in enumerate(changes, version - len(changes) + 1):
            if covers(key, each):
                event = keep.watch_event(before, after, resource_version=str(number))
                if event is not None:
                    yield event
        if query.pop("sendInitialEvents", None):
            yield initial_events_end(key, version)
        changes = cluster.wait(version, connection, end - monotonic())
        if not changes:
            return
        version += len(changes)


def covers(asked: Key, key: Key) -> bool:
    """Return whether a list or a watch has an object in it."""
    return asked[:2] == key[:2] and asked[2] in {None, key[2]}


def merge(old: Object, patch: Object) -> Object:
    """Return an object with a JSON merge patch: null removes a key."""
    changed = {
        key: merge(old.get(key) or {}, value) if isinstance(value, dict) else value
        for key, value in patch.items()
    }
    return {key: value for key, value in (old | changed).items() if value is not None}


def to_status(code: int, reason: str, message: str) -> Object:
    """Return the object with which a server answers what it cannot do."""
    kind = {"kind": "Status", "apiVersion": "v1", "status": "Failure"}
    return kind | {"code": code, "reason": reason, "message": message}


def initial_events_end(key: Key, version: int) -> Object:
    """Return the bookmark that ends the first events of a watch that begins with a list."""
    end = {"annotations": {"k8s.io/initial-events-end": "true"}, "resourceVersion": str(version)}
    kind = {"kind": KINDS[key[:2]][0], "apiVersion": key[0]}
    return {"type": "BOOKMARK", "object": kind | {"metadata": end}}


def discover(path: list[str]) -> Object:
    """Return the versions in /api, the groups in /apis, or the kinds in /api/v1, /apis/apps/v1."""
    groups = sorted({api_version for api_version, _ in KINDS if "/" in api_version})
    match path:
        case ["version"]:
            return {"major": "1", "minor": "35", "gitVersion": "v1.35.0"}
        case ["api"]:
            return {"kind": "APIVersions", "versions": ["v1"]}
        case ["apis"]:
            versions = [{"groupVersion": each, "version": "v1"} for each in groups]
            named = [
                {"name": each["groupVersion"][:-3], "versions": [each], "preferredVersion": each}
                for each in versions
            ]
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": named}
        case _:
            verbs = ["create", "delete", "get", "list", "patch", "watch"]
            api_version = "/".join(path[1:])
            resources = [
                {"name": plural, "singularName": kind.lower(), "kind": kind, "verbs": verbs}
                | {"namespaced": plural not in CLUSTER_SCOPED}
                for (version, plural), (kind, _) in KINDS.items()
                if version == api_version
            ]
            return {"kind": "APIResourceList", "groupVersion": api_version, "resources": resources}


def make_server(cluster: Cluster, port: int = 0) -> ThreadingHTTPServer:
    """Return a server on a port of this machine, 0 for any free one; `serve_forever` runs it."""
    return ThreadingHTTPServer(
        ("127.0.0.1", port), type("ClusterHandler", (Handler,), {"cluster": cluster})
    )


if __name__ == "__main__":
    shop = Cluster()
    for name, tier in (("web-1", "a"), ("web-2", "b"), ("db-1", "c")):
        pod = {"metadata": {"labels": {"tier": tier}}, "status": {"phase": "Running"}}
        shop.set(("v1", "pods", "default", name), pod)
    make_server(shop, int(sys.argv[1])).serve_forever()
