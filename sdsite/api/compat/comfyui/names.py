"""Translation of ComfyUI's names: weights by file name, samplers and schedulers by its own names."""

import re
from collections.abc import Callable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any

from generation.image_settings import finder
from generation.limits import adapters_offered_to, limits_for, offered_to
from generation.models import Adapter, Checkpoint
from generation.parameters.metadata.comfyui import stem
from generation.parameters.metadata.recovered import Model
from generation.parameters.sampler_names import COMFYUI_SCHEDULES, find_sampler, find_schedule
from sdsite.accounts.credentials import Credentials

ENDING = ".safetensors"

# ComfyUI's samplers in its order; those that the catalog does not have are left out of lists.
_SAMPLERS = (
    "euler",
    "euler_ancestral",
    "heun",
    "dpm_2",
    "dpm_2_ancestral",
    "lms",
    "dpm_fast",
    "dpm_adaptive",
    "dpmpp_2s_ancestral",
    "dpmpp_sde",
    "dpmpp_sde_gpu",
    "dpmpp_2m",
    "dpmpp_2m_sde",
    "dpmpp_2m_sde_gpu",
    "dpmpp_2m_sde_heun",
    "dpmpp_2m_sde_heun_gpu",
    "dpmpp_3m_sde",
    "dpmpp_3m_sde_gpu",
    "ddpm",
    "lcm",
    "deis",
    "sa_solver",
    "ddim",
    "uni_pc",
    "uni_pc_bh2",
)

# ComfyUI's folders of weights -> kind of adapter; "" for checkpoints.
FOLDERS: Mapping[str, str] = MappingProxyType(
    {
        "checkpoints": "",
        "loras": "lora",
        "vae": "vae",
        "controlnet": "controlnet",
        "embeddings": "embedding",
        "upscale_models": "upscaler",
    }
)

_FACTOR = re.compile(r"(?<![a-z0-9])(?:x([1-8])|([1-8])x)(?![0-9])", re.IGNORECASE)
USUAL_FACTOR = 4.0  # of an upscaler whose name states none


class Names:
    """The weights and samplers that one user may use, under ComfyUI's names."""

    def __init__(self, credentials: Credentials) -> None:
        """Prepare for `credentials`; the database is queried on demand."""
        self._credentials = credentials
        self._slugs: dict[tuple[str, str], str | None] = {}  # all paths through a graph end at the same checkpoint

    @cached_property
    def _find(self) -> Callable[[Model], str | None]:
        return finder(self._credentials)

    def slug(self, kind: str, name: str) -> str | None:
        """Return the slug of the checkpoint or adapter of `kind` that a file name, title or slug means, or None."""
        if (kind, name) not in self._slugs:
            self._slugs[kind, name] = self._find(Model("", kind, stem(name)))
        return self._slugs[kind, name]

    def family(self, checkpoint: str) -> str:
        """Return the family of the checkpoint with this slug."""
        return str(Checkpoint.objects.values_list("family", flat=True).get(slug=checkpoint))

    def token(self, embedding: str) -> str | None:
        """Return the prompt token of an embedding, or None where the site has none of this name."""
        slug = self.slug("embedding", embedding)
        found = Adapter.objects.enabled().of_kind("embedding").filter(slug=slug).values_list("token", flat=True).first()
        return found or slug

    def files(self, folder: str) -> list[str]:
        """Return the file names of a folder of weights; empty for an unknown folder."""
        kind = FOLDERS.get(folder)
        if kind is None:
            return []
        limits = limits_for(self._credentials)
        rows: Any = adapters_offered_to(limits).of_kind(kind) if kind else offered_to(limits)
        return [f"{slug}{ENDING}" for slug in rows.values_list("slug", flat=True)]

    def embeddings(self) -> list[str]:
        """Return the names that a prompt may use after `embedding:`."""
        return [stem(name) for name in self.files("embeddings")]

    def lists(self) -> dict[str, list[str]]:
        """Return every list that the nodes' combos name."""
        return {
            "checkpoints": self.files("checkpoints"),
            "unets": [],
            "loras": self.files("loras"),
            "vaes": self.files("vae"),
            "controlnets": self.files("controlnet"),
            "upscalers": self.files("upscale_models"),
            "samplers": samplers(),
            "schedulers": list(COMFYUI_SCHEDULES),
            "uploads": [],  # the list would grow without bound; clients get the name of an upload in its response
        }


def samplers() -> list[str]:
    """Return the samplers that both programs have, under ComfyUI's names."""
    return [name for name in _SAMPLERS if find_sampler(name) is not None]


def sampler_key(name: str) -> str | None:
    """Return the site's key of a sampler, by any of its names, or None."""
    found = find_sampler(name)
    return found.key if found else None


def schedule_name(name: str) -> str | None:
    """Return the name of a schedule where a request takes it, else None."""
    return name if find_schedule(name) else None


def get_factor(upscaler: str) -> float:
    """Return the scale of an upscaler as its name states it ("RealESRGAN_x2"), 1 to 8."""
    found = _FACTOR.search(stem(upscaler).replace("_", " "))
    return float(found[1] or found[2]) if found else USUAL_FACTOR
