"""Checkpoints, samplers and schedules as JSON."""

import pytest

from tests.support.clients.api_client import error_of
from tests.support.factories import make_checkpoint

pytestmark = pytest.mark.django_db


REQUEST = {"prompt": "a red heart", "seed": 42}


class TestCatalog:
    """Checkpoints, samplers and schedules."""

    def test_checkpoints_the_default_first_and_no_disabled_ones(self, owner_client, checkpoint):
        make_checkpoint("another", sizes=[])
        make_checkpoint("hidden", enabled=False)
        answer = owner_client.api("GET", "/checkpoints").json()
        assert [one["slug"] for one in answer] == ["starter", "another"]
        assert answer[0]["sizes"] == [[128, 128]]
        assert answer[0]["defaults"]["steps"] == 20
        assert "location" not in answer[0]

    def test_one_checkpoint(self, owner_client, checkpoint):
        make_checkpoint("hidden", enabled=False)
        assert owner_client.api("GET", "/checkpoints/starter").json()["is_default"]
        error_of(owner_client.api("GET", "/checkpoints/hidden"), 404, "not_found")

    def test_every_sampler_that_is_listed_can_be_asked_for(self, owner_client, checkpoint):
        samplers = owner_client.api("GET", "/samplers").json()
        assert len(samplers) > 10
        for sampler in samplers:
            if checkpoint.family in sampler["families"]:
                requested = {**REQUEST, "sampler": sampler["label"], "schedule": sampler["schedules"][0]}
                answer = owner_client.api("POST", "/jobs", requested)
                assert answer.status_code == 202, answer.content
                assert answer.json()["parameters"]["sampler"] == sampler["key"]
