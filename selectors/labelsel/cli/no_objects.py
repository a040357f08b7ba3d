"""Reports on standard error what no object has, and where the objects are that were not found.

Open `report_no_objects` first: an answer without objects says which part of the question fits none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Final, Literal

import click

from labelsel.cli.object_query import CommandQuery
from labelsel.cli.options import Scope, Target
from labelsel.cli.screen import say
from labelsel.cli.selector_flags import (
    ANNOTATION_FLAGS,
    FIELD_FLAGS,
    LABEL_FLAGS,
    field_value,
    target_annotations,
    target_fields,
    target_labels,
)
from labelsel.errors import TranslationError, list_words, quote
from labelsel.explain import required_values
from labelsel.kubernetes import (
    FindResult,
    Resource,
    namespace_of,
    parse_kinds,
    select,
    served_labels,
)
from labelsel.kubernetes.model.kinds import is_namespaced
from labelsel.labels import validate_key, validate_value
from labelsel.requirements import Equals, Exists, In, NotEquals, NotIn
from labelsel.selector import And, Requirement, Selector
from labelsel.typos import Comparisons, TypoIndex, did_you_mean, nearest

__all__ = [
    "contradiction",
    "report_absent_keys",
    "report_no_objects",
    "report_other_namespaces",
    "report_unknown_keys",
    "report_unmet",
    "required_labels",
    "unmet_value",
]

#: A message names so many values of a key, so that it stays one line.
_LISTED: Final = 5
#: Values of annotations that are longer than this are counted, and not shown.
_SHORT: Final = 60
#: What a jsonpath has before the key of a label.
_LABELS: Final = re.compile(r"\A.*metadata\.labels\.")


def report_no_objects(
    query: CommandQuery, resources: Sequence[Resource], found: FindResult
) -> None:
    """Say on standard error that no object was found, in kubectl's words, and why.

    1. If the namespace of -n is none of those of the objects, the nearest one is offered.
    2. Requirements that exclude each other are named: no object can meet them.
    3. Kinds that no object of the input has are said to be none of its kinds, with the most
       frequent ones.
    4. A key that no object has, and a value that no object has under its key, are named, with the
       nearest one; not where `report_other_namespaces` says that other namespaces have matches.

    Arguments:
        query: the question.
        resources: all objects of the input.
        found: the answer, without objects.
    """
    scope = query.scope
    where = _where(query, resources)
    namespaces = {namespace_of(item) for item in resources} - {None}
    if scope.namespace is None or scope.all_namespaces or scope.namespace in namespaces:
        meant = ""
    else:
        meant = did_you_mean(nearest(scope.namespace, sorted(filter(None, namespaces))))
    say(f"No resources found in {where}{meant or '.'}" if where else "No resources found")
    other_kinds = _describe_kinds(query, resources)
    if other_kinds:
        say(other_kinds)
    if not (found.other_namespaces and scope.namespace is None):
        for line in _unmet(query, resources):
            say(line)


def _describe_kinds(query: CommandQuery, resources: Sequence[Resource]) -> str:
    """Return which kinds the input has, if it has no object of those that were asked for."""
    if query.words.kinds is None or not resources:
        return ""
    counts = Counter(item.group_kind for item in resources)
    if not counts.keys().isdisjoint(parse_kinds(query.words.kinds, counts)):
        return ""
    frequent = [f"{kind.kind} ({count:,})" for kind, count in counts.most_common(_LISTED)]
    more = f" and {len(counts) - _LISTED} more kinds" if len(counts) > _LISTED else ""
    return f"The input has no {query.words.kinds}; it has {', '.join(frequent)}{more}"


def _where(query: CommandQuery, resources: Iterable[Resource]) -> str:
    """Return where a question looks for objects; empty where no namespace matters."""
    if query.words.kinds is not None:
        kinds = parse_kinds(query.words.kinds, (item.group_kind for item in resources))
        if all(is_namespaced(kind) is False for kind in kinds):
            return ""
    return query.scope.describe(query.reading.paths)


def report_other_namespaces(found: FindResult, scope: Scope) -> None:
    """Say on standard error how many objects the default namespace hides, without -n and -A."""
    if found.other_namespaces and scope.namespace is None:
        count = sum(found.other_namespaces.values())
        namespaces = ", ".join(
            f"{name} ({number})" for name, number in found.other_namespaces.items()
        )
        more = " more" if found.resources else ""
        say(f"{count}{more} in other namespaces: {namespaces}; use -A to see all of them")


def report_unknown_keys(resources: Iterable[Resource], keys: Iterable[str]) -> None:
    """Say on standard error which keys none of some objects has, and which was probably meant."""
    existing = _values_by_key(resources)
    comparisons = Comparisons()
    for key in dict.fromkeys(keys):
        if existing and key not in existing:
            say(_no_label(Exists(key), existing, "object here", comparisons))


def report_absent_keys(query: CommandQuery, resources: Sequence[Resource]) -> None:
    """Warn of keys and values that leave no object out, because they are probably misspelled.

    ``teir!=x`` and ``tier!=frnt`` select every object, as in Kubernetes. A key that stands only in
    ``!=``, ``notin`` and ``!``, or a value that stands there, is named where no object in the input
    has it, and the objects that the question is about have one that is a typo apart.

    Arguments:
        query: the question, whose objects are to change.
        resources: all objects of the input.
    """
    for what, selector, read in (
        ("label", target_labels(query.target), served_labels),
        ("annotation", target_annotations(query.target), attrgetter("annotations")),
    ):
        try:
            requirements = selector.requirements()
        except TranslationError:  # it has an "or": then a key may matter elsewhere
            continue
        excluding = [each for each in requirements if each.matches({})]
        present = _values_by_key(resources, read) if excluding else {}
        required = {each.key for each in requirements if not each.matches({})}
        keys = {each.key for each in excluding}.difference(required, present)
        values: dict[str, set[str]] = {}
        for each in excluding:
            if each.key in present and isinstance(each, NotEquals | NotIn):
                excluded = {each.value} if isinstance(each, NotEquals) else {*each.values}
                values.setdefault(each.key, set()).update(excluded - present[each.key] - {""})
        if not (keys or any(values.values())):
            continue
        asked = _values_by_key(_candidates(query, resources), read)
        _say_absent(what, {each: each for each in keys}, asked)
        for key in sorted(values):
            _say_absent(what, {each: f"{key}={each}" for each in values[key]}, asked.get(key, ()))


def _say_absent(what: str, absent: Mapping[str, str], existing: Iterable[str]) -> None:
    """Warn of words that no object has, with how they are written, if one is a typo apart."""
    typos = TypoIndex({*existing})
    for word in sorted(absent):
        for meant in typos.typos_of(word)[:1]:
            problem = f"warning: no object has the {what} {absent[word]}, so what the selector says"
            say(f"{problem} of it leaves no object out{did_you_mean(meant)}")


def _values_by_key(
    resources: Iterable[Resource], read: Callable[[Resource], Mapping[str, str]] = served_labels
) -> dict[str, set[str]]:
    """Return the values that each label, or what else is read, has in some objects."""
    values: dict[str, set[str]] = {}
    for item in resources:
        for key, value in read(item).items():
            values.setdefault(key, set()).add(value)
    return values


def report_unmet(target: Target, asked: Sequence[Resource]) -> None:
    """Say on standard error which parts of the selectors of a command line no object meets.

    Arguments:
        target: what the command line says.
        asked: the objects that the selectors choose from.
    """
    for line in _unmet_parts(target, asked, "object here"):
        say(line)


def _unmet(query: CommandQuery, resources: Sequence[Resource]) -> Iterator[str]:
    """Yield a line for each part of a question that none of the objects in its scope meets."""
    asked, where = _candidates(query, resources), "here"
    if not asked:
        everywhere = replace(query.scope, all_namespaces=True)
        asked, where = _candidates(replace(query, scope=everywhere), resources), "in any namespace"
    what = "object"
    if query.words.kinds is not None:  # objects of other kinds may have the label
        kinds = {item.kind for item in asked}
        what = kinds.pop() if len(kinds) == 1 else "object of these kinds"
    yield from _unmet_parts(query.target, asked, f"{what} {where}")


def _unmet_parts(target: Target, asked: Sequence[Resource], subject: str) -> Iterator[str]:
    labels, fields = target_labels(target), target_fields(target)
    annotations = target_annotations(target)
    contradictions = [
        *contradiction(target, labels, LABEL_FLAGS),
        *contradiction(target, fields, FIELD_FLAGS),
        *contradiction(target, annotations, ANNOTATION_FLAGS),
    ]
    if contradictions:
        yield from contradictions
        return
    existing = _values_by_key(asked)
    comparisons = Comparisons()
    for requirement in required_labels(labels) if asked else ():
        if requirement.key in existing:
            values = existing[requirement.key]
            yield from unmet_value(requirement, values, subject, comparisons)
        else:
            yield _no_label(requirement, existing, subject, comparisons, asked)
    for requirement in required_labels(fields):
        values = {field_value(item, requirement.key) or "" for item in asked} - {""}
        if values:
            yield from unmet_value(requirement, values, subject, comparisons)
    for requirement in required_labels(annotations) if asked else ():
        yield from _unmet_annotation(requirement, asked, subject, comparisons)


def _unmet_annotation(
    requirement: Requirement, asked: Sequence[Resource], subject: str, comparisons: Comparisons
) -> Iterator[str]:
    """Yield the line about an annotation that no object has, or has with such a value."""
    key = requirement.key
    values = {item.annotations[key] for item in asked if key in item.annotations}
    if not values:
        keys = {key for item in asked for key in item.annotations}
        is_label = any(key in served_labels(item) for item in asked)
        advice = (
            "; it is a label: use -l" if is_label else did_you_mean(nearest(key, keys, comparisons))
        )
        yield f"No {subject} has the annotation {key}{advice}"
    elif not any(map(requirement.allows, values)):
        short = {value for value in values if len(value) <= _SHORT}
        if len(short) == len(values):
            yield from unmet_value(requirement, values, subject, comparisons)
        else:
            count = f"{len(values):,} other value{'s' * (len(values) > 1)}"
            yield f"No {subject} has {requirement}; {key} has {count}"


def _candidates(query: CommandQuery, resources: Sequence[Resource]) -> list[Resource]:
    """Return the objects that a question would be about without its selectors."""
    return select(resources, kinds=query.words.kinds, namespace=query.scope.namespaces).resources


def contradiction(target: Target, selector: Selector, flags: Sequence[str]) -> Iterator[str]:
    """Yield a line if a selector of a command line matches nothing, whatever an object has.

    Arguments:
        target: what the command line says.
        selector: the selector that requires all that it says with some flags.
        flags: these flags, the one for the language of Kubernetes first.
    """
    if selector.is_satisfiable().truth is not False:
        return
    typed = [
        f"{flag} {quote(text)}"
        for flag, texts in target.selectors
        for text in texts
        if flag in flags
    ]
    problem = f"{' '.join(typed)}: no object can match, since the requirements exclude each other"
    yield problem + _alternatives(selector, flags[0])


def _alternatives(selector: Selector, flag: str) -> str:
    """Return how to ask for one of several values of a label, where all of them were required."""
    terms = selector.terms if isinstance(selector, And) else ()
    values = [term.value for term in terms if isinstance(term, Equals)]
    if len(values) < len(terms) or len(selector.keys()) > 1 or not values:
        return ""
    [key] = selector.keys()
    if validate_key(key) or any(map(validate_value, values)):
        return ""
    return f"; for one of the values write {flag} '{In(key, values)}'"


def required_labels(selector: Selector) -> list[Requirement]:
    """Return the requirements that an object without labels does not meet.

    >>> from labelsel import parse
    >>> [str(each) for each in required_labels(parse("app=web,!debug,tier"))]
    ['app=web', 'tier']
    """
    faults = (fault.selector for fault in selector.why({}).faults)
    return [each for each in faults if isinstance(each, Requirement)]


def _no_label(
    requirement: Requirement,
    existing: Mapping[str, set[str]],
    subject: str,
    comparisons: Comparisons,
    resources: Iterable[Resource] = (),
) -> str:
    """Return the line about a key that no object has, with what was probably meant.

    Arguments:
        requirement: what is required of the key.
        existing: the values of each label of the objects.
        subject: what does not have it: ``object here``.
        comparisons: how often names may still be compared; then no advice is given.
        resources: the objects, whose fields may have been meant.
    """
    key = requirement.key
    problem = f"No {subject} has the label {key}"
    meant = _LABELS.sub("", key)
    if meant in existing:
        return problem + did_you_mean(meant)
    resources = list(resources)
    if not comparisons.take(len(existing) + len(resources)):
        return problem
    if any(field_value(item, key) is not None for item in resources):
        return f"{problem}; it is a field{_advice('fields', requirement)}"
    if any(key in item.annotations for item in resources):
        return f"{problem}; it is an annotation{_advice('annotations', requirement)}"
    # Of the values of a key the one that is required is kept.
    labels = {
        other: max(existing[other], key=lambda value: (requirement.allows(value), value))
        for other in sorted(existing)
    }
    [reason] = (requirement if meant == key else Exists(meant)).why(labels).reasons
    return problem + did_you_mean(
        reason.nearest[0] if reason.nearest else nearest(meant, labels, comparisons)
    )


def _advice(option: Literal["fields", "annotations"], requirement: Requirement) -> str:
    """Return how to ask for a field or an annotation, if the command has a flag for it."""
    flag = {"fields": FIELD_FLAGS, "annotations": ANNOTATION_FLAGS}[option][0]
    if option not in {param.name for param in click.get_current_context().command.params}:
        return ""
    term = str(requirement) if isinstance(requirement, Equals) else f"{requirement.key}=VALUE"
    return f": use {flag} {term}"


def unmet_value(
    requirement: Requirement, values: Iterable[str], subject: str, comparisons: Comparisons
) -> Iterator[str]:
    """Yield the line about values that no object has under a key, if none is as required.

    ``subject`` is what the line is about: ``object here``.
    """
    values = set(values)
    if any(map(requirement.allows, values)):
        return
    key = requirement.key
    required = sorted(required_values(requirement))
    meant = next(filter(None, (nearest(value, values, comparisons) for value in required)), None)
    if meant is not None:
        there = f"there is {key}={meant}"
    elif len(values) <= _LISTED:
        there = f"{key} is {list_words(sorted(values), 'or')}"
    else:
        there = f"{key} has {len(values):,} other values"
    yield f"No {subject} has {requirement}; {there}"
