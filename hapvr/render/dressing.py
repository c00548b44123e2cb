"""What a channel does to the footage it publishes: title cards, black, bars, signs, subtitles.

Videos of one channel share these however unrelated they are, as in every collection of real videos.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from hapvr.render.badge import draw_badge
from hapvr.render.options import Clutter
from hapvr.render.randomness import generator
from hapvr.render.textures import rgb

WORDS = (
    "today", "people", "saw", "the", "moment", "it", "began", "near", "river", "after", "years", "of", "silence", "and",
    "nobody", "knows", "why", "this", "city", "never", "sleeps", "they", "said", "again", "under", "light",
)  # fmt: skip
NAMES = ("ORBIT", "NOVA", "VISTA", "PULSE", "ATLAS", "METRO", "AURORA", "DELTA", "ZENITH", "HARBOR", "PRISM", "COMET")


@dataclass(frozen=True)
class Dressing:
    """Lengths in seconds, 0 for what is not there.

    channel: seed and name of its look. freeze_at: share of the footage after which it stands still. bars: shares of
    width and height that are left. subtitles: seed of their words; None: there are none.
    """

    channel: tuple[int, str] = (0, "")
    black_s: tuple[float, float] = (0, 0)
    intro_s: float = 0
    outro_s: float = 0
    freeze_s: float = 0
    freeze_at: float = 0
    bars: tuple[float, float] = (1, 1)
    watermark: bool = False
    subtitles: int | None = None

    @property
    def seconds(self) -> float:
        """Time that is added to the footage."""
        return sum(self.black_s) + self.intro_s + self.outro_s + self.freeze_s


PLAIN = Dressing()


def draw_dressing(rng: np.random.Generator, clutter: Clutter, channels: str, seed: int) -> Dressing:
    """What one video gets. Every number is drawn, used or not, so that one chance changes one thing only.

    channels: beginning of the channels' names. seed: of their looks.
    """
    chances = rng.random(8)
    cards, blacks, freeze_s = rng.uniform(*clutter.card_s, 2), rng.uniform(*clutter.black_s, 2), clutter.freeze_s
    channel, upright, side = rng.integers(clutter.channels), rng.random() < 0.5, float(rng.uniform(*clutter.bars_side))
    stands_s, stands_at, words = rng.uniform(*freeze_s), rng.uniform(0.1, 0.9), int(rng.integers(2**31))
    bars = (side, 1.0) if upright else (1.0, side)
    return Dressing(
        channel=(seed, f"{channels}{channel}"),
        black_s=(
            float(blacks[0]) if chances[0] < clutter.black else 0,
            float(blacks[1]) if chances[1] < clutter.black else 0,
        ),
        intro_s=float(cards[0]) if chances[2] < clutter.intro else 0,
        outro_s=float(cards[1]) if chances[3] < clutter.outro else 0,
        freeze_s=float(stands_s) if chances[4] < clutter.freeze else 0,
        freeze_at=float(stands_at),
        bars=bars if chances[5] < clutter.bars else (1, 1),
        watermark=bool(chances[6] < clutter.watermark),
        subtitles=words if chances[7] < clutter.subtitles else None,
    )


def dress(
    dressing: Dressing, footage: Iterator[Image.Image], *, count: int, size: tuple[int, int], fps: int
) -> Iterator[Image.Image]:
    """The frames RGB of a published video. footage: `count` frames of this size (width, height)."""
    black = Image.new("RGB", size)
    for _ in range(round(dressing.black_s[0] * fps)):
        yield black.copy()
    yield from _card(dressing.channel, round(dressing.intro_s * fps), size)
    stop, stands = min(round(dressing.freeze_at * count), count - 1), round(dressing.freeze_s * fps)
    place = 0
    for number, picture in enumerate(footage):
        for _ in range(1 + stands if number == stop else 1):
            yield _finish(dressing, picture.copy(), place / fps)
            place += 1
    yield from _card(dressing.channel, round(dressing.outro_s * fps), size)
    for _ in range(round(dressing.black_s[1] * fps)):
        yield black.copy()


def _finish(dressing: Dressing, picture: Image.Image, time_s: float) -> Image.Image:
    """Bars, the channel's sign and subtitles on one frame."""
    width, height = picture.size
    draw = ImageDraw.Draw(picture)
    across, down = (round((1 - share) * side / 2) for share, side in zip(dressing.bars, picture.size, strict=True))
    for box in ((0, 0, across, height), (width - across, 0, width, height)) if across else ():
        draw.rectangle(box, fill=0)
    for box in ((0, 0, width, down), (0, height - down, width, height)) if down else ():
        draw.rectangle(box, fill=0)
    if dressing.watermark:
        sign, corner = _watermark(dressing.channel, width)
        x, y = (round(share * (side - part)) for share, side, part in zip(corner, picture.size, sign.size, strict=True))
        picture.paste(sign, (x, y), sign)
    if dressing.subtitles is not None:
        line = _subtitle(dressing.subtitles, int(time_s / 2), width)
        picture.paste(line, ((width - line.width) // 2, round(height * 0.97) - line.height), line)
    return picture


@dataclass(frozen=True)
class _Look:
    name: str
    colours: np.ndarray
    corner: tuple[float, float]


@lru_cache(maxsize=32)
def _look(channel: tuple[int, str]) -> _Look:
    rng = generator(*channel)
    corner = (float(rng.choice([0.2, 0.8])), float(rng.choice([0.05, 0.95])))
    return _Look(str(rng.choice(NAMES)), rng.integers(20, 236, (3, 3)), corner)


def _card(channel: tuple[int, str], count: int, size: tuple[int, int]) -> Iterator[Image.Image]:
    """A title card: the channel's sign and name grow on a ground of its colours. Always the same, but for its end."""
    width, height = size
    look = _look(channel)
    fall = np.linspace(0, 1, height)[:, None, None]
    ground = np.broadcast_to(look.colours[0] * (1 - fall) + look.colours[1] * fall, (height, width, 3))
    for number in range(count):
        picture = Image.fromarray(ground.astype(np.uint8))
        draw = ImageDraw.Draw(picture)
        grown = 0.7 + 0.3 * min(number / 6, 1)
        radius = height * 0.2 * grown
        x, y = width / 2, height * 0.4
        fill = rgb(look.colours[2])
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill, outline="white", width=2)
        draw.text((x, y), look.name[0], fill="white", font=ImageFont.load_default(radius * 1.2), anchor="mm")
        font = ImageFont.load_default(height * 0.15 * grown)
        draw.text((x, height * 0.78), look.name, fill="white", font=font, anchor="mm")
        yield picture


@lru_cache(maxsize=32)
def _watermark(channel: tuple[int, str], width: int) -> tuple[Image.Image, tuple[float, float]]:
    """The channel's sign, half transparent, and its corner as shares of the room left."""
    look = _look(channel)
    fill = (*rgb(look.colours[2]), 200)
    sign = draw_badge(round(width * 0.13), look.name[0], fill=fill, outline=(255, 255, 255, 220), width=1)
    return sign, look.corner


@lru_cache(maxsize=64)
def _subtitle(seed: int, number: int, width: int) -> Image.Image:
    """One line of a few words with a dark rim."""
    rng = np.random.default_rng([seed, number])
    text = " ".join(rng.choice(WORDS, int(rng.integers(2, 5)), replace=False))
    font = ImageFont.load_default(width / 17)
    left, top, right, bottom = font.getbbox(text, stroke_width=1)
    line = Image.new("RGBA", (round(right - left) + 2, round(bottom - top) + 2))
    ImageDraw.Draw(line).text((1 - left, 1 - top), text, fill="white", font=font, stroke_width=1, stroke_fill="black")
    return line
