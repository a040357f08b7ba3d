"""An informer with lightkube: all pods in memory, kept up to date, selected in microseconds.

    python examples/informer_lightkube.py 'app=web,!debug'

It lists the pods once and then follows a watch. lightkube continues where a watch ended. If the
server has forgotten that version (410 Gone), the pods are listed again. If the server is busy or
away (429, 500 and above, no connection), it asks again after a pause that grows to a minute.
"""

import logging
import sys
from collections.abc import Iterator
from time import sleep

from lightkube import ApiError, Client
from lightkube.core import exceptions
from lightkube.resources.core_v1 import Pod

from labelsel import SelectorError, parse
from labelsel.kubernetes import Inventory, ObjectChange

# The library below lightkube is httpx2 since version 1.0, and httpx before. The errors of the
# other one are never raised, so do not import either by name: lightkube knows which one it uses.
httpx = exceptions.httpx  # type: ignore[attr-defined]  # it has no public name

GONE, BUSY, SERVER_ERROR = 410, 429, 500
PAUSE, LONGEST_PAUSE = 1.0, 60.0


def follow(pods: Inventory, api: Client) -> Iterator[ObjectChange]:
    """Keep the pods of an inventory equal to those of a cluster, and yield each change."""
    is_listed, pause = False, PAUSE
    while True:
        try:
            if not is_listed:
                yield from pods.replace("pods", api.list(Pod, namespace="*"))
                is_listed = True
            version = pods.resource_version("pods")
            # Not `on_error_retry`: after a 410 it would never report the pods that are gone.
            for event in api.watch(Pod, namespace="*", resource_version=version):
                pause = PAUSE
                change = pods.apply(event)
                if change is not None:
                    yield change
        except httpx.HTTPError as error:  # the base of ApiError, and of lost connections
            status = status_of(error)
            if status == GONE:
                is_listed = False
            elif status is None or status == BUSY or status >= SERVER_ERROR:
                logging.getLogger(__name__).warning("%s; next attempt in %s s", error, pause)
                sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:  # such as 403 Forbidden: no pause helps
                raise


def status_of(error: Exception) -> int | None:
    """Return the status that the server answered, or None if there was no answer."""
    if isinstance(error, ApiError) and error.status.code is not None:
        return error.status.code
    return error.response.status_code if isinstance(error, httpx.HTTPStatusError) else None


if __name__ == "__main__":
    try:
        wanted = parse(sys.argv[1])
    except SelectorError as error:
        raise SystemExit(str(error)) from None
    inventory = Inventory()
    for _ in follow(inventory, Client()):
        print(*(pod.name for pod in inventory.select("pods", wanted)))
