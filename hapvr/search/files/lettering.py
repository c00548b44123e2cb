"""File names in figures: drawn where a font has their characters, escaped where none has."""

from functools import cache
from typing import Any
from unicodedata import combining, east_asian_width

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

from hapvr.search.files.picture_file import INK
from hapvr.search.files.videos import printable

FIRST = "DejaVu Sans"  # comes with matplotlib, and is the same everywhere
# Fonts for East Asian scripts and signs, as systems have them. None comes with matplotlib.
OTHERS = (
    "Noto Sans CJK JP", "Noto Sans CJK SC", "Noto Sans CJK KR", "Noto Sans JP", "Noto Sans SC", "Noto Sans KR",
    "Source Han Sans", "IPAexGothic", "WenQuanYi Zen Hei", "Droid Sans Fallback", "Hiragino Sans", "PingFang SC",
    "Noto Sans Arabic", "Noto Sans Devanagari", "Noto Emoji", "Noto Sans Symbols 2", "Symbola",
)  # fmt: skip


def look() -> dict[str, Any]:
    """Settings of matplotlib for figures of videos."""
    # A file name with two dollar signs is no formula.
    return {"text.color": INK, "text.parse_math": False, "font.family": families()}


@cache
def families() -> list[str]:
    """The fonts of this system that figures may use, in order of preference."""
    installed = set(font_manager.get_font_names())
    return [FIRST, *(name for name in OTHERS if name in installed)]


def drawable(text: str) -> str:
    """The text with every character that no font here has as \\u…, in place of a warning and an empty box."""
    return "".join(
        character if _has_glyph(character) else character.encode("unicode_escape").decode()
        for character in printable(text)
    )


def width(text: str) -> int:
    """Of how many letters a text takes the room: East Asian ones are twice as wide, accents take none."""
    return sum(0 if combining(one) else 2 if east_asian_width(one) in "WF" else 1 for one in text)


def shorten(name: str, length: int) -> str:
    """A path that fits in `length` letters: its end is what tells files apart."""
    shown = drawable(name)
    if width(shown) <= length:
        return shown
    while shown and width(shown) > length - 1:
        shown = shown[1:]
    return f"…{shown}"


@cache
def _has_glyph(character: str) -> bool:
    return any(font.get_char_index(ord(character)) for font in _fonts())


@cache
def _fonts() -> list[FT2Font]:
    return [font_manager.get_font(font_manager.findfont(name)) for name in families()]
