"""Clips made with ffmpeg whose frames show their own number, and what ffmpeg samples from them."""

import subprocess
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

import imageio_ffmpeg
import numpy as np

WIDTH, HEIGHT, RATE, FRAMES = 160, 120, 24, 120
BITS, BLOCK = 8, 20
MS = Fraction(1, 1000)
# With frames that are never shown.
ALT_REF = "-deadline realtime -cpu-used 8 -auto-alt-ref 1 -lag-in-frames 10 -g 40"
FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()


@dataclass(frozen=True)
class Codec:
    """An encoder with its options, the container it is put into, and whether that can hold a rotation or an offset.

    late: AVI has no presentation times; with B-frames ffmpeg shows each frame one period late.
    steady: MPEG-1 knows constant rates only; around a hole, ffmpeg makes times up.
    unit_s: to which the container rounds times, seconds.
    """

    suffix: str
    options: str
    rotates: bool = False
    offsets: bool = True
    late: bool = False
    steady: bool = False
    unit_s: Fraction = Fraction(1, 90000)


CODECS = {
    "h264": Codec("mp4", "-c:v libx264 -preset fast -bf 3 -g 40", rotates=True),
    "hevc": Codec("mp4", "-c:v libx265 -preset ultrafast -bf 3 -x265-params log-level=error:keyint=40", rotates=True),
    "vp8": Codec("webm", f"-c:v libvpx {ALT_REF}", unit_s=MS),
    "vp9": Codec("webm", f"-c:v libvpx-vp9 {ALT_REF}", unit_s=MS),
    "av1": Codec("mp4", "-c:v libaom-av1 -usage realtime -cpu-used 8 -g 40", rotates=True),
    "mpeg4": Codec("avi", "-c:v mpeg4 -bf 2 -g 40 -q:v 3", offsets=False, late=True),
    "mpeg4_mp4": Codec("mp4", "-c:v mpeg4 -bf 2 -g 40 -q:v 3", rotates=True),
    "mpeg1": Codec("mpg", "-c:v mpeg1video -bf 2 -g 12 -q:v 3", steady=True),
    "wmv2": Codec("wmv", "-c:v wmv2 -g 40 -q:v 3", unit_s=MS),
    "flv": Codec("flv", "-c:v flv -g 40 -q:v 3", unit_s=MS),
}


def kept_frames(variable: bool) -> list[int]:
    """Numbers of the frames that a clip has; a variable rate has holes, one of them longer than a second."""
    return [n for n in range(FRAMES) if not variable or not (n % 10 in (3, 4, 5, 6) or 40 <= n < 85)]


def frame_times(codec: str, variable: bool) -> list[Fraction]:
    """When each frame of a clip is shown, in seconds, as its container rounds them."""
    kept, unit_s = kept_frames(variable), CODECS[codec].unit_s
    return [round(Fraction(number + CODECS[codec].late, RATE) / unit_s) * unit_s for number in kept]


def picture(number: int) -> np.ndarray:
    """[H, W, 3] uint8: the number as white and black blocks over a moving pattern."""
    across = np.arange(WIDTH)[None, :] + 3 * number
    down = np.arange(HEIGHT)[:, None]
    gray = (96 + 48 * np.sin(across / 9) * np.cos(down / 7 + number / 5)).astype(np.uint8)
    image = np.stack([gray, 255 - gray, np.roll(gray, 5, axis=0)], axis=-1)
    for bit in range(BITS):
        top, left = 40 + BLOCK * (bit // 4), 40 + BLOCK * (bit % 4)
        image[top : top + BLOCK, left : left + BLOCK] = 255 * (number >> bit & 1)
    return image


def number_in(image: np.ndarray) -> int:
    """The number that an upright picture of a clip shows."""
    centres = [(40 + BLOCK * (bit // 4) + BLOCK // 2, 40 + BLOCK * (bit % 4) + BLOCK // 2) for bit in range(BITS)]
    return sum((image[y - 4 : y + 4, x - 4 : x + 4].mean() > 128) << bit for bit, (y, x) in enumerate(centres))


@cache
def raw_frames() -> bytes:
    return b"".join(picture(number).tobytes() for number in range(FRAMES))


def ffmpeg(*arguments: str, data: bytes | None = None) -> bytes:
    """Runs ffmpeg on one thread and gives what it writes to standard output."""
    command = [FFMPEG, "-nostdin" if data is None else "-y", "-v", "error", *arguments]
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


def make_clip(folder: Path, codec: str, *, variable: bool = False, options: str = "", suffix: str = "") -> Path:
    """Encodes a clip, or gives it if it is there."""
    spec = CODECS[codec]
    path = folder / f"{codec}_{'vfr' if variable else 'cfr'}{options.replace(' ', '')}.{suffix or spec.suffix}"
    if not path.exists():
        dropped = "select='not(between(mod(n,10),3,6)+between(n,40,84))'" if variable else "null"
        source = f"-f rawvideo -pix_fmt rgb24 -s {WIDTH}x{HEIGHT} -r {RATE} -i - -vf {dropped} -fps_mode passthrough"
        target = f"-pix_fmt yuv420p -threads 1 {spec.options} {options} {path}"
        ffmpeg(*source.split(), *target.split(), data=raw_frames())
    return path


def offset(clip: Path, seconds: float) -> Path:
    """The same clip, its timestamps starting later."""
    path = clip.with_stem(f"{clip.stem}_offset")
    if not path.exists():
        ffmpeg("-i", str(clip), "-c", "copy", "-output_ts_offset", str(seconds), str(path))
    return path


def rotated(clip: Path, degrees: int) -> Path:
    """The same clip, to be shown turned."""
    path = clip.with_stem(f"{clip.stem}_turned{degrees}")
    if not path.exists():
        ffmpeg("-display_rotation", str(degrees), "-i", str(clip), "-c", "copy", str(path))
    return path


def ffmpeg_samples(clip: Path, fps: float, *, height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    """[T, H, W, 3] uint8: what `ffmpeg -vf fps=…` gives."""
    raw = ffmpeg(
        "-i", str(clip), "-vf", f"fps={fps}", "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"
    )
    return np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3)
