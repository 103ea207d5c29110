"""Draws the pictures of the image challenge: five digits, dark on light, four greys, some 1.4 KB of PNG.

A picture is a price, not a gate: `./dev bench ocr` publishes how many of them a recogniser reads.
"""

import secrets
from io import BytesIO
from math import pi, sin

from captcha.image import ImageCaptcha, random_color
from PIL.Image import Image, Resampling, Transform
from PIL.ImageDraw import Draw

LETTERS = "2345678"
"""Digits that are not taken for one another, neither by eye nor by ear (1 and 7 rhyme in Mandarin)."""
LENGTH = 5
WIDTH, HEIGHT = 180, 64
_GREYS = 4
_BEND = 5
"""Pixels by which a column or row of the grid is moved."""


class Drawing(ImageCaptcha):
    """The library's drawing at narrower angles, two waves in the digits' own colour through them, all of it bent."""

    character_rotate = (-22, 22)
    word_space_probability = 0.3

    def __init__(self) -> None:
        super().__init__(width=WIDTH, height=HEIGHT)

    def draw(self, answer: str) -> bytes:
        """PNG bytes of one image."""
        # The library takes a colour's brightness for its opacity: darker digits than these would be paler.
        ink = random_color(75, 130)
        image = self.generate_image(answer, bg_color=random_color(240, 255), fg_color=(*ink[:3], 255))
        for _ in range(2):
            Draw(image).line(wave(), fill=ink, width=2)
        out = BytesIO()
        bent(image).convert("L").quantize(_GREYS).save(out, format="png", optimize=True)
        return out.getvalue()


def wave() -> list[tuple[int, int]]:
    """Points of a wave across the image."""
    middle, height = secrets.randbelow(HEIGHT - 24) + 12, secrets.randbelow(14) + 6
    start, length = secrets.randbelow(628) / 100, secrets.randbelow(60) + 60
    return [(x, middle + round(height * sin(x * 2 * pi / length + start))) for x in range(0, WIDTH, 3)]


def drawn_answer() -> str:
    """A fresh answer."""
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def bent(image: Image) -> Image:
    """The image over a grid whose inner corners were moved at random."""
    columns, rows = 6, 2
    width, height = image.size[0] // columns, image.size[1] // rows
    corners = {
        (x, y): (x * width + _moved(x, columns), y * height + _moved(y, rows))
        for x in range(columns + 1)
        for y in range(rows + 1)
    }
    mesh = [
        (
            (x * width, y * height, (x + 1) * width, (y + 1) * height),
            (*corners[x, y], *corners[x, y + 1], *corners[x + 1, y + 1], *corners[x + 1, y]),
        )
        for x in range(columns)
        for y in range(rows)
    ]
    return image.transform(image.size, Transform.MESH, mesh, Resampling.BILINEAR)


def _moved(place: int, last: int) -> int:
    return secrets.randbelow(2 * _BEND + 1) - _BEND if 0 < place < last else 0
