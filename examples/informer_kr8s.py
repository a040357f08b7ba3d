"""An informer with kr8s: all pods in memory, kept up to date, selected in microseconds.

    python examples/informer_kr8s.py 'app=web,!debug'

It lists the pods once and then follows a watch. It continues where a connection ended, and lists
again if the server has forgotten that version (410 Gone). If the server is busy or away (429, 500
and above, no connection), it asks again after a pause that grows to a minute.

The watch is read with `call_api`: kr8s' own `watch` asks for a forgotten version again and again,
and its `get` does not say which version a list has.
"""

import asyncio
import json
import logging
import sys
from collections.abc import AsyncIterator

import httpx
import kr8s.asyncio

from labelsel import Selector, SelectorError, parse
from labelsel.kubernetes import ExpiredError, Inventory, ObjectChange

WATCH = {"watch": "true", "allowWatchBookmarks": "true", "timeoutSeconds": "300"}
GONE, BUSY, SERVER_ERROR = 410, 429, 500
PAUSE, LONGEST_PAUSE = 1.0, 60.0


async def follow(pods: Inventory, api: kr8s.asyncio.Api) -> AsyncIterator[ObjectChange]:
    """Keep the pods of an inventory equal to those of a cluster, and yield each change."""
    is_listed, pause = False, PAUSE
    while True:
        try:
            if not is_listed:
                for change in await list_again(pods, api):
                    yield change
                is_listed = True
            params = WATCH | {"resourceVersion": pods.resource_version("pods") or ""}
            async with api.call_api(url="pods", params=params, stream=True, timeout=None) as events:
                async for line in events.aiter_lines():
                    changed = pods.apply(json.loads(line))
                    pause = PAUSE
                    if changed is not None:
                        yield changed
        except ExpiredError:
            is_listed = False
        except (kr8s.ServerError, httpx.TransportError) as error:
            answer = error.response if isinstance(error, kr8s.ServerError) else None
            status = None if answer is None else answer.status_code
            if status == GONE:
                is_listed = False
            elif status is None or status == BUSY or status >= SERVER_ERROR:
                logging.getLogger(__name__).warning("%s; next attempt in %s s", error, pause)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:  # such as 403 Forbidden: no pause helps
                raise


async def list_again(pods: Inventory, api: kr8s.asyncio.Api) -> list[ObjectChange]:
    """Replace the pods of an inventory by those of a cluster, and return the changes."""
    async with api.call_api(url="pods") as answer:
        return pods.replace("pods", answer.json())


async def main(selector: Selector) -> None:
    """Print the names of the selected pods after each change."""
    inventory = Inventory()
    async for _ in follow(inventory, await kr8s.asyncio.api()):
        print(*(pod.name for pod in inventory.select("pods", selector)))


if __name__ == "__main__":
    try:
        wanted = parse(sys.argv[1])
    except SelectorError as error:
        raise SystemExit(str(error)) from None
    asyncio.run(main(wanted))
