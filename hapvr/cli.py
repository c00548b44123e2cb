"""The `hapvr` command: one subcommand per stage of dvc.yaml, and a few for people.

Each command imports what it needs when it runs, so that `hapvr --help` stays quick.
"""

import sys
from pathlib import Path

import click

from hapvr import __version__
from hapvr.project import Project


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="hapvr")
def cli() -> None:
    """HAP-VR as a reproducible workflow. `dvc repro` runs every stage; these commands run one each."""


shard_option = click.option("--shard", type=int, required=True, help="which part of the dataset, from 0")


@cli.command()
@click.argument("dataset")
def fetch(dataset: str) -> None:
    """Render an embedded DATASET, or fetch a published one."""
    from hapvr.stages.fetch import fetch as stage

    stage(Project.find(), dataset)


@cli.command()
@click.argument("dataset")
@shard_option
def frames(dataset: str, shard: int) -> None:
    """Sample frames of one shard of DATASET."""
    from hapvr.stages.frames import frames as stage

    stage(Project.find(), dataset, shard)


@cli.command()
@click.argument("backbone")
def whiten(backbone: str) -> None:
    """Learn the PCA-whitening of BACKBONE's region vectors on the training set."""
    from hapvr.stages.whiten import whiten as stage

    stage(Project.find(), backbone)


@cli.command()
@click.argument("dataset")
@shard_option
def features(dataset: str, shard: int) -> None:
    """Extract whitened region features of one shard of DATASET."""
    from hapvr.stages.features import features as stage

    stage(Project.find(), dataset, shard)


@cli.command()
@shard_option
def views(shard: int) -> None:
    """Extract features of augmented views of one shard of the training set."""
    from hapvr.views.stage import views as stage

    stage(Project.find(), shard)


@cli.command()
@click.argument("run")
@click.option("--seed", type=int, required=True, help="seed of the weights, batches and temporal augmentation")
@click.option(
    "--dry-run", is_flag=True, help="only print the plan, and which parameters differ from the published ones"
)
def train(run: str, seed: int, *, dry_run: bool) -> None:
    """Train RUN, a name under `runs` in params.yaml, with one seed."""
    if dry_run:
        from hapvr.training.plan import plan

        return click.echo(plan(Project.find(), run, seed))
    from hapvr.stages.train import train as stage

    stage(Project.find(), run, seed)


@cli.command()
@click.argument("run")
def freeze(run: str) -> None:
    """Write the model folder of a RUN that is not trained."""
    from hapvr.stages.freeze import freeze as stage

    stage(Project.find(), run)


@cli.command()
@click.argument("run")
@click.argument("benchmark")
@click.option("--part", metavar="I/N", help="compute part I (from 0) of N and keep it; without, all are put together")
def score(run: str, benchmark: str, part: str | None) -> None:
    """Compute the similarity of BENCHMARK's queries to its database with every member of RUN."""
    from hapvr.scoring.scoring import Part
    from hapvr.stages.score import score as stage

    stage(Project.find(), run, benchmark, Part.parse(part) if part else None)


@cli.command()
@click.argument("run")
@click.argument("benchmark")
def normalise(run: str, benchmark: str) -> None:
    """Normalise scores on BENCHMARK by background videos: RUN is `of` the run whose scores they are."""
    from hapvr.stages.normalise import normalise as stage

    stage(Project.find(), run, benchmark)


@cli.command()
@click.argument("run")
@click.argument("benchmark")
def evaluate(run: str, benchmark: str) -> None:
    """Compute metrics and precision-recall curves of RUN on BENCHMARK."""
    from hapvr.stages.evaluate import evaluate as stage

    stage(Project.find(), run, benchmark)


@cli.command()
@click.argument("table")
def tables(table: str) -> None:
    """Write one TABLE, a name under `tables` in params.yaml, as CSV, Markdown and LaTeX."""
    from hapvr.reports.tables import tables as stage

    stage(Project.find(), table)


@cli.command()
@click.argument("run", required=False)
@click.argument("other", required=False)
@click.option("--benchmark", help="only on this one  [default: all of params.yaml]")
@click.option("--rev", metavar="COMMIT", help="take OTHER's scores from this commit; OTHER may then be left out")
def differences(run: str | None, other: str | None, benchmark: str | None, rev: str | None) -> None:
    """Write the table of differences between runs, with intervals that tell them from noise.

    With RUN and OTHER, print RUN minus OTHER instead; with --rev, RUN here minus OTHER (or RUN itself) at that commit.
    """
    if run is None:
        if benchmark or rev:
            raise click.UsageError("--benchmark and --rev need RUN")
        from hapvr.reports.differences import differences as stage

        return stage(Project.find())
    if other is None and rev is None:
        raise click.UsageError("give OTHER, or --rev COMMIT to compare RUN with itself at another commit")
    from hapvr.reports.difference_of_two import difference_of_two

    click.echo(difference_of_two(Project.find(), run, other or run, benchmark=benchmark, revision=rev))


@cli.command()
def precision() -> None:
    """Score again in other number formats; write the table of what that does to scores and metrics."""
    from hapvr.stages.number_format import precision as stage

    stage(Project.find())


@cli.command()
@click.argument("figure")
def figures(figure: str) -> None:
    """Draw one FIGURE, a name under `figures` in dvc.yaml, as SVG and PNG."""
    from hapvr.reports.figures import figures as stage

    stage(Project.find(), figure)


@cli.command()
def report() -> None:
    """Write reports/index.html: every table and figure on one self-contained page."""
    from hapvr.reports.page import report as stage

    stage(Project.find())


@cli.command()
@click.argument("name")
@click.option("--mirror", help="address to fetch from instead of the publisher's")
def weights(name: str, mirror: str | None) -> None:
    """Fetch the published weights NAME (resnet50, …) into models/backbones, for the paper preset."""
    from hapvr.fetch.weights import fetch_weights

    click.echo(fetch_weights(Project.find().root, name, mirror=mirror))


@cli.command()
@click.argument("name")
@click.option("--dry-run", is_flag=True, help="only print what would change")
def preset(name: str, dry_run: bool) -> None:
    """Put the preset NAME (a file in presets/) in place as params.yaml."""
    from hapvr.params.preset import put_in_place

    click.echo(put_in_place(Project.find().root, name, dry_run=dry_run))


video_file = click.Path(exists=True, dir_okay=False, path_type=Path)
run_option = click.option("--run", default="hapvr", show_default=True, help="a run of params.yaml: its model compares")


@cli.command()
@click.argument("query", type=video_file)
@click.argument("target", type=video_file)
@run_option
@click.option("--figure", type=click.Path(path_type=Path), help="draw frame-to-frame similarities here (png, svg, pdf)")
def similarity(query: Path, target: Path, run: str, figure: Path | None) -> None:
    """Print the similarity of two videos, QUERY and TARGET."""
    from hapvr.search.compare import compare

    click.echo(f"{compare(Project.find(), query, target, run=run, figure=figure):.4f}")


@cli.command()
@click.argument("query", type=video_file)
@click.argument("folder", type=click.Path(path_type=Path))
@run_option
@click.option("--index", type=click.Path(path_type=Path), help="file of features  [default: FOLDER/.hapvr-index.h5]")
@click.option("--rebuild", is_flag=True, help="make the index anew")
@click.option("--top", type=click.IntRange(1), default=10, show_default=True, help="how many results to show")
@click.option("--figure", type=click.Path(path_type=Path), help="draw query and results here (png, svg, pdf)")
def search(
    query: Path, folder: Path, run: str, index: Path | None, *, rebuild: bool, top: int, figure: Path | None
) -> None:
    """Rank the videos in FOLDER, at any depth, by their similarity to the video QUERY.

    Features are kept in an index: the next search in this folder reads only files that are new or changed.
    """
    from hapvr.search.command import search as command

    command(Project.find(), query, folder, run=run, index=index, rebuild=rebuild, top=top, figure=figure)


def main() -> None:
    """Entry point: an expected error is one message on standard error and a non-zero exit status."""
    try:
        cli()
    except (ValueError, OSError, LookupError) as error:
        click.echo(f"hapvr: {error}", err=True)
        sys.exit(1)
