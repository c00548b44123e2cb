"""Which code a stage runs: the modules that it imports, and a digest of what they do.

Comments, docstrings, formatting and type hints are no part of a digest: editing them makes nothing stale.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from functools import cache
from pathlib import Path

import hapvr
from hapvr.fetch.conversions import CONVERTED, WHITENING
from hapvr.losses import LOSSES
from hapvr.params import Params
from hapvr.pipeline.syntax import Module, read_module
from hapvr.storage.files import write_text

PACKAGE = Path(hapvr.__file__).parent
# Where DVC keeps what it may lose.
MEMORY = PACKAGE.parent / ".dvc" / "tmp" / "hapvr_code.json"
READER = hashlib.sha256((PACKAGE / "pipeline" / "syntax.py").read_bytes()).hexdigest()
# What starts a command; what finds parameters, files and modules, and refuses wrong ones. The values, the files and
# what is found are tracked themselves: none of this can change a result that is made of them.
NOT_COUNTED = (
    "hapvr.cli", "hapvr.heap", "hapvr.params", "hapvr.pipeline", "hapvr.project", "hapvr.registry", "hapvr.threads"
)  # fmt: skip
# What a stage imports only for some values of a parameter, and inside a function.
FETCHING = {
    "hapvr.features.published", "hapvr.fetch.given", "hapvr.fetch.registry", "hapvr.fetch.upstream",
    "hapvr.fetch.videos.found",
}  # fmt: skip
ONLINE = {"hapvr.features.extractor", "hapvr.features.teacher", "hapvr.training.online", "hapvr.views.clips"}


class Code:
    """The modules of the package as their sources are now.

    memory: a file that remembers what was read of each module, by size and time; None: nothing is remembered.
    """

    def __init__(self, package: Path = PACKAGE, memory: Path | None = None) -> None:
        self._memory = memory
        self._notebook = package.parent / "reports" / "hapvr.ipynb"
        self._known: dict[str, list[object]] = _read_memory(memory)
        self._changed = False
        self._paths = {
            ".".join((package.name, *path.relative_to(package).with_suffix("").parts)).removesuffix(".__init__"): path
            for path in package.rglob("*.py")
        }
        self._modules = cache(self._read)

    def closure(self, roots: Iterable[str], *, without: Iterable[str] = ()) -> list[str]:
        """Names of the modules that executing `roots` may import, themselves included, sorted.

        without: modules that are not imported this time, and what only they import.
        """
        refused = set(without)
        found: set[str] = set()
        waiting = [module for root in roots for module in self._with_parents(root)]
        while waiting:
            name = waiting.pop()
            if name in found or name in refused or _starts(name, NOT_COUNTED):
                continue
            found.add(name)
            waiting += [part for imported in self._find_imports(name) for part in self._with_parents(imported)]
        return sorted(found)

    def imported_by_notebook(self) -> list[str]:
        """Modules that the cells of `reports/hapvr.ipynb` import; none if there is no such file, as its stage will say.

        Raises SyntaxError for a cell that is not plain Python.
        """
        content = json.loads(self._notebook.read_text(encoding="utf-8")) if self._notebook.exists() else {"cells": []}
        cells = ("".join(cell["source"]) for cell in content["cells"] if cell["cell_type"] == "code")
        imports = read_module("\n".join(cells), str(self._notebook)).imports
        return sorted({found for target, part in imports for found in self._resolve(target, part)})

    def digest(self, modules: Iterable[str]) -> str:
        """What these modules do, in 16 hexadecimal digits."""
        lines = [f"{name} {self._modules(name).digest}" for name in sorted(modules)]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]

    def remember(self) -> None:
        """Writes what was read, for the next time."""
        if self._memory is not None and self._changed and self._memory.parent.parent.is_dir():
            write_text(self._memory, json.dumps({"reader": READER, "modules": self._known}))

    def _find_imports(self, name: str) -> Iterator[str]:
        for target, part in self._modules(name).imports:
            yield from self._resolve(target, part)

    def _resolve(self, target: str, part: str) -> Iterator[str]:
        """The modules behind `import target` (part: "") or `from target import part`."""
        if target not in self._paths:
            return
        yield target
        if not part:
            return
        if f"{target}.{part}" in self._paths:
            yield f"{target}.{part}"
        elif part not in self._modules(target).bound:
            for lazy, name in self._modules(target).lazy:
                yield from self._resolve(lazy, name)

    def _with_parents(self, name: str) -> Iterator[str]:
        parts = name.split(".")
        for end in range(1, len(parts) + 1):
            if (module := ".".join(parts[:end])) in self._paths:
                yield module

    def _read(self, name: str) -> Module:
        path = self._paths[name]
        status = path.stat()
        stamp = f"{status.st_size} {status.st_mtime_ns}"
        known = self._known.get(str(path))
        if known and known[0] == stamp:
            content = dict(known[1])  # type: ignore[call-overload]
            for key in ("imports", "lazy"):
                content[key] = [tuple(pair) for pair in content[key]]
            return Module(**content)
        module = read_module(path.read_text(encoding="utf-8"), str(path))
        self._known[str(path)] = [stamp, asdict(module)]
        self._changed = True
        return module


def stage_modules(code: Code, params: Params, stage: str, item: str = "") -> list[str]:
    """The modules that a stage runs for one dataset, run or figure `item`, those that parameters name included."""
    named = sorted(set(_named(params, stage, item)))
    without: set[str] = set()
    if stage == "fetch":
        upstream = params.fetch[item].source == "upstream"
        without = {"hapvr.render.dataset"} if upstream else FETCHING
    elif stage == "features":
        published = params.way_of(item) == "features"
        without = {"hapvr.features.extractor", "hapvr.storage.frames"} if published else {"hapvr.features.published"}
    elif stage == "train" and params.train.source == "views":
        without = ONLINE
    elif stage == "notebook":
        named += code.imported_by_notebook()
    return code.closure([f"hapvr.stages.{stage}", *named], without=without)


def stage_digest(params: Params, stage: str, item: str = "") -> str:
    """Digest of the code of a stage as it is now."""
    code = Code(memory=MEMORY)
    return code.digest(stage_modules(code, params, stage, item))


def _named(params: Params, stage: str, item: str) -> Iterator[str]:
    """What a stage imports by a name in params.yaml."""
    match stage:
        case "fetch" | "weights":
            yield from _publisher(params, stage, item)
        case "whiten" | "features" | "views" if item not in params.fetch or params.way_of(item) != "features":
            yield f"hapvr.features.backbones.{params.backbone}"
        case "train":
            runs = [item, *params.teachers_of(item).values()]
            yield from (f"hapvr.methods.{params.method_of(run)['name']}" for run in runs)
            yield from (f"hapvr.losses.{loss}" for loss in params.losses_of(item))
            if params.train.source == "frames":
                yield f"hapvr.features.backbones.{params.backbone}"
        case "adopt" | "freeze" | "score" | "normalise" if stage != "freeze" or item in params.untrained:
            yield f"hapvr.methods.{params.method_of(item)['name']}"
        case "rerank" | "number_format" | "explorer":
            yield from (f"hapvr.methods.{params.method_of(run)['name']}" for run in _loaded(params, stage, item))
        case "figures":
            yield from _drawn(params, item)
        case "notebook":
            yield from _told(params)
        case "report":
            yield from (f"hapvr.reports.figures.{figure}" for figure in params.figures)


def _drawn(params: Params, figure: str) -> Iterator[str]:
    """A figure and the losses that it shows, and the backbone that the teacher of one may be."""
    yield f"hapvr.reports.figures.{figure}"
    shown = [value for value in params.shown(figure).values() if isinstance(value, dict)]
    yield from (f"hapvr.losses.{name}" for value in shown for name in value if name in LOSSES)
    if figure == "hierarchy" and params.way_of(params.shown(figure)["benchmark"]) != "features":
        yield f"hapvr.features.backbones.{params.backbone}"


def _told(params: Params) -> Iterator[str]:
    """Methods and losses that the notebook tells of, and the backbone that its teacher may be."""
    runs = [params.notebook.run, params.notebook.frozen]
    yield from (f"hapvr.methods.{params.method_of(run)['name']}" for run in runs)
    yield from (f"hapvr.losses.{loss}" for loss in params.told_losses)
    if params.way_of(params.notebook.benchmark) != "features":
        yield f"hapvr.features.backbones.{params.backbone}"


def _loaded(params: Params, stage: str, item: str) -> list[str]:
    """Runs whose models a stage loads beside those of its own run."""
    if stage == "rerank":
        return [params.reranking_of(item).selector]
    if stage == "number_format":
        return params.number_format.runs
    return [run for run in params.explorer.runs if run in params.scored]


def _publisher(params: Params, stage: str, item: str) -> Iterator[str]:
    """The module that knows how a dataset is published, or what names published weights have if they are converted."""
    if stage == "fetch":
        if params.fetch[item].source == "upstream":
            yield f"hapvr.datasets.{item}"
    elif method := CONVERTED.get(item):
        yield "hapvr.features.whitening" if method == WHITENING else f"hapvr.methods.{method}"


def _starts(name: str, prefixes: tuple[str, ...]) -> bool:
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)


def _read_memory(memory: Path | None) -> dict[str, list[object]]:
    """What another process read, if it read as this one does."""
    if memory is None or not memory.exists():
        return {}
    try:
        content = json.loads(memory.read_text(encoding="utf-8"))
        return dict(content["modules"]) if content["reader"] == READER else {}
    except (ValueError, KeyError, TypeError):
        return {}
