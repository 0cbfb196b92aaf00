"""A draft is generated exactly: the same settings and seed, for its owner alone, within what their role allows."""

import pytest

from generation.models import Job
from sdsite.accounts.models import User
from tests.support.clients.api_client import error_of, knocking_as
from tests.support.factories import make_image
from tests.support.limits import limit, refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("checkpoint", "valkey", "own_media")]


@pytest.fixture
def draft(alice):
    axes = {"axes": [{"field": "steps", "values": [8, 20]}]}
    return make_image(alice, index=3, speed_mode="draft", count=4, grid=axes, batch_size=1, guidance_scale=5.5)


def path_of(image):
    return f"/images/{image.pk}/exact"


def test_its_owner_gets_a_job_of_the_same_seed_and_settings(owner_client, draft):
    answer = owner_client.api("POST", path_of(draft))
    assert answer.status_code == 202, answer.content
    job = Job.objects.get(pk=answer.json()["id"])
    assert answer["Location"].endswith(f"/jobs/{job.pk}")
    same = {name: job.parameters[name] for name in ("prompt", "steps", "guidance_scale", "sampler", "width", "height")}
    assert same == {name: draft.parameters[name] for name in same}
    assert (job.parameters["seed"], job.parameters["speed_mode"]) == (draft.seed, "exact")
    assert (job.count, job.parameters["grid"], job.parameters["batch_size"], job.source) == (1, None, None, "api")


def test_it_is_refused_to_strangers_for_exact_images_and_by_roles(owner_client, alice, charlie, draft):
    error_of(knocking_as(charlie).api("POST", path_of(draft)), 404, "not_found")
    for parameters in ({}, {"speed_mode": "exact"}):
        error_of(owner_client.api("POST", path_of(make_image(alice, **parameters))), 409, "not_retryable")
    error_of(owner_client.api("POST", path_of(make_image(alice, speed_mode="draft", width=3))), 409, "not_retryable")
    limit(speed_modes=["draft"])
    answer = owner_client.api("POST", path_of(draft))
    assert refused(answer, 403, "limit_exceeded")["name"] == "speed_modes"
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert owner_client.api("POST", path_of(draft)).status_code == 401
    assert not Job.objects.exists()


def test_the_page_of_an_image_offers_it_for_drafts_and_names_the_techniques(as_alice, alice, draft):
    draft.receipt |= {
        "speed": {"mode": "draft", "techniques": [{"name": "fewer_steps", "steps": 10, "instead_of": 20}]},
        "scheduler": {"class": "DDIMScheduler"},
        "device": "cpu",
        "dtype": "float32",
        "parts": {},
        "versions": {},
    }
    draft.save()
    page = as_alice.get(f"/images/{draft.pk}/").content.decode()
    assert 'data-do="exact"' in page
    assert "<dt>Speed mode</dt><dd>draft: fewer steps (10 instead of 20)</dd>" in page
    assert 'data-do="exact"' not in as_alice.get(f"/images/{make_image(alice).pk}/").content.decode()
