"""An informer with kr8s: all pods in memory, kept up to date, selected in microseconds.

    python examples/informer_kr8s.py 'app=web,!debug'

It lists the pods once and then follows a watch. It continues where a connection ended, and lists
again if the server has forgotten that version (410 Gone).

The watch is read with `call_api`: kr8s' own `watch` asks for a forgotten version again and again,
and its `get` does not say which version a list has.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator

import httpx
import kr8s.asyncio

from labelsel import Selector, SelectorError, parse
from labelsel.kubernetes import ExpiredError, Inventory, ObjectChange

WATCH = {"watch": "true", "allowWatchBookmarks": "true", "timeoutSeconds": "300"}


async def follow(pods: Inventory, api: kr8s.asyncio.Api) -> AsyncIterator[ObjectChange]:
    """Keep the pods of an inventory equal to those of a cluster, and yield each change."""
    for change in await list_again(pods, api):
        yield change
    while True:
        params = WATCH | {"resourceVersion": pods.resource_version("pods") or ""}
        try:
            async with api.call_api(url="pods", params=params, stream=True, timeout=None) as events:
                async for line in events.aiter_lines():
                    changed = pods.apply(json.loads(line))
                    if changed is not None:
                        yield changed
        except ExpiredError:
            for change in await list_again(pods, api):
                yield change
        except httpx.TransportError:  # the connection broke
            await asyncio.sleep(1)


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
