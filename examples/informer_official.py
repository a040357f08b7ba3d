"""An informer with the official client: all pods in memory, kept up to date, selected in µs.

    python examples/informer_official.py 'app=web,!debug'

It lists the pods once and then follows a watch. It continues where a connection ended, and lists
again if the server has forgotten that version (410 Gone).
"""

import sys
from collections.abc import Iterator
from time import sleep

from kubernetes import client, config, watch
from urllib3.exceptions import HTTPError

from labelsel import SelectorError, parse
from labelsel.kubernetes import Inventory, ObjectChange

GONE = 410


def follow(pods: Inventory, api: client.CoreV1Api) -> Iterator[ObjectChange]:
    """Keep the pods of an inventory equal to those of a cluster, and yield each change."""
    yield from pods.replace("pods", api.list_pod_for_all_namespaces())
    while True:
        try:
            # With `timeout_seconds` the client raises the error 410 at once. It would ask again.
            for event in watch.Watch().stream(
                api.list_pod_for_all_namespaces,
                resource_version=pods.resource_version("pods"),
                allow_watch_bookmarks=True,
                timeout_seconds=300,
            ):
                change = pods.apply(event)
                if change is not None:
                    yield change
        except client.ApiException as error:
            if error.status != GONE:
                raise
            yield from pods.replace("pods", api.list_pod_for_all_namespaces())
        except HTTPError:  # the connection broke
            sleep(1)


if __name__ == "__main__":
    try:
        wanted = parse(sys.argv[1])
    except SelectorError as error:
        raise SystemExit(str(error)) from None
    config.load_kube_config()
    inventory = Inventory()
    for _ in follow(inventory, client.CoreV1Api()):
        print(*(pod.name for pod in inventory.select("pods", wanted)))
