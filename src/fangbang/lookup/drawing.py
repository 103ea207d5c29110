"""Draws the pictures of the image challenge: five digits, dark on light, four greys, some 1.2 KB of PNG.

A picture is a price, not a gate: `./dev bench ocr` publishes how many of them a recogniser reads.
"""

import secrets
from io import BytesIO

from captcha.image import ImageCaptcha, random_color
from PIL.Image import Image, Resampling, Transform

LETTERS = "2345678"
"""Digits that are not taken for one another, neither by eye nor by ear (1 and 7 rhyme in Mandarin)."""
LENGTH = 5
WIDTH, HEIGHT = 180, 64
_GREYS = 4
_WAVE = 5
"""Pixels by which a column or row of the grid is moved."""


class Drawing(ImageCaptcha):
    """The library's drawing with narrower angles, a wave over all and two curves through the digits."""

    character_rotate = (-22, 22)
    word_space_probability = 0.3

    def __init__(self) -> None:
        super().__init__(width=WIDTH, height=HEIGHT)

    def draw(self, answer: str) -> bytes:
        """PNG bytes of one image."""
        image = self.generate_image(answer, bg_color=random_color(240, 255), fg_color=random_color(10, 110, 255))
        image = waved(image)
        for _ in range(2):
            self.create_noise_curve(image, random_color(20, 110))
        out = BytesIO()
        image.convert("L").quantize(_GREYS).save(out, format="png", optimize=True)
        return out.getvalue()


def drawn_answer() -> str:
    """A fresh answer."""
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def waved(image: Image) -> Image:
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
    return secrets.randbelow(2 * _WAVE + 1) - _WAVE if 0 < place < last else 0
