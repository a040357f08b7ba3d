"""The two fake API servers on loopback, and kubectl for them."""

import json
import os
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any, Generic, TypeAlias, TypeVar

import pytest

from examples.api_server import FakeServer
from tests.fake_server import FakeCluster

KUBECTL = Path(sys.executable).with_name("kubectl")


Fake = TypeVar("Fake", bound=FakeServer)


class Running(Generic[Fake]):
    """A server that runs, its URL, and kubectl.

    Attributes:
        cluster: the server, which has the objects.
        url: the URL.
        environment: the environment in which a client finds the server as a user's kubeconfig
            names it.
    """

    def __init__(self, cluster: Fake, home: Path) -> None:
        self.cluster = cluster
        self.url = f"http://127.0.0.1:{cluster.server_address[1]}"
        named = {"cluster": "fake", "user": "nobody"}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "fake", "cluster": {"server": self.url}}],
            "users": [{"name": "nobody", "user": {}}],
            "contexts": [{"name": "fake", "context": named}],
            "current-context": "fake",
        }
        (home / "config").write_text(json.dumps(config))
        self.environment = os.environ | {"HOME": str(home), "KUBECONFIG": str(home / "config")}

    def pod(self, namespace: str, name: str, phase: str = "Running", **labels: str) -> None:
        """Store a pod."""
        metadata = {"name": name, "namespace": namespace, "labels": labels}
        pod = {"kind": "Pod", "apiVersion": "v1", "metadata": metadata, "status": {"phase": phase}}
        self.cluster.set(pod_path(namespace, name), pod)

    def delete_pod(self, namespace: str, name: str) -> None:
        """Delete a pod."""
        self.cluster.set(pod_path(namespace, name), None)

    def add_shop(self) -> None:
        """Store the pods of a shop."""
        self.pod("default", "web-1", tier="a")
        self.pod("default", "web-2", tier="b", debug="")
        self.pod("default", "web-3", "Failed", tier="b")
        self.pod("default", "bare")
        self.pod("lab", "web-4", tier="b")

    def start_kubectl(self, *arguments: str) -> subprocess.Popen[str]:
        """Start kubectl; its output is read by the caller."""
        return subprocess.Popen(
            [KUBECTL, *arguments], env=self.environment, stdout=subprocess.PIPE, text=True
        )

    def kubectl(self, *arguments: str, stdin: Any = None) -> subprocess.CompletedProcess[str]:
        """Run kubectl."""
        return subprocess.run(
            [KUBECTL, *arguments],
            env=self.environment,
            input=None if stdin is None else json.dumps(stdin),
            capture_output=True,
            text=True,
            check=False,
        )

    def names(self, *arguments: str) -> list[str]:
        """Return the names that ``kubectl get -o name`` prints."""
        done = self.kubectl("get", *arguments, "-o", "name")
        assert (done.returncode, done.stderr.replace("No resources found\n", "")) == (0, "")
        return done.stdout.split()


Server: TypeAlias = Running[FakeCluster]
SmallServer: TypeAlias = Running[FakeServer]


def lines(running: Running[Any], *arguments: str) -> Generator[list[str], None, None]:
    """Yield the words of each line that kubectl prints, and end it."""
    with running.start_kubectl(*arguments) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                yield line.split()
        finally:
            process.kill()


def pod_path(namespace: str, name: str) -> str:
    """Return the path of a pod."""
    return f"/api/v1/namespaces/{namespace}/pods/{name}"


@contextmanager
def run(cluster: Fake, home: Path) -> Iterator[Running[Fake]]:
    """Run a server, and end it and its watches."""
    with cluster:
        thread = Thread(
            target=cluster.serve_forever, args=(0.01,)
        )  # how often it looks for its end
        thread.start()
        yield Running(cluster, home)
        cluster.shutdown()
        thread.join()
        with cluster.changed:
            cluster.changed.notify_all()  # a watch that waits ends without a change


@pytest.fixture
def small(tmp_path: Path) -> Iterator[SmallServer]:
    """The server of examples/api_server.py with the pods of a shop."""
    with run(FakeServer(), tmp_path) as running:
        running.add_shop()
        yield running


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """The fuller server of tests/fake_server.py without objects."""
    with run(FakeCluster(), tmp_path) as running:
        yield running


@pytest.fixture
def shop(server: Server) -> Server:
    """The same with the pods of a shop."""
    server.add_shop()
    return server
