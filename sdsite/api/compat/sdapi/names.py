"""Translation of AUTOMATIC1111's names of checkpoints, adapters, samplers and upscalers to the site's, and back."""

import re
from collections.abc import Mapping

from generation.errors import JobRefused
from generation.image_settings import finder
from generation.limits import find_checkpoint, limits_for, offered_to
from generation.models import Adapter, Checkpoint
from generation.parameters import catalog
from generation.parameters.metadata.a1111 import split_hash
from generation.parameters.metadata.infotext_keys import upscaler_key
from generation.parameters.metadata.recovered import Model
from generation.parameters.sampler_names import NOT_GIVEN, find_sampler_and_schedule, find_schedule
from sdsite.accounts.credentials import Credentials

AUTOMATIC = "Automatic"
NONE = "None"
SHORT_HASH = 10
_ENDING = re.compile(r"\.(safetensors|ckpt|pt|pth|bin)$", re.IGNORECASE)
# A1111's latent upscale modes that have no counterpart of their own here.
_LATENT: Mapping[str, str] = {
    "latent (antialiased)": "latent",
    "latent (bicubic antialiased)": "latent_bicubic",
    "latent (nearest)": "latent_nearest",
}
# A1111's upscaler "None" still resizes to the size asked for.
_PLAINEST = "lanczos"


def is_given(name: str | None) -> bool:
    """Whether a name asks for anything: null, empty, "None" and "Automatic" do not."""
    return (name or "").strip().casefold() not in NOT_GIVEN


def get_title(checkpoint: Checkpoint) -> str:
    """Return a checkpoint's title in this dialect: its slug, and the beginning of its hash where that is known."""
    return f"{checkpoint.slug} [{checkpoint.sha256[:SHORT_HASH]}]" if checkpoint.sha256 else checkpoint.slug


def checkpoint_named(name: str | None, credentials: Credentials) -> Checkpoint:
    """Return the checkpoint that a title, slug, file name or hash means; without a name the default of `credentials`.

    Raises:
        JobRefused: `checkpoint_missing` or `checkpoint_not_allowed`.
    """
    limits = limits_for(credentials)
    if not is_given(name):
        return find_checkpoint(None, limits)
    by_slug = offered_to(limits).filter(slug=_storable(name)).first()  # options store slugs
    return by_slug or find_checkpoint(_slug("checkpoint", name, credentials), limits)


def adapter_named(kind: str, name: str, credentials: Credentials) -> str:
    """Return the slug of the adapter of `kind` that a name means; the name itself where there is none.

    A missing adapter is refused when the request is submitted, with a message that lists those that exist.
    """
    return _slug(kind, name, credentials)


def _slug(kind: str, name: str | None, credentials: Credentials) -> str:
    plain, digest = split_hash(_storable(name))
    stem = _ENDING.sub("", re.split(r"[/\\]", plain)[-1])
    find = finder(credentials)
    for candidate in dict.fromkeys((plain, stem)):
        found = find(Model(kind, kind, candidate, digest))
        if found is not None:
            return found
    # A bare hash is a name, too.
    return find(Model(kind, kind, "", plain.lower())) or stem[:120] or plain[:120] or "?"


def _storable(name: str | None) -> str:
    """Return a name without characters that a database refuses in a query."""
    return (name or "").encode(errors="replace").decode().replace("\x00", "")


def sampler_and_schedule(sampler: str | None, scheduler: str | None) -> tuple[str | None, str | None]:
    """Return the sampler's key and the schedule's label; None for a value that is left to the checkpoint.

    A schedule at the end of the sampler's name counts where `scheduler` names none that is known: AUTOMATIC1111 takes
    an unknown one for Automatic.

    Raises:
        JobRefused: 404, as AUTOMATIC1111 answers for a sampler that it does not know.
    """
    found, schedule = find_sampler_and_schedule(sampler or "") if is_given(sampler) else (None, None)
    if is_given(sampler) and found is None:
        raise JobRefused("not_found", "Sampler not found", status=404)
    schedule = (find_schedule(str(scheduler)) if is_given(scheduler) else None) or schedule
    return found.key if found else None, schedule.label if schedule else None


def upscaler_named(name: str, credentials: Credentials) -> str:
    """Return the key or slug of the upscaler with this name."""
    plain = name.strip().casefold()
    if plain == NONE.casefold():
        return _PLAINEST
    key = _LATENT.get(plain) or upscaler_key(name.strip())
    return key if key in catalog.UPSCALERS else adapter_named(Adapter.Kind.UPSCALER, name, credentials)
