"""A process that is forked while another thread changes an index can use the index."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")

#: Each child has ten seconds: one that hangs is ended by its alarm, and counts.
PROGRAM = """
import itertools, os, signal, sys, threading
import labelsel
from labelsel.kubernetes import Inventory

sys.setswitchinterval(1e-6)
live = labelsel.LiveIndex({n: {"app": f"a{n}"} for n in range(200)}, {"s": "app=a1"})
here = Inventory.of([])
received = []
live.subscribe(received.append)
ended = threading.Event()

def write():
    for n in itertools.count():
        if ended.is_set():
            return
        live.set_item(n % 250, {"app": f"a{n % 7}", "n": str(n)})
        live.set_selector(n % 30, f"app=a{n % 5},n>{n % 3}")
        pod = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": f"p{n % 50}"}}
        here.apply({"type": "ADDED", "object": {**pod, "metadata": {"name": f"p{n % 50}"}}})
        labelsel.parse(f"a{n}=b")

writer = threading.Thread(target=write)
writer.start()
bad = 0
for _ in range(FORKS):
    child = os.fork()
    if not child:
        signal.alarm(10)
        status = 1
        try:
            live.check_invariants()
            labels = dict(live.items)
            found = set(live.selection("s"))
            assert found == {key for key, each in labels.items() if each.get("app") == "a1"}
            received.clear()
            live.set_item("child", {"app": "a1"})
            assert received
            assert len(here.select("pods")) == len(here)
            assert labelsel.parse("new in (child)").matches({"new": "child"})
            status = 0
        finally:
            os._exit(status)
    bad += os.waitpid(child, 0)[1] != 0
ended.set()
writer.join()
print(bad)
"""


READER = """
import os, threading
import numpy as np
import labelsel

index = labelsel.LabelIndex({n: {"n": str(n)} for n in range(600)})
del index[3]
index["new"] = {"n": "3"}  # in a row that was free: from now on the order has numbers of its own
selection = index.select("n>7")
ready, ended = threading.Event(), threading.Event()

def read():
    with index._lock:
        store, table = index._store, index._table
        views = [np.frombuffer(each, np.uint8) for each in (
            table._insertion_numbers, store.column_of, *store._codes._codes, *store._codes._ends
        )]
        ready.set()
        ended.wait()

reader = threading.Thread(target=read)
reader.start()
ready.wait()
child = os.fork()
if not child:
    status = 1
    try:
        index[700] = {"n": "700", "other": "x"}
        index.patch(5, {"more": "y"})
        index.check_invariants()
        assert index.count("n") == 601
        assert len(selection) == 592 and 9 in selection
        status = 0
    finally:
        os._exit(status)
status = os.waitpid(child, 0)[1]
ended.set()
reader.join()
print(status)
"""


def test_a_child_of_a_process_that_reads() -> None:
    """What numpy reads in the middle of the fork does not stay unchangeable in the child."""
    done = run(READER)
    assert (done.stdout, done.returncode) == ("0\n", 0), done.stderr


def run(program: str) -> subprocess.CompletedProcess[str]:
    """Run a program, without the warning that it forks beside threads, which is its purpose."""
    return subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", program],
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )


@pytest.mark.parametrize("forks", [6, pytest.param(40, marks=pytest.mark.slow)])
def test_children_of_a_process_that_writes(forks: int) -> None:
    """No child hangs, and each finds the change in the middle of which it was made done or not."""
    done = run(f"FORKS = {forks}{PROGRAM}")
    assert (done.stdout, done.returncode) == ("0\n", 0), done.stderr
