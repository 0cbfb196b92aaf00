"""A call of a tool: who calls, how far the answer has gone, and work in threads that is charged to the caller."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from asgiref.sync import sync_to_async
from django.http import HttpRequest

from generation.limits import Limits, limits_for
from sdsite.accounts import api_keys
from sdsite.accounts.authentication import WrongKey, key_in
from sdsite.accounts.credentials import Credentials, get_credentials
from sdsite.accounts.models import User
from sdsite.accounts.scopes import get_scopes
from sdsite.core import web_seconds

Result = TypeVar("Result")
Report = Callable[[float, float | None, str | None], Awaitable[None]]


async def report_nothing(progress: float, total: float | None, message: str | None) -> None:
    """Report to nobody."""


@dataclass
class Call:
    """One message of a client and what belongs to it.

    `report` sends a notification of progress; nothing where the client did not ask for them.
    """

    request: HttpRequest
    report: Report = report_nothing
    is_streaming: bool = False  # then the middleware has charged the caller already, for what was done before

    @property
    def credentials(self) -> Credentials:
        """The user and key of the request."""
        return get_credentials(self.request)

    @property
    def user(self) -> User:
        """The user in whose name the key acts."""
        return self.credentials.user

    @property
    def limits(self) -> Limits:
        """What the user's roles and the key allow; reads the database."""
        return limits_for(self.credentials)

    @property
    def scopes(self) -> list[str]:
        """The scopes of the key that its owner may hold."""
        return get_scopes(self.request)

    def require_valid_key(self) -> None:
        """Check again, after a while, that the key still opens the door; reads the database.

        Raises:
            WrongKey: it was revoked or has expired, or its owner was suspended.
        """
        key = api_keys.authenticate(key_in(self.request.headers) or "")
        if key is None or key.owner_id != self.user.pk:
            raise WrongKey

    async def in_thread(self, function: Callable[..., Result], *arguments: Any) -> Result:
        """Return what `function` returns, called in the request's thread."""
        return await sync_to_async(self._charged)(function, *arguments)

    def _charged(self, function: Callable[..., Result], *arguments: Any) -> Result:
        if not self.is_streaming:
            return function(*arguments)
        with web_seconds.charging(self.user.pk):
            return function(*arguments)
