"""Film strips: sampled frames side by side on an axis of frame numbers."""

from matplotlib.axes import Axes

from hapvr.search.picture_file import INK, clock
from hapvr.video import Sample

FILM = "#16191d"
MARGIN = 0.06  # of a frame's place on the film


def places(frames: int, length: float, thickness: float) -> int:
    """How many pictures a strip of this size (inches) has room for, `frames` at most."""
    return max(1, min(frames, int(length / thickness)))


def draw_strip(axes: Axes, video: Sample, *, places: int, vertical: bool) -> None:
    """Draws frames evenly spread over a video, each at its place in time, with its time.

    The strip has the same limits as a matrix of all T frames, 0 to T; a vertical one runs downwards.
    """
    frames, step = len(video.images), len(video.images) / places
    box = axes.get_window_extent()
    # Frame numbers across the strip that are as long on paper as those along it.
    across = frames * (box.width / box.height if vertical else box.height / box.width)
    side = min(step, across) * (1 - MARGIN)
    for place in range(places):
        centre = (place + 0.5) * step
        start, end = centre - side / 2, centre + side / 2
        low, high = (across - side) / 2, (across + side) / 2
        extent = (low, high, end, start) if vertical else (start, end, low, high)
        axes.imshow(video.images[int(centre)], extent=extent, interpolation="antialiased", zorder=2)
    axes.set(xlim=(0, across) if vertical else (0, frames), ylim=(frames, 0) if vertical else (0, across))
    axes.set_aspect("auto")
    axes.set_facecolor(FILM)
    _time_ticks(axes, video, places=places, vertical=vertical)


def _time_ticks(axes: Axes, video: Sample, *, places: int, vertical: bool) -> None:
    step = len(video.images) / places
    centres = [(place + 0.5) * step for place in range(places)]
    labels = [clock(video.timestamps[int(centre)]) for centre in centres]
    along, across = (axes.yaxis, axes.xaxis) if vertical else (axes.xaxis, axes.yaxis)
    along.set_ticks(centres, labels)
    across.set_ticks([])
    axes.tick_params(length=0, labelsize=8, labelcolor=INK, top=False, labeltop=not vertical, labelbottom=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
