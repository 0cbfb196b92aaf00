"""Whether somebody who came in may stay: people log out, keys are revoked, accounts are closed."""

from dataclasses import dataclass
from importlib import import_module

from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest

from sdsite.accounts.api_keys import authenticate


@dataclass(frozen=True)
class Pass:
    """What somebody came in with: a whole key, or the key of a session."""

    user_id: int
    key: str | None = None
    session: str | None = None


def still_welcome(admission: Pass) -> bool:
    """Tell whether it would let the same person in again, with the scope `read`; asks the database."""
    if admission.key is not None:
        key = authenticate(admission.key)
        return key is not None and key.owner_id == admission.user_id and "read" in key.scopes
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(admission.session)
    user = auth.get_user(request)  # also checks that the password is still the same and the account open
    return user.is_authenticated and user.pk == admission.user_id
