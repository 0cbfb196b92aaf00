"""What pages keep for a person: own rows only, bounded, and changed field by field."""

import pytest

from tests.support.clients.api_client import ApiClient, error_of

pytestmark = pytest.mark.django_db
PATH = "/me/preferences"


def kept(**changed):
    return {"shortcuts": {}, "hints_read": False, "announcement_read": "", **changed}


def test_preferences_are_kept_for_oneself_field_by_field(owner_client, charlie_client):
    assert owner_client.api("GET", PATH).json() == kept()
    keys = {"palette": "$mod+p", "go.library": ""}
    assert owner_client.api("PATCH", PATH, {"shortcuts": keys}).json() == kept(shortcuts=keys)
    assert owner_client.api("PATCH", PATH, {"hints_read": True}).json() == kept(shortcuts=keys, hints_read=True)
    assert owner_client.api("PATCH", PATH, {"shortcuts": {}}).json() == kept(hints_read=True)
    read = owner_client.api("PATCH", PATH, {"announcement_read": "17.5"}).json()
    assert read == kept(hints_read=True, announcement_read="17.5")
    assert charlie_client.api("GET", PATH).json() == kept()


REFUSED = {
    "an id with blanks": {"shortcuts": {"go library": "g l"}},
    "a control character": {"shortcuts": {"palette": "a\x00b"}},
    "markup": {"shortcuts": {"palette": "</script>"}},
    "three presses": {"shortcuts": {"palette": "g l x"}},
    "long keys": {"shortcuts": {"palette": "x" * 61}},
    "too many": {"shortcuts": {f"go.{chr(97 + i // 26)}{chr(97 + i % 26)}": "x" for i in range(101)}},
    "no text": {"shortcuts": {"palette": 5}},
    "another field": {"theme": "dark"},
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED)
def test_what_is_no_preference_is_refused(owner_client, alice, body):
    error_of(owner_client.api("PATCH", PATH, body), 422, "invalid_parameters")
    alice.refresh_from_db()
    assert alice.preferences == {}


def test_a_page_carries_the_keys_that_its_reader_chose(alice):
    client = ApiClient()
    client.force_login(alice)
    assert b'id="shortcuts"' not in client.get("/library/").content
    client.api("PATCH", PATH, {"shortcuts": {"palette": "$mod+p"}})
    page = client.get("/library/").content.decode()
    assert '<script id="shortcuts" type="application/json">{"palette": "$mod+p"}</script>' in page
    client.logout()
    assert b'id="shortcuts"' not in client.get("/explore/").content
