"""Announcements and maintenance in open pages; web process and worker take what was changed without a restart."""

import pytest

from generation.models import Checkpoint, Job
from sdsite.accounts.models import User
from sdsite.configuration.changes import change
from tests.e2e.test_studio import _database_beside_playwright, browser, page  # noqa: F401
from tests.support.axe import axe_violations
from tests.support.clients.api_client import make_key
from tests.support.factories import make_job, make_user
from tests.support.site import finished

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.mark.blank_page
def test_open_pages_hear_of_both_and_accepted_jobs_are_generated(page):  # noqa: F811
    alice, root = User.objects.get(username="alice"), make_user("root", is_staff=True, is_superuser=True)
    page.goto("/library/")
    page.wait_for_selector("[data-banners][data-live]", state="attached")
    told, closed = page.locator("[data-banner=announcement]"), page.locator("[data-banner=maintenance]")
    assert (told.is_visible(), closed.is_visible()) == (False, False)

    job = make_job(alice, Checkpoint.objects.get(), prompt="accepted before")
    change(
        actor=root,
        changes={
            "announcement": "Disks arrive on Friday.",
            "severity": "critical",
            "maintenance": True,
            "maintenance_message": "New disks until noon.",
            "name": "Atelier",
        },
    )
    told.get_by_text("Disks arrive on Friday.").wait_for()
    closed.get_by_text("New disks until noon.").wait_for()
    page.set_viewport_size({"width": 390, "height": 844})
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        assert axe_violations(page, within="[data-banners]") == []
    answer = page.request.post("/api/v1/jobs", headers={"X-API-Key": make_key(alice)[1]}, data={"prompt": "too late"})
    assert (answer.status, answer.json()["error"]["code"]) == (503, "maintenance")
    assert finished(job).status == "succeeded"
    assert not Job.objects.filter(prompt="too late").exists()

    with page.expect_response(lambda response: response.url.endswith("/me/preferences")):
        told.get_by_role("button", name="Dismiss the announcement").press("Enter")
    told.wait_for(state="hidden")
    assert page.evaluate("document.activeElement.id") == "main"
    page.reload()
    page.wait_for_selector("[data-banners][data-live]", state="attached")
    assert page.locator(".brand").inner_text() == "Atelier"
    assert (told.is_visible(), closed.is_visible()) == (False, True)
    change(actor=root, changes={"announcement": "They are here.", "maintenance": False})
    told.get_by_text("They are here.").wait_for()
    closed.wait_for(state="hidden")
