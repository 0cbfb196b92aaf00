"""Mail settings from the environment variable EMAIL_URL."""

from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

# Scheme -> (usual port, TLS from the start, TLS after STARTTLS)
SCHEMES = {
    "smtp": (25, False, False),
    "smtp+starttls": (587, False, True),
    "smtp+tls": (587, False, True),
    "submission": (587, False, True),
    "smtps": (465, True, False),
    "smtp+ssl": (465, True, False),
}
TIMEOUT_SECONDS = 10  # a page waits for the server meanwhile


def settings_from_url(url: str) -> dict[str, Any]:
    """Return Django's settings of mail by their names; without a URL, of a site that sends none.

    Raises:
        ImproperlyConfigured: another scheme, no host, or a port that is none; the sentence does not hold the URL.
    """
    if not url:
        return {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    scheme = url.partition("://")[0].lower()
    try:
        parts = urlsplit(url)
        usual, tls, starttls = SCHEMES[scheme]
        port = parts.port or usual
        if not parts.hostname:
            raise ValueError
    except (KeyError, ValueError):
        raise ImproperlyConfigured(
            "EMAIL_URL must be smtp://, smtp+starttls:// or smtps://, then user:password@host:port, "
            "with special characters of the password percent-encoded."
        ) from None
    if parts.query or parts.fragment or parts.path.strip("/"):
        raise ImproperlyConfigured("EMAIL_URL ends behind the port; percent-encode / ? and # in the password.")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": tls,
        "EMAIL_USE_TLS": starttls,
        "EMAIL_TIMEOUT": TIMEOUT_SECONDS,
    }


def sender(setting: str, hosts: list[str]) -> str:
    """Return the sender's address: the setting, or sdsite@ and the first host that others can reach."""
    named = (host.lstrip(".") for host in hosts if host not in ("*", "localhost", "127.0.0.1", "[::1]"))
    return setting or f"sdsite@{next(named, 'localhost')}"
