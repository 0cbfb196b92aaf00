"""Push messages: encrypted for one device (RFC 8291), signed by the site (RFC 8292), posted to its push service."""

import json
import time
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from py_vapid import Vapid02, VapidException
from py_vapid.utils import b64urldecode

from sdsite.accounts.models import Notice, PushDevice
from sdsite.accounts.notices.push.devices import check_endpoint
from sdsite.accounts.notices.push.keys import private_key
from sdsite.accounts.notices.serializers import text_of
from sdsite.core.http.fetch import FetchRefused
from sdsite.core.http.post import post

TIMEOUT_SECONDS = 10.0
LIVES_SECONDS = 24 * 3600  # how long the push service keeps it for a device that is off
TOKEN_SECONDS = 12 * 3600  # at most 24 hours by RFC 8292
LONGEST_TEXT = 500  # characters; the whole message has at most 3,993 bytes
GONE = (404, 410)  # no such subscription any more


class DeviceGone(Exception):
    """The push service does not know the subscription any more."""


def payload_of(notice: Notice) -> dict[str, Any]:
    """Return what the service worker shows, in the language that is active; notices hold no prompts."""
    path = reverse("notice", args=[notice.pk]) if notice.on_site else notice.url
    return {"title": "sdsite", "body": text_of(notice)[:LONGEST_TEXT], "url": path, "tag": f"notice {notice.pk}"}


def send_push(device: PushDevice, notice: Notice) -> None:
    """Send a notice to a device.

    Raises:
        DeviceGone: the subscription is no more; the device should be forgotten.
        FetchRefused: the push service cannot be reached or did not take it; it may later.
    """
    target = check_endpoint(device.endpoint)
    try:
        body = _encrypt(json.dumps(payload_of(notice), ensure_ascii=False).encode(), device)
        claims = {
            "aud": f"{target.scheme}://{target.authority}",
            "exp": int(time.time()) + TOKEN_SECONDS,
            "sub": f"mailto:{settings.DEFAULT_FROM_EMAIL}",
        }
        # "no-strict": a sender without a domain, of a site that sends no mail, is not refused here.
        signed = Vapid02(private_key(), {"no-strict": True}).sign(claims)
    except (ValueError, VapidException, http_ece.ECEException) as error:
        raise DeviceGone from error  # keys with which nothing can be sent
    headers = {
        **signed,
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(LIVES_SECONDS),
        "Urgency": "normal",
    }
    answer = post(device.endpoint, body=body, headers=headers, timeout=TIMEOUT_SECONDS)
    if answer.status in GONE:
        raise DeviceGone
    if not 200 <= answer.status < 300:
        raise FetchRefused(f"The push service answered {answer.status}.")
    PushDevice.objects.filter(pk=device.pk).update(sent_at=timezone.now())


def _encrypt(message: bytes, device: PushDevice) -> bytes:
    body: bytes = http_ece.encrypt(
        message,
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=b64urldecode(device.p256dh.encode()),
        auth_secret=b64urldecode(device.auth.encode()),
        version="aes128gcm",
    )
    return body
