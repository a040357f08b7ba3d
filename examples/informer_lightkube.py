"""An informer with lightkube: all pods in memory, kept up to date, selected in microseconds.

    python examples/informer_lightkube.py 'app=web,!debug'

It lists the pods once and then follows a watch. lightkube continues where a connection ended. If
the server has forgotten that version (410 Gone), the pods are listed again.
"""

import sys
from collections.abc import Iterator
from time import sleep

import httpx
from lightkube import ApiError, Client
from lightkube.resources.core_v1 import Pod

from labelsel import SelectorError, parse
from labelsel.kubernetes import Inventory, ObjectChange

GONE = 410


def follow(pods: Inventory, api: Client) -> Iterator[ObjectChange]:
    """Keep the pods of an inventory equal to those of a cluster, and yield each change."""
    yield from pods.replace("pods", api.list(Pod, namespace="*"))
    while True:
        version = pods.resource_version("pods")
        try:
            # Not `on_error_retry`: after a 410 it would never report the pods that are gone.
            for event in api.watch(Pod, namespace="*", resource_version=version):
                change = pods.apply(event)
                if change is not None:
                    yield change
        except ApiError as error:
            if error.status.code != GONE:
                raise
            yield from pods.replace("pods", api.list(Pod, namespace="*"))
        except httpx.TransportError:  # the connection broke
            sleep(1)


if __name__ == "__main__":
    try:
        wanted = parse(sys.argv[1])
    except SelectorError as error:
        raise SystemExit(str(error)) from None
    inventory = Inventory()
    for _ in follow(inventory, Client()):
        print(*(pod.name for pod in inventory.select("pods", wanted)))
