"""Options of AUTOMATIC1111's API, one set for each user. Four have an effect, the others are only stored."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from generation.errors import JobRefused
from generation.models import Adapter, Checkpoint, ClientOptions
from generation.models.client_options import MOST_CHARACTERS
from generation.parameters.ranges import RANGES
from sdsite.accounts.credentials import Credentials, get_credentials
from sdsite.api.compat.sdapi.names import AUTOMATIC, adapter_named, checkpoint_named, get_title, is_given
from sdsite.api.compat.sdapi.responses import refuse, reply
from sdsite.api.endpoint import json_body

CHECKPOINT, VAE = "sd_model_checkpoint", "sd_vae"
CLIP_STOP, FORMAT = "CLIP_stop_at_last_layers", "samples_format"
FORMATS: Mapping[str, str] = {"png": "png", "jpg": "jpeg", "jpeg": "jpeg", "webp": "webp"}
# Options that cannot be set, because they follow from others.
FOLLOWS = ("sd_checkpoint_hash",)


def stored(credentials: Credentials) -> dict[str, Any]:
    """Return the options that `credentials` has set, by name."""
    row = ClientOptions.objects.filter(owner=credentials.user).first()
    return dict(row.options) if row else {}


def shown(credentials: Credentials, own: Mapping[str, Any]) -> dict[str, Any]:
    """Return all options for `credentials`, `own` included; a missing checkpoint is replaced by the default."""
    checkpoint = current_checkpoint(credentials, own)
    rest = {
        CHECKPOINT: get_title(checkpoint) if checkpoint else "",
        "sd_checkpoint_hash": checkpoint.sha256 if checkpoint else "",
    }
    defaults = {
        VAE: AUTOMATIC,
        CLIP_STOP: (checkpoint.clip_skip if checkpoint else None) or 1,
        FORMAT: "png",
        "eta_noise_seed_delta": 0,
        "sd_vae_overrides_per_model_preferences": True,
    }
    return {**defaults, **own, **rest}


def current_checkpoint(credentials: Credentials, own: Mapping[str, Any]) -> Checkpoint | None:
    """Return the checkpoint that `own` options name, else the default of `credentials`; None where there is neither."""
    for name in (own.get(CHECKPOINT), None):
        try:
            return checkpoint_named(name, credentials)
        except JobRefused:
            continue
    return None


def store(credentials: Credentials, changes: Mapping[str, Any]) -> None:
    """Store the options that `changes` really change; many clients send back everything that they were shown.

    Raises:
        JobRefused: `invalid_parameters` or `checkpoint_missing`; nothing is stored then.
    """
    with transaction.atomic():
        row = ClientOptions.objects.select_for_update().get_or_create(owner=credentials.user)[0]
        row.options = merged(credentials, row.options, changes)
        row.save(update_fields=["options"])


def merged(credentials: Credentials, own: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return `own` options with `changes` applied, without storing them; raises as `store`."""
    before = shown(credentials, own)
    changed = {
        name: value
        for name, value in changes.items()
        if name not in FOLLOWS and (name not in before or before[name] != value)
    }
    for name in changed.keys() & _CHECKS.keys():
        changed[name] = _CHECKS[name](changed[name], credentials)
    whole = {**own, **changed}
    _refuse_unstorable(whole)
    return whole


def _refuse_unstorable(values: Mapping[str, Any]) -> None:
    try:
        # Databases refuse NaN, unpaired surrogates and NUL characters in JSON.
        text = json.dumps(values, allow_nan=False, ensure_ascii=False)
        text.encode()
    except ValueError as error:
        raise refuse("options", "options must be JSON that can be stored: no NaN, no unpaired surrogates") from error
    if "\\u0000" in text:
        raise refuse("options", "options must not contain NUL characters")
    if len(text) > MOST_CHARACTERS:
        raise refuse("options", f"options must be at most {MOST_CHARACTERS} characters as JSON; got {len(text)}")


def _checkpoint(value: Any, credentials: Credentials) -> str | None:
    """Return the slug, which does not change when the title gets a hash; None for the current default."""
    name = _text(CHECKPOINT, value)
    return checkpoint_named(name, credentials).slug if is_given(name) else None


def _vae(value: Any, credentials: Credentials) -> Any:
    name = _text(VAE, value)
    if is_given(name):
        slug = adapter_named(Adapter.Kind.VAE, str(name), credentials)
        if not Adapter.objects.enabled().of_kind(Adapter.Kind.VAE).filter(slug=slug).exists():
            raise refuse(VAE, f"{VAE} must be {AUTOMATIC}, None or one of /sdapi/v1/sd-vae; got {name!r:.80}")
    return value


def _clip_stop(value: Any, credentials: Credentials) -> Any:
    allowed = RANGES["clip_skip"]
    if isinstance(value, bool) or not isinstance(value, int) or not allowed.allows(value):
        raise refuse(CLIP_STOP, f"{CLIP_STOP} must be a whole number, {allowed}; got {value!r:.60}")
    return value


def _format(value: Any, credentials: Credentials) -> Any:
    if str(value).lower() not in FORMATS:
        raise refuse(FORMAT, f"{FORMAT} must be one of {', '.join(FORMATS)}; got {value!r:.60}")
    return value


def _text(name: str, value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise refuse(name, f"{name} must be text; got {value!r:.60}")
    return value


# Option -> function that checks its value and returns the value to store.
_CHECKS: Mapping[str, Callable[[Any, Credentials], Any]] = {
    CHECKPOINT: _checkpoint,
    VAE: _vae,
    CLIP_STOP: _clip_stop,
    FORMAT: _format,
}


def show_options(request: HttpRequest) -> HttpResponse:
    """Return the caller's options."""
    credentials = get_credentials(request)
    return reply(shown(credentials, stored(credentials)))


def set_options(request: HttpRequest) -> HttpResponse:
    """Store some of the caller's options."""
    store(get_credentials(request), json_body(request))
    return reply(None)
