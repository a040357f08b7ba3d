"""What SECURITY.md promises of untrusted input: it starts nothing, reaches nobody, writes nothing.

Python reports such acts to an audit hook. A process of its own reads hostile input through each
door, and what the hook heard is compared with what may happen.
"""

import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parent.parent
PACKAGE: Final = ROOT / "selectors" / "labelsel"
SECURITY: Final = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
#: What starts a program, speaks to somebody, or makes objects that a text describes.
ACTS: Final = (
    "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty", "os.spawn", "os.startfile",
    "subprocess.Popen", "pty.spawn", "socket.connect", "socket.bind", "socket.getaddrinfo",
    "socket.sendto", "urllib.Request", "webbrowser.open", "pickle.find_class", "os.kill",
    # What changes a disk, beside opening a file to write.
    "os.remove", "os.rename", "os.link", "os.symlink", "os.mkdir", "os.rmdir", "os.truncate",
    "os.chmod", "os.chown", "shutil.rmtree", "shutil.move", "tempfile.mkstemp", "tempfile.mkdtemp",
)  # fmt: skip
HOOK: Final = f"""
import json, os, sys
acts = []
def hear(event, arguments):
    if event in {ACTS!r}:
        acts.append(event)
    # The flags of Windows for text and the like are no flags to write.
    if event == "open" and isinstance(arguments[2], int) and arguments[2] & (
        os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
    ):
        acts.append(f"open to write: {{arguments[0]}}")
    # Modules, and the code of predicates, are compiled: never a text from outside. In the nodes of
    # a predicate such a text is a constant.
    if event == "compile" and "pwned" in str(arguments[0]):
        acts.append(f"compile {{arguments[0]!r}}")
"""
#: Each door is a statement; `attempt` lets errors of labelsel pass, and no other.
DOORS: Final = r"""
import labelsel
from labelsel import LabelIndex, Selector, from_label_selector, from_node_selector, parse
from labelsel import parse_expression, parse_fields, parse_matchers
from labelsel.cli import main
from labelsel.errors import LabelselError
from labelsel.kubernetes import Inventory, read_manifests

def attempt(do, *arguments):
    try:
        return do(*arguments)
    except (LabelselError, ImportError):
        return None

def command(*words):
    sys.argv = ["labelsel", *words]
    try:
        main()
    except SystemExit:
        pass

CODE = '__import__("os").system("touch pwned")'
# Everything is loaded before the hook listens: what is loaded is not input.
parse("a=b").matches({})
command("get", "pods", "-A", "-f", "quiet")
command("lint", "quiet")
command("graph", "-A", "-f", "quiet", "-o", "html")
attempt(parse_expression, "a == 'b'")
attempt(parse_matchers, '{a=~"b.*"}')
sys.addaudithook(hear)

TEXTS = (
    CODE, f"a={CODE}", f"a in ({CODE})", f"{CODE}=a", "a=$(touch pwned)", "a\0=b",
    "{a=~\"(a+)+$\"}", f"a == '{CODE}'", f'{{a="{CODE}"}}',
)
for text in TEXTS:
    for read in (parse, parse_expression, parse_fields, parse_matchers):
        found = attempt(read, text)
        if found is not None:
            found.matches({"a": CODE, CODE: "a"})
            str(found), hash(found), found.keys()
expression = {"key": CODE, "operator": CODE}
for value in (CODE, {"matchLabels": {"a": CODE}}, {"matchExpressions": [expression]}):
    attempt(from_label_selector, value)
    attempt(from_node_selector, {"nodeSelectorTerms": [value]})
attempt(LabelIndex.load, "pickle.labels")
attempt(LabelIndex.load, "text.labels")
command("get", "pods", "-A", "-f", "hostile", "--keep-going")
command("get", "pods", "-A", "-f", "hostile", "-l", CODE)
command("lint", "hostile", "--keep-going")
command("lint", "hostile", "-o", "html")
command("graph", "-A", "-f", "hostile", "-o", "html", "--keep-going")
sys.stdout.flush()
print("\n" + json.dumps(acts))
"""
#: The library may start kustomize or Helm, and git; nothing else.
STARTS: Final = {
    "kubernetes/read/child_process.py": {"subprocess"},
}
#: Modules that start programs, reach a network, or make objects or code of data.
FAR: Final = frozenset(
    {
        "asyncio", "code", "codeop", "ctypes", "dbm", "ftplib", "http.client", "http.server",
        "imaplib", "marshal", "multiprocessing", "pickle", "poplib", "pty", "shelve", "smtplib",
        "socket", "socketserver", "ssl", "subprocess", "urllib.request", "webbrowser", "xmlrpc",
    }
)  # fmt: skip


def hear(folder: Path, code: str, **settings: str) -> list[str]:
    """Run code with the hook in a process of its own; return what the hook heard."""
    variables = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **settings}
    command = (sys.executable, "-c", HOOK + code)
    done = subprocess.run(
        command, cwd=folder, env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    heard = json.loads(done.stdout.splitlines()[-1])
    assert isinstance(heard, list)
    return heard


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A folder with files that would run code if any were obeyed."""
    pod = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a", "namespace": "b"}}
    quiet = tmp_path / "quiet"
    quiet.mkdir()
    (quiet / "a.json").write_text(json.dumps(pod))
    files: Mapping[str, str] = {
        "tag.yaml": json.dumps(pod)[:-1]
        + ', spec: !!python/object/apply:os.system ["touch pwned"]}',
        "tagged-name.yaml": "kind: Pod\napiVersion: v1\nmetadata: {name: !!python/name:os.x ''}\n",
        "text.yaml": json.dumps(pod).replace(
            '"a"', '"\'; touch pwned; $(touch pwned)`\\u001b]0;x"'
        ),
        "page.yaml": json.dumps(pod).replace('"a"', '"</script><script src=http://127.0.0.1/>"'),
        "labelsel.toml": "[lint]\nselect = ['os.system']\n",
        "labelsel.py": "open('pwned', 'w')\n",
    }
    folder = tmp_path / "hostile"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    # A pickle that calls os.system, by the protocol that is text.
    (tmp_path / "pickle.labels").write_bytes(b"cos\nsystem\n(S'touch pwned'\ntR.")
    (tmp_path / "text.labels").write_bytes(base64.b64decode("bGFiZWxzZWw="))
    return tmp_path


@pytest.mark.slow
def test_input_does_nothing(hostile: Path) -> None:
    """Selectors, objects, manifests and index files start nothing, reach nobody, write nothing."""
    assert hear(hostile, DOORS) == []
    assert not list(hostile.rglob("pwned"))


def test_the_hook_hears(tmp_path: Path) -> None:
    """The test above can fail: programs, files, pickles and code are heard."""
    code = (
        "sys.addaudithook(hear)\n"
        "import pickle, subprocess\n"
        "subprocess.run([sys.executable, '-c', ''])\n"
        "open('a', 'w').close()\n"
        "pickle.loads(b'cos\\nsystem\\n(S\"\"\\ntR.')\n"
        "eval('\"pwned\"')\n"
        "print(); print(json.dumps(acts))"
    )
    heard = hear(tmp_path, code)
    for act in ("subprocess.Popen", "open to write: a", "pickle.find_class", "os.system"):
        assert act in heard
    assert any(act.startswith("compile ") for act in heard)


IMPORT: Final = re.compile(r"^ *(?:import ([\w., ]+)|from ([\w.]+) import ([\w, ]+))", re.MULTILINE)


def imports(path: Path) -> set[str]:
    """Return the modules that a file imports, each also by its first name."""
    found: set[str] = set()
    for whole, module, names in IMPORT.findall(path.read_text(encoding="utf-8")):
        found |= set(re.split(r"[, ]+", whole)) | {module}
        found |= {f"{module}.{name}" for name in re.split(r"[, ]+", names)}
    return found | {name.partition(".")[0] for name in found}


def test_what_the_library_could_do() -> None:
    """Two modules can start a program; none can reach a network, or unpickle."""
    found = {
        path.relative_to(PACKAGE).as_posix(): imports(path) & FAR for path in PACKAGE.rglob("*.py")
    }
    assert {name: modules for name, modules in found.items() if modules} == STARTS


def test_variables_of_the_environment() -> None:
    """The library reads these two; SECURITY.md says what they do."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        named = re.findall(r"environ\.get\((\w+)", text)
        for name in named:
            found |= set(re.findall(rf'^{name}(?:: Final)? = "(\w+)"', text, re.MULTILINE))
        assert len(re.findall(r"\bos\.environ\b|\bgetenv\b", text)) == len(named), path
    assert found == {"LABELSEL_PURE", "GITHUB_ACTIONS"}
    assert all(f"`{name}`" in SECURITY for name in found)


def named_tests() -> list[tuple[str, str]]:
    """Return the file and the function of each test that SECURITY.md names; "" for a whole file."""
    return re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", SECURITY)


def test_each_claim_has_a_test() -> None:
    """SECURITY.md names tests and commands that are there."""
    assert len(named_tests()) > 20
    for file, function in named_tests():
        text = (ROOT / file).read_text(encoding="utf-8")
        assert re.search(rf"^ *def {function or 'test_'}", text, re.MULTILINE), (file, function)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`make ([\w-]+)", SECURITY):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
