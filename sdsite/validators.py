"""Validators of environment variables, so that a value which is only used later is refused at the start.

Each takes a value and raises `ValidationError` with the end of the sentence that begins with the variable's name.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable

from marshmallow import ValidationError

Validator = Callable[..., None]

HOST = re.compile(r"\*|\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")
DEVICE = re.compile(r"\s*(auto|cuda(:[0-9]{1,3})?|mps|cpu)\s*")
API_KEY = re.compile(r"[\x21-\x7e]{20,200}")
FOLDER = re.compile(r"[/~]/*[^/\x00-\x1f][^\x00-\x1f]*")  # below the root of a disk, or below a home
ROOT_PATH = re.compile(r"(/?[A-Za-z0-9._~-]+)(/[A-Za-z0-9._~-]+)*/?|/")

# Words of SDSITE_SIGNUP, which was on or off at first -> sign-up mode.
SIGNUP_MODES = {
    **dict.fromkeys(("off", "false", "no", "0", "f", "n", "closed"), "closed"),
    **dict.fromkeys(("on", "true", "yes", "1", "t", "y", "open"), "open"),
    **{mode: mode for mode in ("invitation", "request", "verified")},
}


def between(low: float, high: float | None = None) -> Validator:
    """Return a validator of numbers from `low` to `high`, both allowed; without `high` there is no upper end."""

    def check(value: float) -> None:
        if value < low or (high is not None and value > high):
            raise ValidationError(f"must be {low:g} or more" if high is None else f"must be {low:g} to {high:g}")

    return check


def one_of(*choices: str) -> Validator:
    """Return a validator of one of the texts `choices`."""

    def check(value: str) -> None:
        if value not in choices:
            raise ValidationError(f"must be {', '.join(choices[:-1])} or {choices[-1]}")

    return check


def signup(value: str) -> None:
    """Accept the words of SIGNUP_MODES in upper or lower case."""
    if value.strip().lower() not in SIGNUP_MODES:
        raise ValidationError("must be off, invitation, request, verified or on")


def zero_or_at_least(low: int) -> Validator:
    """Return a validator of 0, which leaves the choice to the site, and of numbers from `low`."""

    def check(value: int) -> None:
        if value != 0 and value < low:
            raise ValidationError(f"must be 0, or {low} or more")

    return check


def hosts(values: Iterable[str] | None) -> None:
    """Accept host names and addresses, with a port or without, and names that begin with a dot; refuse URLs."""
    _refuse([value for value in _entries(values) if not HOST.fullmatch(value)], "host names such as example.org")


def fetch_allow(values: Iterable[str] | None) -> None:
    """Accept host names, addresses and networks, without ports."""
    wrong = [
        value
        for value in _entries(values)
        if not _is_network(value) and not (HOST.fullmatch(value) and ":" not in value)
    ]
    _refuse(wrong, "host names, addresses or networks, without ports")


def networks(values: Iterable[str] | None) -> None:
    """Accept addresses and networks, and "unix" for connections over a unix socket."""
    _refuse(
        [value for value in _entries(values) if value != "unix" and not _is_network(value)], "addresses or networks"
    )


def devices(value: str) -> None:
    """Accept the names of accelerators, one or several, comma separated."""
    if value and not all(DEVICE.fullmatch(name) for name in value.split(",")):
        raise ValidationError("must be auto, cuda, cuda:1, mps or cpu, or several of them, comma separated")


def public_url(value: str) -> None:
    """Accept scheme and host of the site, with a port or without; the path is SDSITE_ROOT_PATH."""
    scheme, _separator, rest = value.partition("://")
    if value and not (scheme in ("http", "https") and HOST.fullmatch(rest) and not rest.startswith(".")):
        raise ValidationError("must be an address such as https://example.org, without a path")


def root_path(value: str) -> None:
    """Accept a path such as /sd or /apps/sd."""
    if value and not ROOT_PATH.fullmatch(value):
        raise ValidationError("must be a path such as /sd, of letters, digits and . _ ~ -")


def api_key(value: str) -> None:
    """Accept a key that an HTTP header can hold and nobody guesses; the sentence never repeats it."""
    if value and not API_KEY.fullmatch(value):
        raise ValidationError("must be 20 to 200 letters, digits and signs of ASCII, without spaces")


def folders(value: str) -> None:
    """Accept absolute paths of folders, colon separated; whether they exist is told by a scan."""
    wrong = [path for path in value.split(":") if path.strip() and not FOLDER.fullmatch(path.strip())]
    _refuse(wrong, "absolute paths such as /srv/ComfyUI/models, separated by colons")


def _entries(values: Iterable[str] | None) -> list[str]:
    """Return the entries of a list; of one that could not be read there are none."""
    return [value.strip() for value in values or () if value.strip()]


def _is_network(value: str) -> bool:
    try:
        ipaddress.ip_network(value.strip("[]"), strict=False)
    except ValueError:
        return False
    return True


def _refuse(wrong: list[str], what: str) -> None:
    if wrong:
        raise ValidationError(f"must be {what}; got {', '.join(wrong)}")


VALIDATORS: dict[str, Validator] = {
    "SDSITE_ALLOWED_HOSTS": hosts,
    "SDSITE_TRUSTED_PROXIES": networks,
    "SDSITE_PUBLIC_URL": public_url,
    "SDSITE_ROOT_PATH": root_path,
    "SDSITE_API_KEY": api_key,
    "SDSITE_SIGNUP": signup,
    "SDSITE_DELETION_DAYS": between(0, 365),
    "SDSITE_AUDIT_DAYS": between(90, 36_500),
    "SDSITE_SHARING": one_of("off", "members", "links", "public"),
    "SDSITE_DEVICE": devices,
    "SDSITE_BATCH_IMAGES": between(0),
    "SDSITE_MODEL_MEMORY_GB": between(0),
    "SDSITE_DEVICE_WORKERS": between(0, 64),
    "SDSITE_HOST_WORKERS": between(0, 64),
    "SDSITE_CHECKPOINT_GB": between(0.001),
    "SDSITE_MODEL_FOLDERS": folders,
    "SDSITE_UPSCALE_TILE": zero_or_at_least(32),
    "SDSITE_PICTURE_MB": between(0.001),
    "SDSITE_UPLOADS_MB": between(0),
    "SDSITE_TRASH_DAYS": between(0, 36500),
    "SDSITE_UPLOADS_DAYS": between(1, 36500),
    "SDSITE_FREE_MB": between(0),
    "SDSITE_SESSION_IDLE_DAYS": between(0.01, 36500),
    "SDSITE_SESSION_DAYS": between(0.01, 36500),
    "SDSITE_WEB_SECONDS": between(0),
    "SDSITE_SOCKETS": between(1),
    "SDSITE_FETCH_ALLOW": fetch_allow,
    "SDSITE_SAFETY_THRESHOLD": between(0, 1),
}
