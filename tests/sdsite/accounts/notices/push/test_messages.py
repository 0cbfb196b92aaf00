"""Push messages: a real push service gets what only the browser can read, signed by the site."""

import json

import pytest
from py_vapid import Vapid02
from py_vapid.utils import b64urldecode

from sdsite.accounts.models import PushDevice
from sdsite.accounts.notices import notify
from sdsite.accounts.notices.push.keys import public_key
from sdsite.accounts.notices.push.messages import DeviceGone, payload_of, send_push

pytestmark = pytest.mark.django_db


def test_the_browser_reads_it_and_the_service_knows_the_site(alice, device, push_service, push_browser, send_all):
    notice = notify(alice, "budget_used")
    assert send_all() == 1
    [(path, headers, body)] = push_service.received
    assert json.loads(push_browser.read(body)) == {
        "title": "sdsite",
        "body": "You have used all of your GPU time of 24 hours.",
        "url": f"/notices/{notice.pk}/",
        "tag": f"notice {notice.pk}",
    }
    assert (path, headers["Content-Encoding"], headers["TTL"]) == ("/send/1", "aes128gcm", "86400")
    assert Vapid02.verify(headers["Authorization"])
    token, key = headers["Authorization"].removeprefix("vapid t=").split(",k=")
    claims = json.loads(b64urldecode(token.split(".")[1].encode()))
    assert key == public_key()
    assert claims["aud"] == push_service.url.removesuffix("/send/1")
    assert claims["sub"].startswith("mailto:")
    device.refresh_from_db()
    assert device.sent_at is not None


def test_it_is_in_the_persons_language(alice, device, push_service, push_browser, send_all):
    type(alice).objects.filter(pk=alice.pk).update(language="es")
    notify(alice, "budget_used")
    send_all()
    assert "tiempo de GPU" in json.loads(push_browser.read(push_service.received[0][2]))["body"]


def test_a_long_name_fits_into_a_message(alice, device, push_service, push_browser, send_all):
    notice = notify(alice, "collection_shared", collection="ü" * 2000)
    assert len(payload_of(notice)["body"]) == 500
    send_push(device, notice)
    assert len(push_service.received[0][2]) < 4096


def test_keys_with_which_nothing_can_be_sent_are_forgotten(alice, device):
    PushDevice.objects.update(p256dh="AAAA")
    device.refresh_from_db()
    with pytest.raises(DeviceGone):
        send_push(device, notify(alice, "budget_used"))
