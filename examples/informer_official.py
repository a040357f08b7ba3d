"""An informer with the official client: all pods in memory, kept up to date, selected in µs.

    python examples/informer_official.py 'app=web,!debug'

It lists the pods once and then follows a watch. It continues where a connection ended, and lists
again if the server has forgotten that version (410 Gone). If the server is busy or away (429, 500
and above, no connection), it asks again after a pause that grows to a minute.
"""

import logging
import sys
from collections.abc import Iterator
from time import sleep

from kubernetes import client, config, watch
from urllib3.exceptions import HTTPError

from labelsel import SelectorError, parse
from labelsel.kubernetes import Inventory, ObjectChange

GONE, BUSY, SERVER_ERROR = 410, 429, 500
PAUSE, LONGEST_PAUSE = 1.0, 60.0


def follow(pods: Inventory, api: client.CoreV1Api) -> Iterator[ObjectChange]:
    """Keep the pods of an inventory equal to those of a cluster, and yield each change."""
    is_listed, pause = False, PAUSE
    while True:
        try:
            if not is_listed:
                yield from pods.replace("pods", api.list_pod_for_all_namespaces())
                is_listed = True
            # With `timeout_seconds` the client raises the error 410 at once. It would ask again.
            for event in watch.Watch().stream(
                api.list_pod_for_all_namespaces,
                resource_version=pods.resource_version("pods"),
                allow_watch_bookmarks=True,
                timeout_seconds=300,
            ):
                pause = PAUSE
                change = pods.apply(event)
                if change is not None:
                    yield change
        except (client.ApiException, HTTPError) as error:
            status = error.status if isinstance(error, client.ApiException) else None
            if status == GONE:
                is_listed = False
            elif status is None or status == BUSY or status >= SERVER_ERROR:
                logging.getLogger(__name__).warning("%s; next attempt in %s s", error, pause)
                sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:  # such as 403 Forbidden: no pause helps
                raise


if __name__ == "__main__":
    try:
        wanted = parse(sys.argv[1])
    except SelectorError as error:
        raise SystemExit(str(error)) from None
    config.load_kube_config()
    inventory = Inventory()
    for _ in follow(inventory, client.CoreV1Api()):
        print(*(pod.name for pod in inventory.select("pods", wanted)))
