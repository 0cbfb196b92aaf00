"""What a key may do, and whose it may be. A person who logged in may do everything that is theirs to do."""

from collections.abc import Callable

from django.http import HttpRequest

from sdsite.accounts.credentials import Credentials, get_credentials
from sdsite.accounts.models import SCOPES, ApiKey, User

# Scopes that are not everybody's, and who may hold them.
HOLDERS: dict[str, tuple[Callable[[User], bool], str]] = {
    "moderate": (
        lambda user: user.is_staff and user.has_perm("gallery.delete_image"),
        "staff who may delete images",
    ),
    "admin": (lambda user: user.is_staff, "staff"),
}


class ScopeMissing(PermissionError):
    """The key that came with a request lacks `scope`, or its owner may no longer hold it."""

    def __init__(self, scope: str) -> None:
        """Keep the missing scope's name."""
        super().__init__(f"This key lacks the scope {scope!r} ({SCOPES[scope]}).")
        self.scope = scope


class NotPermitted(PermissionError):
    """Whoever asks lacks a permission that only staff can have."""

    def __init__(self, message: str = "Only staff with the permission may do this.") -> None:
        """Say so in a sentence."""
        super().__init__(message)


def may_hold(user: User, scope: str) -> bool:
    """Tell whether a key of `user` may have `scope`, one of `SCOPES`, at this moment."""
    return scope not in HOLDERS or HOLDERS[scope][0](user)


def scopes_open_to(user: User) -> list[str]:
    """Return the scopes that `user` may give to a key."""
    return [scope for scope in SCOPES if may_hold(user, scope)]


def get_key(request: HttpRequest) -> ApiKey | None:
    """Return the key that `request` came in with; None for a session."""
    return get_credentials(request).key


def get_scopes(request: HttpRequest) -> list[str]:
    """Return the scopes of the request's key that its owner may hold; for a session all that its person may."""
    key = get_key(request)
    mine = scopes_open_to(request.user)  # type: ignore[arg-type]
    return mine if key is None else [scope for scope in mine if scope in key.scopes]


def require_scope(request: HttpRequest, scope: str) -> None:
    """Let the request pass if its key has `scope`, one of `SCOPES`; sessions always pass.

    Raises:
        ScopeMissing: the key lacks it, or its owner may no longer hold it.
    """
    key = get_key(request)
    if key is not None and not (scope in key.scopes and may_hold(key.owner, scope)):
        raise ScopeMissing(scope)


def require_permission(request: HttpRequest, permission: str) -> None:
    """Let the request pass if its person is staff with `permission` ("app.verb_model"); ask `require_scope` too.

    Raises:
        NotPermitted: they are not.
    """
    user = request.user
    if not (user.is_staff and user.has_perm(permission)):
        raise NotPermitted


def acts_as_staff(credentials: Credentials, permission: str, scope: str) -> bool:
    """Tell whether `credentials` are those of staff with `permission`: in a session, or with a key that has `scope`."""
    user, key = credentials.user, credentials.key
    if not (user.is_authenticated and user.is_staff):
        return False
    return (key is None or scope in key.scopes) and user.has_perm(permission)
