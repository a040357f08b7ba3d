"""A fuller fake API server: that of examples/api_server.py, with what tests of clients need.

1. kubectl creates, labels, patches and deletes objects.
2. It serves more kinds; one is a custom kind in a group of its own.
3. A watch may begin with the objects that there are, as client-go's WatchList asks.
4. Its watches end, and it forgets resourceVersions, when a test says so.
"""

import json
from collections.abc import Iterator
from contextlib import suppress

from examples.api_server import DISCOVERY, KINDS, NAMESPACE, FakeServer, Handler, Object
from labelsel.kubernetes import ListFilter

VERBS = ["create", "delete", "get", "list", "patch", "watch"]


def resource_list(api_version: str, *resources: tuple[str, str, bool]) -> Object:
    """Return the kinds of an apiVersion: the plural, the kind, and whether it has namespaces."""
    named = [
        {"name": name, "singularName": kind.lower(), "kind": kind, "namespaced": namespaced}
        | {"verbs": VERBS}
        for name, kind, namespaced in resources
    ]
    return {"kind": "APIResourceList", "groupVersion": api_version, "resources": named}


RELEASE = {"major": "1", "minor": "35", "gitVersion": "v1.35.0"}
VERSION = {"groupVersion": "example.com/v1", "version": "v1"}
GROUP = {"name": "example.com", "versions": [VERSION], "preferredVersion": VERSION}


class FakeCluster(FakeServer):
    """The objects and their changes; watches end when a test says so."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.RequestHandlerClass = ClusterHandler
        self.oldest = 0  # a watch from an older version gets the error 410
        self.connections = 0  # all watches end when this number changes

    def end_watches(self, *, forget: bool = False) -> None:
        """End all watches, and forget the changes so far: what every client has to survive."""
        with self.changed:
            self.oldest = len(self.changes) if forget else self.oldest
            self.connections += 1
            self.changed.notify_all()


class ClusterHandler(Handler):
    """Answers a request for objects, or for a change of one."""

    server: FakeCluster
    connection_number = 0
    kinds = KINDS | {
        "/api/v1/namespaces": {"kind": "Namespace", "api_version": "v1"},
        "/api/v1/nodes": {"kind": "Node", "api_version": "v1"},
        "/apis/example.com/v1/shirts": {
            "kind": "Shirt",
            "api_version": "example.com/v1",
            "selectable_fields": [".spec.color"],
        },
    }
    discovery = DISCOVERY | {
        "/version": RELEASE,
        "/version/": RELEASE,  # as kr8s asks
        "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": [GROUP]},
        "/api/v1": resource_list(
            "v1",
            ("namespaces", "Namespace", False),
            ("nodes", "Node", False),
            ("pods", "Pod", True),
        ),
        "/apis/example.com/v1": resource_list("example.com/v1", ("shirts", "Shirt", True)),
    }

    def handle(self) -> None:
        """Answer, unless the client is gone: as when a watch is interrupted."""
        with suppress(ConnectionError):
            super().handle()

    def do_POST(self) -> None:  # noqa: N802  # the name that http.server calls
        """Create an object; kubectl sends it again as JSON after the status 415."""
        obj = self.read_body()
        if obj is None:
            return self.send_failure(415, "UnsupportedMediaType", "only JSON is read")
        name = obj["metadata"]["name"]
        path = f"{self.read_path()}/{name}"
        if path in self.server.objects:
            return self.send_failure(409, "AlreadyExists", f"{path} already exists")
        self.server.set(path, obj)
        return self.send(201, [self.server.objects[path]])

    def do_PATCH(self) -> None:  # noqa: N802  # the name that http.server calls
        """Change an object by a merge patch."""
        path, patch = self.read_path(), self.read_body()
        old = self.server.objects.get(path)
        if old is None or patch is None:
            return self.send_failure(404, "NotFound", f"{path} not found")
        self.server.set(path, merge(old, patch))
        return self.send(200, [self.server.objects[path]])

    def do_DELETE(self) -> None:  # noqa: N802  # the name that http.server calls
        """Delete an object, and answer with it."""
        path, _ = self.read_path(), self.read_body()
        old = self.server.objects.get(path)
        if old is None:
            return self.send_failure(404, "NotFound", f"{path} not found")
        self.server.set(path, None)
        return self.send(200, [old])

    def watch(self, path: str, keep: ListFilter, query: dict[str, str]) -> Iterator[Object]:
        """Yield the events of a watch: first an error, or the objects, if the request says so."""
        first: list[Object] = []
        with self.server.changed:
            self.connection_number = self.server.connections
            version = int(query.get("resourceVersion") or 0)
            if "sendInitialEvents" in query:
                first = list(super().watch(path, keep, {"timeoutSeconds": "0"}))
                version = len(self.server.changes)
                first.append(initial_events_end(self.kinds[NAMESPACE.sub("", path)], version))
                is_expired = False
            else:
                is_expired = 0 < version < self.server.oldest
        if is_expired:
            yield {"type": "ERROR", "object": failure(410, "Expired", "too old resource version")}
            return
        yield from first
        yield from super().watch(path, keep, query | {"resourceVersion": str(version)})

    def wait(self, version: int, seconds: float) -> bool:
        """Wait for a change, and return whether there is one and the watch has not ended."""
        with self.server.changed:
            return not self.is_over() and super().wait(version, seconds) and not self.is_over()

    def is_over(self) -> bool:
        """Return whether the watches have ended since this one began."""
        return self.connection_number != self.server.connections

    def read_path(self) -> str:
        """Return the path of the request without its parameters."""
        return self.path.partition("?")[0]

    def read_body(self) -> Object | None:
        """Return the object in the request; None if it is not JSON."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        return json.loads(body) if "json" in self.headers.get("Content-Type", "") else None

    def send_failure(self, code: int, reason: str, message: str) -> None:
        """Send why the server does not do what the request says."""
        self.send(code, [failure(code, reason, message)])

    def log_message(self, *_: object) -> None:
        """Print no line for each request."""


def merge(old: Object, patch: Object) -> Object:
    """Return an object with a JSON merge patch: null removes a key."""
    changed = {
        key: merge(old.get(key) or {}, value) if isinstance(value, dict) else value
        for key, value in patch.items()
    }
    return {key: value for key, value in (old | changed).items() if value is not None}


def failure(code: int, reason: str, message: str) -> Object:
    """Return the object with which a server answers what it cannot do."""
    kind = {"kind": "Status", "apiVersion": "v1", "status": "Failure"}
    return kind | {"code": code, "reason": reason, "message": message}


def initial_events_end(kind: Object, version: int) -> Object:
    """Return the bookmark that ends the first events of a watch that begins with a list."""
    end = {"annotations": {"k8s.io/initial-events-end": "true"}, "resourceVersion": str(version)}
    named = {"kind": kind["kind"], "apiVersion": kind["api_version"]}
    return {"type": "BOOKMARK", "object": named | {"metadata": end}}
