"""The `hapvr` command: one subcommand per stage of dvc.yaml, in the order of the pipeline, and a few for people.

Each command imports what it needs when it runs, so that `hapvr --help` stays quick.
"""

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from hapvr import __version__
from hapvr.heap import keep_freed_memory
from hapvr.pipeline.alone import begin_stage
from hapvr.project import Project
from hapvr.threads import never_more_threads_than_cores, wait_passively

# Stages that compute with PyTorch, but for `train`: its threads are part of what a training is, as its config.json
# tells. Features and scores are the same bytes by any number of threads.
COMPUTING = {"whiten", "features", "views", "score", "rerank", "explorer", "number_format"}


class InOrder(click.Group):
    """Lists commands in the order of their definition, with descriptions at full length."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(self.commands)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, command.get_short_help_str(limit=1000)) for name, command in self.commands.items()]
        stages = [name for name, _ in rows].index("report") + 1
        for heading, part in (("Stages", rows[:stages]), ("Other commands", rows[stages:])):
            with formatter.section(heading):
                formatter.write_dl(part)


@click.group(cls=InOrder, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="hapvr")
def cli() -> None:
    """HAP-VR as a reproducible workflow. `dvc repro` runs every stage; these commands run one each."""


def run_stage(stage: str, *arguments: object, item: str = "") -> None:
    """Runs `hapvr/stages/{stage}.py`. item: the run, dataset or figure whose code plan.json has a digest of."""
    project = Project.find()
    # A process of a training that a launcher started has the others beside it, and the stage above it.
    if "RANK" not in os.environ:
        begin_stage(project.root, "-".join([stage, *(str(argument).replace("/", "_") for argument in arguments)]))
    if "DVC_STAGE" in os.environ:
        from hapvr.pipeline.plan import check_current

        check_current(project.root, project.params, stage, item)
    if stage in COMPUTING:
        never_more_threads_than_cores(import_module("torch"))
    getattr(import_module(f"hapvr.stages.{stage}"), stage)(project, *arguments)


shard_option = click.option("--shard", type=int, required=True, help="which part of the dataset, from 0")


@cli.command()
@click.argument("dataset")
@click.option("--dry-run", is_flag=True, help="only print what is here, what would be fetched, and what that takes")
def fetch(dataset: str, *, dry_run: bool) -> None:
    """Render an embedded DATASET, or fetch the annotations of a published one."""
    if dry_run:
        from hapvr.fetch.dry_run import plan_fetching

        return click.echo(plan_fetching(Project.find(), dataset))
    run_stage("fetch", dataset, item=dataset)


@cli.command()
@click.argument("name")
@click.option("--mirror", help="address to fetch from instead of the publisher's")
@click.option(
    "--from", "file", type=click.Path(path_type=Path), help="a file that was downloaded by hand, instead of fetching it"
)
@click.option(
    "--drop-settings",
    is_flag=True,
    help="leave out the settings of a script (argparse.Namespace) beside the weights, instead of refusing them",
)
def weights(name: str, mirror: str | None, file: Path | None, *, drop_settings: bool) -> None:
    """Fetch the published weights NAME.

    Backbones and teachers (resnet50, dino_vits16) go into models/backbones as they are. Methods (s2vs_vcdb, s2vs_dns,
    hapvr, visil, visil_symmetric, dns_fine_att, dns_fine_bin, dns_coarse, dns_selector_att, dns_selector_bin) and the
    whitening are read without running code and converted: weights/NAME.safetensors. A run adopts them by
    `weights: NAME`, the whitening is adopted by `whiten.published`.
    """
    if mirror is not None and file is not None:
        raise click.UsageError("--mirror says where to fetch from, --from that nothing is fetched; give one of them")
    run_stage("weights", name, mirror, file, drop_settings, item=name)


@cli.command()
@click.argument("dataset")
@shard_option
def videos(dataset: str, shard: int) -> None:
    """Find the videos of one shard of a published DATASET, and fetch missing ones."""
    run_stage("videos", dataset, shard)


@cli.command()
@click.argument("dataset")
@shard_option
def frames(dataset: str, shard: int) -> None:
    """Sample frames of one shard of DATASET, or take in those that were sampled elsewhere."""
    run_stage("frames", dataset, shard)


@cli.command()
@click.argument("backbone")
def whiten(backbone: str) -> None:
    """Learn the PCA-whitening of BACKBONE's region vectors on the training set, or adopt a published one."""
    run_stage("whiten", backbone)


@cli.command()
@click.argument("dataset")
@shard_option
def features(dataset: str, shard: int) -> None:
    """Extract whitened region features of one shard of DATASET, or convert published ones."""
    run_stage("features", dataset, shard, item=dataset)


@cli.command()
@shard_option
def views(shard: int) -> None:
    """Extract features of augmented views of one shard of the training set."""
    run_stage("views", shard)


@cli.command()
@click.argument("run")
@click.option("--seed", type=int, required=True, help="seed of the weights, batches and temporal augmentation")
@click.option(
    "--dry-run", is_flag=True, help="only print the plan, and which parameters differ from the published ones"
)
def train(run: str, seed: int, *, dry_run: bool) -> None:
    """Train RUN, a name under `runs` in params.yaml, with one seed."""
    if dry_run:
        from hapvr.dry_run import plan_training

        return click.echo(plan_training(Project.find(), run, seed))
    run_stage("train", run, seed, item=run)


@cli.command()
@click.argument("run")
@click.option("--member", required=True, help="`frozen`, or of a network that nothing trains the seed of its weights")
def freeze(run: str, member: str) -> None:
    """Write the model folder of one member of a RUN that is not trained."""
    run_stage("freeze", run, member, item=run)


@cli.command()
@click.argument("run")
def adopt(run: str) -> None:
    """Write the model folder of a RUN with published weights, which `hapvr weights` fetched."""
    run_stage("adopt", run, item=run)


@cli.command()
@click.argument("run")
@click.argument("benchmark")
@click.option("--part", metavar="I/N", help="compute part I (from 0) of N and keep it; without, all are put together")
def score(run: str, benchmark: str, part: str | None) -> None:
    """Compute the similarity of BENCHMARK's queries to its database with every member of RUN."""
    run_stage("score", run, benchmark, part, item=run)


@cli.command()
@click.argument("run")
@click.argument("benchmark")
def normalise(run: str, benchmark: str) -> None:
    """Normalise scores on BENCHMARK by background videos: RUN is `of` the run whose scores they are."""
    run_stage("normalise", run, benchmark, item=run)


@cli.command()
@click.argument("run")
@click.argument("benchmark")
def rerank(run: str, benchmark: str) -> None:
    """Re-rank scores on BENCHMARK: RUN has the coarse run's, and the fine run's for a share of pairs."""
    run_stage("rerank", run, benchmark, item=run)


@cli.command()
@click.argument("benchmark")
@click.option("--found", is_flag=True, help="only print the ids that were found: a list for evaluate.restrict_to")
def availability(benchmark: str, *, found: bool) -> None:
    """Count which videos of BENCHMARK were found, why others are missing, and what the ground truth lost with them."""
    if found:
        from hapvr.stages.availability import list_found

        return click.echo("\n".join(list_found(Project.find(), benchmark)))
    run_stage("availability", benchmark)


@cli.command()
@click.argument("run")
@click.argument("benchmark")
def evaluate(run: str, benchmark: str) -> None:
    """Compute metrics and precision-recall curves of RUN on BENCHMARK."""
    run_stage("evaluate", run, benchmark)


@cli.command()
@click.argument("table")
def tables(table: str) -> None:
    """Write one TABLE, a name under `tables` in params.yaml, as CSV, Markdown and LaTeX."""
    run_stage("tables", table)


@cli.command()
@click.argument("run", required=False)
@click.argument("other", required=False)
@click.option("--table", help="write this one, a name under `differences.tables` in params.yaml")
@click.option("--benchmark", help="only on this one  [default: all of params.yaml]")
@click.option("--rev", metavar="COMMIT", help="take OTHER's scores from this commit; OTHER may then be left out")
def differences(run: str | None, other: str | None, table: str | None, benchmark: str | None, rev: str | None) -> None:
    """Print RUN minus OTHER, with intervals that tell differences from noise; or write a --table of differences.

    With --rev, RUN here minus OTHER (or RUN itself) at that commit.
    """
    if table is not None:
        if run or benchmark or rev:
            raise click.UsageError("--table stands by itself: its runs and benchmarks are in params.yaml")
        return run_stage("differences", table)
    if run is None:
        raise click.UsageError("give RUN and OTHER, or --table NAME")
    if other is None and rev is None:
        raise click.UsageError("give OTHER, or --rev COMMIT to compare RUN with itself at another commit")
    from hapvr.stages.differences import difference_of_two

    click.echo(difference_of_two(Project.find(), run, other or run, benchmark=benchmark, revision=rev))


@cli.command("number_format")
def number_format() -> None:
    """Score again in other number formats; write the table of what that does to scores and metrics."""
    run_stage("number_format")


@cli.command()
def headline() -> None:
    """Write reports/headline.json: the main mAP of a few runs, which `dvc metrics` shows."""
    run_stage("headline")


@cli.command()
@click.argument("figure")
def figures(figure: str) -> None:
    """Draw one FIGURE, a name under `figures` in params.yaml, as SVG and PNG."""
    run_stage("figures", figure, item=figure)


@cli.command()
@click.option("--strip", is_flag=True, help="execute nothing: take what Jupyter wrote into the source out of it again")
def notebook(*, strip: bool) -> None:
    """Execute reports/hapvr.ipynb, the method told on one pair of videos; write reports/hapvr.html."""
    if strip:
        from hapvr.stages.notebook import strip as command

        path = "reports/hapvr.ipynb"
        return click.echo(f"{path}: outputs taken out" if command(Project.find()) else f"{path} has no outputs")
    run_stage("notebook")


@cli.command()
@click.argument("benchmark")
def explorer(benchmark: str) -> None:
    """Write pages of what each query of a BENCHMARK finds, by two runs side by side."""
    run_stage("explorer", benchmark)


@cli.command()
def report() -> None:
    """Write reports/index.html: every table and figure on one self-contained page."""
    run_stage("report")


@cli.command()
@click.argument("revisions", nargs=-1, metavar="[REV]...")
@click.option("--run", "runs", multiple=True, metavar="NAME", help="only this run; may be given several times")
@click.option("--benchmark", metavar="NAME", help="only on this one  [default: all]")
@click.option(
    "--format", "form", type=click.Choice(["terminal", "markdown", "html"]), default="terminal", show_default=True,
    help="markdown: ready for a pull request; html: a page with pictures that needs nothing else",
)  # fmt: skip
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="write to this file instead")
@click.option("--queries", type=click.IntRange(0), default=5, show_default=True, help="how many gained and lost ones")
@click.option("--seed", type=click.IntRange(0), help="of the draws  [default: evaluate.seed]")
def compare(
    revisions: tuple[str, ...], runs: tuple[str, ...], benchmark: str | None, form: str, output: Path | None,
    queries: int, seed: int | None,
) -> None:  # fmt: skip
    """Say what differs between revisions: parameters, code, metrics beyond noise, queries, availability.

    REV is a commit, branch, tag or experiment, or `.` for the working tree. Without one HEAD is compared with the
    working tree, one with the working tree, of several the first with each of the others.
    """
    from hapvr.compare.command import compare as command

    text = command(Project.find(), revisions, runs=runs, benchmark=benchmark, form=form, queries=queries, seed=seed)
    if output is None:
        return click.echo(text)
    from hapvr.storage.files import write_text

    write_text(output, text if text.endswith("\n") else f"{text}\n")


@cli.command()
@click.option("--check", is_flag=True, help="write nothing; exit with 1 if it is out of date")
def plan(*, check: bool) -> None:
    """Write plan.json: which runs are trained, frozen and normalised, and a digest of the code of each stage."""
    from hapvr.pipeline.plan import NAME, is_current, refresh

    root = Project.find().root
    if check:
        sys.exit(0 if is_current(root) else 1)
    click.echo(f"{NAME}: brought up to date" if refresh(root) else f"{NAME} is up to date")


@cli.command()
@click.option("--preset", default="smoke", show_default=True, help="the preset that both engines run")
@click.option("--committed", is_flag=True, help="run params.yaml as it is instead, and compare with the results here")
@click.option("--sample", is_flag=True, help="make only a small part again, in seconds, and compare with the recorded")
@click.option("--record", is_flag=True, help="write that small part, and which machine this is: reports/machine.json")
def verify(preset: str, *, committed: bool, sample: bool, record: bool) -> None:
    """Make results again and say what differs, and by how much; exit with 1 if anything does.

    Without an option, a preset is run twice, by DVC and by Snakemake, in temporary clones.
    """
    from hapvr.verify import command
    from hapvr.verify.sample import FILE, record_sample

    root = Project.find().root
    if record:
        record_sample(root)
        return click.echo(f"{FILE}: written")
    checks = {"sample": command.verify_sample, "committed": command.verify_committed}
    chosen = "sample" if sample else "committed" if committed else None
    text, right = checks[chosen](root) if chosen else command.verify_engines(root, preset)
    click.echo(text)
    sys.exit(0 if right else 1)


@cli.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--run", required=True, help="a run of params.yaml with `weights: NAME`, of which FILE is the checkpoint")
def import_(file: Path, run: str) -> None:
    """Put the checkpoint FILE, of S2VS, HAP-VR or another published method, in place for a run.

    It is read without running code; names and shapes are checked against the run's method. See `hapvr weights`.
    """
    from hapvr.import_weights import import_weights

    click.echo(import_weights(Project.find(), file, run))


@cli.command()
@click.argument("name")
@click.option("--annotations", type=click.Path(path_type=Path), help="a folder of annotation files to count instead")
def dataset(name: str, annotations: Path | None) -> None:
    """Print how many queries, videos and relevant pairs the dataset NAME has, beside how many are published."""
    from hapvr.datasets.command import describe

    click.echo(describe(Project.find(), name, annotations))


@cli.command()
@click.argument("dataset", required=False)
@click.option(
    "--check", is_flag=True, help="compare files that are here with what is recorded; exit with 1 if one differs"
)
def registry(dataset: str | None, *, check: bool) -> None:
    """Print the table of published files (registry.csv), or the rows of DATASET, and which of them are here."""
    from hapvr.fetch.inventory import inventory
    from hapvr.fetch.registry import Registry

    project = Project.find()
    found = inventory(Registry(project.registry_file), project.root, dataset=dataset, check=check)
    click.echo(found.text)
    sys.exit(1 if found.wrong else 0)


@cli.command()
@click.argument("name")
@click.option("--dry-run", is_flag=True, help="only print what would change")
def preset(name: str, dry_run: bool) -> None:
    """Put the preset NAME (a file in presets/) in place as params.yaml."""
    from hapvr.params.preset import put_in_place

    click.echo(put_in_place(Project.find().root, name, dry_run=dry_run))


video_file = click.Path(exists=True, dir_okay=False, path_type=Path)
run_option = click.option("--run", help="a run of params.yaml: its model compares  [default: search.run there]")


@cli.command()
@click.argument("query", type=video_file)
@click.argument("target", type=video_file)
@run_option
@click.option("--figure", type=click.Path(path_type=Path), help="draw frame-to-frame similarities here (png, svg, pdf)")
def similarity(query: Path, target: Path, run: str | None, figure: Path | None) -> None:
    """Print the similarity of two videos, QUERY and TARGET: how much of the query is in the target, 1 for itself."""
    from hapvr.search.command import similarity as command
    from hapvr.search.shipped import find_project

    click.echo(f"{command(find_project(), query, target, run=run, figure=figure):.4f}")


@cli.command()
@click.argument("query", type=video_file)
@click.argument("folder", type=click.Path(path_type=Path))
@run_option
@click.option("--index", type=click.Path(path_type=Path), help="file of features  [default: FOLDER/.hapvr-index.h5]")
@click.option("--rebuild", is_flag=True, help="make the index anew")
@click.option("--top", type=click.IntRange(1), default=10, show_default=True, help="how many results to show")
@click.option(
    "--threshold", type=click.FloatRange(0, 1, min_open=True), help="show only copies of this probability or more"
)
@click.option("--thorough", is_flag=True, help="compare parts of frames too: pictures in pictures, heavy crops; slower")
@click.option("--json", "output", flag_value="json", help="print JSON")
@click.option("--csv", "output", flag_value="csv", help="print CSV, a row for each matching stretch")
@click.option("--figure", type=click.Path(path_type=Path), help="draw query and results here (png, svg, pdf)")
@click.option("--report", type=click.Path(path_type=Path), help="write a page of the results here (html)")
@click.option("--skipped", is_flag=True, help="list all files that are not searched, those named before too")
def search(query: Path, folder: Path, output: str | None, **options: Any) -> None:
    """Find the videos in FOLDER, at any depth, that show QUERY, a video or a still picture, or a part of it.

    Features are kept in an index: the next search in this folder reads only files that are new or changed.
    """
    from hapvr.search.command import search as command
    from hapvr.search.shipped import find_project

    command(find_project(), query, folder, output=output or "text", **options)


@cli.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FOLDER [FOLDER]...")
@run_option
@click.option("--index", type=click.Path(path_type=Path), help="file of features  [default: in each FOLDER]")
@click.option("--rebuild", is_flag=True, help="make the indices anew")
@click.option(
    "--threshold", type=click.FloatRange(0, 1, min_open=True), help="probability from which on a video is a copy"
)
@click.option("--json", "output", flag_value="json", help="print JSON")
@click.option("--report", type=click.Path(path_type=Path), help="write a page to review the groups on here (html)")
@click.option("--skipped", is_flag=True, help="list all files that are not searched, those named before too")
def duplicates(folders: tuple[Path, ...], output: str | None, **options: Any) -> None:
    """Find every copy in FOLDERs: groups with the best file of each first, and parts of other videos.

    Nothing is deleted. Interrupted, it goes on at the last finished video.
    """
    from hapvr.search.duplicates.command import duplicates as command
    from hapvr.search.shipped import find_project

    command(find_project(), folders, output=output or "text", **options)


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--part", metavar="I/N", help="only part I (from 0) of N, in a file of its own: parts are built side by side"
)
@click.option("--rebuild", is_flag=True, help="make it anew")
@click.option("--skipped", is_flag=True, help="list all files that are not searched, those named before too")
def index(folder: Path, part: str | None, *, rebuild: bool, skipped: bool) -> None:
    """Bring the index of the videos in FOLDER up to date, without a search."""
    from hapvr.search.duplicates.command import index as command
    from hapvr.search.shipped import find_project

    command(find_project(), folder, part=part, rebuild=rebuild, skipped=skipped)


def main() -> None:
    """Entry point: an expected error is one message on standard error and a non-zero exit status."""
    keep_freed_memory()
    wait_passively()
    try:
        cli()
    except (ValueError, OSError, LookupError) as error:
        click.echo(f"hapvr: {error.args[0] if isinstance(error, KeyError) else error}", err=True)
        sys.exit(1)
