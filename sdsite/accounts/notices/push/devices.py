"""Devices of a person that take push messages: added by their browser, bounded, at public addresses only."""

import base64
import binascii
import hashlib
import ipaddress

from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from sdsite.accounts import audit
from sdsite.accounts.models import PushDevice, User, lock_user
from sdsite.accounts.plain_text import wrong_characters
from sdsite.core.http.addresses import Allowed
from sdsite.core.http.fetch import FetchRefused, Target, read_address
from sdsite.core.http.post import check_address

MOST_DEVICES = 10  # of one person; another one takes the place of the oldest
POINT_BYTES, SECRET_BYTES = 65, 16


def check_endpoint(url: str) -> Target:
    """Return the parts of the address of a push service.

    Raises:
        FetchRefused: it is not https, or the site would never connect to it.
    """
    check_address(url)
    allowed = Allowed(settings.ENV["SDSITE_FETCH_ALLOW"])
    target = read_address(url, allowed)
    if target.scheme != "https" and not _is_named(target.host, allowed):
        raise FetchRefused("The address of a push service begins with https://.")
    return target


def _is_named(host: str, allowed: Allowed) -> bool:
    """Tell whether the owner of the site allows this host by name or number."""
    try:
        return allowed.address(ipaddress.ip_address(host))
    except ValueError:
        return allowed.host(host)


def add_device(*, user: User, endpoint: str, p256dh: str, auth: str, name: str = "") -> PushDevice:
    """Store the subscription of a browser, in place of an earlier one with the same address, whoever had that.

    A browser has one subscription: whoever signs in there next takes it over, and nobody else's notices come to it.

    Raises:
        ValidationError: the address or a key cannot be used; keyed by field.
    """
    try:
        check_endpoint(endpoint)
    except FetchRefused as refused:
        raise ValidationError({"endpoint": str(refused)}) from refused
    _check_key("auth", auth, SECRET_BYTES)
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _check_key("p256dh", p256dh, POINT_BYTES))
    except ValueError as error:
        raise ValidationError({"p256dh": _("p256dh must be a point on the curve P-256")}) from error
    digest = digest_of(endpoint)
    if wrong := wrong_characters(name.strip()):
        raise ValidationError({"name": wrong})
    values = {"person": user, "endpoint": endpoint, "p256dh": p256dh, "auth": auth, "name": name.strip()[:100]}
    with transaction.atomic():
        lock_user(user.pk)
        device, is_new = PushDevice.objects.update_or_create(digest=digest, defaults=values)
        device.deliveries.exclude(person=user).delete()
        beyond = list(PushDevice.objects.visible_to(user).exclude(pk=device.pk)[MOST_DEVICES - 1 :])
        PushDevice.objects.filter(pk__in=[one.pk for one in beyond]).delete()
        if is_new:
            audit.record(actor=user, action="push_device.added", target=device)
    return device


def digest_of(endpoint: str) -> str:
    """Return by what a device is found; its address is too long for an index."""
    return hashlib.sha256(endpoint.encode()).hexdigest()


def remove_device(*, user: User, device: PushDevice) -> None:
    """Send nothing more to one of one's devices."""
    with transaction.atomic():
        audit.record(actor=user, action="push_device.removed", target=device)
        device.delete()


def _check_key(field: str, text: str, length: int) -> bytes:
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != length:
        sentence = _("%(field)s must be %(length)d bytes as base64url") % {"field": field, "length": length}
        raise ValidationError({field: sentence})
    return key
