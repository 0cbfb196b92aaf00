"""The link by which a suspended person sees the suspension and appeals against it, and does nothing else."""

from datetime import timedelta
from typing import Any

from django.core import signing
from django.urls import reverse

from sdsite.accounts.models import Suspension

SALT = "sdsite.suspension"
LONGEST_TOKEN = 300
VALID_FOR = timedelta(days=30)  # signing in with the password gives another one


def suspended_url(suspension: Suspension) -> str:
    """Return the path of the link; it holds until the suspension ends or is replaced, and no longer than VALID_FOR."""
    said = {"person": suspension.user_id, "at": suspension.at.isoformat()}
    return reverse("suspended", args=[signing.dumps(said, salt=SALT, compress=True)])


def read_token(token: str) -> Suspension | None:
    """Return the suspension that holds by the token of a link; None for another or an old one."""
    if len(token) > LONGEST_TOKEN:
        return None
    try:
        said: Any = signing.loads(token, salt=SALT, max_age=VALID_FOR)
    except signing.BadSignature:
        return None
    row = Suspension.objects.in_force().select_related("user").filter(user=said["person"]).first()
    return row if row is not None and row.at.isoformat() == said["at"] else None
