"""`hapvr similarity`: the similarity of two videos."""

from pathlib import Path

from hapvr.device import fastest_device
from hapvr.project import Project
from hapvr.search.describe import Describer
from hapvr.search.frame_similarity import frame_similarity
from hapvr.search.pair_figure import Video, draw_pair
from hapvr.search.picture_file import check_picture_file, drawing, save
from hapvr.search.trained import model_of
from hapvr.similarity import score


def compare(project: Project, query: Path, target: Path, *, run: str, figure: Path | None) -> float:
    """Similarity of two video files by the model of a run; draws them if `figure` names a file.

    Raises DecodeError, and FileNotFoundError if the pipeline has not made the model yet.
    """
    if figure is not None:
        check_picture_file(figure)
    model = model_of(project, run)
    describe = Describer(project)
    first, second = describe(query), describe(target)
    memory_gb = project.params.score.memory_gb
    scores = score(model, [first.features], [second.features], device=fastest_device(), memory_gb=memory_gb)
    similarity = float(scores[0, 0])
    if figure is not None:
        matrix = frame_similarity(model, first.features, second.features)
        title = f"{project.params.runs[run].label}: similarity {similarity:.3f}"
        with drawing():
            pair = draw_pair(Video(query.name, first.frames), Video(target.name, second.frames), matrix, title=title)
            save(pair, figure)
    return similarity
