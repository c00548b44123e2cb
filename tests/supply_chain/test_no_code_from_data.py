"""What comes in from outside (names, annotations, checkpoints, parameters) is never run, by a shell or by Python."""

import ast
import re
from collections.abc import Iterator

import pytest

from supply_chain.lock import ROOT

SOURCES = sorted(path for folder in ("hapvr", "benchmarks", "supply_chain") for path in (ROOT / folder).rglob("*.py"))
# What runs code, whatever it is given.
RUNS = {
    "eval", "exec", "compile", "__import__", "os.system", "os.popen", "subprocess.getoutput",
    "subprocess.getstatusoutput", "asyncio.create_subprocess_shell", "pickle.load", "pickle.loads", "pickle.Unpickler",
    "marshal.load", "marshal.loads", "shelve.open", "joblib.load", "dill.load", "yaml.unsafe_load", "yaml.full_load",
    "yaml.load_all", "torch.jit.load", "torch.hub.load", "torch.package.PackageImporter",
}  # fmt: skip
# What runs none with this keyword, and may without.
SAFE_WITH = {"torch.load": ("weights_only", "True"), "np.load": ("allow_pickle", "False")}
# Annotations in the package's own source, without builtins, so that losses are listed without importing PyTorch.
ALLOWED = {("hapvr/registry.py", "eval"), ("hapvr/registry.py", "compile")}


def faults(source: str, name: str) -> Iterator[str]:
    """Each call that could run what it is given, as `NAME:LINE: CALL`."""
    for node in ast.walk(ast.parse(source, name)):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        given = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
        keyword, value = SAFE_WITH.get(called, ("", ""))
        unsafe = called in RUNS or (keyword and given.get(keyword) != value)
        unsafe = unsafe or given.get("shell", "False") != "False"
        unsafe = unsafe or (called == "yaml.load" and given.get("Loader") != "LOADER")
        unsafe = unsafe or (called == "YAML" and given.get("typ") in ("'unsafe'", "'base'"))
        if unsafe and (name, called) not in ALLOWED:
            yield f"{name}:{node.lineno}: {ast.unparse(node)[:80]}"


def test_no_call_runs_what_it_is_given() -> None:
    assert len(SOURCES) > 300
    found = [
        fault for path in SOURCES for fault in faults(path.read_text(encoding="utf-8"), str(path.relative_to(ROOT)))
    ]
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "subprocess.run(f'ffmpeg {name}', shell=True)", "os.system(name)", "torch.load(path)",
        "torch.load(path, weights_only=False)", "np.load(path)", "np.load(path, allow_pickle=True)",
        "pickle.load(file)", "yaml.load(text, Loader=yaml.Loader)", "YAML(typ='unsafe')", "eval(text)", "exec(text)",
    ],
)  # fmt: skip
def test_such_a_call_is_seen(source: str) -> None:
    assert len(list(faults(source, "hapvr/new.py"))) == 1


def test_the_loaders_and_unpicklers_that_are_ours_build_plain_data_only() -> None:
    """Named so that the test above can tell them from others."""
    state = (ROOT / "hapvr" / "compare" / "state.py").read_text(encoding="utf-8")
    assert re.findall(r"^LOADER = (.*)$", state, re.MULTILINE) == ['getattr(yaml, "CSafeLoader", yaml.SafeLoader)']
    derived = [path for path in SOURCES if re.search(r"\((pickle\.)?Unpickler\)", path.read_text(encoding="utf-8"))]
    assert [str(path.relative_to(ROOT)) for path in derived] == ["hapvr/datasets/pickles.py"]


def test_commands_of_the_pipeline_are_made_of_names_and_numbers_only() -> None:
    """dvc.yaml hands its commands to a shell; the schema refuses names that one would read as more."""
    commands = re.findall(r"^ +cmd: (.*)$", (ROOT / "dvc.yaml").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(commands) > 20
    holes = {hole for command in commands for hole in re.findall(r"\$\{(.*?)\}", command)}
    assert holes <= {
        "item.dataset", "item.run", "item.benchmark", "item.member", "item.shard", "item.seed", "item.table", "key",
    }  # fmt: skip
    for command in commands:
        assert re.fullmatch(r"hapvr [\w -]+", re.sub(r"\$\{.*?\}", "x", command)), command
