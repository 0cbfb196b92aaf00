"""Session of `requests` for identity providers, with the guard of `sdsite.core.http.fetch`.

Public hosts alone, by TLS, with one deadline, a bounded answer and no redirects. Only a host that an administrator
marked as local may be another one.
"""

import http.client
import time
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from requests.adapters import BaseAdapter

from sdsite.accounts.models import IdentityProvider
from sdsite.core.http.addresses import Allowed
from sdsite.core.http.fetch import FetchRefused, connected, read_address

SECONDS = 10.0
MOST_BYTES = 1024 * 1024
NOT_SENT = {"host", "connection", "accept-encoding", "user-agent", "content-length"}


class GuardedAdapter(BaseAdapter):
    """Sends each request of a session to a checked address; `provider` is the row for which it is."""

    def __init__(self, provider: IdentityProvider | None) -> None:
        """Allow the provider's own host, if an administrator said that it is local."""
        super().__init__()
        host = urlsplit(provider.server_url).hostname if provider is not None and provider.is_local else None
        self.local_host = (host or "").rstrip(".").lower()
        entries = settings.ENV["SDSITE_FETCH_ALLOW"]
        self.allowed = Allowed([*entries, self.local_host] if self.local_host else entries)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Send `request` and return the whole response.

        Raises:
            RequestException: the address is not allowed, or it gives no valid answer in time.
        """
        try:
            return self._send(request)
        except (FetchRefused, TimeoutError, OSError, http.client.HTTPException, ValueError) as error:
            # Only the kind: what the provider says may be a secret.
            raise requests.ConnectionError(f"the provider does not answer: {type(error).__name__}") from None

    def _send(self, request: Any) -> requests.Response:
        target = read_address(str(request.url), self.allowed)
        if target.scheme != "https" and target.host != self.local_host:
            raise FetchRefused("A provider must be reached by https.")
        sent = {name: value for name, value in request.headers.items() if name.lower() not in NOT_SENT}
        body = request.body.encode() if isinstance(request.body, str) else request.body
        with connected(target, self.allowed, time.monotonic() + SECONDS) as connection:
            connection.request(str(request.method), target.path, body=body, headers={**target.headers, **sent})
            answer = connection.getresponse()
            content = answer.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES or 300 <= answer.status < 400:
            raise FetchRefused("The provider's answer is too large, or leads elsewhere.")
        response = requests.Response()
        response.status_code, response.reason, response.url = answer.status, answer.reason, target.url
        response.headers.update(answer.headers.items())
        response._content, response.encoding, response.request = content, "utf-8", request
        return response

    def close(self) -> None:
        """Nothing is kept open."""


def guarded_session(provider: IdentityProvider | None) -> requests.Session:
    """Return a session that reaches public hosts by https, and the host of a local `provider`."""
    session = requests.Session()
    session.trust_env = False  # a proxy or .netrc of the environment would get the secrets
    session.adapters.clear()
    for scheme in ("https://", "http://"):
        session.mount(scheme, GuardedAdapter(provider))
    return session
