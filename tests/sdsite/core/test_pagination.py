"""Pages have no gaps or repetitions while rows are added."""

import re
import uuid
from datetime import timedelta

from gallery.pages.library import GROUPS_A_PAGE
from tests.support.factories import make_image


def make_groups(owner, count):
    """Return the job ids of `count` groups of one image, newest first."""
    return [make_image(owner, age=timedelta(minutes=number)).job_id for number in range(count)]


def groups_on(response):
    return [uuid.UUID(found) for found in re.findall(r'data-group="([0-9a-f-]+)"', response.content.decode())]


def older_of(response):
    found = re.search(r'href="(\?cursor=[^"]+)"', response.content.decode())
    return found and found.group(1)


def test_pages_follow_each_other_without_gap_or_repetition(as_alice, alice):
    expected = make_groups(alice, GROUPS_A_PAGE + 3)
    first = as_alice.get("/library/")
    assert groups_on(first) == expected[:GROUPS_A_PAGE]
    second = as_alice.get(f"/library/{older_of(first)}")
    assert groups_on(second) == expected[GROUPS_A_PAGE:]
    assert older_of(second) is None


def test_a_page_does_not_shift_when_new_images_come(as_alice, alice):
    expected = make_groups(alice, GROUPS_A_PAGE + 2)
    following = older_of(as_alice.get("/library/"))
    make_image(alice, age=timedelta(seconds=-1))
    assert groups_on(as_alice.get(f"/library/{following}")) == expected[GROUPS_A_PAGE:]


def test_jobs_of_the_same_moment_are_all_shown(as_alice, alice, monkeypatch):
    from django.utils import timezone

    monkeypatch.setattr("gallery.pages.library.GROUPS_A_PAGE", 2)
    now = timezone.now()
    monkeypatch.setattr("tests.support.factories.timezone.now", lambda: now)
    expected = sorted(make_image(alice).job_id for _ in range(5))
    seen, address = [], "/library/"
    while address:
        response = as_alice.get(address)
        seen += groups_on(response)
        address = older_of(response) and f"/library/{older_of(response)}"
    assert sorted(seen) == expected
