"""Rendering a whole embedded dataset."""

import os
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from tqdm import tqdm

from hapvr.datasets.dataset import write_dataset
from hapvr.render.dev import plan_dev
from hapvr.render.encode import write_h264
from hapvr.render.evve import plan_evve
from hapvr.render.fivr import plan_fivr
from hapvr.render.options import Dev, Evve, Fivr, Render, Svd, Vcdb
from hapvr.render.plan import Plan
from hapvr.render.studio import Studio
from hapvr.render.svd import plan_svd
from hapvr.render.vcdb import plan_vcdb
from hapvr.render.video import Video, draw_video


def plan(name: str, render: Render) -> Plan:
    """What a dataset of that name will hold."""
    studio = Studio(name, render)
    match render.contents:
        case Fivr() as contents:
            return plan_fivr(studio, contents)
        case Evve() as contents:
            return plan_evve(studio, contents)
        case Svd() as contents:
            return plan_svd(studio, contents)
        case Vcdb() as contents:
            return plan_vcdb(studio, contents)
        case Dev() as contents:
            return plan_dev(studio, contents)


def render_dataset(folder: Path, name: str, render: Render) -> None:
    """Writes every video, one process per core, and then dataset.json into `folder`, each file whole."""
    planned = plan(name, render)
    with ProcessPoolExecutor(len(os.sched_getaffinity(0)), mp_context=get_context("forkserver")) as pool:
        paths = planned.dataset.videos.items()
        jobs = [pool.submit(render_video, folder / path, planned.videos[name], render) for name, path in paths]
        for job in tqdm(as_completed(jobs), desc=f"render {name}", total=len(jobs), unit="video"):
            job.result()
    write_dataset(folder / "dataset.json", planned.dataset)


def render_video(path: Path, video: Video, render: Render) -> None:
    """Writes one video; its bytes depend on nothing but `video` and the picture's format."""
    picture = render.picture
    frames = draw_video(video, size=(picture.width, picture.height), fps=picture.fps)
    write_h264(path, frames, fps=picture.fps, crf=video.crf)
