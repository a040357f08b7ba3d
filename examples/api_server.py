"""A fake API server: kubectl and the Kubernetes clients list, get and watch pods on it.

    python examples/api_server.py 8001 < examples/shop/pods.json &
    kubectl -s http://127.0.0.1:8001 get pods -A -l 'tier in (frontend,cache),!debug'

labelsel answers the selectors: `list_filter` reads the two parameters of a request and selects
the objects of a list, and its `watch_event` says what a watch gets for a change of an object.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition
from time import monotonic
from typing import Any
from urllib.parse import parse_qs

from labelsel.kubernetes import BadRequestError, ListFilter, list_filter

Object = dict[str, Any]

NAMESPACE = re.compile("/namespaces/[^/]+(?=/)")
#: The lists for all namespaces, and the arguments of `list_filter` for each.
KINDS: dict[str, Object] = {"/api/v1/pods": {"kind": "Pod", "api_version": "v1"}}
PODS = {"name": "pods", "kind": "Pod", "namespaced": True, "verbs": ["get", "list", "watch"]}
DISCOVERY: dict[str, Object] = {  # what a client reads first
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {"kind": "APIGroupList", "groups": []},
    "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": [PODS]},
}


def is_in(path: str, member: str) -> bool:
    """Return whether a list, of one or of all namespaces, has the object at another path."""
    parent = member.rpartition("/")[0]
    return path in {parent, NAMESPACE.sub("", parent)}


class FakeServer(ThreadingHTTPServer):
    """Holds the objects and all changes: change n gives its object the resourceVersion n."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.objects: dict[str, Object] = {}  # by path: /api/v1/namespaces/shop/pods/web-1
        self.changes: list[tuple[str, Object | None, Object | None]] = []  # path, before, after
        self.changed = Condition()

    def set(self, path: str, obj: Object | None) -> None:
        """Store an object at its path; None deletes it."""
        with self.changed:
            before = self.objects.get(path)
            if obj is None:
                del self.objects[path]
            else:
                version = {"resourceVersion": str(len(self.changes) + 1)}
                obj = self.objects[path] = obj | {"metadata": obj["metadata"] | version}
            self.changes.append((path, before, obj))
            self.changed.notify_all()

    def read(self, path: str) -> tuple[int, list[Object]]:
        """Return the last resourceVersion, and the objects of a list."""
        with self.changed:
            objects = [obj for member, obj in self.objects.items() if is_in(path, member)]
            return len(self.changes), objects


class Handler(BaseHTTPRequestHandler):
    """Answers a request."""

    server: FakeServer
    protocol_version = "HTTP/1.1"  # a client sees an event at once only in a chunk
    disable_nagle_algorithm = True  # the end of an answer is sent at once, too
    kinds, discovery = KINDS, DISCOVERY

    def do_GET(self) -> None:
        """Send what kinds there are, an object, a list, or the events of a watch."""
        path, _, text = self.path.partition("?")
        found = self.discovery.get(path) or self.server.objects.get(path)
        if found is not None:
            return self.send(200, [found])
        kind = self.kinds.get(NAMESPACE.sub("", path))
        if kind is None:
            return self.send_error(404)
        # Of a parameter that is there twice the real server reads the first, an empty one, too.
        query = {
            name: first for name, (first, *_) in parse_qs(text, keep_blank_values=True).items()
        }
        labels, fields = query.get("labelSelector"), query.get("fieldSelector")
        try:
            keep = list_filter(**kind, label_selector=labels, field_selector=fields)
        except BadRequestError as error:
            return self.send(error.status, [error.to_status()])
        if query.get("watch", "0").lower() not in {"0", "false"}:
            return self.send(200, self.watch(path, keep, query))
        version, objects = self.server.read(path)
        head = {"kind": f"{kind['kind']}List", "apiVersion": kind["api_version"]}
        metadata = {"resourceVersion": str(version)}
        return self.send(200, [head | {"metadata": metadata, "items": list(keep.filter(objects))}])

    def watch(self, path: str, keep: ListFilter, query: dict[str, str]) -> Iterator[Object]:
        """Yield the events of a watch, until its time is over."""
        end = monotonic() + int(query.get("timeoutSeconds", 3600))
        version = int(query.get("resourceVersion") or 0)
        if version == 0:  # it begins with the objects that there are
            version, objects = self.server.read(path)
            yield from ({"type": "ADDED", "object": obj} for obj in keep.filter(objects))
        while self.wait(version, end - monotonic()):
            member, before, after = self.server.changes[version]
            version += 1
            if is_in(path, member):
                event = keep.watch_event(before, after, resource_version=str(version))
                if event is not None:
                    yield event

    def wait(self, version: int, seconds: float) -> bool:
        """Wait for a change after a resourceVersion, and return whether there is one."""
        with self.server.changed:
            if len(self.server.changes) <= version:
                self.server.changed.wait(seconds)
            return len(self.server.changes) > version

    def send(self, status: int, objects: Iterable[Object]) -> None:
        """Send objects, each as a line and a chunk of its own."""
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for obj in objects:
            line = json.dumps(obj).encode() + b"\n"
            self.wfile.write(b"%x\r\n%b\r\n" % (len(line), line))
        self.wfile.write(b"0\r\n\r\n")


if __name__ == "__main__":
    fake = FakeServer(int(sys.argv[1]))
    for pod in json.load(sys.stdin)["items"]:
        metadata = pod["metadata"]
        fake.set(f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}", pod)
    print(f"http://127.0.0.1:{fake.server_port}", flush=True)
    fake.serve_forever()
