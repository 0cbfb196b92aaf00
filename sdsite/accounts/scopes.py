"""Scopes of API keys and permissions of staff. A session has every scope that its user may hold."""

from collections.abc import Callable

from django.http import HttpRequest

from sdsite.accounts.credentials import Credentials, get_credentials
from sdsite.accounts.models import SCOPES, ApiKey, User

# Scopes that not every user may hold, and who may.
HOLDERS: dict[str, tuple[Callable[[User], bool], str]] = {
    "moderate": (
        lambda user: (
            user.has_perm("gallery.moderate_image") or (user.is_staff and user.has_perm("gallery.delete_image"))
        ),
        "people who may moderate images",
    ),
    "admin": (lambda user: user.is_staff, "staff"),
}


class ScopeMissing(PermissionError):
    """The API key of a request lacks `scope`, or its owner may no longer hold it."""

    def __init__(self, scope: str) -> None:
        """Keep the missing scope's name."""
        super().__init__(f"This key lacks the scope {scope!r} ({SCOPES[scope]}).")
        self.scope = scope


class NotPermitted(PermissionError):
    """The user lacks a permission that only staff can have."""

    def __init__(self, message: str = "Only staff with the permission may do this.") -> None:
        """Keep the message."""
        super().__init__(message)


def may_hold(user: User, scope: str) -> bool:
    """Tell whether a key of `user` may now have `scope`, one of `SCOPES`."""
    return scope not in HOLDERS or HOLDERS[scope][0](user)


def scopes_open_to(user: User) -> list[str]:
    """Return the scopes that `user` may give to a key."""
    return [scope for scope in SCOPES if may_hold(user, scope)]


def get_key(request: HttpRequest) -> ApiKey | None:
    """Return the API key of `request`; None for a session."""
    return get_credentials(request).key


def get_scopes(request: HttpRequest) -> list[str]:
    """Return the scopes of the request's key that its owner may hold; for a session all that its user may hold."""
    key = get_key(request)
    mine = scopes_open_to(request.user)  # type: ignore[arg-type]
    return mine if key is None else [scope for scope in mine if scope in key.scopes]


def require_scope(request: HttpRequest, scope: str) -> None:
    """Check that the request's key has `scope`, one of `SCOPES`; sessions always pass.

    Raises:
        ScopeMissing: the key lacks it, or its owner may no longer hold it.
    """
    key = get_key(request)
    if key is not None and not (scope in key.scopes and may_hold(key.owner, scope)):
        raise ScopeMissing(scope)


def require_permission(request: HttpRequest, permission: str) -> None:
    """Check that the user is staff with `permission` ("app.verb_model"); call `require_scope` as well.

    Raises:
        NotPermitted: the user is not staff, or lacks the permission.
    """
    user = request.user
    if not (user.is_staff and user.has_perm(permission)):
        raise NotPermitted


def acts_as_staff(credentials: Credentials, permission: str, scope: str) -> bool:
    """Tell whether `credentials` are those of staff with `permission`, by session or by a key with `scope`."""
    user, key = credentials.user, credentials.key
    if not (user.is_authenticated and user.is_staff):
        return False
    return (key is None or scope in key.scopes) and user.has_perm(permission)
