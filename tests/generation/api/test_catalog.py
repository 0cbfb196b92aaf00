"""What programs learn about wishes before they make one."""

import pytest

from generation.parameters.ranges import RANGES
from tests.support.clients.api_client import error_of

pytestmark = pytest.mark.django_db


def test_the_catalog_names_ranges_that_wishes_are_held_to(owner_client, checkpoint):
    catalog = owner_client.api("GET", "/catalog").json()
    assert set(catalog["ranges"]) == set(RANGES)
    for name in ("steps", "guidance_scale", "count", "quality"):
        beyond = catalog["ranges"][name]["most"] + 1
        fields = error_of(owner_client.api("POST", "/jobs", {"prompt": "x", name: beyond}), 422, "invalid_parameters")
        assert list(fields) == [name]


def test_every_choice_of_the_catalog_is_taken(owner_client, checkpoint):
    catalog = owner_client.api("GET", "/catalog").json()
    requests = [{"schedule": one["key"], "sampler": "euler"} for one in catalog["schedules"]]
    requests += [
        {"hires": {"upscaler": one["key"]}} if one["latent"] else {"upscaler": one["key"], "upscale_by": 2}
        for one in catalog["upscalers"]
    ]
    for requested in requests:
        answer = owner_client.api("POST", "/jobs?dry_run=true", {"prompt": "x", **requested})
        assert answer.status_code == 200, answer.content
    assert {family["key"] for family in catalog["families"]} >= {"sd", "sdxl"}
    assert all("text_to_image" in family["can"] for family in catalog["families"])


def test_without_a_key_it_tells_nothing(stranger):
    error_of(stranger.api("GET", "/catalog"), 401, "unauthorized")
