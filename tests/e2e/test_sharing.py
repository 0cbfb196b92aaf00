"""Share links in a browser: open for strangers until they are revoked or expire, and closed to guessed passwords."""

from datetime import timedelta

import pytest
from django.utils import timezone

from gallery.models import ShareLink
from sdsite.accounts.models import User
from tests.e2e.test_library import tab  # noqa: F401
from tests.e2e.test_studio import _database_beside_playwright, browser, page  # noqa: F401
from tests.support.axe import axe_violations
from tests.support.clients.api_client import make_key
from tests.support.factories import make_image, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.blank_page]
GONE = "This link is wrong, has expired, or was taken back"


@pytest.fixture
def image(page):  # noqa: F811
    """An image of alice, who is logged in."""
    return make_image(User.objects.get(username="alice"), prompt="a lighthouse at dusk", size=(640, 480))


@pytest.fixture
def stranger(live_site, browser):  # noqa: F811
    """A phone of somebody without an account."""
    context = browser.new_context(base_url=live_site.url, viewport={"width": 390, "height": 844})
    page = context.new_page()  # noqa: F811
    yield page
    context.close()


def make_link(page, image, password=""):  # noqa: F811
    """Share `image` by the dialog; return the link's address."""
    page.goto(f"/images/{image.pk}/")
    page.get_by_role("button", name="Share").click()
    page.get_by_label("Password, optional").fill(password)
    page.get_by_role("button", name="Make a link").click()
    return page.get_by_label("Address of the link").first.input_value()


def addresses(url, image):
    """Return everything that a stranger may ask for: behind the link, and under the image's own addresses."""
    inside = f"{url}images/{image.pk}/"
    behind = [
        url,
        inside,
        f"{inside}file",
        f"{inside}file?download",
        f"{inside}thumbnail",
        f"{inside}thumbnail?size=1024",
    ]
    own = f"/images/{image.pk}/"
    return behind, [f"{own}file", f"{own}thumbnail", f"{own}thumbnail?size=1024", f"/images/zip/?ids={image.pk}"]


@pytest.mark.parametrize(("width", "scheme"), [(1440, "dark"), (390, "light")])
def test_a_link_shows_an_image_to_strangers_until_it_is_revoked(
    tab,  # noqa: F811
    live_site,
    stranger,
    image,
    width,
    scheme,
):
    for one in (tab, stranger):
        one.set_viewport_size({"width": width, "height": 844})
        one.emulate_media(color_scheme=scheme)
    url = make_link(tab, image)
    behind, own = addresses(url, image)
    stranger.goto(url)
    assert (
        stranger.locator(".shared__image").evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 640
    )
    meta = "(all) => Object.fromEntries(all.map((one) => [one.getAttribute('property'), one.content]))"
    told = stranger.locator("meta[property]").evaluate_all(meta)
    assert told["og:title"] == "a lighthouse at dusk"
    assert told["og:image"] == f"{url}images/{image.pk}/thumbnail?size=1024"
    assert stranger.locator("nav").count() == 0
    assert stranger.get_by_text("alice").count() == 0
    assert axe_violations(stranger) == []
    ask = stranger.request.get
    answers = [ask(address) for address in [*behind, told["og:image"]]]
    assert {answer.status for answer in answers} == {200}
    for answer in answers:  # nothing that a shared cache, or a browser without asking again, would show later
        kept = answer.headers["cache-control"]
        assert "private" in kept, answer.url
        assert "no-cache" in kept or "no-store" in kept, answer.url
    assert all("/accounts/login/" in ask(address).url for address in own)
    tag = next(answer.headers["etag"] for answer in answers if "etag" in answer.headers)

    tab.get_by_role("button", name="Revoke").click()
    tab.get_by_text("The link shows nothing any more").wait_for()
    stranger.get_by_role("link", name="Download").click()  # of the page that was open all the while
    stranger.get_by_text(GONE).wait_for()
    for address in [*behind, told["og:image"]]:
        assert ask(address).status == ask(address, headers={"If-None-Match": tag}).status == 404
    bearer = {"Authorization": f"Bearer {make_key(make_user('bob'))[1]}"}  # a person without a part in it
    for address in own[:3]:
        assert ask(address, headers=bearer).status == 404
    zipped = stranger.request.post("/api/v1/images/zip", data={"ids": [str(image.pk)]}, headers=bearer)
    assert zipped.status == 404


def test_passwords_are_not_guessed_and_a_link_that_expired_meanwhile_says_so(tab, live_site, stranger, image):  # noqa: F811
    stranger.goto(make_link(tab, image))
    ShareLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    stranger.get_by_role("link", name="Download").click()
    stranger.get_by_text(GONE).wait_for()
    guarded = make_link(tab, image, "sesame")
    stranger.goto(guarded)
    assert stranger.locator("meta[property='og:image'], img.shared__image").count() == 0
    assert axe_violations(stranger) == []
    stranger.get_by_label("Password").fill("simsalabim")
    stranger.get_by_role("button", name="Open").click()
    stranger.get_by_text("This is not the password.").wait_for()
    # One that is too long is not hashed, which takes half a second, but counts.
    tries = [stranger.request.post(guarded, form={"password": "x" * 129}).status for _ in range(9)]
    assert set(tries) == {403}
    stranger.get_by_label("Password").fill("sesame")
    stranger.get_by_role("button", name="Open").click()
    stranger.get_by_text("Too many requests.").wait_for()
    assert stranger.request.post(guarded, form={"password": "sesame"}).status == 429
    assert stranger.request.get(f"{guarded}images/{image.pk}/file").status == 404
    live_site.forget_limits()
    stranger.goto(guarded)
    stranger.get_by_label("Password").fill("sesame")
    stranger.get_by_role("button", name="Open").click()
    stranger.locator(".shared__image").wait_for()
    assert stranger.request.get(f"{guarded}images/{image.pk}/file").status == 200
