"""Credentials of a request: the user it acts for, and the API key that limits it."""

from dataclasses import dataclass

from django.http import HttpRequest

from sdsite.accounts.models import ApiKey, User


@dataclass(frozen=True)
class Credentials:
    """A user and the API key that authenticated them; None for a session, a command or the site itself.

    Functions whose answer a key may narrow (limits, permissions, visible rows) take this value instead of a user, so
    that no caller can forget the key.
    """

    user: User
    key: ApiKey | None = None


def get_credentials(request: HttpRequest) -> Credentials:
    """Return the credentials of a request: of its key, else of its session, whose user may be anonymous."""
    found: Credentials | None = getattr(request, "credentials", None)
    return Credentials(request.user) if found is None else found  # type: ignore[arg-type]
