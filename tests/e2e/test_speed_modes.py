"""Speed modes in a browser: a draft is chosen in the studio, then generated exactly from stage and viewer."""

import pytest

from gallery.models import Image
from generation.models import Job
from tests.e2e.test_field_groups import shoot
from tests.e2e.test_studio import _database_beside_playwright, ask, browser, finals, page  # noqa: F401
from tests.support.axe import axe_violations
from tests.support.site import finished, wait_for

pytestmark = [pytest.mark.django_db(transaction=True)]


def newest(count):
    """Return the newest job once there are `count`, ended."""
    wait_for(lambda: Job.objects.count() == count, what=f"{count} jobs")
    return finished(Job.objects.order_by("-created_at").first())


def test_a_draft_is_generated_exactly_from_the_stage_and_from_the_viewer(page):  # noqa: F811
    exact = "[data-actions] [data-do=exact]"
    page.select_option("#speed_mode", "draft")
    page.fill("#seed", "5")
    page.wait_for_selector("[data-summary-of=advanced] >> text=draft", state="attached")
    shoot(page, "form")
    ask(page, "a red heart", steps=8)
    finals(page, 1)
    draft = newest(1)
    assert draft.parameters["speed_mode"] == "draft"
    assert "Draft: 4 of 8 steps." in draft.notes
    shoot(page, "stage")
    page.click(exact)
    first = newest(2)
    page.wait_for_selector(exact, state="hidden")  # the stage shows an exact image now
    image = Image.objects.of_job(draft.pk).get()
    page.goto(f"/images/{image.pk}/")
    page.evaluate("document.querySelector('details.receipt').open = true")
    assert axe_violations(page) == []
    shoot(page, "viewer")
    page.click(".image-actions [data-do=exact]")
    second = newest(3)
    for job in (first, second):
        same = {name: job.parameters[name] for name in ("seed", "steps", "prompt", "speed_mode", "count")}
        assert same == {"seed": 5, "steps": 8, "prompt": "a red heart", "speed_mode": "exact", "count": 1}
    files = [Image.objects.of_job(job.pk).get() for job in (first, second)]
    assert files[0].receipt["speed"] == {"mode": "exact", "techniques": []}
