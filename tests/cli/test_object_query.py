"""One name must not change objects of several namespaces."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run

PODS = "".join(
    f"{{kind: Pod, apiVersion: v1, metadata: {{name: a, namespace: {space}}}}}\n---\n"
    for space in ("shop", "ops")
)


@pytest.mark.parametrize(
    "words", [("label", "pod", "a", "x=y"), ("annotate", "pod/a", "x=y"), ("delete", "pod", "a")]
)
def test_a_name_in_several_namespaces(run: Run, words: tuple[str, ...]) -> None:
    """Standard input is looked in everywhere: a change asks for the namespace."""
    result = run(*words, "-f", "-", "--dry-run", stdin=PODS)
    assert (result.exit_code, result.stdout) == (1, "")
    first, *listed = result.stderr.splitlines()
    assert first == "error: a: expected one object, found 2: name the namespace with -n"
    assert len(listed) == 2
    result = run(*words, "-n", "ops", "-f", "-", "--dry-run", stdin=PODS)
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 1


def test_kinds_and_names_may_be_several(run: Run) -> None:
    """Several names, and one name of several kinds, are what was asked for."""
    Path("a.yaml").write_text(
        PODS.replace("shop", "default").replace("name: a, namespace: ops", "name: b")
    )
    result = run(
        "label", "pod", "a", "b", "x=y", "-f", "-", "--dry-run", stdin=Path("a.yaml").read_text()
    )
    assert result.stdout == "pod/a labeled (dry run)\npod/b labeled (dry run)\n"
