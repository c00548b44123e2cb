"""A round badge with a letter: a re-uploader's logo, a channel's sign."""

from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int, int]


def draw_badge(side: int, letter: str, *, fill: Colour, outline: Colour, width: int) -> Image.Image:
    """RGBA, `side` pixels high and wide; colours with how much they cover, of 255. width: of the outline, pixels."""
    picture = Image.new("RGBA", (side, side))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((0, 0, side - 1, side - 1), fill=fill, outline=outline, width=width)
    draw.text((side / 2, side / 2), letter, fill="white", font=ImageFont.load_default(side * 0.6), anchor="mm")
    return picture
