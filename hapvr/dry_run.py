"""`hapvr train --dry-run`: what a training will do and need, and where it differs from the published one."""

from tabulate import tabulate

from hapvr.datasets.dataset import read_dataset
from hapvr.params import Params, load
from hapvr.params.published import differences_from_published
from hapvr.project import Project, check_name
from hapvr.topk import same_network
from hapvr.training import dry_run


def plan_training(project: Project, run: str, seed: int) -> str:
    """What the training will do and need, and what differs from the published one, as text; nothing is trained.

    Needs parameters alone; lines that depend on data say so as long as there is none.
    """
    check_name("run", run, project.params.trained, where="the trained runs")
    check_name("seed", seed, project.params.seeds_of(run), where=f"the seeds of {run}")
    params = project.params
    method, losses, train = params.method_of(run), params.losses_of(run), params.train_of(run)
    if "learning_rate" in method:
        train = train.model_copy(update={"learning_rate": method["learning_rate"]})
    training_set = params.training_set_of(run)
    dataset = project.dataset_file(training_set)
    files = [project.views_file(shard) for shard in params.shards]
    processes = params.processes_of(run)
    sizes = {
        "dims": params.whiten.dims,
        "backbone_frames": params.features.batch,
        "processes": processes,
        "frame_side": params.frames.size,
    }
    bank = sum(file.stat().st_size for file in files) if all(file.exists() for file in files) else None
    unknown = f"unknown until {dataset.relative_to(project.root)} is there; `hapvr fetch {training_set}` writes it"
    lines = [
        *dry_run.describe_steps(train, params.whiten.dims, processes),
        *dry_run.describe_similarity(method, train.window, _same_in_ablations(params, run)),
        *dry_run.describe_frames(train, processes),
        *(
            dry_run.describe_videos(train, read_dataset(dataset).training, processes)
            if dataset.exists()
            else [("videos", unknown), ("epochs", "unknown without the number of videos")]
        ),
        *(dry_run.describe_memory(method, losses, train, view_bank_bytes=bank, **sizes) if losses else []),
        *dry_run.describe_upkeep(train),
    ]
    published = load(project.root / "presets" / "paper.yaml")
    rows = differences_from_published(params, published, run)
    note = "" if run in published.runs else f"\n{run} is not a published run."
    return "\n\n".join(
        [
            f"{run}, seed {seed}, preset {params.preset}: a plan, nothing is trained",
            tabulate(lines, tablefmt="plain", disable_numparse=True),
            dry_run.losses_table(losses) if losses else f"no losses: {method['name']} has an objective of its own",
            tabulate(rows, ["parameter", "here", "published"], disable_numparse=True) + note
            if rows
            else "Every parameter has the published value (presets/paper.yaml).",
        ]
    )


def _same_in_ablations(params: Params, run: str) -> list[str]:
    """Other runs of an ablation with this one that are trained alike, because their rates keep as many items."""
    others = {
        other
        for table in params.tables.values()
        if table.kind == "ablation" and run in table.runs
        for other in table.runs
        if other != run and other in params.trained
    }
    method, losses, train = params.method_of(run), params.losses_of(run), params.train_of(run)
    return [
        other
        for other in params.runs
        if other in others
        and params.losses_of(other) == losses
        and (params.train_of(other), params.training_set_of(other)) == (train, params.training_set_of(run))
        and same_network(method, params.method_of(other), train.window)
    ]
