"""Many pictures on one sheet, in rows and columns, with what they differ in written beside them."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

LONGEST_SIDE = 8192  # of a whole sheet in pixels; cells shrink to fit
GAP = 8
TEXT = 18
_PAPER, _INK, _EMPTY = (255, 255, 255), (24, 24, 27), (228, 228, 231)


@dataclass(frozen=True)
class Page:
    """One table of pictures: `cells` row by row (None: not there), labels above and at the left, a title above all."""

    cells: Sequence[Image.Image | None]
    columns: int
    above: Sequence[str] = ()
    beside: Sequence[str] = ()
    title: str = ""


def make_sheet(pages: Sequence[Page], *, cell: int) -> Image.Image:
    """Return one RGB picture of all `pages`, one below the other, each cell at most `cell` pixels wide and high."""
    wide = max(page.columns for page in pages)
    high = sum(-(-len(page.cells) // page.columns) for page in pages)
    most = (LONGEST_SIDE - 400) // max(wide, high) - GAP
    drawn = [_draw(page, max(16, min(cell, most))) for page in pages]
    sheet = Image.new("RGB", (max(page.width for page in drawn), sum(page.height for page in drawn)), _PAPER)
    top = 0
    for page in drawn:
        sheet.paste(page, (0, top))
        top += page.height
    return sheet


def encode(sheet: Image.Image, image_format: str) -> bytes:
    """Return the sheet as a file: "png", "jpeg" or "webp"."""
    buffer = io.BytesIO()
    sheet.save(buffer, image_format.upper(), quality=90)
    return buffer.getvalue()


def _draw(page: Page, cell: int) -> Image.Image:
    font = ImageFont.load_default(TEXT)
    shown = [_fit(picture, cell) if picture else None for picture in page.cells]
    width = max((picture.width for picture in shown if picture), default=cell)
    height = max((picture.height for picture in shown if picture), default=cell)
    rows = -(-len(shown) // page.columns)
    left = GAP + (min(int(max(font.getlength(text) for text in page.beside)), 240) + GAP if page.beside else 0)
    top = GAP + (TEXT + GAP if page.title else 0) + (TEXT + GAP if page.above else 0)
    canvas = Image.new("RGB", (left + page.columns * (width + GAP), top + rows * (height + GAP)), _PAPER)
    pen = ImageDraw.Draw(canvas)
    if page.title:
        pen.text((GAP, GAP), _short(page.title, font, canvas.width - 2 * GAP), _INK, font)
    for column, text in enumerate(page.above):
        pen.text((left + column * (width + GAP), top - TEXT - GAP // 2), _short(text, font, width), _INK, font)
    for row, text in enumerate(page.beside):
        place = (GAP, top + row * (height + GAP) + height // 2 - TEXT // 2)
        pen.text(place, _short(text, font, left - 2 * GAP), _INK, font)
    for number, picture in enumerate(shown):
        row, column = divmod(number, page.columns)
        corner = (left + column * (width + GAP), top + row * (height + GAP))
        if picture is None:
            pen.rectangle((*corner, corner[0] + width - 1, corner[1] + height - 1), _EMPTY)
        else:
            middle = ((width - picture.width) // 2, (height - picture.height) // 2)
            canvas.paste(picture, (corner[0] + middle[0], corner[1] + middle[1]))
    return canvas


def _fit(picture: Image.Image, side: int) -> Image.Image:
    scale = min(1.0, side / max(picture.size))
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.convert("RGB") if scale == 1.0 else picture.convert("RGB").resize(size, Image.Resampling.LANCZOS)


def _short(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: float) -> str:
    """Return `text` on one line, cut with an ellipsis where it is wider than `width` pixels."""
    text = " ".join(text.split())
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(f"{text}…") > width:
        text = text[:-1]
    return f"{text}…"
