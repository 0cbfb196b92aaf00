"""Contact sheets over the API: who may fetch one, and in which size."""

import io

import pytest
from PIL import Image as Pillow

from tests.support.clients.api_client import error_of
from tests.support.factories import make_checkpoint, make_image, make_job

pytestmark = pytest.mark.django_db


def make_drawn(owner, colours, **requested):
    checkpoint = make_checkpoint()
    job = make_job(owner, checkpoint, prompt="a heart", **requested)
    for index, colour in enumerate(colours):
        if colour:
            make_image(owner, job_id=job.pk, index=index, colour=colour)
    return job


def test_a_job_without_images_has_no_sheet(owner_client, alice):
    error_of(owner_client.api("GET", f"/jobs/{make_drawn(alice, []).pk}/sheet"), 409, "no_image")


def test_a_stranger_sees_no_sheet(charlie_client, alice):
    error_of(charlie_client.api("GET", f"/jobs/{make_drawn(alice, ['red']).pk}/sheet"), 404, "not_found")


@pytest.mark.parametrize("query", ["?cell=5000", "?cell=x", "?output_format=bmp", "?columns=0", "?columns=101"])
def test_what_is_out_of_range_is_named(owner_client, alice, query):
    name = query.removeprefix("?").partition("=")[0]
    response = owner_client.api("GET", f"/jobs/{make_drawn(alice, ['red']).pk}/sheet{query}")
    error_of(response, 422, "invalid_parameters")
    assert name in response.json()["error"]["fields"]


def test_a_row_has_as_many_images_as_asked_for(owner_client, alice):
    job = make_drawn(alice, ["red", "green", "blue", "red"], count=4)
    shapes = {}
    for columns in (1, 3, 4, 90):
        sheet = owner_client.api("GET", f"/jobs/{job.pk}/sheet?cell=32&columns={columns}")
        width, height = Pillow.open(io.BytesIO(sheet.content)).size
        shapes[columns] = ((width - 8) / 40, (height - 8) / 40)  # 8 pixels between cells
    assert shapes == {1: (1, 4), 3: (3, 2), 4: (4, 1), 90: (4, 1)}


def test_the_axes_of_a_grid_are_its_columns(owner_client, alice):
    job = make_drawn(alice, ["red", "green"], grid={"axes": [{"field": "steps", "values": [1, 2]}]})
    said = error_of(owner_client.api("GET", f"/jobs/{job.pk}/sheet?columns=2"), 422, "invalid_parameters")
    assert "first axis" in said["columns"]
