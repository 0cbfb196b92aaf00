"""Contact sheets: many images in rows and columns, labelled with what they differ in."""

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
    """One table of images: `cells` row by row (None: missing), labels of columns and rows, and a title above."""

    cells: Sequence[Image.Image | None]
    columns: int
    column_labels: Sequence[str] = ()
    row_labels: Sequence[str] = ()
    title: str = ""


def make_sheet(pages: Sequence[Page], *, cell: int) -> Image.Image:
    """Return one RGB image of all `pages`, one below the other, each cell at most `cell` pixels wide and high."""
    wide = max(page.columns for page in pages)
    high = sum(-(-len(page.cells) // page.columns) for page in pages)
    most = (LONGEST_SIDE - 400) // max(wide, high) - GAP
    rendered = [_render(page, max(16, min(cell, most))) for page in pages]
    sheet = Image.new("RGB", (max(page.width for page in rendered), sum(page.height for page in rendered)), _PAPER)
    top = 0
    for page in rendered:
        sheet.paste(page, (0, top))
        top += page.height
    return sheet


def encode(sheet: Image.Image, image_format: str) -> bytes:
    """Return the sheet as a file of `image_format`: "png", "jpeg" or "webp"."""
    buffer = io.BytesIO()
    sheet.save(buffer, image_format.upper(), quality=90)
    return buffer.getvalue()


def _render(page: Page, cell: int) -> Image.Image:
    font = ImageFont.load_default(TEXT)
    shown = [shrink(image, cell) if image else None for image in page.cells]
    width = max((image.width for image in shown if image), default=cell)
    height = max((image.height for image in shown if image), default=cell)
    rows = -(-len(shown) // page.columns)
    left = GAP + (min(int(max(font.getlength(text) for text in page.row_labels)), 240) + GAP if page.row_labels else 0)
    top = GAP + (TEXT + GAP if page.title else 0) + (TEXT + GAP if page.column_labels else 0)
    canvas = Image.new("RGB", (left + page.columns * (width + GAP), top + rows * (height + GAP)), _PAPER)
    pen = ImageDraw.Draw(canvas)
    if page.title:
        pen.text((GAP, GAP), _short(page.title, font, canvas.width - 2 * GAP), _INK, font)
    for column, text in enumerate(page.column_labels):
        pen.text((left + column * (width + GAP), top - TEXT - GAP // 2), _short(text, font, width), _INK, font)
    for row, text in enumerate(page.row_labels):
        place = (GAP, top + row * (height + GAP) + height // 2 - TEXT // 2)
        pen.text(place, _short(text, font, left - 2 * GAP), _INK, font)
    for number, image in enumerate(shown):
        row, column = divmod(number, page.columns)
        corner = (left + column * (width + GAP), top + row * (height + GAP))
        if image is None:
            pen.rectangle((*corner, corner[0] + width - 1, corner[1] + height - 1), _EMPTY)
        else:
            middle = ((width - image.width) // 2, (height - image.height) // 2)
            canvas.paste(image, (corner[0] + middle[0], corner[1] + middle[1]))
    return canvas


def shrink(image: Image.Image, side: int) -> Image.Image:
    """Return the image as RGB, at most `side` pixels wide and high; smaller ones keep their size."""
    scale = min(1.0, side / max(image.size))
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.convert("RGB") if scale == 1.0 else image.convert("RGB").resize(size, Image.Resampling.LANCZOS)


def _short(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: float) -> str:
    """Return `text` on one line, cut with an ellipsis where it is wider than `width` pixels."""
    text = " ".join(text.split())
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(f"{text}…") > width:
        text = text[:-1]
    return f"{text}…"
