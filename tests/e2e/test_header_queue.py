"""The queue in the header of every page, live over the page's one websocket."""

import json
import os

import pytest

from generation.jobs.queue_control import set_state
from generation.models import Checkpoint, Job
from sdsite.accounts.models import User
from tests.e2e.test_studio import _database_beside_playwright, browser, page  # noqa: F401
from tests.support.axe import axe_violations
from tests.support.factories import make_job, make_user

pytestmark = [pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("SHOTS")


def shoot(page, name):  # noqa: F811
    """Keep screenshots of the page where SHOTS names a folder."""
    for scheme in ("dark", "light") if SHOTS else ():
        page.emulate_media(color_scheme=scheme)
        for width, height in ((1440, 900), (768, 900), (390, 844)):
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(250)  # colours change slowly
            page.screenshot(path=f"{SHOTS}/{name}-{scheme}-{width}.png")
    page.set_viewport_size({"width": 1440, "height": 900})


def hear(page, socket):  # noqa: F811
    """Keep a websocket, and what it receives."""
    page.sockets.append(socket)
    socket.on("framereceived", lambda frame: page.messages.append(frame))


@pytest.fixture
def library(page):  # noqa: F811
    """Alice's library in a tab of its own, what it asked for, and what its websockets received."""
    tab = page.context.new_page()
    page.close()
    tab.requests, tab.sockets, tab.messages = [], [], []
    tab.on("request", lambda request: tab.requests.append(request.url))
    tab.on("websocket", lambda socket: hear(tab, socket))
    tab.goto("/library/")
    return tab


@pytest.mark.blank_page
def test_it_tells_of_own_jobs_and_of_the_site(library):
    alice = User.objects.get(username="alice")
    bob = make_user("bob")
    checkpoint = Checkpoint.objects.get()
    button, words = library.locator("[data-queue-button]"), library.locator("[data-queue-button-words]")
    assert words.inner_text() == ""
    administrator = make_user("root", is_staff=True)
    set_state(actor=administrator, paused=True, message="Back at two.")
    make_job(bob, checkpoint, prompt="a secret of bob", count=2)
    make_job(bob, checkpoint, prompt="another secret of bob", steps=9)
    make_job(alice, checkpoint, prompt="mine first")
    make_job(alice, checkpoint, prompt="mine second")
    library.wait_for_function("() => document.querySelector('[data-queue-button-words]').textContent === '2 queued'")
    assert button.get_attribute("aria-label") == "Queue: 2 queued"
    assert not [url for url in library.requests if url.endswith("/api/v1/queue")]

    button.press("Enter")
    menu = library.locator("#queue-menu")
    menu.get_by_text("4 jobs queued on this site").wait_for()
    assert menu.locator("[data-queue-total]").inner_text().startswith("The queue is paused. Back at two.")
    assert menu.locator(".queue__kind").all_inner_texts() == ["Text to image\n2 yours\n4"]
    assert menu.locator(".queued__prompt").all_inner_texts() == ["mine first", "mine second"]
    assert "secret of bob" not in library.content()
    assert axe_violations(library) == []
    shoot(library, "header-queue")

    menu.locator("[data-queued] [data-action=down]").first.click()
    library.wait_for_function("() => document.querySelector('.queued__prompt').textContent === 'mine second'")
    menu.locator("[data-queued] [data-action=cancel]").first.click()
    menu.get_by_text("3 jobs queued on this site").wait_for()
    assert Job.objects.get(prompt="mine second").status == "cancelled"
    library.keyboard.press("Escape")
    menu.wait_for(state="hidden")
    assert library.locator("[data-queued]").count() == 0

    # A reload says it at once, from the snapshot; one socket, without previews where nobody shows them.
    library.sockets.clear()
    library.reload()
    library.wait_for_function("() => document.querySelector('[data-queue-button-words]').textContent === '1 queued'")
    assert len([socket for socket in library.sockets if not socket.is_closed()]) == 1
    assert all(socket.url.endswith("?previews=0") for socket in library.sockets)

    Job.objects.filter(owner=bob).update(status="cancelled")
    set_state(actor=administrator, paused=False)
    library.wait_for_function(
        "() => document.querySelector('[data-queue-button-words]').textContent === ''", timeout=60_000
    )
    assert Job.objects.get(prompt="mine first").status == "succeeded"
    events = [json.loads(frame)["event"] for frame in library.messages if isinstance(frame, str)]
    assert "job.progress" in events
    assert len(library.messages) == len(events)  # no binary frame: no preview


def test_the_studio_has_it_too_and_its_strip_says_the_same(page):  # noqa: F811
    administrator = make_user("root", is_staff=True)
    set_state(actor=administrator, paused=True, message="")
    make_job(User.objects.get(username="alice"), Checkpoint.objects.get(), prompt="mine")
    page.wait_for_function("() => document.querySelector('[data-queue-button-words]').textContent === '1 queued'")
    page.locator("[data-queue] [data-queue-total]").get_by_text("1 job queued on this site").wait_for()
    page.click("[data-queue-button]")
    page.locator("#queue-menu .queued__prompt").click()
    page.locator("[data-job]").wait_for()  # on the stage
    page.locator("#queue-menu [data-action=cancel]").click()
    page.wait_for_function("() => document.querySelector('[data-queue-button-words]').textContent === ''")
    set_state(actor=administrator, paused=False)
