"""`plan.json`: what follows from params.yaml and the code, for dvc.yaml to read.

Which runs are trained, frozen and adopted, what they are scored and evaluated on; and a digest of the code of each
stage. Nobody edits it: Snakemake, this environment's `dvc` and `hapvr plan` write it, and a stage that DVC starts
refuses an old one.
"""

import json
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

from hapvr.fetch.conversions import CONVERTED, file_of
from hapvr.params import Params, load, ways
from hapvr.params.own_training import learns_from_views
from hapvr.params.runs import Run
from hapvr.params.ways import published_weights, uses_training_set, whitened
from hapvr.pipeline.code import MEMORY, Code, stage_digest, stage_modules
from hapvr.storage.files import write_text

NAME = "plan.json"
ABOUT = "Follows from params.yaml and the code in hapvr/. Written by `hapvr plan`, snakemake and dvc, never by hand."


def refresh(root: Path) -> bool:
    """Writes `root/plan.json` if it is out of date; whether it was. Raises ParamsError."""
    text = _current_text(root)
    if _written_text(root) == text:
        return False
    write_text(root / NAME, text)
    return True


def is_current(root: Path) -> bool:
    """Whether `root/plan.json` is what follows from parameters and code now. Raises ParamsError."""
    return _written_text(root) == _current_text(root)


def _current_text(root: Path) -> str:
    code = Code(memory=MEMORY)
    text = as_text(make_plan(load(root / "params.yaml"), code))
    code.remember()
    return text


def _written_text(root: Path) -> str:
    path = root / NAME
    return path.read_text(encoding="utf-8") if path.exists() else ""


def make_plan(params: Params, code: Code) -> dict[str, Any]:
    """The content of plan.json."""

    def digest(stage: str, item: str = "") -> str:
        return code.digest(stage_modules(code, params, stage, item))

    def digests(stage: str, items: Iterable[str]) -> dict[str, str]:
        return {item: digest(stage, item) for item in items}

    return {
        "fetches": {dataset: _fetch(params, dataset) for dataset in params.datasets},
        "weights": {name: _weights(name) for name in published_weights(params)},
        "videos": {
            f"{dataset}-{shard}": {"dataset": dataset, "shard": shard, "downloads": int(section.download is not None)}
            for dataset, section in params.fetched.items()
            for shard in params.shards
        },
        "samplings": {
            f"{dataset}-{shard}": _sampling(params, dataset, shard)
            for dataset in whitened(params)
            for shard in params.shards
        },
        "descriptions": {
            f"{dataset}-{shard}": _description(params, dataset, shard)
            for dataset in ways.described(params)
            for shard in params.shards
        },
        "scorings": _on_benchmarks(params, params.scored),
        "trainings": {
            f"{run}-{seed}": _training(params, run, seed) for run in params.trained for seed in params.seeds_of(run)
        },
        # Here, not as `runs.X.train`, so that a run that no longer has values of its own is trained again.
        "own_train": {run: params.own_train_of(run) for run in params.trained},
        "frozen": {
            **{run: _frozen(params, run, "frozen") for run in params.frozen},
            **{
                f"{run}-{member}": _frozen(params, run, member)
                for run in params.untrained
                for member in params.members(run)
            },
        },
        "adopted": {run: _adopted(params, run) for run in params.adopted},
        "whitenings": {params.backbone: _whitening(params)} if whitened(params) else {},
        **_networks(params),
        "normalisations": {
            f"{run}-{benchmark}": {"run": run, "of": params.model_of(run), "benchmark": benchmark}
            for run in params.normalised
            for benchmark in params.benchmarks_of(run)
        },
        "rerankings": {
            f"{run}-{benchmark}": {
                "run": run,
                "benchmark": benchmark,
                **params.reranking_of(run).model_dump(exclude={"share"}),
            }
            for run in params.reranked
            for benchmark in params.benchmarks_of(run)
        },
        "availabilities": {benchmark: _availability(params, benchmark) for benchmark in params.benchmarks},
        "evaluations": {
            key: {**item, "failures": _failures_folder(params, item["benchmark"])}
            for key, item in _on_benchmarks(params, params.evaluated).items()
        },
        "telling": _telling(params),
        "drawings": {figure: _drawing(params, figure) for figure in params.figures},
        "explored": {benchmark: _explored(params, benchmark) for benchmark in params.explored},
        "code": {
            "fetch": digests("fetch", params.datasets),
            "weights": digests("weights", published_weights(params)),
            "videos": digest("videos"),
            "frames": digest("frames"),
            "whiten": digest("whiten"),
            "features": digests("features", params.datasets),
            "views": digest("views"),
            "train": digests("train", params.trained),
            "freeze": digests("freeze", [*params.frozen, *params.untrained]),
            "adopt": digests("adopt", params.adopted),
            "score": digests("score", params.scored),
            "normalise": digests("normalise", params.normalised),
            "rerank": digests("rerank", params.reranked),
            "availability": digest("availability"),
            "evaluate": digest("evaluate"),
            "tables": digest("tables"),
            "differences": digest("differences"),
            "number_format": digest("number_format"),
            "headline": digest("headline"),
            "figures": digests("figures", params.figures),
            "notebook": digest("notebook"),
            "explorer": digest("explorer"),
            "report": digest("report"),
        },
    }


def as_text(plan: dict[str, Any]) -> str:
    """JSON, which DVC reads much faster than YAML, with one line per run, figure, … and digest."""
    parts = {"about": ABOUT, **plan}
    lines = [f" {json.dumps(key)}: {_as_lines(part, depth=2 if key == 'code' else 1)}" for key, part in parts.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _as_lines(value: Any, *, depth: int, indent: str = " ") -> str:
    """depth: how many levels of sections have a line for each entry."""
    if not isinstance(value, dict) or not value or depth == 0:
        return json.dumps(value, ensure_ascii=False)
    inner = indent + " "
    entries = [f"{inner}{json.dumps(key)}: {_as_lines(of, depth=depth - 1, indent=inner)}" for key, of in value.items()]
    return "{\n" + ",\n".join(entries) + f"\n{indent}}}"


def check_current(root: Path, params: Params, stage: str, item: str) -> None:
    """Raises ValueError if plan.json has another digest than the code of this stage, as after an edit during a run.

    item: the run, dataset or figure of a stage that has a digest for each, else "".
    """
    path = root / NAME
    planned = json.loads(path.read_text(encoding="utf-8"))["code"].get(stage) if path.exists() else None
    planned = planned.get(item) if isinstance(planned, dict) else planned
    found = stage_digest(params, stage, item)
    if planned != found:
        raise ValueError(
            f"{path}: code of {stage} {item}: expected the digest {found}, found {planned}; the code changed after the "
            "run was planned, or another installation of dvc planned it. Run `hapvr plan`, then start again"
        )


def planned_code(root: Path) -> dict[str, Any]:
    """Stage → digest of its code, or item → digest, as `root/plan.json` has them. Raises FileNotFoundError."""
    path = root / NAME
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file; write it with `hapvr plan`")
    code: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["code"]
    return code


def _sampling(params: Params, dataset: str, shard: int) -> dict[str, Any]:
    """What `frames@{dataset}-{shard}` reads: rendered videos, the record of those of a shard, or that of all frames."""
    record = _fetch(params, dataset)["record"]
    if dataset in params.fetched:
        record = f"data/{dataset}/videos/{shard}.csv"
    return {"dataset": dataset, "shard": shard, "record": record}


def _on_benchmarks(params: Params, runs: Iterable[str]) -> dict[str, Any]:
    """Each run with each of its benchmarks."""
    return {
        f"{run}-{benchmark}": {"run": run, "benchmark": benchmark}
        for run in runs
        for benchmark in params.benchmarks_of(run)
    }


def _fetch(params: Params, dataset: str) -> dict[str, str]:
    """What `fetch@{dataset}` writes beside dataset.json: the videos, or a record of what is not kept in DVC."""
    records = {"videos": "videos", "frames": "frames.csv", "features": "features.json"}
    record = "annotations.csv" if dataset in params.fetched else records[params.way_of(dataset)]
    return {"dataset": dataset, "record": f"data/{dataset}/{record}"}


def _weights(name: str) -> dict[str, str]:
    """What `weights@{name}` writes; the record stands for itself where weights are taken as they are."""
    path = PurePosixPath(file_of(name))
    return {"file": str(path), "record": str(path.with_suffix(".json") if name in CONVERTED else path)}


def _networks(params: Params) -> dict[str, str]:
    """Files of the backbone's and the teacher's weights, or where a package has them, the whitening twice."""
    else_ = f"models/whitening/{params.backbone}.safetensors"
    return {"backbone_weights": params.features.weights or else_, "teacher_weights": params.teacher.weights or else_}


def _description(params: Params, dataset: str, shard: int) -> dict[str, Any]:
    """What `features@{dataset}-{shard}` depends on and writes; of fewer than there are places, some stand twice.

    Frames that are described, or published features that are converted.
    """
    item = {"dataset": dataset, "shard": shard}
    written = f"data/{dataset}/features/{shard}.h5"
    if params.way_of(dataset) == "features":
        record, truth = _fetch(params, dataset)["record"], f"data/{dataset}/dataset.json"
        failures = f"data/{dataset}/features/{shard}.failures.csv"
        keys = {"key": "whiten.dims", "key_2": "shards", "key_3": "frames.fps", "key_4": "frames.limits"}
        return {**item, "source": record, "whitening": truth, "weights": truth, **keys, "failures": failures}
    keys = {"key": "backbone", "key_2": "features", "key_3": "features", "key_4": "features"}
    whitening = f"models/whitening/{params.backbone}.safetensors"
    networks = {"whitening": whitening, "weights": _networks(params)["backbone_weights"]}
    return {**item, "source": f"data/{dataset}/frames/{shard}.h5", **networks, **keys, "failures": written}


def _failures_folder(params: Params, dataset: str) -> str:
    """Has what could not be read of a dataset, and its frames; its features where it comes as these."""
    return f"data/{dataset}/{'features' if params.way_of(dataset) == 'features' else 'frames'}"


def _availability(params: Params, benchmark: str) -> dict[str, str]:
    """Where `availability@{benchmark}` finds reasons, and the list of videos that evaluation is restricted to."""
    listed = params.restriction_of(benchmark) or f"data/{benchmark}/dataset.json"
    return {"failures": _failures_folder(params, benchmark), "restricted_to": listed}


def _training(params: Params, run: str, seed: int) -> dict[str, Any]:
    """What `train@{run}-{seed}` depends on, as keys of params.yaml; where nothing is shared, its own stand twice.

    And the threads and GPUs of all its processes.
    """
    described = params.runs[run]
    assert isinstance(described, Run)
    shared = sorted({loss for loss in described.losses.values() if isinstance(loss, str)})
    losses = f"objectives.{shared[0]}" if shared else f"runs.{run}.losses"
    # A place for each of two teachers; where there is none, something else that the stage depends on stands twice.
    training_set = params.training_set_of(run)
    nobody = f"data/{training_set}/dataset.json"
    teachers = [f"models/{teacher}/{seed}" for teacher in params.teachers_of(run).values()]
    first, second = [*teachers, nobody, nobody][:2]
    # There are views of the training set of all alone; a run with another one that learns from no views has features.
    source = params.train.source if learns_from_views(params, run) else "features"
    source = params.train.source if training_set == params.training_set else source
    # A run that learns from frames of a set of its own does without features of it.
    features = "features" if training_set in ways.described(params) else "dataset.json"
    # What a job asks for; a method that fits itself does so in one process.
    processes = params.processes_of(run)
    return {
        "run": run,
        "seed": seed,
        "training_set": training_set,
        "source": source,
        "features": f"data/{training_set}/{features}",
        "method": _method_key(params, run),
        "losses": losses,
        "teacher": first,
        "other_teacher": second,
        "threads": processes * params.train.threads,
        "gpu": min(processes, params.resources.train.gpu),
    }


def _frozen(params: Params, run: str, member: str) -> dict[str, Any]:
    """What `freeze@{run}`, or `freeze@{run}-{member}` of a run with weights, depends on."""
    return {"run": run, "member": member, "method": _method_key(params, run)}


def _adopted(params: Params, run: str) -> dict[str, Any]:
    """What `adopt@{run}` depends on."""
    return {"run": run, "weights": params.weights_of(run), "method": _method_key(params, run)}


def _whitening(params: Params) -> dict[str, str]:
    """The inputs of `whiten`: what it learns from, or what it adopts and the record of where that is from."""
    if params.whiten.published is not None:
        path = PurePosixPath(params.whiten.published)
        return {"source": str(path), "beside": str(path.with_suffix(".json")), "weights": str(path)}
    source = f"data/{params.training_set}/frames"
    beside = f"data/{params.training_set}/dataset.json"
    return {"source": source, "beside": beside, "weights": params.features.weights or source}


def _method_key(params: Params, run: str) -> str:
    described = params.runs[run]
    assert isinstance(described, Run)
    return f"methods.{described.method}" if isinstance(described.method, str) else f"runs.{run}.method"


def _explored(params: Params, benchmark: str) -> dict[str, str]:
    """The frames that `explorer@{benchmark}` shows; its features where it comes as these."""
    return {"frames": _failures_folder(params, benchmark)}


def _drawing(params: Params, figure: str) -> dict[str, str]:
    """The dataset that `figures@{figure}` shows, or any, and its frames; its features where it comes as these."""
    some = params.training_set if uses_training_set(params) else params.benchmarks[0]
    dataset = str(params.shown(figure).get("benchmark", some))
    return {"dataset": dataset, "frames": _failures_folder(params, dataset)}


def _telling(params: Params) -> dict[str, str]:
    """What `notebook` shows frames of, and the networks that describe them; the features where there are no frames."""
    benchmark = params.notebook.benchmark
    frames = _failures_folder(params, benchmark)
    given = params.way_of(benchmark) == "features"
    backbone, teacher = (None, None) if given else (params.features.weights, params.teacher.weights)
    return {"frames": frames, "backbone_weights": backbone or frames, "teacher_weights": teacher or frames}
