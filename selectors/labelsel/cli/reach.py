"""``labelsel reach``: whether NetworkPolicies let one pod talk to another, and what decides."""

from __future__ import annotations

import math
import pathlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Final

import click
from rich.text import Text

from labelsel.cli.command import KubectlCommand
from labelsel.cli.input import InputReader, bad_input, check_names
from labelsel.cli.namesakes import (
    all_kustomizations,
    known_targets,
    labels_problem,
    leave_out_patches,
    print_each,
    report_kustomized,
)
from labelsel.cli.options import (
    Reading,
    Scope,
    Target,
    namespace_name,
    option_group,
    reading_options,
    scope_options,
    target_options,
    words_argument,
)
from labelsel.cli.output import identity
from labelsel.cli.part_lines import PartLines
from labelsel.cli.printers import (
    ObjectDataResult,
    Output,
    WideTableResult,
    output_options,
)
from labelsel.cli.screen import Failure, say
from labelsel.cli.tables import NONE, TableColumn, print_table
from labelsel.cli.unread_parts import SoughtObjects
from labelsel.errors import Path, escape, list_words, path_text, show
from labelsel.kubernetes import (
    POD,
    SERVICE,
    PortSet,
    Reach,
    Reachability,
    ReachAnswer,
    ReachSide,
    ReachTerm,
    Resource,
    SelectorTarget,
)
from labelsel.kubernetes.inventory.names import ObjectName, find_named, parse_names
from labelsel.kubernetes.read.input_files import read_text_again
from labelsel.kubernetes.selection.deployer_kinds import CHART_KINDS, DEPLOYER_KINDS
from labelsel.kubernetes.selection.policy_kinds import (
    has_policy_text,
    may_have_policy,
    meant_policy,
    names_policy,
)
from labelsel.kubernetes.selection.policy_pods import read_policy_pod
from labelsel.kubernetes.selection.port_set import LAST_PORT, PROTOCOLS
from labelsel.limits import MAX_REACH_PAIRS

if TYPE_CHECKING:
    from labelsel.lint.kustomizations import Kustomizations

__all__ = ["reach_command"]

_HELP: Final = """\
Show whether NetworkPolicies let one pod talk to another.

The first KIND/NAME is the pod that begins, the second one the pod that has the port: pod/web-1,
deploy/web, sts/db. A workload stands for the pods that its template makes. If several files or
namespaces have an object of a name, each pair has an answer.

Both sides must allow the traffic: egress of the first pod, and ingress of the second one. A side
is allowed everything if no policy selects the pod for it. The table shows what decides: the
policies that select the pod, and the terms of their rules. Without --port the answer lists the
ports that are allowed. The port is that of the pod, not that of a Service in front of it.

The answer is "not known" where the input does not tell: labels of a namespace that the input
does not have, ranges of addresses (ipBlock), pods in the network of their node, a file that was
not read and may have a policy. Policies of Cilium, Calico, Antrea and administrators are named,
and not judged.

\b
  SIDE      egress of the first pod, ingress of the second one
  ANSWER    what the term says of the other pod
  POLICY    the NetworkPolicy
  TERM      the peer and the ports of one of its rules
  WHY       why the term does not allow the traffic, or why that is not known

The exit status is 0, whatever the answer is; 1 if an object does not exist or a part of the
input is bad; 2 if the command line is wrong.

\b
Examples:
  labelsel reach -n shop -f shop/ deploy/web sts/db --port 5432
  labelsel reach -n shop -f . deploy/web sts/db --to-namespace data --port postgres
  labelsel reach -n shop -f . pod/web-1 deploy/coredns --to-namespace kube-system --port 53/UDP
  kubectl get pods,ns,netpol -A -o yaml | labelsel reach -f - -n shop pod/web-1 pod/db-0
"""

#: So many terms of a side are shown without -o wide: two sides fit a terminal of 24 lines.
_SHOWN: Final = 5
#: So many objects of a name are listed where there are too many of them.
_NAMED: Final = 3
_STYLES: Final = {
    ReachAnswer.ALLOWED: "bold green",
    ReachAnswer.DENIED: "bold red",
    ReachAnswer.UNKNOWN: "bold yellow",
}


# The destination


@dataclass(frozen=True, slots=True)
class _Port:
    """A port that was asked for.

    Attributes:
        word: its number or its name.
        protocol: its protocol.
    """

    word: str
    protocol: str

    def resolve(self, target: SelectorTarget) -> PortSet:
        """Return the port of a pod, which its containers must name if it is a name.

        Raises:
            Failure: they do not.
        """
        if self.word.isdecimal():
            return PortSet.of(self.protocol, int(self.word), int(self.word))
        pod = read_policy_pod(target)
        found = pod.find_ports(self.word, self.protocol)
        if found:
            return found
        advice = "" if pod.named_ports else ": give its number, as in --port 8080"
        if pod.named_ports == ():
            advice = f"; no port of its containers has a name{advice}"
        raise Failure(f"{pod.describe_missing_port(f'{self.protocol} {self.word}')}{advice}")


def _parse_port(_context: click.Context, _option: object, text: str | None) -> _Port | None:
    if text is None:
        return None
    word, slash, protocol = text.partition("/")
    protocol = protocol.upper() if slash else PROTOCOLS[0]
    if protocol not in PROTOCOLS:
        problem = f"{text!r}: the protocol must be {list_words(PROTOCOLS)}"
        if word.upper() in PROTOCOLS:
            problem = f"{text!r}: the port comes first: {text.partition('/')[2]}/{word.upper()}"
        raise click.BadParameter(problem)
    if word.isdecimal() and word.isascii() and 1 <= int(word[:6]) <= LAST_PORT:
        return _Port(word, protocol)
    if not any(map(str.isalpha, word)):
        raise click.BadParameter(f"{text!r}: a port is a number from 1 to {LAST_PORT}, or a name")
    return _Port(word, protocol)


#: A port in the place of an object, and behind the name of one: no pod has a colon in its name.
_PORT_ALONE: Final = re.compile(r"\w[\w-]*(?:/(?i:TCP|UDP|SCTP))?")
_PORT_BEHIND: Final = re.compile(r"([^/:]+/[^/:]+):([\w-]+(?:/\w+)?)")

_TO_NAMESPACE: Final = "--to-namespace"


@dataclass(frozen=True, slots=True)
class _Destination:
    """What is asked about the second object.

    Attributes:
        to_namespace: the namespace in which it is looked for; None for that of the first one.
        port: the port, or None.
    """

    to_namespace: str | None
    port: _Port | None


_DESTINATION_OPTIONS: Final = (
    click.option(
        _TO_NAMESPACE,
        metavar="NAME",
        callback=namespace_name,
        help="Look for the second object in this namespace: --to-namespace data.",
    ),
    click.option(
        "--port",
        metavar="PORT[/PROTOCOL]",
        callback=_parse_port,
        help="Ask about this port of the second pod, a number or a name; the protocol is TCP, UDP "
        "or SCTP: --port 5432, --port dns/UDP.  [default protocol: TCP]",
    ),
)


# The rows


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the table: what one term says, or that there is none.

    Attributes:
        side: the side.
        answer: what the term says of the other pod.
        policy: the policy; None if no policy selects the pod.
        term: what it allows, in words.
        why: why the term does not allow the traffic, or why that is not known.
        path: the path of the term in the policy.
    """

    side: ReachSide
    answer: ReachAnswer
    policy: Resource | None
    term: str
    why: str
    path: Path = ()


def _rows(side: ReachSide, ports: PortSet | None, *, every: bool = False) -> list[_Row]:
    """Return the rows of a side: those that decide, or those of all terms of its policies.

    1. If the side allows the traffic, the terms that allow it decide.
    2. If that is not known, the terms that allow it or may allow it, and what was not judged: a row
       names the lines that say so.
    3. If the side denies the traffic, all terms decide, and policies that have none.
    """
    answer = side.answer(ports)
    not_judged: list[_Row] = []
    if answer is ReachAnswer.UNKNOWN and side.notes:
        not_judged.append(
            _Row(side, answer, None, "what was not judged", "see the lines 'not judged:'")
        )
    if not side.policies and not side.terms:
        text = f"no policy about {side.direction} selects {side.pod}"
        return not_judged or [_Row(side, answer, None, text, "")]
    rows = [_term_row(side, term, ports) for term in side.terms]
    with_terms = {id(term.policy) for term in side.terms}
    rows += [
        _Row(
            side,
            ReachAnswer.DENIED,
            policy,
            f"no rule of {side.direction}",
            "allows nothing",
            ("spec",),
        )
        for policy in side.policies
        if id(policy) not in with_terms
    ]
    if every:
        return [*not_judged, *rows]
    if answer is ReachAnswer.UNKNOWN:
        return [*not_judged, *(row for row in rows if row.answer is not ReachAnswer.DENIED)]
    return [row for row in rows if row.answer is answer] or rows


def _term_row(side: ReachSide, term: ReachTerm, ports: PortSet | None) -> _Row:
    answer, why = term.answer(ports), term.reason
    if answer is ReachAnswer.DENIED and not why:
        why = "allows other ports"
    prefix = "to" if side.direction == "egress" else "from"
    return _Row(side, answer, term.policy, f"{prefix} {term.peer}: {term.ports}", why, term.path)


def _columns(rows: Sequence[_Row], lines: PartLines, *, wide: bool) -> list[TableColumn[_Row]]:
    columns: list[TableColumn[_Row]] = [
        TableColumn("SIDE", lambda row: row.side.direction, "cyan"),
        TableColumn("ANSWER", _answer_cell),
        TableColumn("POLICY", lambda row: NONE if row.policy is None else row.policy.name, "bold"),
        TableColumn("TERM", lambda row: row.term, "yellow"),
    ]
    if any(row.why for row in rows):
        columns.append(TableColumn("WHY", lambda row: row.why))
    if any(row.policy for row in rows):
        if wide:
            columns.append(TableColumn("PATH", lambda row: path_text(row.path)))
        columns.append(TableColumn("SOURCE", partial(_source_cell, lines)))
    return columns


def _answer_cell(row: _Row) -> Text:
    return Text(row.answer.value, style=_STYLES[row.answer])


def _source_cell(lines: PartLines, row: _Row) -> str:
    return "" if row.policy is None else lines.source(row.policy, row.path)


# The result


@dataclass(frozen=True, slots=True)
class _Pairs(ObjectDataResult, WideTableResult):
    """The answers for each pair of pods of the two names.

    Attributes:
        answers: what the policies say, and the port that was asked about, resolved; None if none
            was.
        headers: whether tables have headings.
    """

    answers: Sequence[tuple[Reach, PortSet | None]]
    headers: bool

    def objects(self) -> list[Resource]:
        rows = (
            row
            for found, ports in self.answers
            for side in found.sides
            for row in _rows(side, ports)
        )
        return list({id(row.policy): row.policy for row in rows if row.policy}.values())

    def data(self) -> object:
        lines = PartLines()
        answers = [_data(found, ports, lines) for found, ports in self.answers]
        return answers[0] if len(answers) == 1 else answers

    def print_table(self, *, wide: bool) -> None:
        lines = PartLines()
        several = len(self.answers) > 1
        print_each(
            (
                _verdict(found, ports, several=several),
                partial(self._print_answer, found, ports, lines, wide=wide),
            )
            for found, ports in self.answers
        )

    def _print_answer(
        self, found: Reach, ports: PortSet | None, lines: PartLines, *, wide: bool
    ) -> None:
        sides = [_rows(side, ports, every=wide) for side in found.sides]
        rows = [row for each in sides for row in (each if wide else each[:_SHOWN])]
        print_table(rows, _columns(rows, lines, wide=wide), headers=self.headers)
        for side, each in zip(found.sides, sides, strict=True):
            if len(each) > _SHOWN and not wide:
                say(f"{side.direction}: {len(each) - _SHOWN:,} more terms; -o wide shows them")


def _verdict(found: Reach, ports: PortSet | None, *, several: bool) -> Text:
    """Return the answer as a sentence: ``allowed: pod/web may talk to pod/db on TCP 5432``."""
    answer = found.answer(ports)
    where = several or found.source.namespace != found.destination.namespace
    source, destination = (
        _describe(each, namespace=where, source=several)
        for each in (found.source, found.destination)
    )
    text = Text(answer.value, style=_STYLES[answer])
    text.append(
        escape(f": {source} to {destination}, {_ports_text(found, ports)}"),
        style="not bold default",
    )
    return text


def _describe(target: SelectorTarget, *, namespace: bool, source: bool) -> str:
    where = f" in namespace {target.namespace}" if namespace else ""
    return f"{target}{where}{f' ({target.origin.source})' if source else ''}"


def _ports_text(found: Reach, ports: PortSet | None) -> str:
    if ports is not None:
        return str(ports)
    unknown = found.possible - found.allowed
    if not found.allowed:
        return str(unknown) if unknown else "all ports"
    return f"{found.allowed}{f'; not known: {unknown}' if unknown else ''}"


def _data(found: Reach, ports: PortSet | None, lines: PartLines) -> dict[str, object]:
    return {
        "source": identity(found.source.origin),
        "destination": identity(found.destination.origin),
        "ports": None if ports is None else _ranges(ports),
        "answer": found.answer(ports).name.lower(),
        "allowed": _ranges(found.allowed),
        "unknown": _ranges(found.possible - found.allowed),
        **{side.direction: _side_data(side, ports, lines) for side in found.sides},
    }


def _side_data(side: ReachSide, ports: PortSet | None, lines: PartLines) -> dict[str, object]:
    return {
        "answer": side.answer(ports).name.lower(),
        "allowed": _ranges(side.allowed),
        "unknown": _ranges(side.possible - side.allowed),
        "policies": [identity(policy) for policy in side.policies],
        "terms": [
            {
                "policy": identity(term.policy),
                "path": path_text(term.path),
                "source": lines.source(term.policy, term.path),
                "peer": term.peer,
                "ports": term.ports,
                "answer": term.answer(ports).name.lower(),
                "reason": term.reason,
            }
            for term in side.terms
        ],
        "notes": list(side.notes),
    }


def _ranges(ports: PortSet) -> list[dict[str, object]]:
    """Return ports as data, with the names of the fields in a NetworkPolicy."""
    return [
        {"protocol": each.protocol, "port": each.first, "endPort": each.last}
        for each in ports.ranges()
    ]


# The command

#: What decides, and may be in what was not read.
_POLICIES: Final = SoughtObjects("a NetworkPolicy", may_have_policy, names_policy)


@click.command("reach", cls=KubectlCommand, help=_HELP)
@reading_options()
@target_options(words_argument("KIND/NAME KIND/NAME"))
@scope_options
@option_group("to", _Destination, *_DESTINATION_OPTIONS)
@output_options(
    _Pairs,
    "How to print: wide prints all terms and their paths, name prints the policies that decide, "
    "json and yaml print all of it as data. Where several objects have a name, the data is a list "
    "with an entry for each pair.",
)
def reach_command(
    *,
    reading: Reading,
    target: Target,
    scope: Scope,
    to: _Destination,
    output: Output,
) -> None:
    """Print whether one pod may talk to another."""
    source, destination = _parse_pair(target.words)
    reader = InputReader(reading)
    with bad_input():
        every = reader.read()
        resources = leave_out_patches(every, reader)
        kept = set(map(id, resources))
        patches = [each for each in every if id(each) not in kept]
        sources = find_named(resources, [source], scope.namespaces)
        where = scope.namespaces if to.to_namespace is None else to.to_namespace
        destinations = find_named(resources, [destination], where, flag=_TO_NAMESPACE)
        targets = [known_targets(each, _problem) for each in (sources, destinations)]
        _check_pairs(targets)
        kustomizations = all_kustomizations(every, reader)
        unread = [
            *_POLICIES.describe_files(reader),
            *_describe_patches(patches),
            *_POLICIES.describe_additions(kustomizations),
            *_describe_text_files(kustomizations),
        ]
        known = Reachability(
            resources,
            on_error=reader.on_error,
            unread=unread,
            kustomized=None if kustomizations is None else kustomizations.changes,
        )
        answers = [
            (known.reach(*pair), None if to.port is None else to.port.resolve(pair[1]))
            for pair in product(*targets)
        ]
        reader.end_at_errors()
    output.print(_Pairs(answers, not output.no_headers))
    notes = [note for found, _ in answers for side in found.sides for note in side.notes]
    for note in dict.fromkeys(notes):
        say(note)
    report_kustomized(_objects(answers), every, reader)
    _report_deployed(every)
    reader.finish()


def _check_pairs(targets: Sequence[Sequence[SelectorTarget]]) -> None:
    """End a run whose names stand for so many pods that nobody would read all the answers.

    Raises:
        Failure: the pairs are too many.
    """
    pairs = math.prod(map(len, targets))
    if pairs <= MAX_REACH_PAIRS:
        return
    most = f"at most {MAX_REACH_PAIRS} are answered"
    lines = [f"{pairs:,} pairs of objects have these names, and {most}"]
    for each in targets:
        sources = [str(target.origin.source) for target in each]
        more = len(sources) - _NAMED
        rest = f" and {more:,} more" if more > 0 else ""
        count = f"{len(each):,} object{'' if len(each) == 1 else 's'}"
        lines.append(f"  {each[0]}: {count}, {', '.join(sources[:_NAMED])}{rest}")
    advice = f"name one namespace of each: -n, {_TO_NAMESPACE}"
    raise Failure(*lines, f"read fewer files with -f, or {advice}")


def _describe_patches(patches: Iterable[Resource]) -> Iterator[str]:
    """Yield a text for each object that kustomize reads as a patch of a policy."""
    for patch in patches:
        if meant_policy(patch.kind) is not None:
            yield f"{patch.reference} ({patch.source}) is a patch, which kustomize adds to a policy"


def _describe_text_files(known: Kustomizations | None) -> Iterator[str]:
    """Yield a text for each file with a policy of which kustomize makes a ConfigMap or a Secret."""
    for file, name, path in () if known is None else known.text_files():
        makes = f"{file} makes a ConfigMap or a Secret of {show(name)}"
        text = read_text_again(path) if path else None
        if not path:
            yield f"{makes}, which is not below its folder and was not read: it may have a policy"
        elif text is None and not pathlib.Path(path).is_file():
            yield f"{makes}, a file that is not there: it may have a policy"
        elif has_policy_text({"data": text}):
            yield f"{makes}, which may have a policy"


def _report_deployed(resources: Iterable[Resource]) -> None:
    """Say which objects bring others into the cluster, of which the input has none."""
    kinds = DEPLOYER_KINDS | CHART_KINDS
    names = dict.fromkeys(item.reference for item in resources if item.group_kind in kinds)
    if names:
        first, more = next(iter(names)), len(names) - 1
        others = f" and {more:,} more" if more else ""
        say(f"not considered: policies in what {first}{others} may deploy from outside the input")


def _objects(answers: Sequence[tuple[Reach, PortSet | None]]) -> list[Resource]:
    """Return the pods, and the policies that select them."""
    sides = [side for found, _ in answers for side in found.sides]
    return [each for side in sides for each in (side.pod.origin, *side.policies)]


def _parse_pair(words: tuple[str, ...]) -> tuple[ObjectName, ObjectName]:
    """Return the two objects that the words name; a usage error says how to name them."""
    _refuse_ports(words)
    by_name = any("/" in word for word in words)
    if len(words) == (2 if by_name else 3):
        source, destination = parse_names(check_names(words))
        return source, destination
    problem = "expected two objects, the source and the destination: write KIND/NAME KIND/NAME"
    given = f"; got {' '.join(words)}" if words else ""
    raise click.UsageError(f"{problem}, as in deploy/web sts/db{given}")


def _refuse_ports(words: tuple[str, ...]) -> None:
    """Raise a usage error for a port that is written as a third word, or behind a name."""
    for word in words:
        if behind := _PORT_BEHIND.fullmatch(word):
            problem = f"{word} is not KIND/NAME: write {behind[1]}, and --port {behind[2]}"
            raise click.UsageError(f"{problem} for the port of the second object")
    last = words[-1] if words else ""
    port = last.removeprefix(":")
    by_name = any("/" in word for word in words[:-1])
    # deploy web sts db has four words, too.
    may_be = by_name or port[:1].isdecimal()
    if may_be and len(words) == (3 if by_name else 4) and _PORT_ALONE.fullmatch(port):
        raise click.UsageError(f"{last} is not an object: a port is written --port {port}")


def _problem(resource: Resource, target: SelectorTarget | None) -> str:
    """Return why nobody can say what an object reaches; empty if its pods are known."""
    if target is None or target.kind != POD:
        problem = f"reach is about pods; {resource.reference} is not a pod, and makes no pods"
        if resource.group_kind == SERVICE:
            problem += ": name a pod or a workload behind it"
        return problem
    return labels_problem(target)
