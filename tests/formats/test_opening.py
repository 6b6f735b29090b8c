"""What a network can be, which reader it goes to, and what is refused."""

import subprocess
import sys
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest

from rfsolve import LayerGraph, Network, inspect, open_graph, open_network
from rfsolve.errors import InputError
from rfsolve.formats.refused_files import OTHERS, PICKLES


@pytest.fixture
def readers(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, object, object]]:
    """Readers that write down what they are called with."""
    calls: list[tuple[str, object, object]] = []

    def reader(name: str):  # noqa: ANN202
        def read(model: object, input_size: object) -> Network:
            calls.append((name, model, input_size))
            return Network(graph=open_graph("3"))

        return read

    for package, names in {"onnx": ["read_onnx"], "torch": ["read_factory", "read_module", "read_exported"]}.items():
        module = ModuleType("reading")
        for name in names:
            setattr(module, name, reader(name))
        monkeypatch.setitem(sys.modules, f"rfsolve.formats.{package}", ModuleType(package))
        monkeypatch.setitem(sys.modules, f"rfsolve.formats.{package}.reading", module)
    monkeypatch.setattr("rfsolve.formats.opening.require", lambda *_: None)
    return calls


def test_each_ending_has_its_reader(readers: list, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.onnx", "b.ONNX", "c.pt2", "7.onnx", "odd name.onnx"):
        Path(name).write_bytes(b"")
        open_network(name, (64, 32))
    open_network("package.module:make.it")
    assert readers == [
        ("read_onnx", Path("a.onnx"), (64, 32)),
        ("read_onnx", Path("b.ONNX"), (64, 32)),
        ("read_exported", Path("c.pt2"), (64, 32)),
        ("read_onnx", Path("7.onnx"), (64, 32)),
        ("read_onnx", Path("odd name.onnx"), (64, 32)),
        ("read_factory", "package.module:make.it", None),
    ]


def test_a_module_of_torch(readers: list) -> None:
    torch = pytest.importorskip("torch")
    module = torch.nn.Conv2d(3, 4, 3)
    open_network(module, (9,))
    assert readers == [("read_module", module, (9,))]


def test_a_graph_at_another_size_keeps_everything_else() -> None:
    """Shared weights, stated costs, names: as they were; the graph given is left alone."""
    graph = LayerGraph()
    graph.input("x", channels=1, size=(8, 8))
    conv = open_graph("3").layer("1")
    graph.add("a", conv, ["x"])
    graph.add("b", conv, ["a"], shares_weights_of="a")
    network = open_network(Network(graph=graph, aliases={"block": "b"}), (32,))
    assert network.graph.shapes()["b"].size == (32, 32)
    assert network.graph.weights_owner("b") == "a"
    assert network.aliases == {"block": "b"}
    assert graph.shapes()["b"].size == (8, 8)
    assert open_network(graph).graph is graph


@pytest.mark.parametrize("suffix", sorted(PICKLES))
def test_pickles_are_never_opened(suffix: str, tmp_path: Path) -> None:
    """Not even looked into: the file is a directory that cannot be read, and the answer is the same."""
    (tmp_path / f"net{suffix}").mkdir()
    with pytest.raises(InputError, match=r"may be a pickle, which can run code.*torch\.export\.save.*module:factory"):
        open_network(tmp_path / f"net{suffix}")


@pytest.mark.parametrize("suffix", sorted(OTHERS))
def test_other_files_have_a_way_out(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"net{suffix.upper()}"
    path.write_bytes(b"\x00")
    with pytest.raises(InputError, match=r"(is|are) not read; expected|holds weights and no layers; expected") as said:
        open_network(path)
    assert str(said.value).startswith(str(path))


def test_a_factory_is_no_file_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of that name wins; it is read as what it is."""
    monkeypatch.chdir(tmp_path)
    Path("a:b").write_text("{}")
    with pytest.raises(InputError, match="a:b: expected a solution document"):
        open_network("a:b")


def build() -> None:
    """A factory that nobody has called."""


@pytest.mark.parametrize(("model", "said"), [(Path, "Path is a class"), (build, "build is a function")])
def test_what_makes_a_network_is_to_be_called(model: object, said: str) -> None:
    with pytest.raises(InputError, match=f"{said} and no network: call it first"):
        inspect(model)


@pytest.mark.parametrize("model", [7, None, object(), b"x", partial(build)])
def test_what_is_no_network_at_all(model: object) -> None:
    with pytest.raises(InputError, match=rf"a {type(model).__name__} is no network; expected a design"):
        inspect(model)


@pytest.mark.parametrize(
    ("model", "package", "line"),
    [
        ("net.onnx", "onnx", "net.onnx: needs onnx, install it: pip install 'rfsolve[onnx]'"),
        ("net.pt2", "torch", "net.pt2: needs torch, install it: pip install 'rfsolve[torch]'"),
        ("some.module:factory", "torch", "some.module:factory: needs torch, install it: pip install 'rfsolve[torch]'"),
    ],
)
def test_a_missing_extra_says_how_to_install_it(model: str, package: str, line: str, tmp_path: Path) -> None:
    """In a process of its own in which the package cannot be imported."""
    if ":" not in model:
        (tmp_path / model).write_bytes(b"\x08")
    code = (
        f"import sys\nsys.modules[{package!r}] = None\n"
        f"from rfsolve.cli.main import program\nprogram.main(['inspect', {model!r}])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"error: {line}\n")


def test_a_layer_list_imports_no_framework(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom rfsolve.cli.main import program\n"
        "try:\n    program.main(['inspect', '3 3'])\nexcept SystemExit:\n    pass\n"
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert not set(done.stderr.split()) & {"torch", "onnx", "pandas", "ortools", "jinja2"}
