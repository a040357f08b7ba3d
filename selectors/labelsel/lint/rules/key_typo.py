"""Rule key-typo: a key is one typo away from a common key, so no selector will ever name it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Final

from labelsel.errors import Path
from labelsel.kubernetes import Resource
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.field_names import (
    MATCH_EXPRESSIONS,
    MATCH_LABELS,
    NODE_SELECTOR_TERMS,
)
from labelsel.kubernetes.selection.label_locations import value_at
from labelsel.lint.certain_edits import rename_key
from labelsel.lint.context import Context
from labelsel.lint.finding import Finding, make_finding
from labelsel.lint.registry import Severity, rule
from labelsel.lint.selector_parts import key_path, requirements
from labelsel.typos import TypoIndex

__all__ = ["key_typo"]

#: Keys of labels that Kubernetes and Helm document, by prefix.
_WELL_KNOWN: Final = frozenset(
    f"{prefix}/{name}"
    for prefix, names in {
        "addonmanager.kubernetes.io": "mode",
        "app.kubernetes.io": "component created-by instance managed-by name part-of version",
        "apps.kubernetes.io": "pod-index",
        "batch.kubernetes.io": "controller-uid job-completion-index job-name",
        "beta.kubernetes.io": "arch instance-type os",
        "endpointslice.kubernetes.io": "managed-by",
        "failure-domain.beta.kubernetes.io": "region zone",
        "helm.sh": "chart",
        "kubernetes.io": "arch cluster-service hostname metadata.name os service-name",
        "node-role.kubernetes.io": "control-plane master worker",
        "node.kubernetes.io": "exclude-from-external-load-balancers instance-type windows-build",
        "pod-security.kubernetes.io": "audit audit-version enforce enforce-version warn "
        "warn-version",
        "rbac.authorization.k8s.io": "aggregate-to-admin aggregate-to-edit aggregate-to-view",
        "service.kubernetes.io": "headless service-proxy-name",
        "statefulset.kubernetes.io": "pod-name",
        "topology.kubernetes.io": "region zone",
    }.items()
    for name in names.split()
)
_PREFIXES: Final = frozenset(key.partition("/")[0] for key in _WELL_KNOWN)
#: Under this prefix everybody makes up role names of their own.
_FREE: Final = "node-role.kubernetes.io/"

#: A key is common in an input if at least this many label sets have it (fewer may be copies of
#: one mistake), ...
_COMMON: Final = 5
#: ... and this many times as many as have the other key: keys in like numbers are both meant.
#: Smaller values reported nothing more in 161 objects of real manifests; see
#: test_no_false_alarm_on_real_manifests in tests/lint/test_runner.py.
_TIMES: Final = 5
#: Shorter names are words of their own more often than typos: app, apps; tier, tie.
_SHORTEST: Final = 6


@rule(
    "key-typo",
    Severity.WARNING,
    "A key is one typo away from a common one",
    docs="https://labelsel.readthedocs.io/en/latest/lint.html#key-typo",
)
def key_typo(context: Context) -> Iterator[Finding]:
    """Find keys that are one typo away from a key that is well known, or common in the input.

    1. A key that is well known, or common itself, is not a typo.
    2. If a label set has both keys, both are meant.
    3. A key that is common only in the input counts if the part that differs, before or after
       the slash, has six characters or more in both keys and is not a plural of the other.
    """
    common_keys = _CommonKeys(context)
    required = _required_keys(context)
    for resource, path, labels in (*context.labels, *context.node_selectors):
        for key in labels if isinstance(labels, dict) else ():
            for found in _find_typo(common_keys, resource, (*path, key), key, labels):
                is_required = path[0] == "spec" and (id(resource), key) in required
                yield found.with_edit(None) if is_required else found
    for object_selector in context.object_selectors:
        keys = {term.key: None for term in requirements(object_selector.selector)}
        for key in keys:
            path = key_path(object_selector, key)
            for found in _find_typo(common_keys, object_selector.owner, path, key, keys):
                is_required = (id(object_selector.owner), key) in required
                yield found.with_edit(None) if is_required else found
    for resource, field in context.selector_fields:
        for path, key, beside in _keys_in(field.value):
            yield from _find_typo(common_keys, resource, (*field.path, *path), key, beside)


def _keys_in(value: Data) -> Iterator[tuple[Path, str, Collection[str]]]:
    """Yield the keys in a selector or a constraint, with their paths and the keys beside them."""
    labels, expressions, terms, topology = (
        value_at(value, (name,))
        for name in (MATCH_LABELS, MATCH_EXPRESSIONS, NODE_SELECTOR_TERMS, "topologyKey")
    )
    keys: dict[Path, str] = {}
    if isinstance(labels, dict):
        keys.update(((MATCH_LABELS, key), key) for key in labels)
    for number, expression in enumerate(expressions if isinstance(expressions, list) else ()):
        key = value_at(expression, ("key",))
        if isinstance(key, str):
            keys[MATCH_EXPRESSIONS, number] = key
    beside = frozenset(keys.values())
    yield from ((path, key, beside) for path, key in keys.items())
    if isinstance(topology, str):
        yield ("topologyKey",), topology, ()
    for number, term in enumerate(terms if isinstance(terms, list) else ()):
        for path, key, others in _keys_in(term):
            yield (NODE_SELECTOR_TERMS, number, *path), key, others


def _required_keys(context: Context) -> set[tuple[int, str]]:
    """Return the keys that the selector of each workload requires, with the workload's ``id()``.

    No edit corrects these: the selector of a workload that exists cannot be changed.
    """
    return {
        (id(workload.owner), term.key)
        for workload in context.workloads
        for term in requirements(workload.selector)
    }


def _find_typo(
    common_keys: _CommonKeys, resource: Resource, path: Path, key: str, beside: Collection[str]
) -> Iterator[Finding]:
    meant = common_keys.find_correction(key)
    if meant is not None and meant not in beside:
        message = f"the key {key} is one typo away from {meant}"
        edit = rename_key(resource, path, key, meant) if common_keys.is_certain(key) else None
        yield make_finding(key_typo, resource, path, message, f"write {meant}").with_edit(edit)


class _CommonKeys:
    """The common keys, and which of them is meant by a key that is one typo away."""

    def __init__(self, context: Context) -> None:
        self._counts: Counter[str] = Counter()
        for _, _, labels in context.labels:
            self._counts.update(list(labels) if isinstance(labels, dict) else ())
        self._known = TypoIndex(key for key in _WELL_KNOWN if not key.startswith(_FREE))
        self._prefixes = TypoIndex(_PREFIXES)
        # If a part of the input was not read, a key that is rare here may be common there.
        counted = self._counts.items() if context.complete else ()
        frequent = (key for key, count in counted if count >= _COMMON)
        self._frequent = TypoIndex(frequent)
        self._meant: dict[str, str | None] = {}

    def find_correction(self, key: str) -> str | None:
        """Return the key that was most likely meant, or None if the key is no typo."""
        if key not in self._meant:
            self._meant[key] = None if key in _WELL_KNOWN else next(self._candidates(key), None)
        return self._meant[key]

    def is_certain(self, key: str) -> bool:
        """Return whether only one key can have been meant by a typo."""
        return len(set(self._candidates(key))) == 1

    def _candidates(self, key: str) -> Iterator[str]:
        prefix, slash, name = key.partition("/")
        yield from self._known.typos_of(key)
        if slash and prefix not in _PREFIXES:
            yield from (f"{known}/{name}" for known in self._prefixes.typos_of(prefix))
        for other in self._frequent.typos_of(key):
            if self._counts[other] >= _TIMES * self._counts[key] and _is_long_enough(key, other):
                yield other


def _is_long_enough(key: str, other: str) -> bool:
    """Whether two keys that are one typo apart are too long to be two words of their own."""
    prefix, _, name = key.rpartition("/")
    its_prefix, _, its_name = other.rpartition("/")
    one, two = (name, its_name) if prefix == its_prefix else (prefix, its_prefix)
    plural = one.removesuffix("s") == two.removesuffix("s")
    return not plural and min(len(one), len(two)) >= _SHORTEST
