"""Contact sheets over the API: who may fetch one, and in which size."""

import pytest

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


@pytest.mark.parametrize("query", ["?cell=5000", "?cell=x", "?output_format=bmp"])
def test_what_is_out_of_range_is_named(owner_client, alice, query):
    name = query.removeprefix("?").partition("=")[0]
    response = owner_client.api("GET", f"/jobs/{make_drawn(alice, ['red']).pk}/sheet{query}")
    error_of(response, 422, "invalid_parameters")
    assert name in response.json()["error"]["fields"]
