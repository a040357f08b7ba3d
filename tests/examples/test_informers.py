"""The informers of examples/ hold what the server has, through lost connections and versions."""

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from http import HTTPStatus
from pathlib import Path
from threading import Condition, Thread
from types import SimpleNamespace
from typing import Any, Self

import kr8s.asyncio
import lightkube
import pytest
from kubernetes import client
from kubernetes.informer import SharedInformer

from examples import informer_kr8s, informer_lightkube, informer_official, informer_shared
from labelsel import parse
from labelsel.kubernetes import Inventory, ObjectChange
from tests.examples.conftest import Server, pod_path

EXAMPLES = str(Path(__file__).resolve().parents[2] / "examples")
Next = Callable[[], ObjectChange]
Follow = Callable[[Inventory, Server], Iterator[Next]]


def follow_official(pods: Inventory, server: Server) -> Iterator[Next]:
    with client.ApiClient(client.Configuration(host=server.url)) as connection:
        changes = informer_official.follow(pods, client.CoreV1Api(connection))
        yield lambda: next(changes)


def follow_lightkube(pods: Inventory, server: Server) -> Iterator[Next]:
    config = lightkube.KubeConfig.from_file(server.environment["KUBECONFIG"])
    with closing(lightkube.Client(config=config)) as api:
        changes = informer_lightkube.follow(pods, api)
        yield lambda: next(changes)


def follow_kr8s(pods: Inventory, server: Server) -> Iterator[Next]:
    with asyncio.Runner() as runner:
        api = runner.run(kr8s.asyncio.api(kubeconfig=server.environment["KUBECONFIG"]))
        changes = informer_kr8s.follow(pods, api)
        yield lambda: runner.run(anext(changes))  # type: ignore[arg-type]  # it is a coroutine
        runner.run(changes.aclose())  # type: ignore[attr-defined]  # it is a generator


@pytest.fixture(
    params=[follow_official, follow_kr8s, follow_lightkube], ids=lambda f: f.__name__[7:]
)
def informer(request: pytest.FixtureRequest, shop: Server) -> Iterator[tuple[Inventory, Next]]:
    """An inventory, and what follows the server until the next change."""
    pods = Inventory()
    follow = request.param(pods, shop)
    yield pods, next(follow)
    assert next(follow, None) is None


class Line:
    """Forwards connections to a port, and breaks or refuses them.

    Attributes:
        port: the port to connect to.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._refusals: list[int] = []
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._refusals = [0]
        with socket.create_connection(("127.0.0.1", self.port)):
            self._thread.join()
        self.cut()
        self._listener.close()

    def refuse(self, times: int, status: int) -> None:
        """Answer the next connections with an HTTP status, and open ones no more."""
        self._refusals = [status] * times
        self.cut()

    def cut(self) -> None:
        """Break all connections, in the middle of an answer."""
        while self._open:
            with suppress(OSError):
                self._open.pop().shutdown(socket.SHUT_RDWR)

    def _serve(self) -> None:
        while True:
            client, _ = self._listener.accept()
            status = self._refusals.pop() if self._refusals else None
            if status == 0:
                client.close()
                return
            if status is not None:
                self._answer(client, status)
                continue
            server = socket.create_connection(("127.0.0.1", self._target))
            self._open += [client, server]
            Thread(target=_carry, args=(client, server)).start()
            Thread(target=_carry, args=(server, client)).start()

    def _answer(self, client: socket.socket, status: int) -> None:
        message = {"kind": "Status", "code": status, "message": HTTPStatus(status).phrase}
        body = json.dumps(message).encode()
        head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nConnection: close\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        with client:
            client.recv(65536)
            client.sendall(head.encode() + body)


def _carry(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
    source.close()


def told(change: ObjectChange) -> tuple[str, str]:
    """Return what happened to which pod."""
    match change:
        case ObjectChange(before=None, after=after) if after is not None:
            return "new", after.name
        case ObjectChange(before=before, after=None) if before is not None:
            return "gone", before.name
        case ObjectChange(after=after):
            assert after is not None
            return "changed", after.name


def test_an_informer(shop: Server, informer: tuple[Inventory, Next]) -> None:
    """It lists, follows changes, continues after a lost connection, and lists again after 410."""
    pods, change = informer
    names = ["web-1", "web-2", "web-3", "bare", "web-4"]
    assert [told(change()) for _ in names] == [("new", name) for name in names]
    assert [pod.name for pod in pods.select("pods", "tier in (a,b),!debug")] == [
        *("web-1", "web-3", "web-4")
    ]

    shop.pod("default", "web-1", tier="a", debug="")
    assert told(change()) == ("changed", "web-1")
    assert [pod.name for pod in pods.select("pods", "!debug", namespace="default")] == [
        *("web-3", "bare")
    ]
    shop.delete_pod("default", "bare")
    assert told(change()) == ("gone", "bare")

    shop.cluster.end_watches()  # the connection is lost, the version is still known
    shop.pod("default", "web-7", tier="c")
    assert told(change()) == ("new", "web-7")

    with shop.cluster.changed:  # both are lost: nobody sees these changes in a watch
        shop.delete_pod("default", "web-2")
        shop.pod("default", "web-8", "Failed", tier="c")
        shop.cluster.end_watches(forget=True)
    assert {told(change()), told(change())} == {("gone", "web-2"), ("new", "web-8")}
    held = {pod_path(pod.namespace or "", pod.name) for pod in pods}
    assert held == set(shop.cluster.objects)
    assert [pod.name for pod in pods.select("pods", fields="status.phase=Failed")] == [
        *("web-3", "web-8")
    ]
    shop.pod("default", "web-9")
    assert told(change()) == ("new", "web-9")


@pytest.fixture
def line(shop: Server, tmp_path: Path) -> Iterator[Line]:
    """What carries bytes between a client and the shop; the kubeconfig names it."""
    port = int(shop.url.rpartition(":")[2])
    with Line(port) as line:
        shop.url = f"http://127.0.0.1:{line.port}"
        config = tmp_path / "config"
        config.write_text(config.read_text().replace(f":{port}", f":{line.port}"))
        yield line


@pytest.mark.parametrize("status", [429, 503])
def test_a_broken_connection(
    line: Line,
    shop: Server,
    informer: tuple[Inventory, Next],
    monkeypatch: pytest.MonkeyPatch,
    status: int,
) -> None:
    """A connection that breaks, and a server that is busy for a while, are survived."""
    for module in (informer_official, informer_kr8s, informer_lightkube):
        monkeypatch.setattr(module, "PAUSE", 0.01)
    _, change = informer
    line.refuse(2, status)  # the first list fails, too
    assert {told(change())[0] for _ in range(5)} == {"new"}
    shop.pod("default", "web-5")
    assert told(change()) == ("new", "web-5")
    line.refuse(2, status)
    line.cut()
    shop.pod("default", "web-6")
    assert told(change()) == ("new", "web-6")


def test_what_no_pause_helps(line: Line, informer: tuple[Inventory, Next]) -> None:
    """An informer that may not list the pods says so."""
    _, change = informer
    line.refuse(20, 403)
    with pytest.raises(Exception, match=r"(?i)forbidden"):
        change()


def test_the_shared_informer(shop: Server) -> None:
    """The index beside the cache of the official client's informer answers as the server does."""
    changed = Condition()
    with client.ApiClient(client.Configuration(host=shop.url)) as connection:
        informer = SharedInformer(client.CoreV1Api(connection).list_pod_for_all_namespaces)
        index = informer_shared.index_labels(informer)

        def notify(_: Any) -> None:
            with changed:
                changed.notify_all()

        for name in ("ADDED", "MODIFIED", "DELETED"):
            informer.add_event_handler(name, notify)

        def wait_for(selector: str, *names: str) -> None:
            def are_selected() -> bool:
                found = informer_shared.select(informer, index, parse(selector))
                return {pod.metadata.name for pod in found} == set(names)

            with changed:
                assert changed.wait_for(are_selected, timeout=60)

        informer.start()
        wait_for("tier in (a,b),!debug", "web-1", "web-3", "web-4")
        shop.pod("default", "web-1", tier="a", debug="")
        wait_for("tier,debug", "web-1", "web-2")
        shop.delete_pod("default", "web-2")
        wait_for("debug", "web-1")
        with shop.cluster.changed:
            shop.delete_pod("default", "web-1")
            shop.pod("default", "web-8")
            shop.cluster.end_watches(forget=True)
        wait_for("!debug", "web-3", "web-4", "web-8", "bare")
        assert index.count("debug") == 0
        # `stop` waits for the watch, which looks at the request to stop at each event.
        stopping = Thread(target=informer.stop)
        stopping.start()
        while stopping.is_alive():
            shop.pod("default", "last")
            stopping.join(0.05)


def test_the_index_lags_behind_the_cache() -> None:
    """The cache is changed first, and a handler may fail: no answer has the old labels."""
    informer = SharedInformer(client.CoreV1Api().list_pod_for_all_namespaces)
    index = informer_shared.index_labels(informer)

    def names(selector: str) -> list[str]:
        found = informer_shared.select(informer, index, parse(selector))
        return [pod.metadata.name for pod in found]

    def pod(labels: Any) -> client.V1Pod:
        return client.V1Pod(metadata=client.V1ObjectMeta(name="a", labels=labels))

    def change(labels: Any) -> None:
        informer.cache._put(pod(labels))

    change(None)
    informer._fire("ADDED", pod(None))
    assert names("!debug") == ["a"]
    change({"debug": ""})
    assert names("!debug") == []
    informer._fire("MODIFIED", pod({"debug": ""}))
    assert names("debug") == ["a"]
    metadata = SimpleNamespace(name="a", namespace=None, labels={"debug": 5})
    informer._fire("MODIFIED", SimpleNamespace(metadata=metadata))  # it logs the error
    assert index.count("debug") == 0
    assert len(index) == 0


@pytest.mark.parametrize("name", ["official", "shared", "kr8s", "lightkube"])
def test_a_wrong_selector(name: str) -> None:
    """It is refused before anything is asked, with the message alone."""
    command = [sys.executable, f"{EXAMPLES}/informer_{name}.py", "tier in (a"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert run.stderr.startswith("not a valid selector: the text ends too early")
    assert "  tier in (a\n" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("name", ["official", "shared", "kr8s", "lightkube"])
def test_an_informer_runs(shop: Server, name: str) -> None:
    """The file is complete: with a kubeconfig it prints the pods that a selector selects."""
    command = [sys.executable, "-u", f"{EXAMPLES}/informer_{name}.py", "tier in (a,b),!debug"]
    with subprocess.Popen(
        command, env=shop.environment, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        found: set[str] = set()
        try:
            while found != {"web-1", "web-3", "web-4"}:
                line = running.stdout.readline()
                assert line, "it ended"
                found = {word.rpartition("/")[2] for word in line.split()}
        finally:
            running.kill()
