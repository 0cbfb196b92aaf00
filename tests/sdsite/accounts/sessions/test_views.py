"""Page of the devices."""

from sdsite.accounts.models import UserSession
from tests.sdsite.accounts.sessions.conftest import SAFARI, is_in
from tests.support.inline_parts import text_of

ADDRESS = "/settings/sessions/"


def row_of(device):
    return UserSession.objects.get(session_id=device.session.session_key)


def end(device, row):
    return device.post(f"{ADDRESS}{row.pk}/end/", follow=True)


def test_it_tells_each_device_in_plain_words_this_one_first(alice, charlie, sign_in):
    here, _, _ = sign_in(alice), sign_in(alice, SAFARI, "192.0.2.8"), sign_in(charlie, SAFARI, "192.0.2.66")
    page = text_of(here.get(ADDRESS))
    assert "Safari on iPhone" in page
    assert "192.0.2.8" in page
    assert "192.0.2.66" not in page
    assert page.index("This device") < page.index("Safari on iPhone")


def test_session_keys_are_on_no_page(alice, sign_in):
    here, other = sign_in(alice), sign_in(alice, SAFARI)
    assert other.session.session_key not in here.get(ADDRESS).content.decode()


def test_another_device_is_logged_out(alice, sign_in):
    here, other = sign_in(alice), sign_in(alice)
    assert "The device was logged out." in text_of(end(here, row_of(other)))
    assert not is_in(other)
    assert is_in(here)


def test_a_device_of_somebody_else_is_not_found(alice, charlie, sign_in):
    here, of_charlie = sign_in(alice), sign_in(charlie)
    assert end(here, row_of(of_charlie)).status_code == 404
    assert is_in(of_charlie)


def test_ending_this_one_logs_out(alice, sign_in):
    here = sign_in(alice)
    assert "Sign in" in text_of(end(here, row_of(here)))
    assert not is_in(here)


def test_all_others_are_logged_out(alice, sign_in):
    here, others = sign_in(alice), [sign_in(alice), sign_in(alice, SAFARI)]
    assert "2 devices were logged out." in text_of(here.post(f"{ADDRESS}end/", {"keep": "1"}, follow=True))
    assert is_in(here)
    assert not any(is_in(other) for other in others)


def test_all_are_logged_out_this_one_too(alice, sign_in):
    here, other = sign_in(alice), sign_in(alice)
    here.post(f"{ADDRESS}end/")
    assert not is_in(here)
    assert not is_in(other)


def test_it_needs_a_login_and_a_form(alice, client, sign_in):
    assert client.get(ADDRESS).status_code == 302
    here = sign_in(alice)
    assert here.get(f"{ADDRESS}end/").status_code == 405
