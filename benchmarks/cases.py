"""The queries: each a selector, and the condition that a person writes by hand for it.

Every kind of requirement alone, then together; from one match to all label sets; keys and values
that do not exist. Each selects something of `label_sets(n)` for every n from 1,000 on, but for
those that say they select nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, cast

import labelsel
from benchmarks.data import LabelSet, template_hash

__all__ = ["CASES", "HASH", "OTHER_HASH", "Case", "Condition", "Scan"]

Condition: TypeAlias = Callable[[LabelSet], bool]
Scan: TypeAlias = Callable[[Mapping[Any, LabelSet]], list[Any]]


@dataclass(frozen=True, slots=True)
class Case:
    """A query.

    Attributes:
        name: the query, with short names for the keys.
        text: the selector.
        condition: the same as Python over ``labels``, requirement by requirement as the text has
            them, as a person would write it who cares for speed. It need only be right for the
            labels of benchmarks/data.py.
        empty: whether it selects nothing.
    """

    name: str
    text: str
    condition: str
    empty: bool = False

    @property
    def selector(self) -> labelsel.Selector:
        """The selector, parsed."""
        return labelsel.parse(self.text)

    def by_hand(self) -> Condition:
        """Return the condition as a lambda."""
        return cast("Condition", _evaluated(f"lambda labels: {self.condition}"))

    def scan(self) -> Scan:
        """Return the fastest plain scan: a comprehension with the condition in it.

        Of a mapping of keys to labels it gives the keys of those selected, in order.
        """
        comprehension = f"[key for key, labels in items.items() if {self.condition}]"
        return cast("Scan", _evaluated(f"lambda items: {comprehension}"))


def _evaluated(expression: str) -> object:
    # One text for both forms, so that they cannot differ; it runs like code in a file.
    return eval(expression, {})  # noqa: S307  # the text stands below


HASH: Final = template_hash(rank=1, replica_set=0)
OTHER_HASH: Final = template_hash(rank=0, replica_set=1)

CASES: Final = (
    # One requirement.
    Case(
        "name=web",
        "app.kubernetes.io/name=web",
        'labels.get("app.kubernetes.io/name") == "web"',
    ),
    Case(
        "name=mail",
        "app.kubernetes.io/name=mail",
        'labels.get("app.kubernetes.io/name") == "mail"',
    ),
    Case(
        "pod-name=web-database-0",
        "statefulset.kubernetes.io/pod-name=web-database-0",
        'labels.get("statefulset.kubernetes.io/pod-name") == "web-database-0"',
    ),
    Case(
        "hash=H",
        f"pod-template-hash={HASH}",
        f'labels.get("pod-template-hash") == "{HASH}"',
    ),
    Case(
        "env=",
        "env=",
        'labels.get("env") == ""',
    ),
    Case(
        "env!=prod",
        "env!=prod",
        'labels.get("env") != "prod"',
    ),
    Case(
        "tier in (cache,database)",
        "tier in (cache,database)",
        'labels.get("tier") in {"cache", "database"}',
    ),
    Case(
        "name in (web,search,orders,mail)",
        "app.kubernetes.io/name in (web,search,orders,mail)",
        'labels.get("app.kubernetes.io/name") in {"web", "search", "orders", "mail"}',
    ),
    Case(
        "hash in (H,I)",
        f"pod-template-hash in ({HASH},{OTHER_HASH})",
        f'labels.get("pod-template-hash") in {{"{HASH}", "{OTHER_HASH}"}}',
    ),
    Case(
        "component notin (server,worker)",
        "app.kubernetes.io/component notin (server,worker)",
        'labels.get("app.kubernetes.io/component") not in {"server", "worker"}',
    ),
    Case(
        "part-of",
        "app.kubernetes.io/part-of",
        '"app.kubernetes.io/part-of" in labels',
    ),
    Case(
        "controller-uid",
        "controller-uid",
        '"controller-uid" in labels',
    ),
    Case(
        "!pod-name",
        "!statefulset.kubernetes.io/pod-name",
        '"statefulset.kubernetes.io/pod-name" not in labels',
    ),
    Case(
        "port>8000",
        "port>8000",
        '(port := labels.get("port", "")).isdecimal() and int(port) > 8000',
    ),
    Case(
        "generation<10",
        "generation<10",
        '(value := labels.get("generation", "")).isdecimal() and int(value) < 10',
    ),
    # Nothing, and everything.
    Case(
        "gone",
        "gone",
        '"gone" in labels',
        empty=True,
    ),
    Case(
        "name=gone",
        "app.kubernetes.io/name=gone",
        'labels.get("app.kubernetes.io/name") == "gone"',
        empty=True,
    ),
    Case(
        "env=prod,env=dev",
        "env=prod,env=dev",
        'labels.get("env") == "prod" and labels.get("env") == "dev"',
        empty=True,
    ),
    Case(
        "name!=gone",
        "app.kubernetes.io/name!=gone",
        'labels.get("app.kubernetes.io/name") != "gone"',
    ),
    # Two requirements.
    Case(
        "name=web,env=prod",
        "app.kubernetes.io/name=web,env=prod",
        'labels.get("app.kubernetes.io/name") == "web" and labels.get("env") == "prod"',
    ),
    Case(
        "hash=H,env=prod",
        f"pod-template-hash={HASH},env=prod",
        f'labels.get("pod-template-hash") == "{HASH}" and labels.get("env") == "prod"',
    ),
    Case(
        "controller-uid,env=prod",
        "controller-uid,env=prod",
        '"controller-uid" in labels and labels.get("env") == "prod"',
    ),
    Case(
        "generation>20,generation<200",
        "generation>20,generation<200",
        '(value := labels.get("generation", "")).isdecimal() and 20 < int(value) < 200',
    ),
    # Three to five.
    Case(
        "name=web,tier in (backend,batch),!generation",
        "app.kubernetes.io/name=web,tier in (backend,batch),!generation",
        'labels.get("app.kubernetes.io/name") == "web"'
        ' and labels.get("tier") in {"backend", "batch"} and "generation" not in labels',
    ),
    Case(
        "env!=prod,zone notin (eu-1a,eu-1b),!controller-uid",
        "env!=prod,topology.kubernetes.io/zone notin (eu-1a,eu-1b),!controller-uid",
        'labels.get("env") != "prod"'
        ' and labels.get("topology.kubernetes.io/zone") not in {"eu-1a", "eu-1b"}'
        ' and "controller-uid" not in labels',
    ),
    Case(
        "name=mail,env=staging,tier=backend,managed-by",
        "app.kubernetes.io/name=mail,env=staging,tier=backend,app.kubernetes.io/managed-by",
        'labels.get("app.kubernetes.io/name") == "mail" and labels.get("env") == "staging"'
        ' and labels.get("tier") == "backend" and "app.kubernetes.io/managed-by" in labels',
    ),
    Case(
        "managed-by=Helm,env=prod,tier=backend,zone!=eu-1a,port>8000",
        "app.kubernetes.io/managed-by=Helm,env=prod,tier=backend,"
        "topology.kubernetes.io/zone!=eu-1a,port>8000",
        'labels.get("app.kubernetes.io/managed-by") == "Helm" and labels.get("env") == "prod"'
        ' and labels.get("tier") == "backend"'
        ' and labels.get("topology.kubernetes.io/zone") != "eu-1a"'
        ' and (port := labels.get("port", "")).isdecimal() and int(port) > 8000',
    ),
    Case(
        "env in (prod,staging),part-of,version,zone!=us-1c,!hash",
        "env in (prod,staging),app.kubernetes.io/part-of,app.kubernetes.io/version,"
        "topology.kubernetes.io/zone!=us-1c,!pod-template-hash",
        'labels.get("env") in {"prod", "staging"} and "app.kubernetes.io/part-of" in labels'
        ' and "app.kubernetes.io/version" in labels'
        ' and labels.get("topology.kubernetes.io/zone") != "us-1c"'
        ' and "pod-template-hash" not in labels',
    ),
)
