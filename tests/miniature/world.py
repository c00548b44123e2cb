"""A miniature: a copy of the project, the cut annotations and weights on a server, videos in folders and on it."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from hapvr.fetch.registry import COLUMNS
from tests.fetch.server import Site, serve
from tests.fetch.videos.pages import show
from tests.miniature.cuts import Cut
from tests.miniature.footage import write_video
from tests.miniature.published import published_weights
from tests.workflow.clone import MINUTES, REPOSITORY, clone_project, run_in

PRESETS = Path(__file__).parent / "presets"
PLUGINS = REPOSITORY / "tests" / "fetch" / "videos" / "plugins"
# How a page of the server says that a video is not to be had → the reason that this is recorded as.
SAID = {
    "Private video. Sign in if you've been granted access to this video": "private",
    "Video unavailable. This video has been removed by the uploader": "gone",
}
BROKEN = "broken"


@dataclass(frozen=True)
class Place:
    """Where a dataset's videos are, and which are not to be had.

    folder: of the project. name: of a video's file below it. served: how the server has videos, `pages` (for yt-dlp) or
    `files`; None: it has none. missing: video → its reason; BROKEN: a file is there, but it is no video.
    """

    folder: str
    name: str
    served: str | None
    missing: Mapping[str, str]


@dataclass(frozen=True)
class World:
    """The copy of the project, and the server."""

    folder: Path
    site: Site

    def run(self, *command: str) -> str:
        """One thread a process: two stages run at a time."""
        return run_in(
            self.folder, *command,
            modules=[PLUGINS], timeout=120 * MINUTES, OMP_NUM_THREADS="1", NO_PROXY="127.0.0.1", no_proxy="127.0.0.1",
        )  # fmt: skip


@contextlib.contextmanager
def miniature(folder: Path, preset: str, datasets: Mapping[str, tuple[Cut, Place]]) -> Iterator[World]:
    """A project with a preset in place, nothing run yet."""
    with serve(Site({})) as site:
        project = folder / "project"
        clone_project(project)
        write_presets(project / "presets", site.address)
        _publish(project, site, folder, [cut for cut, _ in datasets.values()])
        for cut, place in datasets.values():
            _hand_out(project, site, cut, place)
        world = World(project, site)
        world.run("hapvr", "preset", preset)
        yield world


def write_presets(folder: Path, address: str) -> None:
    """The presets of the miniatures, with the address of the server in them."""
    for file in PRESETS.glob("*.yaml"):
        text = file.read_text(encoding="utf-8").replace("ADDRESS", address)
        (folder / file.name).write_text(text, encoding="utf-8")


def _publish(project: Path, site: Site, scratch: Path, cuts: list[Cut]) -> None:
    """Annotations and weights on the server; in the registry its addresses, and nothing of what the real ones are."""
    weights = published_weights(scratch)
    site.files |= {f"/annotation/{name}": content for cut in cuts for name, content in cut.files.items()}
    site.files |= {f"/weights/{name}": content for name, content in weights.items()}
    # The largest one breaks off once.
    site.cut["/weights/resnet50.safetensors"] = [40 << 20]
    header, *lines = (project / "registry.csv").read_text(encoding="utf-8").splitlines()
    rows = [dict(zip(COLUMNS, line.split(","), strict=True)) for line in lines]
    for row in rows:
        row["bytes"] = row["sha256"] = ""
        if row["name"] in weights:
            row["url"] = f"{site.address}/weights/{row['name']}"
    table = "\n".join([header, *(",".join(row.values()) for row in rows), ""])
    (project / "registry.csv").write_text(table, encoding="utf-8")


def _hand_out(project: Path, site: Site, cut: Cut, place: Place) -> None:
    """Every other video into the folder, the rest on the server if it has any."""
    folder = project / place.folder
    for name, content in cut.given.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    for number, video in enumerate(cut.videos):
        reason = place.missing.get(video)
        file = folder / place.name.format(id=video)
        file.parent.mkdir(parents=True, exist_ok=True)
        if reason == BROKEN:
            file.write_bytes(b"no video" * 100)
        elif reason is not None:
            if place.served == "pages":
                show(site, video, next(text for text, said in SAID.items() if said == reason))
        else:
            write_video(file, video, cut.looks[video])
            if place.served is not None and number % 2:
                _move(file, site, video, pages=place.served == "pages")


def _move(file: Path, site: Site, video: str, *, pages: bool) -> None:
    """From the folder to the server."""
    content = file.read_bytes()
    file.unlink()
    if pages:
        show(site, video, content)
    else:
        site.files[f"/svd/{video}.mp4"] = content
