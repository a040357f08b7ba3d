"""The fake API server of examples/api_server.py on loopback, and kubectl for it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from examples.api_server import Cluster, make_server

KUBECTL = Path(sys.executable).with_name("kubectl")


class Server:
    """A cluster, the URL of its server, and kubectl.

    Attributes:
        cluster: the objects.
        url: the URL.
        environment: the environment in which a client finds the server as a user's kubeconfig
            names it.
    """

    def __init__(self, cluster: Cluster, port: int, home: Path) -> None:
        self.cluster = cluster
        self.url = f"http://127.0.0.1:{port}"
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
        pod = {"metadata": {"labels": labels}, "status": {"phase": phase}}
        self.cluster.set(("v1", "pods", namespace, name), pod)

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


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A fake API server without objects."""
    cluster = Cluster()
    with make_server(cluster) as running:
        thread = Thread(
            target=running.serve_forever, args=(0.01,)
        )  # how often it looks for its end
        thread.start()
        yield Server(cluster, running.server_address[1], tmp_path)
        cluster.end_watches()
        running.shutdown()
        thread.join()


@pytest.fixture
def shop(server: Server) -> Server:
    """The same with the pods of a shop."""
    server.pod("default", "web-1", tier="a")
    server.pod("default", "web-2", tier="b", debug="")
    server.pod("default", "web-3", "Failed", tier="b")
    server.pod("default", "bare")
    server.pod("lab", "web-4", tier="b")
    return server
