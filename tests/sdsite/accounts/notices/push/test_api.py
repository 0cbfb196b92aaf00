"""API of the devices that take push messages."""

import pytest

from sdsite.accounts.models import PushDevice
from sdsite.accounts.notices.push.keys import public_key
from tests.support.clients.api_client import error_of, knocking_as

pytestmark = pytest.mark.django_db

ENDPOINT = "https://push.example.org/send/1"


def test_a_device_is_added_listed_and_removed(alice, charlie, push_browser):
    client, stranger = knocking_as(alice), knocking_as(charlie)
    assert client.api("GET", "/notices/push/key").json() == {"key": public_key()}
    body = {"endpoint": ENDPOINT, "name": "Firefox", **push_browser.keys}
    added = client.api("POST", "/notices/push/devices", body)
    assert added.status_code == 201
    made = added.json()
    assert (made["name"], made["sent_at"]) == ("Firefox", None)
    assert client.api("GET", "/notices/push/devices").json() == [made]
    assert "push.example.org" not in client.api("GET", "/notices/push/devices").content.decode()
    assert stranger.api("GET", "/notices/push/devices").json() == []
    for pk in (made["id"], 0, 2**63, 10**30):
        error_of(stranger.api("DELETE", f"/notices/push/devices/{pk}"), 404, "not_found")
    assert client.api("DELETE", f"/notices/push/devices/{made['id']}").status_code == 204
    assert not PushDevice.objects.exists()


def test_a_device_without_a_name_is_called_after_its_browser(alice, push_browser):
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    body = {"endpoint": ENDPOINT, **push_browser.keys}
    made = knocking_as(alice).api("POST", "/notices/push/devices", body, headers={"User-Agent": agent})
    assert made.json()["name"] == "Firefox · Linux"


@pytest.mark.parametrize(
    "change",
    [{"endpoint": "https://127.0.0.1/"}, {"auth": "x"}, {"p256dh": ""}, {"name": "x" * 101}, {"colour": "red"}],
)
def test_bad_subscriptions_are_refused(alice, push_browser, change):
    body = {"endpoint": ENDPOINT, **push_browser.keys, **change}
    error_of(knocking_as(alice).api("POST", "/notices/push/devices", body), 422, "invalid_parameters")
    assert not PushDevice.objects.exists()
