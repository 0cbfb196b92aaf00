"""The budget in the studio: what is left where something is limited, and nothing elsewhere."""

import json
import re

import pytest
from django.template import Context, Template

from tests.support.factories import make_job
from tests.support.limits import limit

pytestmark = pytest.mark.django_db


def rendered(user):
    return Template("{% load budget %}{% budget_line %}").render(Context({"user": user})).strip()


def test_nothing_is_shown_without_limits(alice):
    assert rendered(alice) == ""
    limit(most_running=2)
    assert rendered(alice) == ""


@pytest.mark.parametrize(
    ("limits", "left"), [({"most_queued": 5}, ("queued", 4)), ({"most_seconds_a_day": 100}, ("seconds", None))]
)
def test_what_is_left_of_queued_jobs_and_of_gpu_time(alice, checkpoint, limits, left):
    limit(**limits)
    make_job(alice, checkpoint)
    data = json.loads(re.search(r'<script id="budget-data"[^>]*>(.*?)</script>', rendered(alice)).group(1))
    name, value = left
    assert data["limits"]["most_queued"] == limits.get("most_queued")
    assert data["remaining"][name] == value if value is not None else 0 < data["remaining"][name] <= 100
