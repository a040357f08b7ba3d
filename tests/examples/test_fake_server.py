"""kubectl and the official client list, select, watch and change objects of the fake server."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from kubernetes import client, watch

from tests.examples.conftest import Server, lines
from tests.test_apiserver_vectors import objects, rows


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("pods", "web-1 web-2 web-3 bare"),
        ("pods -l tier", "web-1 web-2 web-3"),
        ("pods -l !tier", "bare"),
        ("pods -l tier!=b", "web-1 bare"),
        ("pods -l tier|in|(a,b),!debug", "web-1 web-3"),
        ("pods -l tier|in|(a,b),!debug --field-selector status.phase=Running", "web-1"),
        ("pods -l tier|in|(a,b),!debug --field-selector status.phase!=Running", "web-3"),
        ("pods -A --selector tier=b", "web-2 web-3 web-4"),
        ("pods -n lab", "web-4"),
        ("pods -n lab -l tier=a", ""),
        ("pods -A --field-selector metadata.namespace!=default", "web-4"),
        ("pods -A --field-selector metadata.name=web-4,spec.hostNetwork=false", "web-4"),
        ("pods -A -l  --field-selector spec.restartPolicy!=Always", ""),
    ],
)
def test_kubectl_get(shop: Server, arguments: str, expected: str) -> None:
    """Kubectl prints the pods that the selectors select, in their order."""
    words = [word.replace("|", " ") for word in arguments.split(" ")]
    assert shop.names(*words) == [f"pod/{name}" for name in expected.split()]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["-l", "tier In (a,b)"],
            """label selector "tier In (a,b)", field selector "": \
unable to parse requirement: found 'In'
  tier In (a,b)
       ^
  expected: an operator (=, ==, !=, in, notin, >, <), ',' or the end
  hint: operators are written in lower case; write: tier in (a,b)
""",
        ),
        (
            ["--field-selector", "status.fase!=Running"],
            """label selector "", field selector "status.fase!=Running": \
field label not supported: status.fase
  status.fase!=Running
  ^
  hint: did you mean status.phase?
""",
        ),
        (
            ["--field-selector", "status.phase in (Running)"],
            """label selector "", field selector "status.phase in (Running)": \
invalid selector: found 'in'
  status.phase in (Running)
               ^
  expected: an operator (=, ==, !=)
  hint: field selectors know =, == and !=, each with one value; write: status.phase=Running
""",
        ),
    ],
)
def test_kubectl_shows_our_message(shop: Server, arguments: list[str], message: str) -> None:
    """A bad selector is an error with its caret, and no pod."""
    done = shop.kubectl("get", "pods", *arguments)
    begin = 'Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match '
    assert (done.returncode, done.stdout, done.stderr) == (1, "", begin + message)


def test_kubectl_watch(shop: Server) -> None:
    """A pod that no longer matches is DELETED for this watch; one that begins to match is ADDED."""
    options = ("--watch", "--output-watch-events", "--no-headers")
    seen = lines(shop, "get", "pods", "-l", "tier in (a,b),!debug", *options)
    assert [next(seen)[:2] for _ in range(2)] == [["ADDED", "web-1"], ["ADDED", "web-3"]]
    assert shop.kubectl("label", "pod", "web-1", "debug=yes").returncode == 0
    assert next(seen)[:2] == ["DELETED", "web-1"]
    shop.pod("default", "bare", tier="a")
    shop.pod("lab", "web-5", tier="a")  # another namespace
    shop.pod("default", "web-2", tier="b", debug="no")  # it does not match, before or after
    shop.pod("default", "bare", tier="b")
    assert [next(seen)[:2] for _ in range(2)] == [["ADDED", "bare"], ["MODIFIED", "bare"]]
    assert shop.kubectl("delete", "pod", "web-3").returncode == 0
    assert next(seen)[:2] == ["DELETED", "web-3"]
    seen.close()


def test_kubectl_changes_objects(shop: Server) -> None:
    """What kubectl creates, labels, patches and deletes by a selector is there, or gone."""
    shirt = {"kind": "Shirt", "apiVersion": "example.com/v1", "metadata": {"name": "s"}}
    done = shop.kubectl(
        "create", "--validate=false", "-f", "-", stdin=shirt | {"spec": {"color": "blue"}}
    )
    assert done.stdout == "shirt.example.com/s created\n"
    assert shop.names("shirts", "--field-selector", "spec.color=blue") == ["shirt.example.com/s"]
    refused = shop.kubectl("get", "shirts", "--field-selector", "spec.size!=L")
    assert "field label not supported: spec.size\n  spec.size!=L\n  ^\n" in refused.stderr
    again = shop.kubectl("create", "--validate=false", "-f", "-", stdin=shirt)
    assert "AlreadyExists" in again.stderr
    shop.kubectl("label", "pods", "-l", "tier=b", "tier-", "team=x")
    assert shop.names("pods", "-l", "team=x,!tier") == ["pod/web-2", "pod/web-3"]
    shop.kubectl("patch", "pod", "web-3", "--type", "merge", "-p", '{"spec":{"nodeName":"n1"}}')
    assert shop.names("pods", "-A", "--field-selector", "spec.nodeName=n1") == ["pod/web-3"]
    shop.kubectl("delete", "pods", "-l", "team=x")
    assert shop.names("pods") == ["pod/web-1", "pod/bare"]
    assert "NotFound" in shop.kubectl("get", "pod", "web-2").stderr
    assert "unknown" not in shop.kubectl("get", "nodes").stderr
    assert "only JSON is read" in shop.kubectl("create", "namespace", "x").stderr


def test_kubectl_wait(shop: Server) -> None:
    """Kubectl waits with a field selector and a watch that begins with the objects there are."""
    with shop.start_kubectl("wait", "pod/web-3", "--for=jsonpath={.status.phase}=Running") as wait:
        with shop.cluster.changed:
            # The watch of kubectl has begun, or begins with the change.
            shop.pod("default", "web-3", tier="b")
        assert wait.communicate()[0] == "pod/web-3 condition met\n"


@pytest.fixture
def api(shop: Server) -> Iterator[Any]:
    """The official client."""
    with client.ApiClient(client.Configuration(host=shop.url)) as connection:
        yield client.CoreV1Api(connection)


def test_the_official_client(api: Any) -> None:
    """It lists by both selectors, and raises the status and the message of a bad one."""
    found = api.list_namespaced_pod(
        "default", label_selector="tier", field_selector="status.phase=Running"
    )
    assert [pod.metadata.name for pod in found.items] == ["web-1", "web-2"]
    assert found.metadata.resource_version == "5"
    with pytest.raises(client.ApiException) as caught:
        api.list_pod_for_all_namespaces(label_selector="tier in (a")
    status = json.loads(caught.value.body or "")
    assert (caught.value.status, status["reason"], status["code"]) == (400, "BadRequest", 400)
    assert status["message"].startswith("unable to parse requirement: ")
    assert "\n  tier in (a\n            ^\n" in status["message"]


def test_the_official_watch(api: Any, shop: Server) -> None:
    """The DELETED event has the object as it was, with the version of the change."""
    stream = watch.Watch().stream(
        api.list_pod_for_all_namespaces, label_selector="!debug", resource_version="5"
    )
    shop.pod("lab", "web-4", tier="b", debug="")
    event = next(stream)
    assert (event["type"], event["object"].metadata.labels) == ("DELETED", {"tier": "b"})
    assert event["object"].metadata.resource_version == "6"
    shop.pod("lab", "web-6")
    shop.delete_pod("lab", "web-6")
    assert [next(stream)["type"] for _ in range(2)] == ["ADDED", "DELETED"]
    stream.close()


def test_a_forgotten_version(api: Any, shop: Server) -> None:
    """A watch from a version that the server has forgotten ends with the error 410."""
    shop.cluster.end_watches(forget=True)
    with pytest.raises(client.ApiException) as caught:
        next(
            watch.Watch().stream(
                api.list_pod_for_all_namespaces, resource_version="4", timeout_seconds=60
            )
        )
    assert (caught.value.status, "too old resource version" in caught.value.reason) == (
        410,
        True,
    )


def listed(asking: httpx.Client, selector: str) -> int | None:
    """Return the objects that the server lists as the bits of a number; None if it refuses."""
    answer = asking.get("/api/v1/pods", params={"labelSelector": selector})
    if answer.is_error:
        assert (answer.status_code, answer.json()["reason"]) == (400, "BadRequest")
        return None
    names = [item["metadata"]["name"] for item in answer.json()["items"]]
    return sum(1 << int(name.removeprefix("c")) for name in names)


@pytest.mark.parametrize(
    "step", [40, pytest.param(1, marks=pytest.mark.slow)], ids=["some selectors", "all selectors"]
)
def test_the_answers_of_a_real_server(server: Server, step: int) -> None:
    """The same selectors and objects as in tests/vectors/apiserver.jsonl, the same answers."""
    for number, labels in enumerate(objects()):
        server.pod("default", f"c{number}", **dict(labels))
    with httpx.Client(base_url=server.url) as asking:
        for row in rows()[1::step]:
            expected = int(row["matched"], 16) if row["ok"] else None
            assert listed(asking, row["selector"]) == expected, row["selector"]


def test_kubectl_gets_the_answers_of_a_real_server(server: Server) -> None:
    """The same through kubectl, for a few selectors."""
    for number, labels in enumerate(objects()):
        server.pod("default", f"c{number}", **dict(labels))
    few = [row for row in rows()[1:] if row["ok"] and row["matched"] != "0x0"][:10]
    for row in few:
        names = server.names("pods", "-l", row["selector"])
        found = sum(1 << int(name.removeprefix("pod/c")) for name in names)
        assert found == int(row["matched"], 16), row["selector"]
