"""The API key that an operator gives in the environment: SDSITE_API_KEY, for the user SDSITE_API_KEY_USER.

For programs that are set up together with the site, before anyone can log in to make a key. It has a row like any
other key, so that its jobs, its last use and a revocation are seen where those of other keys are.
"""

import logging
import secrets

from django.conf import settings

from sdsite.accounts import audit
from sdsite.accounts.models import ApiKey, User
from sdsite.accounts.models.api_key import digest

logger = logging.getLogger(__name__)

LOOKUP = "_environ"  # look-up characters of keys that are made here have no underscore
NAME = "SDSITE_API_KEY"
GRANTED = ["generate", "read", "write"]


def is_given(raw: str) -> bool:
    """Tell whether `raw` is the key of the environment; takes as long for any text."""
    whole: str = settings.ENV["SDSITE_API_KEY"]
    return bool(whole) and secrets.compare_digest(raw.encode(), whole.encode())


def ensure_row() -> str:
    """Return the look-up characters of the key's row, which is made at the key's first use and when it was changed.

    A key that was revoked stays so until the environment has another one.
    """
    name, stored = settings.ENV["SDSITE_API_KEY_USER"], digest(settings.ENV["SDSITE_API_KEY"])
    if ApiKey.objects.filter(lookup=LOOKUP, digest=stored, owner__username=name).exists():
        return LOOKUP
    owner = User.objects.filter(username=name).first()
    if owner is None:
        logger.warning("SDSITE_API_KEY_USER names %r, who is no user of the site", name)
        return ""
    ApiKey.objects.filter(lookup=LOOKUP).delete()
    key, created = ApiKey.objects.get_or_create(
        lookup=LOOKUP, defaults={"owner": owner, "name": NAME, "digest": stored, "scopes": GRANTED}
    )
    if created:
        audit.record(actor=owner, action="api_key.created", target=key, scopes=key.scopes)
    return LOOKUP
