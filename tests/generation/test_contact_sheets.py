"""Contact sheets: a grid by its axes, other jobs about square."""

import io

import pytest
from PIL import Image as Pillow

from generation import contact_sheets
from tests.support.factories import make_checkpoint, make_image, make_job

pytestmark = pytest.mark.django_db


GRID = {"axes": [{"field": "steps", "values": [2, 4, 6]}, {"field": "replace", "values": ["heart", "star"]}]}


def make_drawn(owner, colours, **requested):
    checkpoint = make_checkpoint()
    job = make_job(owner, checkpoint, prompt="a heart", **requested)
    for index, colour in enumerate(colours):
        if colour:
            make_image(owner, job_id=job.pk, index=index, colour=colour)
    return job


def sheet(client, job, query=""):
    response = client.api("GET", f"/jobs/{job.pk}/sheet{query}")
    assert response.status_code == 200, response.content
    return response, Pillow.open(io.BytesIO(response.content)).convert("RGB")


def test_a_grid_stands_by_its_axes_and_a_missing_cell_is_empty(owner_client, alice):
    job = make_drawn(alice, ["red", "lime", "blue", "yellow", None, "cyan"], grid=GRID)
    response, picture = sheet(owner_client, job, "?cell=64")
    assert response["Content-Type"] == "image/png"
    cells = [[picture.getpixel((x, y)) for x in centres(picture.width, 3)] for y in centres(picture.height, 2)]
    assert cells == [[(255, 0, 0), (0, 255, 0), (0, 0, 255)], [(255, 255, 0), (228, 228, 231), (0, 255, 255)]]


def centres(length, count, cell=64, gap=8):
    """Return the middle of each cell, counted from the far edge, where no labels are."""
    return [length - gap - cell // 2 - place * (cell + gap) for place in reversed(range(count))]


def test_another_job_comes_out_about_square(owner_client, alice):
    job = make_drawn(alice, ["red"] * 4, count=4)
    _, picture = sheet(owner_client, job, "?cell=64&output_format=webp")
    assert picture.width == picture.height == 2 * (64 + 8) + 8


def test_each_image_is_at_the_size_of_its_cell_before_the_next_is_opened(alice, monkeypatch):
    """All of them at full size at once filled the memory."""
    job = make_drawn(alice, ["red"] * 4, count=4)
    sizes = []
    opened = contact_sheets.shrink

    def recording(image, side):
        small = opened(image, side)
        sizes.append((image.size, small.size))
        return small

    monkeypatch.setattr(contact_sheets, "shrink", recording)
    monkeypatch.setattr(contact_sheets, "make_sheet", lambda pages, *, cell: [image.size for image in pages[0].cells])
    assert contact_sheets.build_contact_sheet(job, cell=32) == [small for _, small in sizes]
    assert {max(small) for _, small in sizes} == {32}
    assert all(max(size) > 32 for size, _ in sizes)
