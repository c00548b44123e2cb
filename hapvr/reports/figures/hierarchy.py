"""The method on one real pair of videos: regions, frames, videos, and the pseudo labels of its frames."""

from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import numpy as np
import pandas as pd
import seaborn as sns
import torch
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from pydantic import Field
from torch import Tensor

from hapvr.methods.model import load_model
from hapvr.methods.similarity_network import FrameNetwork
from hapvr.reports.captions import Caption
from hapvr.reports.figures.drawn import Drawn
from hapvr.reports.figures.style import COLOURS, GREY, new_figure, task_label
from hapvr.reports.hierarchy import Levels, Taught, compare, label, label_rates, stand_in, teach
from hapvr.reports.notebook.pair import choose_pair, first_task, ranking, read_samples
from hapvr.storage.features import FeatureStore
from hapvr.topk import kept_at_levels, kept_items

if TYPE_CHECKING:
    from hapvr.results import Results

CAPTION = Caption(
    "The hierarchy, on one pair",
    "The first query of the benchmark and the relevant video that the model ranks highest, computed by the model's own "
    "parts. Above: the nine regions of either frame where they are most alike and their similarities; TopK-Chamfer "
    "over regions makes one entry of the frame matrix of them (framed); the convolutional network refines the matrix "
    "to four by four frames; TopK-Chamfer over frames (dots: kept entries) makes it the similarity of the videos. "
    "Below: the frozen teacher's similarity of the frames of a training window, and the pseudo labels made of it, by "
    "which the frame-level loss ranks the frame matrix: the most similar frames of each row are positives (red), the "
    "least similar ones negatives (blue); and the ranking of all videos by their similarity, which the video-level "
    "loss works on. Colours of the frame matrix and of the teacher leave out the two lowest and highest percent.",
)

TrainedRun = Annotated[str, Field(description="run of a similarity network with a frame-level loss; its first member")]

SHOWN = 24
"""Videos of the ranking that are seen."""

OF_FRAMES = "frame of the relevant video"


class Told(NamedTuple):
    """What the figure shows. images: the frame of either video where they are most alike; none without frames."""

    levels: Levels
    taught: Taught
    ranked: pd.DataFrame
    images: list[np.ndarray]
    names: tuple[str, str]


def draw(results: "Results", *, run: TrainedRun, benchmark: str) -> Drawn:
    """Above, from regions to the similarity of two videos; below, teacher, pseudo labels and ranking."""
    told = tell(results, run=run, benchmark=benchmark)
    figure = new_figure(height=5.6)
    panels = figure.subplots(2, 4, width_ratios=[0.62, 1, 1, 1])
    kept = _kept(results, run, told)
    _draw_frames(panels[:, 0], told)
    _draw_levels(panels[0, 1:], told.levels, kept)
    _draw_taught(panels[1, 1:3], told.taught)
    task_name, task = first_task(results.dataset(benchmark))
    _draw_ranking(panels[1, 3], told, task=task_label(benchmark, task_name, task.metric))
    return Drawn(figure, as_rows(told))


def tell(results: "Results", *, run: str, benchmark: str) -> Told:
    """The pair and its numbers. Raises ValueError for a run of another kind."""
    project, params = results.project, results.project.params
    rates = label_rates(params.losses_of(run))
    if rates is None:
        raise ValueError(
            f"figures.hierarchy.run: expected a run of a similarity network with a frame-level loss, found {run}"
        )
    network = load_model(next(iter(project.model_folders(run).values())), params.whiten.dims)
    assert isinstance(network, FrameNetwork)  # no other has frames that a loss could train
    torch.set_num_threads(params.features.threads)
    dataset = results.dataset(benchmark)
    _, task = first_task(dataset)
    scores = next(iter(results.scores(run, benchmark).values()))
    names = choose_pair(dataset, scores, task)
    store = FeatureStore(project.features_files(benchmark))
    features = [torch.from_numpy(store[name]) for name in names]
    has_frames = params.way_of(benchmark) != "features"
    samples = read_samples(project.frames_files(benchmark), names) if has_frames else {}
    levels = compare(network, *features)
    vectors = [teach(project, samples[name].images) for name in names if samples] or list(map(stand_in, features))
    return Told(
        levels,
        label((vectors[0], vectors[1]), window=params.train_of(run).window, rates=rates),
        ranking(dataset, scores, names[0], task),
        [samples[name].images[frame] for name, frame in zip(names, levels.frames, strict=True) if samples],
        names,
    )


def as_rows(told: Told) -> pd.DataFrame:
    """panel, row, column, value of every matrix, from 0; of the ranking, rank, video and similarity, with its label."""
    levels, taught = told.levels, told.taught
    labels = taught.positive.int() - taught.negative.int()
    matrices = {
        "regions": levels.regions, "frames": levels.frame_matrix, "refined": levels.refined, "kept": levels.kept.int(),
        "teacher": taught.similarity, "pseudo labels": labels,
    }  # fmt: skip
    parts = [_long(name, matrix) for name, matrix in matrices.items()]
    ranked = told.ranked.reset_index()
    parts.append(
        pd.DataFrame(
            {
                "panel": "videos",
                "row": ranked["rank"],
                "column": ranked["video"],
                "value": ranked["similarity"],
                "label": ranked["label"],
            }
        )
    )
    parts.append(pd.DataFrame([{"panel": "similarity", "value": levels.similarity, "label": " – ".join(told.names)}]))
    return pd.concat(parts, ignore_index=True)


def _long(name: str, matrix: Tensor) -> pd.DataFrame:
    rows, columns = np.indices(tuple(matrix.shape))
    return pd.DataFrame(
        {"panel": name, "row": rows.ravel(), "column": columns.ravel(), "value": matrix.numpy().ravel()}
    )


def _kept(results: "Results", run: str, told: Told) -> tuple[str, str]:
    """What TopK-Chamfer keeps at either level."""
    method = results.project.params.method_of(run)
    columns = told.levels.refined.shape[1]
    regions = kept_at_levels(method, len(told.levels.frame_matrix)).regions
    frames = kept_items(method["frame_top_rate"], columns)
    return f"{regions} of {len(told.levels.regions)} regions", f"{frames} of {columns} columns"


def _draw_frames(panels: np.ndarray, told: Told) -> None:
    """Either frame with its regions."""
    for place, (axes, name) in enumerate(zip(panels, ("query", "relevant video"), strict=True)):
        if told.images:
            axes.imshow(told.images[place], extent=(0, 3, 3, 0))
        for region in range(len(told.levels.regions)):
            box = {"boxstyle": "circle,pad=0.15", "facecolor": "#000000a0", "edgecolor": "none"}
            look: dict[str, Any] = {"ha": "center", "va": "center", "color": "white", "fontsize": 8, "bbox": box}
            axes.text(region % 3 + 0.5, region // 3 + 0.5, str(region + 1), **look)
        axes.set(xticks=range(4), yticks=range(4), xlim=(0, 3), ylim=(3, 0))
        axes.set_aspect("equal")
        axes.grid(color="white", linewidth=0.8)
        axes.set_axisbelow(False)
        axes.tick_params(length=0, labelbottom=False, labelleft=False)
        axes.set_title(f"{name},\nframe {told.levels.frames[place]}", loc="left")


def _draw_levels(panels: np.ndarray, levels: Levels, kept: tuple[str, str]) -> None:
    """Regions, frame matrix and what the network makes of it. kept: what TopK-Chamfer keeps at either level."""
    regions, frames, refined = panels
    numbers = range(1, len(levels.regions) + 1)
    _heatmap(regions, levels.regions, "1. regions", cmap="mako", xticklabels=numbers, yticklabels=numbers)
    regions.set(xlabel=f"of the relevant video\n→ TopK-Chamfer, {kept[0]}", ylabel="of the query")
    _heatmap(frames, levels.frame_matrix, "2. frames", cmap="mako", robust=True)
    row, column = levels.frames
    frames.add_patch(Rectangle((column - 0.5, row - 0.5), 2, 2, fill=False, edgecolor=COLOURS[5], linewidth=1.6))
    frames.set(xlabel=f"{OF_FRAMES}\n→ network", ylabel="frame of the query")
    reach = float(levels.refined.abs().max())
    title = f"3. videos: similarity {levels.similarity:.2f}"
    _heatmap(refined, levels.refined, title, cmap="vlag", vmin=-reach, vmax=reach)
    places = levels.kept.nonzero() + 0.5
    refined.plot(places[:, 1], places[:, 0], "o", color="black", markersize=3)
    refined.set(xlabel=f"{OF_FRAMES}, four by four\n→ TopK-Chamfer, {kept[1]}", ylabel="four frames of the query")


def _draw_taught(panels: np.ndarray, taught: Taught) -> None:
    teacher, labels = panels
    _heatmap(teacher, taught.similarity, "teacher", cmap="mako", robust=True)
    teacher.set(xlabel=f"{OF_FRAMES}\n→ most and least similar of each row", ylabel="frame of the query")
    shown = taught.positive.int() - taught.negative.int()
    _heatmap(labels, shown, "pseudo labels of 2.", cmap="vlag", vmin=-1.4, vmax=1.4, cbar=False)
    positive, negative = (100 * float(part.float().mean()) for part in (taught.positive, taught.negative))
    shares = f"red: {positive:.0f} % positive, blue: {negative:.0f} % negative"
    labels.set(xlabel=f"{OF_FRAMES}\n{shares}", ylabel="frame of the query")


def _draw_ranking(axes: Axes, told: Told, *, task: str) -> None:
    shown = told.ranked.head(SHOWN)
    floor = min(0.0, float(shown["similarity"].min()))
    colours = np.where(shown["label"] != "", COLOURS[2], GREY)
    axes.bar(shown.index, shown["similarity"] - floor, bottom=floor, color=colours, width=0.8)
    for rank, row in shown[shown["label"] != ""].iterrows():
        at = (rank, row["similarity"])
        axes.annotate(row["label"], at, (0, 2), textcoords="offset points", ha="center", fontsize=7)
    axes.grid(visible=False, axis="x")
    axes.set_title("4. ranking; green: relevant", loc="left")
    axes.set(ylabel="similarity", xlim=(0.2, len(shown) + 0.8), xlabel=f"rank of {len(told.ranked)} videos\n{task}")


def _heatmap(axes: Axes, matrix: Tensor, title: str, **look: Any) -> None:
    look = {"xticklabels": False, "yticklabels": False, "cbar_kws": {"shrink": 0.8}, "rasterized": True, **look}
    sns.heatmap(matrix.numpy(), ax=axes, **look)
    axes.set_title(title, loc="left")
