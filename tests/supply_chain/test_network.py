"""Only what fetches can reach the network. tests/workflow/test_smoke.py runs the others with it cut off."""

import ast
from collections.abc import Iterator

from hapvr.pipeline.code import Code
from supply_chain.lock import ROOT

FETCHING = {"fetch", "videos", "weights"}
# Modules by which Python programs reach other machines.
NETWORK = {
    "aiohttp", "ftplib", "http.client", "httpx", "huggingface_hub", "requests", "smtplib", "socket", "ssl",
    "urllib.request", "urllib3", "xmlrpc.client", "yt_dlp",
}  # fmt: skip


def imports(source: str) -> Iterator[str]:
    """Modules, and what is taken from them, at any depth."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def reaching() -> set[str]:
    """The modules of the package that import a client of the network, and those that load from a hub."""
    found = set()
    for path in (ROOT / "hapvr").rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        named = {name for whole in imports(source) for name in (whole, whole.partition(".")[0])}
        if named & NETWORK or "from_pretrained" in source or "load_state_dict_from_url" in source:
            found.add(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return found


def test_no_stage_but_those_that_fetch_has_a_client_of_the_network() -> None:
    clients, code = reaching(), Code(ROOT / "hapvr")
    assert any(name.startswith("hapvr.fetch.") for name in clients)
    stages = {path.stem for path in (ROOT / "hapvr" / "stages").glob("[a-z]*.py")}
    having = {stage: clients & set(code.closure([f"hapvr.stages.{stage}"])) for stage in stages}
    assert {stage for stage, found in having.items() if found} == FETCHING, having
