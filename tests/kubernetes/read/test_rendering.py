"""What kustomize and Helm print is read; what they say when they fail is passed on."""

import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from labelsel.errors import ManifestError, ManifestWarning, RenderError
from labelsel.kubernetes.read import rendering as rendering_module
from labelsel.kubernetes.read.manifests import read_by_path
from labelsel.kubernetes.read.rendering import Rendering, render_chart, render_kustomization
from tests.programs import Install

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: %s}\n"


def read(*inputs: Rendering | str) -> tuple[list[str], list[str]]:
    """The objects with their source and line, and the warnings."""
    warnings: list[ManifestWarning] = []
    by_path = read_by_path(inputs, on_warning=warnings.append)
    found = [item for _, resources in by_path for item in resources]
    assert all(item.source.location is None for item in found)
    names = [f"{item.name} of {item.source.file}:{item.source.line}" for item in found]
    return names, list(map(str, warnings))


def test_kustomize_before_kubectl(install: Install) -> None:
    """The folder is one word, whatever is in it; messages are warnings, line by line."""
    install("kustomize", f'test "$*" = "build a b;c" && echo "{POD % "x"}"; echo "old\nfield" >&2')
    install("kubectl", "exit 1")
    names, warnings = read(render_kustomization("a b;c"))
    assert names == ["x of kustomize build a b;c:1"]
    assert warnings == ["kustomize build a b;c: old", "kustomize build a b;c: field"]


def test_kubectl_without_kustomize(install: Install) -> None:
    """Where kustomize is missing, kubectl does the same."""
    install("kubectl", f'test "$1 $2" = "kustomize a" && echo "{POD % "x"}"')
    assert read(render_kustomization("a"))[0] == ["x of kubectl kustomize a:1"]


def test_helm(install: Install) -> None:
    """A chart is rendered by helm; each input is read once."""
    install("helm", f'test "$1 $2 $#" = "template a 2" && printf "{POD}---\n{POD}" x z')
    names, _ = read(render_chart("a"), render_chart("a"))
    assert names == ["x of helm template a:1", "z of helm template a:5"]


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo 'a\x1b[31m\nb' >&2; exit 3", "ended with status 3:\n  a\\x1b[31m\n  b"),
        ("exit 4", "ended with status 4"),
        ("kill -9 $$", "was ended by signal 9"),
    ],
)
def test_failures(install: Install, script: str, message: str) -> None:
    """A program that fails gives no object, whatever it has printed; its words are escaped."""
    install("helm", f'echo "{POD % "x"}"; {script}')
    with pytest.raises(RenderError) as failed:
        read(render_chart("a"))
    assert str(failed.value) == f"helm template a: {message}"
    assert str(pickle.loads(pickle.dumps(failed.value))) == str(failed.value)  # noqa: S301  # ours


def test_output_without_an_end(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that prints more than an input may have is ended; so is one of endless messages."""
    monkeypatch.setattr(rendering_module, "MAX_INPUT_BYTES", 10_000)
    install("helm", f'while :; do echo "{"x" * 1000}"; done')
    with pytest.raises(RenderError, match=r"helm template a: prints more than 10,000 bytes$"):
        read(render_chart("a"))
    install("helm", f'while :; do echo "{"x" * 1000}" >&2; done')
    problem = "helm template a: prints more than 1,048,576 bytes of messages$"
    with pytest.raises(RenderError, match=problem):
        read(render_chart("a"))


def test_a_program_that_prints_to_both(install: Install) -> None:
    """Neither pipe is full while the other one is read."""
    line = "x" * 10_000
    install("helm", f"for i in 1 2 3 4 5 6 7 8 9 0; do echo '# {line}'; echo {line} >&2; done")
    content, messages = render_chart("a").run()
    assert (len(content.data), messages) == (100_030, [line] * 10)


def test_output_that_is_no_manifest(install: Install) -> None:
    """Output is as strict as standard input: a document without kind is an error."""
    install("helm", "echo 'a: 1'")
    with pytest.raises(ManifestError, match=r"helm template a, document 1 \(line 1\): no kind"):
        read(render_chart("a"))
    install("helm", r"printf 'a: \377'")
    with pytest.raises(ManifestError, match=r"helm template a .*not UTF-8"):
        read(render_chart("a"))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (render_chart, "helm template a: helm is not installed, or not in a folder of PATH"),
        (render_kustomization, "kustomize build a: kustomize or kubectl is not installed"),
    ],
)
@pytest.mark.usefixtures("install")
def test_missing_programs(make: Callable[[str], Rendering], message: str) -> None:
    """A program that is not there is named."""
    with pytest.raises(RenderError) as failed:
        read(make("a"))
    assert str(failed.value).startswith(message)


def test_programs_that_do_not_start(install: Install) -> None:
    """A file that is no program, and a folder that no command line can hold."""
    Path(install("helm", "")).write_text("#!/no/such/shell\n")
    with pytest.raises(RenderError, match="helm template a: cannot be started: no such file"):
        read(render_chart("a"))
    with pytest.raises(RenderError, match="cannot be started: a path cannot contain a null byte"):
        read(render_chart("a\0"))


@pytest.mark.parametrize("make", [render_chart, render_kustomization])
def test_a_folder_that_is_an_option(
    install: Install, tmp_path: Path, make: Callable[[str], Rendering]
) -> None:
    """A folder named as an option would let helm run a program: nothing is started."""
    for program in ("helm", "kustomize"):
        install(program, f": >'{tmp_path}/started'; exit 1")
    with pytest.raises(RenderError, match=r"would be an option .*: write \./--post-renderer=x"):
        read(make("--post-renderer=x"))
    assert not (tmp_path / "started").exists()


def test_content(install: Install) -> None:
    """A rendering is an input as a file is one, of unknown size."""
    install("helm", "echo a")
    rendering = render_chart("a")
    assert (rendering.content().text, rendering.size, rendering.path) == ("a\n", 0, None)
    assert rendering.target is None


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
def test_the_real_kubectl(tmp_path: Path) -> None:
    """Kubectl renders a folder, and says what is wrong with another one."""
    (tmp_path / "pod.yaml").write_text(POD % "x")
    (tmp_path / "kustomization.yaml").write_text("namePrefix: shop-\nresources: [pod.yaml]\n")
    rendering = Rendering((("kubectl", "kustomize"),), str(tmp_path))
    assert read(rendering)[0] == [f"shop-x of kubectl kustomize {tmp_path}:1"]
    (tmp_path / "kustomization.yaml").unlink()
    with pytest.raises(RenderError, match=r"unable to find one of 'kustomization\.yaml'"):
        read(rendering)
