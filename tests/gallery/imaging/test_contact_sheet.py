"""Contact sheets: rows and columns, empty cells, labels, and the bound of a sheet."""

import io

import pytest
from PIL import Image

from gallery.imaging.contact_sheet import LONGEST_SIDE, Page, encode, make_sheet

RED, BLUE = (255, 0, 0), (0, 0, 255)


def colours_of(sheet):
    return {colour for _, colour in sheet.getcolors(maxcolors=sheet.width * sheet.height)}


def test_images_go_row_by_row_and_a_missing_one_leaves_its_cell():
    cells = [Image.new("RGB", (40, 20), RED), None, Image.new("RGB", (20, 20), BLUE)]
    sheet = make_sheet([Page(cells, columns=2)], cell=40)
    middle = {(column, row): (8 + column * 48 + 20, 8 + row * 28 + 10) for column in (0, 1) for row in (0, 1)}
    assert sheet.getpixel(middle[0, 0]) == RED
    assert sheet.getpixel(middle[0, 1]) == BLUE
    empty, paper = sheet.getpixel(middle[1, 0]), sheet.getpixel(middle[1, 1])
    assert len({empty, paper, RED, BLUE}) == 4
    assert paper == (255, 255, 255)


def test_a_large_image_shrinks_to_its_cell_and_a_small_one_keeps_its_size():
    large = make_sheet([Page([Image.new("RGB", (400, 200), RED)], columns=1)], cell=100)
    assert large.size == (8 + 108, 8 + 58)
    small = make_sheet([Page([Image.new("RGB", (30, 30), RED)], columns=1)], cell=100)
    assert small.size == (8 + 38, 8 + 38)


def test_labels_are_written_beside_the_cells():
    cells = [Image.new("RGB", (60, 60), RED)] * 4
    plain = make_sheet([Page(cells, columns=2)], cell=60)
    labelled = make_sheet(
        [Page(cells, 2, column_labels=["20", "30"], row_labels=["ddim", "euler"], title="steps")], cell=60
    )
    assert labelled.width > plain.width
    assert labelled.height > plain.height
    assert colours_of(plain) == {RED, (255, 255, 255)}
    assert len(colours_of(labelled)) > 2


def test_a_sheet_stays_within_its_bound_and_pages_lie_below_each_other():
    cells = [Image.new("RGB", (900, 900), RED)] * 64
    page = Page(cells, columns=32, row_labels=["a long label of a row"] * 2)
    one, two = make_sheet([page], cell=900), make_sheet([page, page], cell=900)
    assert one.width <= LONGEST_SIDE
    assert (two.width, two.height) == (one.width, 2 * one.height)


@pytest.mark.parametrize("image_format", ["png", "jpeg", "webp"])
def test_a_sheet_is_written_as_a_file(image_format):
    sheet = make_sheet([Page([Image.new("RGB", (30, 30), RED)], columns=1)], cell=30)
    opened = Image.open(io.BytesIO(encode(sheet, image_format)))
    assert (opened.format, opened.size) == (image_format.upper(), sheet.size)
