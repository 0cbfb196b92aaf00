"""One's waiting jobs in a browser: order by drag and by keys, leaving out, stopping all, and a paused queue."""

import os

import pytest

from generation.jobs.queue_control import set_state
from generation.models import Job
from sdsite.accounts.models import User
from tests.e2e.test_studio import _database_beside_playwright, ask, browser, open_folds, page  # noqa: F401
from tests.support.factories import make_user

pytestmark = [pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("SHOTS")


def prompts(page):  # noqa: F811
    return page.locator("[data-queued] .queued__prompt").all_inner_texts()


def wait_for_order(page, *wanted):  # noqa: F811
    page.wait_for_function(
        "wanted => JSON.stringify([...document.querySelectorAll('[data-queued] .queued__prompt')]"
        ".map(one => one.textContent)) === JSON.stringify(wanted)",
        arg=list(wanted),
    )


def shoot(page, name):  # noqa: F811
    """Keep screenshots of the page where SHOTS names a folder."""
    if not SHOTS:
        return
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        for width, height in ((1440, 900), (768, 1024), (390, 844)):
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=f"{SHOTS}/{name}-{scheme}-{width}.png")
    page.set_viewport_size({"width": 1440, "height": 900})


@pytest.fixture
def paused(page):  # noqa: F811
    """A studio with three jobs that wait, because the queue is paused."""
    administrator = make_user("root", is_staff=True)
    set_state(actor=administrator, paused=True, message="Back at two.")
    for name in ("first", "second", "third"):
        ask(page, name, count=4, steps=4)
        page.wait_for_selector(f"[data-queued] >> text={name}")
    page.reload()  # the state of the queue is told to who has something in it, and to who comes
    wait_for_order(page, "first", "second", "third")
    open_folds(page)
    yield page
    set_state(actor=administrator, paused=False)


def test_waiting_jobs_are_ordered_by_drag_and_by_keys(paused):
    paused.wait_for_selector("[data-queue-state] >> text=Back at two.")
    assert "3 queued" in paused.locator("[data-queue] [data-queue-summary]").inner_text()
    shoot(paused, "line")
    rows = paused.locator("[data-queued]")
    rows.nth(2).drag_to(rows.nth(0), target_position={"x": 40, "y": 4})
    wait_for_order(paused, "third", "first", "second")
    paused.locator("[data-queued] >> [data-action=down]").first.focus()
    paused.keyboard.press("Enter")
    wait_for_order(paused, "first", "third", "second")
    assert paused.evaluate("document.activeElement.dataset.action") == "down"
    rows.nth(2).locator("[data-action=front]").click()
    wait_for_order(paused, "second", "first", "third")
    assert [job.prompt for job in Job.objects.queued()] == ["second", "first", "third"]
    paused.click("[data-queue] [data-cancel-all]")
    assert Job.objects.queued().count() == 3
    paused.click("[data-queue] [data-cancel-all]")
    paused.wait_for_function("() => document.querySelectorAll('[data-queued]').length === 0")
    paused.locator("[data-history-job]").nth(2).wait_for()
    for _ in range(3):
        paused.locator("[data-history=dismiss]").first.click()
    paused.locator("[data-history-job]").first.wait_for(state="detached")


def test_a_resumed_queue_draws_and_the_note_goes(paused):
    set_state(actor=User.objects.get(username="root"), paused=False)
    paused.locator("[data-queue-state]").wait_for(state="hidden")
    paused.wait_for_function("() => document.querySelectorAll('[data-history-job]').length === 3", timeout=60_000)


def test_one_image_is_cancelled_and_the_others_are_generated(page):  # noqa: F811
    ask(page, "a blue whale", count=4, steps=80)
    page.wait_for_selector("[data-job][data-status=running]")
    page.locator("[data-tile='2']").hover()
    page.locator("[data-tile='2'] [data-action=cancel-image]").click()
    # A quick machine may have finished the others by now, and then the place itself is gone.
    page.wait_for_selector("[data-tile='2'][data-dropped]", state="attached")
    shoot(page, "left-out")
    page.wait_for_selector("[data-job][data-status=succeeded]", timeout=60_000)
    assert page.locator("[data-final]").count() == 3
    assert Job.objects.get().dropped == [2]
