"""A community in a browser: from an invitation to an image that is restored, and a suspension at work."""

from datetime import timedelta

import httpx
import pytest
from allauth.mfa.totp.internal import auth as totp
from django.utils import timezone

from gallery.actions.sharing import report_image
from gallery.models import Image, ModerationAction
from generation.models import Job
from sdsite.accounts.joining.invitations import create_invitation
from sdsite.accounts.joining.mode import set_mode
from sdsite.accounts.models import Role
from sdsite.accounts.required_steps.second_factor import require_second_factor
from tests.e2e.test_moderation import choose, moderator, tabs  # noqa: F401
from tests.e2e.test_studio import _database_beside_playwright, ask, browser, open_folds  # noqa: F401
from tests.support.axe import axe_violations
from tests.support.clients.api_client import make_key
from tests.support.factories import PASSWORD, make_image, make_user
from tests.support.site import fresh, wait_for

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def guest(browser, live_site):  # noqa: F811
    """A tab of somebody without an account."""
    context = browser.new_context(base_url=live_site.url, viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


def sign_up(guest, token):
    """Come in by an invitation whose role asks for a second factor, and set one up."""
    sockets = []
    guest.on("websocket", lambda socket: sockets.append(guest.url))
    guest.goto(f"/join/{token}/")
    guest.fill("[name=username]", "alice")
    for name in ("password1", "password2"):
        guest.fill(f"[name={name}]", PASSWORD)
    guest.get_by_role("button", name="Sign up").click()
    guest.get_by_role("heading", name="Set up a second factor").wait_for()
    guest.goto("/library/")
    assert guest.url.endswith("/settings/second-factor/")
    guest.get_by_role("link", name="App with codes").click()
    guest.fill("[name=password]", PASSWORD)
    guest.get_by_role("button", name="Confirm").click()
    secret = guest.locator("#authenticator_secret").input_value()
    assert sockets == []  # the site would refuse them, and the page say again what it is about
    for _ in range(3):  # a code may end while it is on its way
        counter = next(iter(totp.yield_hotp_counters_from_time()))
        guest.fill("[name=code]", totp.format_hotp_value(totp.hotp_value(secret, counter)))
        with guest.expect_navigation():
            guest.get_by_role("button", name="Activate").click()
        if guest.get_by_role("heading", name="Recovery codes").count():
            return
    raise AssertionError(guest.locator("main").inner_text())


def draw_and_publish(page):
    """Generate the first image and show it to everyone; return its row."""
    page.goto("/")
    page.wait_for_selector("[data-connection=open]", state="attached")
    ask(page, "a red heart")
    image = wait_for(lambda: Image.objects.first(), what="the first image")
    page.goto(f"/images/{image.pk}/")
    page.get_by_role("button", name="Share").click()
    page.get_by_role("dialog", name="Share this image").get_by_label("Everyone").check()
    wait_for(lambda: fresh(image).visibility == "public", what="the image to be public")
    return image


def report(page, image):
    """Tell the moderators about an image of somebody else."""
    page.goto(f"/images/{image.pk}/")
    page.get_by_role("button", name="Report").click()
    dialog = page.get_by_role("dialog", name="Report this image")
    dialog.get_by_label("Reason").select_option(label="Violence")
    dialog.get_by_label("More about it").fill("It bleeds.")
    dialog.get_by_role("button", name="Report").click()
    page.get_by_text("The moderators will look at it.").wait_for()


def test_from_an_invitation_to_an_image_that_a_second_moderator_restores(guest, tabs):  # noqa: F811
    root, charlie = make_user("root", is_staff=True, is_superuser=True), make_user("charlie")
    member = Role.objects.get(key="member").group
    set_mode("invitation", actor=root)
    require_second_factor(member, required=True, actor=root)
    _, token = create_invitation(actor=root, role=member, expires_at=timezone.now() + timedelta(days=1))

    sign_up(guest, token)
    image = draw_and_publish(guest)
    require_second_factor(member, required=False, actor=root)  # the others have none
    stranger = tabs(charlie)
    report(stranger, image)

    desk = tabs(moderator("bob"))
    desk.goto("/moderation/?state=reported")
    desk.get_by_role("gridcell").get_by_role("link", name="a red heart, shared, alice · Violence").focus()
    desk.keyboard.press("h")
    choose(desk, "Put 1 image under review", reason="Violence", go="Put under review", text="Blood.")
    desk.get_by_text("No report is open.").wait_for()
    assert stranger.goto(f"/images/{image.pk}/").status == 404

    guest.goto("/notices/")
    guest.get_by_text("An image of yours is under review").first.click()
    guest.get_by_text("Blood.").wait_for()
    guest.get_by_text("Appeal", exact=True).click()
    guest.get_by_label("Why should it be decided otherwise?").fill("It is a heart.")
    for width, scheme in ((1440, "light"), (390, "dark")):
        guest.set_viewport_size({"width": width, "height": 844})
        guest.emulate_media(color_scheme=scheme)
        assert guest.evaluate("document.documentElement.scrollWidth") <= width
        assert axe_violations(guest) == []
    guest.get_by_role("button", name="Send the appeal").click()
    guest.get_by_text("waits for a decision").wait_for()

    desk.goto("/moderation/appeals/")
    desk.get_by_text("Another moderator, or an administrator, has to decide this appeal").wait_for()
    second = tabs(moderator("dora"))
    second.goto("/moderation/appeals/")
    assert axe_violations(second) == []
    second.get_by_label("Answer to alice").fill("So it is.")
    second.get_by_role("button", name="Accept").click()
    second.get_by_text("The appeal is decided, and the person is told.").wait_for()
    second.get_by_role("link", name="Decided").click()
    second.locator(".decision").filter(has_text="Decision undone").wait_for()
    assert axe_violations(second) == []
    guest.reload()
    guest.get_by_text("Answer: So it is.").wait_for()
    assert stranger.goto(f"/images/{image.pk}/").status == 200


def test_a_suspension_in_mid_job_ends_job_socket_and_key(tabs, live_site):  # noqa: F811
    alice, bob = make_user("alice"), make_user("bob", is_staff=True, is_superuser=True)
    shown = make_image(alice, prompt="a red flag")
    report_image(reporter=bob, image=shown, reason="violence")
    key = {"Authorization": f"Bearer {make_key(alice)[1]}"}
    desk = tabs(bob)
    desk.goto("/moderation/?state=reported")
    desk.locator(".tile__link").first.focus()

    studio = tabs(alice)
    studio.goto("/")
    studio.wait_for_selector("[data-connection=open]", state="attached")
    open_folds(studio)
    ask(studio, "a red heart", count=16, steps=60)
    job = wait_for(lambda: Job.objects.filter(status="running").first(), what="the job to run")
    assert httpx.get(f"{live_site.url}/api/v1/me", headers=key).status_code == 200
    desk.keyboard.press("s")
    title = "Suspend the owner of 1 image"
    desk.get_by_role("dialog", name=title).get_by_label("For how long").select_option(label="7 days")
    choose(desk, title, reason="Violence", go="Suspend the owner")
    desk.get_by_text("Owner of 1 image suspended").wait_for()

    studio.get_by_text("You are signed out: your session has ended, or your account is suspended.").wait_for()
    wait_for(lambda: fresh(job).is_finished, what="the job to end")
    assert fresh(job).status == "cancelled"
    assert Image.objects.filter(job_id=job.pk).count() < 16
    assert httpx.get(f"{live_site.url}/api/v1/me", headers=key).status_code == 401
    studio.goto("/library/")
    assert "/accounts/login/" in studio.url
    assert ModerationAction.objects.get(deed="suspend").days == 7
