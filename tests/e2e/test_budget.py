"""The line beside Generate that says what one's role leaves."""

import pytest

from tests.e2e.test_studio import _database_beside_playwright, ask, browser, open_folds, page  # noqa: F401

pytestmark = [pytest.mark.django_db(transaction=True)]


def words(studio):
    return studio.inner_text("[data-budget]")


def wait_for_words(studio, start):
    studio.wait_for_function(
        "(start) => document.querySelector('[data-budget]').textContent.startsWith(start)", arg=start
    )


def open_studio(studio):
    studio.goto("/")
    studio.wait_for_selector("[data-connection=open]", state="attached")
    open_folds(studio)


def test_it_follows_the_jobs_and_says_when_nothing_is_left(page):  # noqa: F811
    from generation.models import Job, RoleLimits

    assert page.query_selector("[data-budget]") is None  # nothing is limited, nothing is said
    RoleLimits.objects.create(most_queued=3, most_seconds_a_day=600)
    open_studio(page)
    assert words(page) == "0 of 3 jobs queued · 10 min of GPU time left today"
    page.fill("#prompt", "a red heart")
    page.wait_for_function(
        "() => document.querySelector('[data-estimate]').textContent.endsWith('% of today’s GPU time')"
    )
    assert "%%" not in page.inner_text("[data-estimate]")
    ask(page, "a red heart", steps=150, count=4)
    wait_for_words(page, "0 of 3 jobs queued · 9 min of GPU time left today")
    page.click("[data-action=cancel]")
    page.wait_for_selector("[data-job][data-status=cancelled]")
    Job.objects.update(used_seconds=600)
    open_studio(page)
    assert "no GPU time left today, more from" in words(page)
