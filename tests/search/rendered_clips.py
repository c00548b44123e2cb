"""Small real videos: random coloured shapes that move, seeded, written as H.264 by PyAV."""

from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageDraw

FPS = 4
WIDTH, HEIGHT = 240, 192


def scene(seed: int, seconds: float = 4) -> np.ndarray:
    """[T, H, W, 3] uint8."""
    random = np.random.default_rng(seed)
    noise = Image.fromarray(random.integers(0, 256, (6, 8, 3), np.uint8))
    background = noise.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    starts, moves = random.uniform(0, 1, (14, 2)), random.uniform(-0.06, 0.06, (14, 2))
    sizes, colours = random.uniform(0.08, 0.3, 14), random.integers(0, 256, (14, 3))
    kinds = random.integers(0, 3, 14)
    frames = []
    for number in range(int(seconds * FPS)):
        image = background.copy()
        draw = ImageDraw.Draw(image)
        for start, move, size, colour, kind in zip(starts, moves, sizes, colours, kinds, strict=True):
            x, y = (start + move * number) % 1 * (WIDTH, HEIGHT)
            box = (x, y, x + size * WIDTH, y + size * WIDTH / (1 + kind))
            shape = (draw.ellipse, draw.rectangle, draw.rounded_rectangle)[kind]
            shape(box, fill=tuple(int(value) for value in colour), outline="white", width=2)
        frames.append(np.asarray(image))
    return np.stack(frames)


def cropped(frames: np.ndarray) -> np.ndarray:
    """The middle 80 % of every frame, at the old size."""
    top, left = HEIGHT // 10, WIDTH // 10
    parts = frames[:, top : HEIGHT - top, left : WIDTH - left]
    return np.stack([np.asarray(Image.fromarray(part).resize((WIDTH, HEIGHT))) for part in parts])


def flipped(frames: np.ndarray) -> np.ndarray:
    return frames[:, :, ::-1]


def write(path: Path, frames: np.ndarray, *, crf: int = 20, keyframe_every: int | None = None) -> Path:
    """Writes a video; the higher the crf, the worse the pictures. keyframe_every: frames; None: as x264 likes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    keyframes = {} if keyframe_every is None else {"g": str(keyframe_every)}
    with av.open(str(path), "w") as container:
        options = {"crf": str(crf), "preset": "ultrafast", **keyframes}
        stream = container.add_stream("libx264", rate=FPS, options=options)
        stream.width, stream.height, stream.pix_fmt = frames.shape[2], frames.shape[1], "yuv420p"
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")))
        container.mux(stream.encode())
    return path
