"""What kubectl has and labelsel has not: its commands and its flags, with what to use instead.

docs/kubectl.md has all differences; tests/cli/test_kubectl.py runs each row of its tables.
"""

from __future__ import annotations

from typing import Final

from labelsel.errors import escape
from labelsel.kubernetes.model.kinds import kind_words
from labelsel.typos import did_you_mean, nearest

__all__ = ["NO_LOG_LEVEL", "command_problem", "missing_command", "option_problem"]

#: What to use instead of a command of kubectl.
_COMMANDS: Final = {
    "api-resources": "labelsel get -A -f PATH -o name shows which kinds the input has",
    "api-versions": "labelsel get -A -f PATH -o wide shows the API version of each object",
    "apply": "labelsel changes files, not a cluster; kubectl apply -f PATH sends them to one",
    "describe": "labelsel get KIND NAME -o yaml shows an object, and labelsel who-selects "
    "KIND/NAME shows what selects it",
    "edit": "open the file in your editor; labelsel get KIND NAME -o wide shows its file and line",
    "events": "labelsel get events -f PATH shows the events in the input",
    "kustomize": "labelsel reads its output: kubectl kustomize DIR | labelsel get -f -",
    "options": "labelsel COMMAND --help lists all options of a command",
    "patch": "labelsel label and labelsel annotate change labels and annotations; other fields are "
    "changed in an editor",
    "replace": "labelsel changes files, not a cluster",
    "taint": "labelsel label node NAME KEY=VALUE -f PATH changes labels; taints are changed in an "
    "editor",
}
#: What only a cluster can do.
_CLUSTER_COMMANDS: Final = (
    "attach",
    "auth",
    "autoscale",
    "certificate",
    "cluster-info",
    "config",
    "cordon",
    "cp",
    "debug",
    "drain",
    "exec",
    "expose",
    "logs",
    "plugin",
    "port-forward",
    "proxy",
    "rollout",
    "run",
    "scale",
    "set",
    "top",
    "uncordon",
    "wait",
)

#: What kubectl create makes. labelsel makes namespaces alone.
_CREATED: Final = (
    "clusterrole",
    "clusterrolebinding",
    "cm",
    "configmap",
    "cronjob",
    "deploy",
    "deployment",
    "ing",
    "ingress",
    "job",
    "poddisruptionbudget",
    "pdb",
    "priorityclass",
    "quota",
    "role",
    "rolebinding",
    "secret",
    "service",
    "serviceaccount",
    "svc",
    "token",
)
_CREATE: Final = (
    "it makes namespaces only; kubectl create {word} NAME --dry-run=client -o yaml prints an object"
)

_NO_CLUSTER: Final = "labelsel reads files and asks no cluster"
_NO_LOG: Final = "labelsel keeps no log; leave it out"
#: The error about the level of a log, as in kubectl's -v=4.
NO_LOG_LEVEL: Final = (
    "-v takes no number: it lists the files that are skipped, and there is no other log"
)
_KUSTOMIZE: Final = "labelsel reads its output: kubectl kustomize DIR | labelsel get -f -"
_NO_SELECTOR: Final = "this command selects no objects; leave it out"
_NO_WAITING: Final = "labelsel changes files at once; leave it out"
#: Why labelsel has no flag of kubectl, and what to use instead.
_FLAGS: Final = {
    "--all": "without a name or a selector all objects of the kind are meant; leave it out",
    "--all-namespaces": "this command has no namespaces; leave it out",
    "--allow-missing-template-keys": "a missing key is always printed as nothing",
    "--client": "labelsel asks no cluster, so that there is no other version; leave it out",
    "--api-version": "labelsel explain shows how a selector is answered; fields have no help here",
    "--cascade": "labelsel deletes the named objects alone, and a namespace with what is in it",
    "--dry-run": "this command writes no file; leave it out",
    "--field-manager": "field managers are kept by a cluster; leave it out",
    "--force": _NO_WAITING,
    "--grace-period": _NO_WAITING,
    "--log-flush-frequency": _NO_LOG,
    "--interactive": "labelsel asks before it deletes several objects; -y deletes without asking",
    "-i": "labelsel asks before it deletes several objects; -y deletes without asking",
    "--kustomize": _KUSTOMIZE,
    "--local": "labelsel always works on files; -o yaml shows the changed objects and writes none",
    "--no-headers": "this command prints no table of objects; use -o json, or leave it out",
    "--namespace": "this command has no namespaces; leave it out",
    "--now": _NO_WAITING,
    "--output-version": "labelsel prints objects in the version that they are written in",
    "--output-watch-events": "labelsel reads the input once; run the command again to see changes",
    "--profile": _NO_LOG,
    "--profile-output": _NO_LOG,
    "--concurrency": _NO_CLUSTER,
    "--prune": "labelsel deletes only what is named or selected: labelsel delete KIND -l SELECTOR",
    "--raw": f"{_NO_CLUSTER}; read the answer with kubectl get --raw PATH | labelsel get -f -",
    "--record": "labelsel keeps no record of its commands; leave it out",
    "--resource-version": "versions of objects are kept by a cluster; leave it out",
    "--save-config": "labelsel writes no annotations of its own; leave it out",
    "--selector": _NO_SELECTOR,
    "--server-side": _NO_CLUSTER,
    "--show-kind": "only labelsel get has it; -o name prints the kind of each object",
    "--show-labels": "labelsel get --show-labels shows labels, and label --list lists them",
    "--show-managed-fields": "labelsel prints all fields of an object; leave it out",
    "--sort-by": "only labelsel get sorts objects",
    "--subresource": _NO_CLUSTER,
    "--template": "labelsel has no Go templates; use -o jsonpath=TEMPLATE",
    "--timeout": _NO_WAITING,
    "--v": "-v lists the files that are skipped; there is no other log",
    "--vmodule": _NO_LOG,
    "--wait": _NO_WAITING,
    "--watch": "labelsel reads the input once; run the command again to see changes",
    "--watch-only": "labelsel reads the input once; run the command again to see changes",
    "--warnings-as-errors": "warnings of labelsel are about files that are not read; leave it out",
    "--field-selector": _NO_SELECTOR,
    "--overwrite": "only labelsel label and annotate have it",
    "--list": "only labelsel label and annotate have it",
    "--label-columns": "only labelsel get has columns of labels",
    "-A": "this command has no namespaces; leave it out",
    "-L": "only labelsel get has columns of labels",
    "-f": "name the files without -f",
    "-k": _KUSTOMIZE,
    "-l": _NO_SELECTOR,
    "-n": "this command has no namespaces; leave it out",
    "-w": "labelsel reads the input once; run the command again to see changes",
}
#: Options of the same meaning, for words that are too far from them to be a typo.
_MEANT: Final = {
    "--file": "-f",
    "--files": "-f",
    "--label": "-l",
    "--labels": "-l",
    "--ns": "-n",
    "--output": "--format",
    "--rule": "--select",
    "--rules": "--select",
}
#: Flags that say which cluster is asked and how.
_CLUSTER_FLAGS: Final = (
    "--as",
    "--as-group",
    "--as-uid",
    "--cache-dir",
    "--certificate-authority",
    "--chunk-size",
    "--client-certificate",
    "--client-key",
    "--cluster",
    "--context",
    "--disable-compression",
    "--insecure-skip-tls-verify",
    "--kubeconfig",
    "--match-server-version",
    "--password",
    "--request-timeout",
    "--server",
    "--server-print",
    "--tls-server-name",
    "--token",
    "--user",
    "--username",
    "--validate",
    "-s",
)


def command_problem(word: str, commands: list[str], above: str = "labelsel") -> str:
    """Return why a word is no command, in one line, with what to write instead.

    Arguments:
        word: the word in the place of a command.
        commands: the commands that there are.
        above: the words before it.

    >>> command_problem("gett", ["get", "label"])
    'labelsel has no command gett; did you mean get?'
    >>> command_problem("logs", ["get"])
    'labelsel has no command logs: labelsel reads files and asks no cluster'
    >>> command_problem("po", ["get"])
    'labelsel has no command po; did you mean labelsel get po?'
    """
    problem = f"{above} has no command {escape(word)}"
    if above == "labelsel":
        instead = _COMMANDS.get(word, _NO_CLUSTER if word in _CLUSTER_COMMANDS else "")
    else:
        instead = _CREATE.format(word=word) if word in _CREATED else ""
    if instead:
        return f"{problem}: {instead}"
    meant = nearest(word, commands)
    if meant is None and above == "labelsel" and word.lower() in kind_words():
        meant = f"labelsel get {word}"
    return f"{problem}{did_you_mean(meant)}"


def missing_command(words: list[str], commands: list[str]) -> str:
    """Return that no word is a command, in one line; with the command that is nearest to a word.

    >>> missing_command(["-n", "shop", "gett", "pods"], ["get", "label"])
    'no command: a command is needed beside the options; did you mean get?'
    """
    near = (nearest(word, commands) for word in words if not word.startswith("-"))
    meant = next((name for name in near if name is not None), None)
    return f"no command: a command is needed beside the options{did_you_mean(meant)}"


def option_problem(word: str, options: list[str], command: str) -> str:
    """Return why a word is no option of a command, with what to write instead.

    Arguments:
        word: the option, as ``--watch``.
        options: the options that the command has.
        command: the words that call the command.

    >>> option_problem("--selectr", ["--selector"], "labelsel get")
    'labelsel get has no option --selectr; did you mean --selector?'
    >>> option_problem("--label", ["-l", "--selector"], "labelsel get")
    'labelsel get has no option --label; did you mean -l?'
    >>> option_problem("-p", ["--port", "--output"], "labelsel reach")
    'labelsel reach has no option -p; did you mean --port?'
    """
    problem = f"{command} has no option {escape(word)}"
    instead = _FLAGS.get(word, _NO_CLUSTER if word in _CLUSTER_FLAGS else "")
    if instead:
        return f"{problem}: {instead}"
    meant = _MEANT.get(word)
    if meant not in options:
        meant = nearest(word, options)
    begun = [option for option in options if option.startswith(f"-{word}")]
    if len(word) == 2 and len(begun) == 1:
        [meant] = begun
    return f"{problem}{did_you_mean(meant)}"
