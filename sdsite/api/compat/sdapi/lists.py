"""Lists of AUTOMATIC1111's API (checkpoints, samplers, adapters, styles); file paths of the site are never shown."""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse

from generation.limits import adapters_offered_to, limits_for, offered_to
from generation.models import Adapter, Style
from generation.models.adapter import AdapterQuerySet
from generation.parameters import catalog
from generation.parameters.sampler_names import SCHEDULE_NAMES, plain
from sdsite.accounts.credentials import Credentials, get_credentials
from sdsite.api.compat.sdapi.names import AUTOMATIC, NONE, SHORT_HASH, get_title
from sdsite.api.compat.sdapi.responses import reply

USUAL_SCALE = 4  # of an upscaler whose file does not state its scale
WITHHELD = {"free": 0, "used": 0, "total": 0}
_PEAK = {"current": 0, "peak": 0}


def _checkpoints(credentials: Credentials) -> Any:
    return [
        {
            "title": get_title(row),
            "model_name": row.slug,
            "hash": row.sha256[:SHORT_HASH] or None,
            "sha256": row.sha256 or None,
            "filename": row.slug,
            "config": None,
        }
        for row in offered_to(limits_for(credentials))
    ]


def _samplers(credentials: Credentials) -> Any:
    return [
        {"name": row.label, "aliases": list(dict.fromkeys((row.key, *row.aliases))), "options": {}}
        for row in catalog.SAMPLERS.values()
    ]


def _schedulers(credentials: Credentials) -> Any:
    names = [(AUTOMATIC, ()), *((row.label, row.aliases) for row in SCHEDULE_NAMES)]
    return [
        {
            "name": plain(label).replace(" ", "_"),
            "label": label,
            "aliases": list(aliases) or None,
            "default_rho": -1.0,
            "need_inner_model": False,
        }
        for label, aliases in names
    ]


def _upscalers(credentials: Credentials) -> Any:
    built_in = [row.label for row in catalog.UPSCALERS.values() if not row.latent]
    rows = [(name, USUAL_SCALE) for name in (NONE, *built_in)]
    rows += [(row.slug, row.meta.get("scale") or USUAL_SCALE) for row in _adapters(Adapter.Kind.UPSCALER)]
    return [
        {"name": name, "model_name": None, "model_path": None, "model_url": None, "scale": scale}
        for name, scale in rows
    ]


def _latent_modes(credentials: Credentials) -> Any:
    return [{"name": row.label} for row in catalog.UPSCALERS.values() if row.latent]


def _vaes(credentials: Credentials) -> Any:
    return [{"model_name": row.slug, "filename": row.slug} for row in _adapters(Adapter.Kind.VAE)]


def _loras(credentials: Credentials) -> Any:
    return [
        {"name": row.slug, "alias": row.title, "path": row.slug, "metadata": {"trigger_words": row.trigger_words}}
        for row in adapters_offered_to(limits_for(credentials)).of_kind(Adapter.Kind.LORA)
    ]


def _embeddings(credentials: Credentials) -> Any:
    loaded = {
        row.token or row.slug: {
            "step": None,
            "sd_checkpoint": None,
            "sd_checkpoint_name": None,
            "shape": row.meta.get("width"),
            "vectors": row.meta.get("vectors"),
        }
        for row in _adapters(Adapter.Kind.EMBEDDING)
    }
    return {"loaded": loaded, "skipped": {}}


def _styles(credentials: Credentials) -> Any:
    by_name: dict[str, Style] = {}
    for style in Style.objects.visible_to(credentials.user):
        by_name.setdefault(style.name, style)  # the user's own come first
    return [
        {"name": style.name, "prompt": style.prompt, "negative_prompt": style.negative_prompt}
        for style in by_name.values()
    ]


def _memory(credentials: Credentials) -> Any:
    """Return the structure with zeros: the memory of the site's hosts is not shown to users."""
    parts = ("active", "allocated", "reserved", "inactive")
    cuda = {"system": WITHHELD, **dict.fromkeys(parts, _PEAK), "events": {"retries": 0, "oom": 0}}
    return {"ram": WITHHELD, "cuda": cuda}


def _adapters(kind: str) -> AdapterQuerySet:
    return Adapter.objects.enabled().of_kind(kind)


# Address below /sdapi/v1/ -> function that builds the response.
LISTS: Mapping[str, Callable[[Credentials], Any]] = {
    "sd-models": _checkpoints,
    "samplers": _samplers,
    "schedulers": _schedulers,
    "upscalers": _upscalers,
    "latent-upscale-modes": _latent_modes,
    "sd-vae": _vaes,
    "loras": _loras,
    "embeddings": _embeddings,
    "prompt-styles": _styles,
    "memory": _memory,
    # The site has none of these.
    "hypernetworks": lambda _: [],
    "face-restorers": lambda _: [],
    "realesrgan-models": lambda _: [],
    "scripts": lambda _: {"txt2img": [], "img2img": []},
    "script-info": lambda _: [],
    "extensions": lambda _: [],
    "cmd-flags": lambda _: {},
}

# Accepted without effect: lists are always current, and the site itself loads and unloads.
NOTHING_TO_DO = (
    "refresh-checkpoints",
    "refresh-vae",
    "refresh-loras",
    "refresh-embeddings",
    "unload-checkpoint",
    "reload-checkpoint",
)


def lister(answer: Callable[[Credentials], Any]) -> Callable[[HttpRequest], HttpResponse]:
    """Return the view that answers with `answer(credentials)`."""

    def view(request: HttpRequest) -> HttpResponse:
        return reply(answer(get_credentials(request)))

    return view


def nothing(request: HttpRequest) -> HttpResponse:
    """Answer null, without effect."""
    return reply(None)
