"""Enhance in a browser: a proposal is shown, refused and accepted, and both texts are kept with the job."""

import pytest

from generation.models import Job
from tests.e2e.test_field_groups import shoot
from tests.e2e.test_studio import _database_beside_playwright, browser, page  # noqa: F401
from tests.support.axe import axe_violations
from tests.support.language_model import language_model, make_enhancer
from tests.support.site import wait_for

pytestmark = [pytest.mark.django_db(transaction=True)]


def test_a_proposal_is_looked_at_and_accepted(page):  # noqa: F811
    assert page.locator("[data-enhance]").count() == 0  # the site has no language model yet
    with language_model() as model:
        make_enhancer(model)
        page.reload()
        page.fill("#prompt", "a fox")
        button = page.locator("[data-enhance]")
        assert "Scribe" in button.get_attribute("title")
        button.click()
        dialog = page.locator("dialog[open]")
        dialog.wait_for()
        assert dialog.locator("del").all_inner_texts() == ["a"]
        assert "snow" in " ".join(dialog.locator("ins").all_inner_texts())
        assert axe_violations(page, within="dialog[open]") == []
        shoot(page, "enhance")
        dialog.get_by_role("button", name="Cancel").click()
        dialog.wait_for(state="detached")
        assert page.input_value("#prompt") == "a fox"
        button.click()
        page.get_by_role("button", name="Use the proposal").click()
        assert page.input_value("#prompt") == "A red fox in deep snow"
        assert page.input_value("[name=enhanced_from]") == "a fox"
        page.locator("[data-submit]").click()
        job = wait_for(Job.objects.first, what="the job")
        assert (job.prompt, job.parameters["enhanced_from"]) == ("A red fox in deep snow", "a fox")
        page.fill("#prompt", "an owl")
        assert page.input_value("[name=enhanced_from]") == ""
        page.fill("#prompt", "<lora:ink:1>")
        button.click()
        page.get_by_text("must have words that can be rewritten").wait_for()
