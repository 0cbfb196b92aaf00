"""What a key may do. A person who logged in may do everything that is theirs to do."""

from django.http import HttpRequest

from sdsite.accounts.models import SCOPES, ApiKey


class ScopeMissing(PermissionError):
    """The key that came with a request lacks `scope`."""

    def __init__(self, scope: str) -> None:
        """Keep the missing scope's name."""
        super().__init__(f"This key lacks the scope {scope!r} ({SCOPES[scope]}).")
        self.scope = scope


def key_of(request: HttpRequest) -> ApiKey | None:
    """Return the key that `request` came in with; None for a session."""
    key: ApiKey | None = getattr(request, "api_key", None)
    return key


def scopes_of(request: HttpRequest) -> list[str]:
    """Return the scopes of the request's key; all of them for a session."""
    key = key_of(request)
    return list(SCOPES) if key is None else [scope for scope in SCOPES if scope in key.scopes]


def require_scope(request: HttpRequest, scope: str) -> None:
    """Let the request pass if its key has `scope`, one of `SCOPES`; sessions always pass.

    Raises:
        ScopeMissing: the key lacks it.
    """
    if scope not in scopes_of(request):
        raise ScopeMissing(scope)
