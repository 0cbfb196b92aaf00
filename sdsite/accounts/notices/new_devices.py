"""Notice of a login from a browser or system that the account was not used with before."""

import logging
from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.db import Error, transaction
from django.dispatch import receiver
from django.http import HttpRequest
from django.urls import reverse

from sdsite.accounts.models import User
from sdsite.accounts.notices.store import notify
from sdsite.accounts.sessions.agents import browser_of, system_of

logger = logging.getLogger(__name__)

STORED_AS = "devices"  # in the preferences of the account, the last used at the end
MOST_DEVICES = 20


@receiver(user_logged_in, dispatch_uid="accounts.new_devices")
def note_device(request: HttpRequest | None, user: Any, **kwargs: Any) -> None:
    """Remember the kind of device of a login, and tell the person where it is new; the first one is no news."""
    agent = request.headers.get("User-Agent", "") if request is not None else ""
    device = " · ".join(name for name in (browser_of(agent), system_of(agent)) if name)
    if not device or not isinstance(user, User) or device in user.preferences.get(STORED_AS, ()):
        return
    try:
        with transaction.atomic():
            row = User.objects.select_for_update().get(pk=user.pk)
            known = row.preferences.get(STORED_AS, [])
            user.preferences = {**row.preferences, STORED_AS: [*known, device][-MOST_DEVICES:]}
            User.objects.filter(pk=user.pk).update(preferences=user.preferences)
            if known:
                notify(user, "new_sign_in", url=reverse("sessions"), device=device)
    except Error as error:  # nobody is kept out because of it
        logger.warning("whether a login came from a new device is not known: %s", error)
