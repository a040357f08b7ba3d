"""The small server of examples/api_server.py, asked by kubectl and by the official client."""

import json
import subprocess
import sys
from itertools import takewhile
from pathlib import Path
from typing import Any

import httpx
import pytest
from kubernetes import client, watch

from tests.examples.conftest import SmallServer, lines

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("pods", "web-1 web-2 web-3 bare"),
        ("pods -A", "web-1 web-2 web-3 bare web-4"),
        ("pods -n lab", "web-4"),
        ("pods -n nowhere", ""),
        ("pod web-2", "web-2"),
        ("pods -l tier|in|(a,b),!debug", "web-1 web-3"),
        ("pods -A -l tier|in|(a,b),!debug", "web-1 web-3 web-4"),
        ("pods -l tier --field-selector status.phase!=Running", "web-3"),
        ("pods -A --field-selector metadata.namespace!=default", "web-4"),
    ],
)
def test_kubectl_get(small: SmallServer, arguments: str, expected: str) -> None:
    """Kubectl prints the pods that the namespace, the name and the selectors select."""
    words = [word.replace("|", " ") for word in arguments.split(" ")]
    assert small.names(*words) == [f"pod/{name}" for name in expected.split()]


def test_what_is_not_there(small: SmallServer) -> None:
    """An object, and a kind, that the server does not have."""
    assert "Error from server (NotFound)" in small.kubectl("get", "pod", "web-4").stderr
    assert "doesn't have a resource type" in small.kubectl("get", "nodes").stderr
    assert httpx.get(f"{small.url}/api/v1/nodes").status_code == 404
    with pytest.raises(KeyError):
        small.delete_pod("default", "web-4")


@pytest.mark.parametrize(
    ("option", "selector", "caret"),
    [
        ("-l", "tier In (a,b)", "  tier In (a,b)\n       ^\n"),
        ("--field-selector", "status.fase=Running", "  status.fase=Running\n  ^\n"),
    ],
)
def test_a_bad_selector(small: SmallServer, option: str, selector: str, caret: str) -> None:
    """Kubectl prints the message with its caret, and no pod."""
    done = small.kubectl("get", "pods", "-A", option, selector)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error from server (BadRequest): ")
    assert f"\n{caret}" in done.stderr


def test_kubectl_watch(small: SmallServer) -> None:
    """A pod that stops matching is DELETED for the watch; one that begins to match is ADDED."""
    options = ("--watch", "--output-watch-events", "--no-headers")
    seen = lines(small, "get", "pods", "-l", "tier in (a,b),!debug", *options)
    assert [next(seen)[:2] for _ in range(2)] == [["ADDED", "web-1"], ["ADDED", "web-3"]]
    small.pod("default", "web-1", tier="a", debug="")
    small.pod("default", "web-2", tier="b", debug="no")  # it does not match, before or after
    small.pod("lab", "web-5", tier="a")  # another namespace
    small.pod("default", "bare", tier="a")
    small.pod("default", "bare", tier="b")
    small.delete_pod("default", "bare")
    small.pod("default", "last", tier="a")
    events = [["DELETED", "web-1"], ["ADDED", "bare"], ["MODIFIED", "bare"], ["DELETED", "bare"]]
    assert [line[:2] for line in takewhile(lambda line: line[1] != "last", seen)] == events
    seen.close()


def test_the_official_client(small: SmallServer) -> None:
    """It lists, raises the status and the message of a bad selector, and watches from the list."""
    with client.ApiClient(client.Configuration(host=small.url)) as connection:
        api: Any = client.CoreV1Api(connection)
        found = api.list_namespaced_pod("default", label_selector="tier,!debug")
        assert [pod.metadata.name for pod in found.items] == ["web-1", "web-3"]
        assert found.metadata.resource_version == "5"
        with pytest.raises(client.ApiException) as caught:
            api.list_pod_for_all_namespaces(field_selector="spec.priority=1")
        status = json.loads(caught.value.body or "")
        assert (caught.value.status, status["reason"], status["code"]) == (400, "BadRequest", 400)
        assert "\n  spec.priority=1\n  ^\n" in status["message"]

        small.pod("default", "web-1", tier="a", debug="")
        small.delete_pod("default", "web-3")
        stream = watch.Watch().stream(
            api.list_namespaced_pod,
            "default",
            label_selector="tier,!debug",
            resource_version=found.metadata.resource_version,
        )
        event = next(stream)
        assert (event["type"], event["object"].metadata.labels) == ("DELETED", {"tier": "a"})
        assert event["object"].metadata.resource_version == "6"
        event = next(stream)
        assert (event["type"], event["object"].metadata.name) == ("DELETED", "web-3")
        assert event["object"].metadata.resource_version == "7"
        stream.close()


def test_a_watch_without_a_version(small: SmallServer) -> None:
    """It begins with the objects that there are, and ends when its time is over."""
    small.delete_pod("default", "bare")
    with client.ApiClient(client.Configuration(host=small.url)) as connection:
        listed = client.CoreV1Api(connection).list_pod_for_all_namespaces
        stream = watch.Watch().stream(listed, label_selector="!debug", timeout_seconds=0)
        seen = [(event["type"], event["object"].metadata.name) for event in stream]
    assert seen == [("ADDED", "web-1"), ("ADDED", "web-3"), ("ADDED", "web-4")]


def test_the_program() -> None:
    """The file is complete: it serves the pods of standard input."""
    command = [sys.executable, str(EXAMPLES / "api_server.py"), "0"]  # any free port
    with (
        (EXAMPLES / "shop" / "pods.json").open() as pods,
        subprocess.Popen(command, stdin=pods, stdout=subprocess.PIPE, text=True) as process,
    ):
        assert process.stdout is not None
        try:
            url = process.stdout.readline().strip()
            query = {"labelSelector": "tier in (frontend,cache),track notin (stable)"}
            answer = httpx.get(f"{url}/api/v1/namespaces/shop/pods", params=query)
        finally:
            process.kill()
    names = [pod["metadata"]["name"] for pod in answer.json()["items"]]
    assert names == ["web-canary-5d8f9c7b6-q7jhr", "cache-0", "cache-1"]
