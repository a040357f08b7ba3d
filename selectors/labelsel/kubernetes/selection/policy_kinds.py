"""Which words name a kind of policy about traffic, and which data and texts may hold a policy.

Such a kind ends with NetworkPolicy. A kind that is near to one is a policy, too: the API server
refuses it, or serves a kind that labelsel does not know. Whoever wrote it meant to isolate pods, so
until it is corrected nobody knows what is allowed. Open `meant_policy` first.
"""

from __future__ import annotations

import re
import unicodedata
from base64 import b64decode
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.kinds import is_served_group
from labelsel.kubernetes.model.resource import group_of
from labelsel.kubernetes.model.scalars import unescape_text
from labelsel.kubernetes.selection.written_parts import (
    has_open_objects,
    parts_of,
    values_in_text,
)
from labelsel.placeholders import CERTAIN_PLACEHOLDER
from labelsel.typos import is_one_typo_apart, nearest

__all__ = [
    "has_policy_inside",
    "has_policy_text",
    "may_have_kinds",
    "may_have_policy",
    "meant_policy",
    "names_policy",
]

_POLICY: Final = "NetworkPolicy"
#: The known kinds by their letters in lower case. Of any other kind only the end is compared.
_KNOWN: Final = {
    kind.casefold(): kind
    for kind in (
        _POLICY,
        "AdminNetworkPolicy",
        "BaselineAdminNetworkPolicy",
        "CiliumClusterwideNetworkPolicy",
        "CiliumNetworkPolicy",
        "ClusterNetworkPolicy",
        "GlobalNetworkPolicy",
    )
}
#: The one group of Kubernetes itself that has policies.
_NETWORKING: Final = "networking.k8s.io"
_VERSION: Final = re.compile(r"v[0-9][a-z0-9]*")
_END: Final = _POLICY.casefold()
_LIST: Final = "list"
#: The plural in the API, and one by the rule for other words.
_PLURAL: Final = re.compile(r"(?<=networkpolic)(?:ies|ys)$")
#: Words of a text that may hold a policy, in lower case: its kind, and the fields that only
#: policies have: the kind may be a placeholder.
_WORDS: Final = ("networkpolic", "policytypes", "podselector", "endpointselector")
#: The parts of an object that hold no object: owners, and what a controller reports.
_NOT_SEARCHED: Final = frozenset({"metadata", "status"})


@lru_cache(maxsize=1024)
def meant_policy(kind: str) -> str | None:
    r"""Return the kind of policy that a word names, or was probably meant to name; None otherwise.

    1. Blanks, invisible characters and other signs do not count, nor do upper and lower case.
    2. The plural means the kind, and so does the list: its items need no kind.
    3. The word is near to a known kind as `nearest` says, or its end is one typo from
       NetworkPolicy, whatever is before it.

    Complexity: O(1) for a word that was asked for before: an input has few kinds.

    >>> [meant_policy(word) for word in ("NetworkPolcy", "NetworkPolicy\u200b ", "NetworkPolicies")]
    ['NetworkPolicy', 'NetworkPolicy', 'NetworkPolicy']
    >>> meant_policy("CiliumNetworkpolicy"), meant_policy("EgressNetworkPolicy")
    ('CiliumNetworkPolicy', 'EgressNetworkPolicy')
    >>> [meant_policy(word) for word in ("NetworkPolicyStatus", "NetworkPool", "Policy")]
    [None, None, None]
    """
    if kind in _KNOWN.values():
        return kind
    letters = "".join(filter(str.isalnum, unicodedata.normalize("NFKC", kind)))
    if letters.casefold().endswith(_LIST):
        letters = letters[: -len(_LIST)]
    word = _PLURAL.sub("y", letters.casefold())
    known = word if word in _KNOWN else nearest(word, _KNOWN)
    if known is not None:
        return _KNOWN[known]
    for size in (len(_END), len(_END) - 1, len(_END) + 1):
        if word[-size:] == _END or is_one_typo_apart(word[-size:], _END):
            return f"{letters[: len(word) - size]}{_POLICY}"
    return None


def may_have_policy(text: str) -> bool:
    r"""Whether a text that nobody has parsed may hold a policy.

    1. It has the word NetworkPolicy in it, in any case, or a field that only policies have.
    2. Or it has a kind that is near to one.
    3. Or it has a kind that is a placeholder, and a group of `may_have_kinds`.

    Complexity: O(n) for n characters.

    >>> may_have_policy('"kind": "\\u004eetworkPolicy"'), may_have_policy("kind: NetworkPolcy")
    (True, True)
    >>> may_have_policy("kind: {{ .kind }}\nspec: {podSelector: {}}"), may_have_policy("kind: Pod")
    (True, False)
    """
    text = unescape_text(text)
    return _has_word(text) or _has_policy_kind(text) or _has_open_policy(text)


def _has_open_policy(text: str) -> bool:
    """Return whether a kind is a placeholder, and a group may be that of a policy."""
    return _has_open_kind(text) and any(map(may_have_kinds, values_in_text(text, "apiVersion")))


@lru_cache(maxsize=1024)
def may_have_kinds(version: str) -> bool:
    """Whether the API group of a version may have kinds of policies.

    1. Of the groups of Kubernetes itself one has. Of another group nobody knows.
    2. What is no version, such as a placeholder or an encrypted text, may become any.

    >>> [may_have_kinds(version) for version in ("networking.k8s.io/v1", "cilium.io/v2", "apps/v1")]
    [True, True, False]
    >>> [may_have_kinds(version) for version in ("${GROUP}/v1", "${VERSION}", "ENC[a]", "v1")]
    [True, True, True, False]
    """
    group = group_of(version)
    is_other = group == _NETWORKING or not is_served_group(group)
    return is_other or not _VERSION.fullmatch(version.rpartition("/")[2])


def _has_policy_kind(text: str) -> bool:
    return any(meant_policy(kind) is not None for kind in values_in_text(text, "kind"))


def names_policy(value: Data) -> bool:
    """Whether data without an object, as of a Kustomization, name a policy as a kind anywhere.

    A field that is called networkPolicy, as in the values of a chart, names none.

    Complexity: O(n) in the size of the data; a part that aliases share is searched once.

    >>> names_policy({"patches": [{"target": {"kind": "NetworkPolicy"}, "path": "a.yaml"}]})
    True
    >>> names_policy({"patches": [{"patch": "kind: NetworkPolicy"}]})
    True
    >>> names_policy({"networkPolicy": {"enabled": True}})
    False
    """
    return any(
        _is_of_policy(part) if isinstance(part, dict) else _has_policy_kind(part)
        for part in parts_of(value)
    )


def has_policy_inside(body: dict[str, Data]) -> bool:
    """Whether an object holds a whole policy, as a Template of OpenShift does.

    1. A reference, which has a name and no parts, is none.
    2. A text with a policy in it is one, as in a Workflow of Argo: see `has_policy_text`.
    3. A rule of Kyverno that copies policies (``cloneList``) makes some. So does one that
       generates one, also ``foreach`` item: its ``kind`` needs no ``apiVersion``. The kind may be
       a placeholder.
    4. A text in ``data`` or ``binaryData`` may be in base64, as in a Secret.
    5. A placeholder in place of objects may become one.

    Complexity: O(n) in the size of the object; a part that aliases share is searched once.

    >>> policy = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "spec": {}}
    >>> has_policy_inside({"kind": "Template", "objects": [policy]})
    True
    >>> has_policy_inside({"kind": "X", "spec": {"ref": {**policy, "spec": "a"}}})
    False
    >>> has_policy_inside({"kind": "X", "spec": {"manifest": str(policy)}})
    True
    """
    return has_open_objects(body) or any(
        _is_policy_text(part) if isinstance(part, str) else _makes_policy(part)
        for part in parts_of(_inside(body))
    )


def has_policy_text(body: dict[str, Data]) -> bool:
    r"""Whether an object holds a text with a kind of policy and an ``apiVersion``: a manifest.

    The text may be in base64, as in a Secret.

    Complexity: O(n) in the size of the object.

    >>> text = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy"
    >>> has_policy_text({"kind": "ConfigMap", "data": {"a.yaml": text}})
    True
    >>> has_policy_text({"kind": "ConfigMap", "data": {"a.yaml": "kind: NetworkPolicy"}})
    False
    """
    return any(isinstance(part, str) and _is_policy_text(part) for part in parts_of(_inside(body)))


def _inside(body: dict[str, Data]) -> list[Data]:
    """Return the parts of an object that may hold others, and the texts in base64 in them.

    A Secret has its texts in ``data`` so, and a ConfigMap in ``binaryData``.
    """
    inside: list[Data] = [part for name, part in body.items() if name not in _NOT_SEARCHED]
    for name in ("data", "binaryData"):
        encoded = body.get(name)
        values = encoded.values() if isinstance(encoded, dict) else ()
        inside += [_decoded(each) for each in values if isinstance(each, str)]
    return inside


def _decoded(text: str) -> str:
    """Return a text that is written in base64; an empty text if it is not."""
    try:
        return b64decode("".join(text.split()), validate=True).decode("utf-8", "replace")
    except ValueError:
        return ""


def _makes_policy(part: dict[str, Data]) -> bool:
    if "apiVersion" in part and (_is_of_policy(part) or _may_be_made_one(part)):
        return any(isinstance(each, dict | list) for each in part.values())
    made = [kind for each in _generated(part.get("generate")) for kind in _kinds_of(each)]
    copied = part.get("cloneList")
    kinds = copied.get("kinds") if isinstance(copied, dict) else None
    # A kind may be behind its group and version.
    made += [
        each if _is_open_kind(each) else each.rpartition("/")[2]
        for each in (kinds if isinstance(kinds, list) else [kinds])
        if isinstance(each, str)
    ]
    return any(_is_open_kind(each) or meant_policy(each) is not None for each in made)


def _may_be_made_one(part: dict[str, Data]) -> bool:
    """Return whether a map has a placeholder as its kind, and perhaps the group of a policy."""
    kind, version = part.get("kind"), part["apiVersion"]
    if not (isinstance(kind, str) and isinstance(version, str)):
        return False
    return _is_open_kind(kind) and may_have_kinds(version)


def _generated(rule: Data) -> Iterator[dict[str, Data]]:
    """Yield what a rule of Kyverno generates: itself, or for each of some items."""
    if isinstance(rule, dict):
        yield rule
        each = rule.get("foreach")
        yield from (
            (item for item in each if isinstance(item, dict)) if isinstance(each, list) else ()
        )


def _is_policy_text(text: str) -> bool:
    plain = unescape_text(text)
    if next(values_in_text(plain, "apiVersion"), None) is None:
        return False
    is_open = _has_open_kind(plain) and _has_word(plain)
    return is_open or _has_policy_kind(plain) or _has_open_policy(plain)


def _has_open_kind(text: str) -> bool:
    """Return whether a kind in a text is an alias or a placeholder."""
    kinds = values_in_text(text, "kind")
    return any(kind[:1] == "*" or _is_open_kind(kind) for kind in kinds)


def _is_open_kind(kind: str) -> bool:
    return CERTAIN_PLACEHOLDER.search(kind) is not None


def _has_word(text: str) -> bool:
    folded = text.casefold()
    return any(word in folded for word in _WORDS)


def _is_of_policy(value: dict[str, Data]) -> bool:
    """Return whether the kind of a map is that of a policy."""
    return any(meant_policy(kind) is not None for kind in _kinds_of(value))


def _kinds_of(value: dict[str, Data]) -> Iterator[str]:
    """Yield the kind of a map; the key may have any case."""
    for key, kind in value.items():
        if key.casefold() == "kind" and isinstance(kind, str):
            yield kind
