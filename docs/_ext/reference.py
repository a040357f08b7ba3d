"""The reference: a page for each public class and for each group of functions, from the docstrings.

docs/reference/index.rst names the groups and what belongs to each. This extension

1. writes the pages beside it, when the build starts; git does not have them,
2. makes fields of the sections of a docstring, and links of single back-quotes,
3. writes signatures as the source has them, with links to our own types,
4. warns of a public name that is in no group, or that docstring_rules.py finds fault with. In a
   strict build a warning is an error. ``-D reference_gate=0`` leaves these warnings out.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.directives.other import TocTree
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.util.inspect import stringify_signature
from sphinx.util.nodes import find_pending_xref_condition

from docs._ext import docstring_rules as rules
from docs._ext.docstring_rules import Docstring, Member, PublicName

logger = logging.getLogger(__name__)

_HEADING = re.compile(r"^(\S.*)\n([=\-~^])\2+\n", re.MULTILINE)
_NAMES = re.compile(
    r"^\.\. names:: (?P<page>\S+)\n(?:   :module: (?P<module>\S+)\n)?\n(?P<names>(?:   .*\n)+)",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Group:
    """Public names that belong together.

    Attributes:
        page: the name of the page with the functions.
        title: its heading.
        names: the public names, in the order of the index.
        opens_module: whether it is the first group of its module.
    """

    page: str
    title: str
    names: tuple[PublicName, ...]
    opens_module: bool

    @property
    def pages(self) -> list[str]:
        """The pages of the classes."""
        return [name.path for name in self.names if has_page(name)]


def has_page(name: PublicName) -> bool:
    """Return whether a name has a page of its own; functions and errors share that of the group."""
    return name.kind == "class"


def find_names(text: str, module: str) -> list[PublicName]:
    """Return the public names that a text lists; ``*`` at its end is the rest of the module."""
    if module not in rules.MODULES:
        return []
    known = {name.name: name for name in rules.public_names(module)}
    words = text.split()
    if words[-1] == "*":
        words = list(dict.fromkeys([*words[:-1], *known]))
    return [known[word] for word in words if word in known]


def read_groups(index: str) -> list[Group]:
    """Return the groups that the text of the index lists."""
    groups: list[Group] = []
    for block in _NAMES.finditer(index):
        title = [found[1] for found in _HEADING.finditer(index, 0, block.start())][-1]
        names = find_names(block["names"], block["module"] or "labelsel")
        if names:
            is_first = all(names[0].module != group.names[0].module for group in groups)
            groups.append(Group(block["page"], title, tuple(names), is_first))
    return groups


def faults(index: str) -> Iterator[str]:
    """Yield what is wrong with the index: names in no group, in two, or not public."""
    grouped = [name.path for group in read_groups(index) for name in group.names]
    public = [name.path for module in rules.MODULES for name in rules.public_names(module)]
    yield from (f"{path} is in no group" for path in public if path not in grouped)
    yield from (f"{path} is in two groups" for path in set(grouped) if grouped.count(path) > 1)
    for block in _NAMES.finditer(index):
        module = block["module"] or "labelsel"
        found = {name.name for name in find_names(block["names"], module)}
        words = set(block["names"].split()) - found - {"*"}
        if module in rules.MODULES:
            yield from (f"{module}.{word} is not public" for word in sorted(words))


# The pages


def heading(title: str) -> str:
    """Return a heading of reStructuredText."""
    return f"{title}\n{'=' * len(title)}\n\n"


def group_page(group: Group) -> str:
    """Return the page of a group: its names, then its functions, constants and errors."""
    module = group.names[0].module
    # The first page of a module is where the module's name leads.
    target = f".. py:module:: {module}\n\n" if group.opens_module else ""
    words = " ".join(name.name for name in group.names)
    parts = [
        heading(group.title),
        target,
        f".. names:: {group.page}\n   :module: {module}\n\n   {words}\n\n",
    ]
    parts += [entry(name) for name in group.names if not has_page(name)]
    if group.pages:
        pages = "".join(f"   {name.name} <{name.path}>\n" for name in group.names if has_page(name))
        parts.append(f".. toctree::\n   :hidden:\n\n{pages}")
    return "".join(parts)


def class_page(name: PublicName) -> str:
    """Return the page of a class: a list of its methods and properties, then all about each."""
    members = f".. members:: {name.path}\n\n" if len(members_of(name.value)) > 1 else ""
    return heading(name.name) + members + entry(name)


def members_of(cls: type) -> tuple[Member, ...]:
    """Return the methods and properties, and then the operators, that a class documents."""
    return (*rules.own_members(cls), *rules.operators(cls))


def entry(name: PublicName) -> str:
    """Return the directives that document a name, and the members of a class."""
    if name.kind == "constant":
        return f".. autodata:: {name.path}\n   :no-value:\n\n"
    if name.kind == "function":
        return f".. autofunction:: {name.path}\n\n"
    directive = "autoexception" if name.kind == "exception" else "autoclass"
    bases = "   :show-inheritance:\n" if _shown_bases(name.value) else ""
    parts = [f".. {directive}:: {name.path}\n{bases}\n"]
    for member in members_of(name.value):
        kind = "autoproperty" if member.kind == "property" else "automethod"
        parts.append(f".. {kind}:: {name.path}.{member.name}\n\n")
    return "".join(parts)


def _shown_bases(cls: type) -> bool:
    return any(base in rules.public_classes() for base in cls.__bases__)


def write_pages(app: Sphinx) -> None:
    """Write the pages of the reference, and take away those that are no longer made."""
    folder = Path(app.srcdir, "reference")
    index = (folder / "index.rst").read_text(encoding="utf-8")
    pages: dict[str, str] = {}
    for group in read_groups(index):
        pages[group.page] = group_page(group)
        pages |= {name.path: class_page(name) for name in group.names if has_page(name)}
    for old in folder.glob("*.rst"):
        if old.stem not in {"index", *pages}:
            old.unlink()
    for page, text in pages.items():
        file = folder / f"{page}.rst"
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
    if app.config.reference_gate:
        found = [
            *faults(index),
            *(each for module in rules.MODULES for each in rules.problems(module)),
        ]
        for fault in found:
            logger.warning(fault, type="reference")


class Names(SphinxDirective):
    """A table of public names: each a link, with its summary."""

    has_content = True
    required_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = {"module": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """Return the table, and on the index the entry of the group's page in the navigation."""
        module = self.options.get("module", "labelsel")
        names = find_names(" ".join(self.content), module)
        if not names:
            return []
        return [table_of_names(self, [(name.path, name.name, name.doc) for name in names])]


class Members(SphinxDirective):
    """A table of the methods and properties of a class: each a link, with its summary."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        path = self.arguments[0]
        [name] = [name for name in rules.public_classes().values() if name.path == path]
        found = [(f"{path}.{each.name}", each.name, each.doc) for each in members_of(name.value)]
        # What a summary names may belong to the class.
        context = self.env.ref_context
        self.env.ref_context = {**context, "py:module": name.module, "py:class": name.name}
        try:
            return [table_of_names(self, found)]
        finally:
            self.env.ref_context = context


def table_of_names(
    directive: SphinxDirective, found: Iterable[tuple[str, str, Docstring]]
) -> nodes.table:
    """Return a table of paths, names and docstrings: a link and a summary for each."""
    rows = nodes.tbody("")
    for path, name, doc in found:
        link = nodes.paragraph("", "", reference_to(path, name, directive.env))
        summary, messages = directive.state.inline_text(doc.summary or "-", directive.lineno)
        assert not messages, messages
        entries = (nodes.entry("", link), nodes.entry("", nodes.paragraph("", "", *summary)))
        rows += nodes.row("", *entries)
    columns = [nodes.colspec(colwidth=1), nodes.colspec(colwidth=3)]
    return nodes.table("", nodes.tgroup("", *columns, rows, cols=2), classes=["names"])


class Pages(TocTree):
    """The pages of the groups, in the order of the index, for the navigation."""

    def run(self) -> list[nodes.Node]:
        """Return a hidden toctree."""
        groups = read_groups(Path(self.env.doc2path("reference/index")).read_text("utf-8"))
        self.options["hidden"] = True
        self.content = StringList([group.page for group in groups], source="reference/index")
        return super().run()


def reference_to(path: str, text: str, env: BuildEnvironment) -> addnodes.pending_xref:
    """Return a link to a public name."""
    return addnodes.pending_xref(
        "",
        nodes.literal(text, text, classes=["xref", "py"]),
        refdomain="py",
        reftype="obj",
        reftarget=path,
        refexplicit=True,
        refwarn=True,
        refdoc=env.current_document.docname,
    )


class Api(SphinxRole):
    """The role of single back-quotes in a docstring: the name of something public."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the link; warn of a name that is not public."""
        context = self.env.ref_context
        module = context.get("py:module") or "labelsel"
        first = (context.get("py:class") or "").partition(".")[0]
        classes = [name for name in rules.public_names(module) if name.name == first]
        cls = classes[0].value if classes and classes[0].is_class else None
        path = rules.resolve(self.text, module, cls)
        if path is None:
            if self.config.reference_gate:
                logger.warning(
                    "`%s` is no public name",
                    self.text,
                    location=self.get_location(),
                    type="reference",
                )
            return [nodes.literal(self.text, self.text)], []
        return [reference_to(path, self.text, self.env)], []


# Docstrings and signatures


def convert_docstring(
    app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    """Write the sections of a docstring as fields, in place."""
    del app, options
    if what == "data":  # autodoc would take the docstring of the type
        home, _, constant = name.rpartition(".")
        lines[:] = (rules.constant_docstring(home, constant) or "").splitlines()
    lines[:] = [*rules.converted(lines, lambda attribute: annotation(name, obj, attribute)), ""]


def annotation(name: str, obj: object, attribute: str) -> list[str]:
    """Return the first lines of the directive for an attribute: where it is, and its type."""
    lines = [
        f".. py:attribute:: {name.rpartition('.')[2]}.{attribute}",
        f"   :module: {name.rpartition('.')[0]}",
    ]
    for owner in getattr(obj, "__mro__", ()):
        kind = vars(owner).get("__annotations__", {}).get(attribute)
        if kind is not None:
            text = kind if isinstance(kind, str) else inspect.formatannotation(kind)
            return [*lines, f"   :type: {readable(text, owner.__module__)}"]
    return lines


def readable(annotation: str, module: str) -> str:
    """Return an annotation with the aliases of our own modules written out."""

    def meaning(name: re.Match[str]) -> str:
        found = type_alias(module, name[1])
        if found is None:
            return name[0]
        return readable(found[0], found[1]) + (name[2] or "" if "[" not in found[0] else "")

    return re.sub(r"(?<![\w.'\"])([A-Z]\w+)(\[[A-Z]\])?", meaning, annotation)


@cache
def type_alias(module: str, name: str) -> tuple[str, str] | None:
    """Return what an alias stands for, and the module that defines it; None for other names."""
    if not module.startswith("labelsel"):
        return None
    if rules.resolve(name, module) is not None:
        return None
    tree = ast.parse(Path(str(importlib.import_module(module).__file__)).read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for imported in node.names:
                if name == (imported.asname or imported.name):
                    return type_alias(node.module, imported.name)
        elif isinstance(node, ast.AnnAssign) and _defines_alias(node, name):
            return _without_quotes(node.value), module
    return None


def _defines_alias(node: ast.AnnAssign, name: str) -> bool:
    return ast.unparse(node.annotation) == "TypeAlias" and ast.unparse(node.target) == name


def _without_quotes(value: ast.expr | None) -> str:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return value.value
    return "" if value is None else ast.unparse(value)


def write_signature(
    app: Sphinx,
    what: str,
    name: str,
    obj: Any,
    options: object,
    args: str | None,
    result: str | None,
) -> tuple[str, str | None] | None:
    """Return the signature with the annotations as the source has them."""
    del app, name, options, result
    if args is None or what not in {"function", "method", "class", "exception"}:
        return None
    try:
        signature = inspect.signature(obj)
    except (TypeError, ValueError):
        return None
    parameters = [
        parameter
        for parameter in signature.parameters.values()
        if not parameter.name.startswith("_")
    ]
    if what == "method" and parameters and parameters[0].name in {"self", "cls"}:
        parameters = parameters[1:]
    try:
        shown = signature.replace(parameters=parameters)
    except ValueError:
        return None
    text = readable(stringify_signature(shown), obj.__module__)
    arguments, _, returned = text.partition(") -> ")
    if what in {"class", "exception"} or not returned:
        return (arguments.removesuffix(")") + ")", None)
    return (arguments + ")", returned)


class Types(SphinxPostTransform):
    """Links the names of our types to their pages, and leaves those of other libraries as text.

    Sphinx would link ``object`` to any attribute of this name.
    """

    default_priority = 5  # before Sphinx looks for them

    def run(self, **_: object) -> None:
        """Give each name of a type in a signature its full path."""
        for node in list(self.document.findall(addnodes.pending_xref)):
            if node["refdomain"] == "py" and not node.get("refwarn"):
                target = str(node["reftarget"])
                module = node.get("py:module") or "labelsel"
                path = rules.public_path(target) or rules.resolve(target, module)
                if path is None or path in rules.MODULES:
                    short = find_pending_xref_condition(node, "resolved")
                    node.replace_self(node.children if short is None else short.children)
                else:
                    node.attributes |= {"reftype": "obj", "reftarget": path, "refspecific": False}
                    node.attributes |= {"refwarn": True}


def leads_to_class(
    app: Sphinx, env: BuildEnvironment, node: addnodes.pending_xref, content: nodes.Element
) -> nodes.Node | None:
    """Lead to the class where an attribute has no entry of its own."""
    domain = env.domains.python_domain
    owner = str(node["reftarget"]).rpartition(".")[0]
    if node["refdomain"] != "py" or owner not in domain.objects:
        return None
    return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", owner, node, content)


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx what this extension does."""
    app.add_config_value("reference_gate", default=True, rebuild="env", types=[bool])
    app.add_role("api", Api())
    app.add_directive("names", Names)
    app.add_directive("members", Members)
    app.add_directive("pages", Pages)
    app.connect("builder-inited", write_pages)
    app.connect("autodoc-process-docstring", convert_docstring)
    app.connect("autodoc-process-signature", write_signature)
    app.add_post_transform(Types)
    app.connect("missing-reference", leads_to_class)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
