"""Selectors for the `SharedInformer` of the official client, whose cache answers none.

    python examples/informer_shared.py 'app=web,!debug'

Its handlers keep a `LabelIndex` beside the cache. The index answers selectors with the keys of
the cache: ``namespace/name``.
"""

import sys
from threading import Event
from typing import Any

from kubernetes import client, config
from kubernetes.informer import SharedInformer

from labelsel import LabelIndex, Selector, SelectorError, parse


def key_of(obj: Any) -> str:
    """Return the key of an object in the cache of an informer."""
    metadata = obj.metadata
    return f"{metadata.namespace}/{metadata.name}" if metadata.namespace else metadata.name


def index_labels(informer: SharedInformer) -> LabelIndex[str]:
    """Return an index of the labels in the cache of an informer that is not started yet."""
    index: LabelIndex[str] = LabelIndex()

    def store(obj: Any) -> None:
        key = key_of(obj)
        try:
            index[key] = obj.metadata.labels
        except BaseException:  # the informer logs it; the index must not keep the old labels
            index.pop(key, None)
            raise

    informer.add_event_handler("ADDED", store)
    informer.add_event_handler("MODIFIED", store)
    informer.add_event_handler("DELETED", lambda obj: index.pop(key_of(obj), None))
    return index


def select(informer: SharedInformer, index: LabelIndex[str], selector: Selector) -> list[Any]:
    """Return the objects in the cache that a selector selects.

    The informer changes its cache first and calls the handlers then. So the labels in the cache
    are matched again. An object that has changed just now may be missing until its handler ran.
    """
    found = (informer.cache.get_by_key(key) for key in index.select(selector))
    return [
        obj
        for obj in found
        if obj is not None  # None: it is just being deleted
        and selector.matches(obj.metadata.labels or {})
    ]


if __name__ == "__main__":
    try:
        wanted = parse(sys.argv[1])
    except SelectorError as error:
        raise SystemExit(str(error)) from None
    config.load_kube_config()
    pods = SharedInformer(client.CoreV1Api().list_pod_for_all_namespaces)
    labels = index_labels(pods)

    def show(_: Any) -> None:
        """Print the keys of the selected pods."""
        print(*map(key_of, select(pods, labels, wanted)))

    for event in ("ADDED", "MODIFIED", "DELETED"):
        pods.add_event_handler(event, show)
    pods.start()
    Event().wait()  # for ever
