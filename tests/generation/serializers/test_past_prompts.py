"""The list of the prompts that a user wrote last."""

from datetime import timedelta

import pytest
from django.utils import timezone

from generation.models import Job
from generation.serializers.past_prompts import SEARCHED_JOBS
from tests.support.clients.api_client import error_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def write():
    """Return a function that stores jobs with prompts, the first the newest."""
    now = timezone.now()

    def run(owner, *prompts, **fields):
        Job.objects.bulk_create(
            [
                Job(owner=owner, prompt=prompt, parameters={}, created_at=now - timedelta(seconds=age), **fields)
                for age, prompt in enumerate(prompts)
            ]
        )

    return run


def prompts(client, query=""):
    return [row["prompt"] for row in client.api("GET", f"/prompt/history{query}").json()]


def test_each_prompt_is_there_once_the_newest_first(owner_client, charlie_client, alice, charlie, write):
    write(alice, "a fox", "", "a heart", "a fox", "Ein Ölbild", status="succeeded")
    write(alice, "not mine to reuse", source="verify")
    write(charlie, "a secret")
    assert prompts(owner_client) == ["a fox", "a heart", "Ein Ölbild"]
    assert prompts(owner_client, "?limit=2") == ["a fox", "a heart"]
    assert prompts(charlie_client) == ["a secret"]


@pytest.mark.parametrize(
    ("search", "found"), [("FOX", 1), ("snow fox", 1), ("ölbild", 1), ("fox heart", 0), ("%25", 0)]
)
def test_a_search_takes_all_words_in_any_order(owner_client, alice, write, search, found):
    write(alice, "a fox in the snow", "a heart", "Ein Ölbild")
    assert len(prompts(owner_client, f"?search={search}")) == found


def test_it_reads_a_bounded_number_of_jobs(owner_client, alice, write, django_assert_max_num_queries):
    write(alice, *["the same"] * SEARCHED_JOBS, "too old")
    with django_assert_max_num_queries(8):
        assert prompts(owner_client) == ["the same"]


@pytest.mark.parametrize("query", ["?limit=0", "?limit=101", "?search=" + "x" * 201, "?nothing=1"])
def test_bad_values_are_refused(owner_client, query):
    error_of(owner_client.api("GET", f"/prompt/history{query}"), 422, "invalid_parameters")
