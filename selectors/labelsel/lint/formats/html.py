"""Findings as one page of HTML, for people who did not run the command.

The page needs no network and runs no script. It is built as a tree, and the standard library
writes the tree: so every text and attribute is escaped, and none can be forgotten.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Final
from xml.etree.ElementTree import (
    Element,
    SubElement,
    tostring,
)

from labelsel.errors import ManifestError, UnreadWarning, escape
from labelsel.lint.finding import Finding, Suppression
from labelsel.lint.registry import Rule, Severity

__all__ = ["html_report"]

_SUPPRESSED: Final = {
    Suppression.IGNORED: "ignored by a comment",
    Suppression.BASELINE: "in the baseline",
}
#: The classes of findings, each with a check box that hides them, and the words of its label.
_FILTERS: Final = {**{str(each): str(each) for each in Severity}, "suppressed": "not reported"}

_STYLE: Final = """
:root { color-scheme: light dark; --text: #1b1f24; --dim: #57606a; --page: #ffffff;
  --card: #f6f8fa; --line: #d0d7de; --link: #0550ae;
  --error: #b3261e; --warning: #8a5300; --note: #0550ae; --fix: #1a6b34; }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --dim: #9da7b3; --page: #0d1117;
  --card: #161b22; --line: #30363d; --link: #79b8ff;
  --error: #ff8a80; --warning: #f0b849; --note: #79b8ff; --fix: #7ee2a0; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 60rem; background: var(--page);
  color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.4rem; margin: 0 0 .25rem; }
h2 { font: 600 1rem/1.4 ui-monospace, monospace; margin: 2rem 0 .5rem; overflow-wrap: anywhere; }
p { margin: .25rem 0; overflow-wrap: anywhere; }
a { color: var(--link); }
code, .line { font-family: ui-monospace, monospace; font-size: .9em; }
.dim { color: var(--dim); }
.filter { position: absolute; opacity: 0; }
.filters { display: flex; flex-wrap: wrap; gap: .5rem; margin: 1rem 0; }
.filters label { border: 1px solid var(--line); border-radius: 1rem; padding: .2rem .8rem;
  cursor: pointer; color: var(--dim); text-decoration: line-through; }
.finding { background: var(--card); border: 1px solid var(--line); border-radius: .4rem;
  border-left: .3rem solid var(--line); margin: .5rem 0; padding: .6rem .8rem; }
.finding header { display: flex; flex-wrap: wrap; gap: .1rem .8rem; }
.finding header span { overflow-wrap: anywhere; min-width: 0; }
.fix { color: var(--fix); }
.badge { font-weight: 600; }
.error { border-left-color: var(--error); } .error .badge { color: var(--error); }
.warning { border-left-color: var(--warning); } .warning .badge { color: var(--warning); }
.note { border-left-color: var(--note); } .note .badge { color: var(--note); }
.finding.unread { border-left-color: var(--error); }
.finding.suppressed { opacity: .75; }
dt { font-family: ui-monospace, monospace; margin-top: .75rem; }
dd { margin: 0; }
"""
#: For each check box: how its label looks when it is on, and what is hidden when it is off.
_FILTER_STYLE: Final = """
#show-{name}:checked ~ .filters label[for=show-{name}] {{ color: var(--text);
  text-decoration: none; }}
#show-{name}:focus-visible ~ .filters label[for=show-{name}] {{ outline: 2px solid var(--link); }}
#show-{name}:not(:checked) ~ main .{name} {{ display: none; }}
"""


def html_report(
    findings: Sequence[Finding],
    objects: int,
    version: str,
    errors: Sequence[ManifestError] = (),
    unread: Sequence[UnreadWarning] = (),
) -> str:
    """Return a page with all findings, by file, and what each rule means.

    Arguments:
        findings: the findings, also those that are not reported.
        objects: the number of objects that were checked.
        version: the version of this program.
        errors: the errors of the input: what was not read, and so not checked.
        unread: the warnings about what else was not read: templates, pipes, hidden files.

    >>> html_report([], 3, "1.0").startswith("<!DOCTYPE html>")
    True
    """
    root = Element("html", lang="en")
    _head(root)
    body = SubElement(root, "body")
    reported = [found for found in findings if found.suppression is None]
    _text(SubElement(body, "h1"), "Labels and selectors")
    _text(SubElement(body, "p"), _summary(reported, objects))
    about = f"labelsel lint {version}"
    _text(SubElement(body, "p", {"class": "dim"}), about)
    _filters(body, findings)
    main = SubElement(body, "main")
    _not_checked(main, errors, unread)
    for file, of_file in groupby(findings, attrgetter("file")):
        listed = list(of_file)
        hidden = all(found.suppression is not None for found in listed)
        section = SubElement(main, "section", {"class": "suppressed" if hidden else "file"})
        _text(SubElement(section, "h2"), file)
        for found in listed:
            _finding(section, found)
    _rules(main, [found.rule for found in findings])
    page = tostring(root, encoding="unicode", method="html")
    return f"<!DOCTYPE html>\n{page}\n"


def _head(root: Element) -> None:
    style = _STYLE + "".join(_FILTER_STYLE.format(name=name) for name in _FILTERS)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    # Nothing is loaded and no script runs, whatever the page says.
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    head = SubElement(root, "head")
    SubElement(head, "meta", charset="utf-8")
    SubElement(head, "meta", {"http-equiv": "Content-Security-Policy", "content": policy})
    SubElement(head, "meta", name="viewport", content="width=device-width, initial-scale=1")
    _text(SubElement(head, "title"), "Labels and selectors: labelsel lint")
    SubElement(head, "style").text = style


def _filters(body: Element, findings: Iterable[Finding]) -> None:
    """Add a check box for each class of findings that the page has."""
    counts = Counter(name for found in findings for name in _classes(found))
    names = [name for name in _FILTERS if counts[name]]
    for name in names:
        box = {"type": "checkbox", "class": "filter", "id": f"show-{name}"}
        # What is not reported is hidden at first.
        SubElement(body, "input", box if name == "suppressed" else {**box, "checked": "checked"})
    bar = SubElement(body, "div", {"class": "filters"})
    for name in names:
        label = SubElement(bar, "label", {"for": f"show-{name}"})
        plural = "s" if counts[name] != 1 and name != "suppressed" else ""
        _text(label, f"{counts[name]:,} {_FILTERS[name]}{plural}")


def _classes(found: Finding) -> list[str]:
    return [str(found.severity)] if found.suppression is None else ["suppressed"]


def _finding(section: Element, found: Finding) -> None:
    names = ["finding", str(found.severity), *_classes(found)]
    article = SubElement(section, "article", {"class": " ".join(dict.fromkeys(names))})
    header = SubElement(article, "header")
    line = f"line {found.line}" if found.in_file else "in no file"
    _text(SubElement(header, "span", {"class": "line dim"}), line)
    _text(SubElement(header, "span", {"class": "badge"}), str(found.severity))
    rule = SubElement(SubElement(header, "span"), "a", href=f"#rule-{found.rule.id}")
    _text(rule, found.rule.id)
    _text(SubElement(header, "span"), found.subject)
    _text(SubElement(article, "p"), found.message)
    _text(SubElement(article, "p", {"class": "fix"}), f"fix: {found.fix}")
    if found.edit is not None and found.suppression is None:
        _text(SubElement(article, "p", {"class": "dim"}), "labelsel lint --fix can write this fix.")
    if found.suppression is not None:
        _text(SubElement(article, "p", {"class": "dim"}), _SUPPRESSED[found.suppression])


def _not_checked(
    main: Element, errors: Sequence[ManifestError], unread: Sequence[UnreadWarning]
) -> None:
    """Add what is wrong with the input itself, and what was not read, before the findings."""
    if errors:
        section = SubElement(main, "section", {"class": "input-errors"})
        _text(SubElement(section, "h2"), "Input errors")
        _text(SubElement(section, "p"), "What has an error was not read, and was not checked.")
        for error in errors:
            article = SubElement(section, "article", {"class": "finding unread"})
            for line in str(error).split("\n"):
                _text(SubElement(article, "p"), line)
    if unread:
        section = SubElement(main, "section", {"class": "input-errors"})
        _text(SubElement(section, "h2"), "Not read")
        number = f"{len(unread):,} part{'' if len(unread) == 1 else 's'} of the input"
        were = "was not read, and was" if len(unread) == 1 else "were not read, and were"
        _text(SubElement(section, "p"), f"{number} {were} not checked.")
        listed = SubElement(section, "details")
        _text(SubElement(listed, "summary"), "Which, and why")
        for warning in unread:
            _text(SubElement(listed, "p"), str(warning))


def _rules(main: Element, rules: Iterable[Rule]) -> None:
    """Add what each rule finds, and where it is explained."""
    known = {rule.id: rule for rule in rules}
    if not known:
        return
    section = SubElement(main, "section")
    _text(SubElement(section, "h2"), "The rules")
    listed = SubElement(section, "dl")
    for name, rule in sorted(known.items()):
        _text(SubElement(listed, "dt", id=f"rule-{name}"), name)
        explained = SubElement(listed, "dd")
        _text(explained, f"{rule.summary}.")
        if rule.docs.startswith("https://"):
            _text(SubElement(SubElement(explained, "p"), "a", href=rule.docs), rule.docs)
        elif rule.docs:
            _text(SubElement(explained, "p", {"class": "dim"}), f"See {rule.docs} of labelsel.")


def _summary(reported: Sequence[Finding], objects: int) -> str:
    of_objects = f"{objects:,} object{'' if objects == 1 else 's'}"
    if not reported:
        return f"No findings in {of_objects}."
    counts = Counter(found.severity for found in reported)
    listed = ", ".join(
        f"{counts[each]:,} {each}{'' if counts[each] == 1 else 's'}"
        for each in Severity
        if counts[each]
    )
    return (
        f"{len(reported):,} finding{'' if len(reported) == 1 else 's'} in {of_objects}: {listed}."
    )


def _text(element: Element, text: str) -> None:
    """Set the text of an element; control characters are shown as escapes."""
    element.text = escape(text)
    element.tail = "\n"
