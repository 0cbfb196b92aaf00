"""End of a browser's push messages when its person signs out there; the page says which subscription it has."""

from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from sdsite.accounts.models import PushDevice, User
from sdsite.accounts.notices.push.devices import digest_of, remove_device
from sdsite.core.http.fetch import LONGEST_URL

FIELD = "push_endpoint"  # of the form that signs out


@receiver(user_logged_out, dispatch_uid="accounts.push_ends")
def end_push(request: HttpRequest | None, user: Any, **kwargs: Any) -> None:
    """Send nothing more to the browser that signs out; a subscription of somebody else stays."""
    endpoint = request.POST.get(FIELD, "") if request is not None else ""
    if not endpoint or len(endpoint) > LONGEST_URL or not isinstance(user, User):
        return
    for device in PushDevice.objects.visible_to(user).filter(digest=digest_of(endpoint)):
        remove_device(user=user, device=device)
