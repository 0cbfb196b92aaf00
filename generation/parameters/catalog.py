"""Catalog of samplers, schedules, upscalers and ControlNet preprocessors, as plain data.

Forms, documents, APIs and pipelines all read these tables; a new sampler is a new row. The web process imports this
module, so it must not import torch or diffusers: schedulers are named, not imported.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeVar

from generation.families import FAMILIES
from generation.families.record import Family

SCHEDULES: Mapping[str, str] = MappingProxyType(
    {"normal": "Normal", "karras": "Karras", "exponential": "Exponential", "beta": "Beta"}
    | {"kl_optimal": "KL Optimal", "align_your_steps": "Align Your Steps"}
)
TIMESTEP_SPACINGS = ("linspace", "leading", "trailing")  # diffusers' names

_ANY = tuple(SCHEDULES)
_PLAIN = ("normal",)
# Beta takes long steps in the middle; solvers that build on their former steps then give broken images.
_NO_BETA = tuple(key for key in SCHEDULES if key != "beta")
# Align Your Steps has no table for flow families; DEIS and SA-Solver would stop at its last level, far above 0.
_NOT_ALIGNED = tuple(key for key in SCHEDULES if key != "align_your_steps")
_NEITHER = tuple(key for key in _NOT_ALIGNED if key != "beta")


@dataclass(frozen=True)
class FlowVariant:
    """The scheduler of a sampler for flow-matching families, where it has one.

    `takes_levels`: it works with pipelines that pass noise levels of their own.
    """

    scheduler: str
    config: Mapping[str, Any]
    schedules: tuple[str, ...]
    takes_levels: bool = True

    def works_with(self, family: Family) -> bool:
        """Return whether it works with the pipelines of `family`, a flow family."""
        return self.takes_levels or not family.own_levels


@dataclass(frozen=True)
class Sampler:
    """One sampling method from noise to image, for every task.

    `label` is the name that A1111 prints, `scheduler` the class for families that predict noise (of diffusers, or one
    in `generation/pipelines/solvers`), `config` the overrides of the checkpoint's own scheduler config. `takes_eta`:
    the `eta` parameter changes its result, up to `most_eta`. `stochastic`: it adds noise at each step. `bounded`: it
    fails where noise levels are huge. `spaced`: it takes a timestep spacing. `calls`: network evaluations for one step.
    `adaptive`: it chooses its own number of steps, and the requested steps are the most it may take.
    """

    key: str
    label: str
    scheduler: str
    schedules: tuple[str, ...] = _PLAIN
    config: Mapping[str, Any] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    takes_eta: bool = False
    most_eta: float = 10.0
    stochastic: bool = False
    bounded: bool = False
    spaced: bool = True
    calls: int = 1
    adaptive: bool = False
    flow: FlowVariant | None = None

    @property
    def families(self) -> tuple[str, ...]:
        """Return the keys of the families it works with."""
        return tuple(key for key, family in FAMILIES.items() if self._works_with(family))

    def schedules_for(self, family: str) -> tuple[str, ...]:
        """Return the schedules it takes with `family`; none where it does not work."""
        row = FAMILIES.get(family)
        if row is None or not self._works_with(row):
            return ()
        return self.flow.schedules if row.flow and self.flow else self.schedules

    def scheduler_for(self, family: str) -> tuple[str, Mapping[str, Any]]:
        """Return the diffusers class name and the config overrides for `family`.

        Raises:
            KeyError: it does not work with `family`.
        """
        row = FAMILIES[family]
        if not self._works_with(row):
            raise KeyError(family)
        return (self.flow.scheduler, self.flow.config) if row.flow and self.flow else (self.scheduler, self.config)

    def _works_with(self, family: Family) -> bool:
        return (self.flow is not None and self.flow.works_with(family)) if family.flow else True


@dataclass(frozen=True)
class Upscaler:
    """A built-in upscaler, for any factor; upscaling networks are rows of the database.

    `latent` is the mode of `torch.nn.functional.interpolate` that resizes latents between the two passes of hires fix;
    such an upscaler cannot take a finished image.
    """

    key: str
    label: str
    latent: str = ""


Row = TypeVar("Row", Sampler, Upscaler)


def _table(*rows: Row) -> Mapping[str, Row]:
    table = {row.key: row for row in rows}
    if len(table) != len(rows):
        raise ValueError("a key appears twice in the catalog")
    return MappingProxyType(table)


_FLOW_EULER = FlowVariant("FlowMatchEulerDiscreteScheduler", {}, _NOT_ALIGNED)
_FLOW_HEUN = FlowVariant("FlowMatchHeunDiscreteScheduler", {}, _PLAIN, takes_levels=False)
_FLOW_SIGMAS = {"use_flow_sigmas": True, "prediction_type": "flow_prediction"}
_FLOW_2M = FlowVariant("DPMSolverMultistepScheduler", _FLOW_SIGMAS, _PLAIN)
_FLOW_UNIPC = FlowVariant("UniPCMultistepScheduler", _FLOW_SIGMAS, _PLAIN)

_SDE = {"algorithm_type": "sde-dpmsolver++"}

SAMPLERS: Mapping[str, Sampler] = _table(
    Sampler("euler", "Euler", "EulerDiscreteScheduler", _ANY, aliases=("k_euler",), flow=_FLOW_EULER),
    Sampler(
        "euler_a",
        "Euler a",
        "EulerAncestralDiscreteScheduler",
        _ANY,
        aliases=("k_euler_a", "euler_ancestral", "k_euler_ancestral"),
        stochastic=True,
        bounded=True,
    ),
    Sampler("heun", "Heun", "HeunDiscreteScheduler", _ANY, aliases=("k_heun",), bounded=True, calls=2, flow=_FLOW_HEUN),
    Sampler(
        "dpm2", "DPM2", "KDPM2DiscreteScheduler", _ANY, aliases=("k_dpm_2", "dpm_2", "kdpm_2"), bounded=True, calls=2
    ),
    Sampler(
        "dpm2_a",
        "DPM2 a",
        "KDPM2AncestralDiscreteScheduler",
        _ANY,
        aliases=("k_dpm_2_a", "k_dpm_2_ancestral", "dpm_2_ancestral", "dpm2_ancestral", "kdpm_2_a"),
        stochastic=True,
        bounded=True,
        calls=2,
    ),
    Sampler("lms", "LMS", "LMSDiscreteScheduler", _ANY, aliases=("k_lms",)),
    Sampler(
        "dpmpp_2s_a",
        "DPM++ 2S a",
        "DPMPP2SAncestralScheduler",
        _ANY,
        aliases=("k_dpmpp_2s_a", "k_dpmpp_2s_ancestral", "dpmpp_2s_ancestral", "DPM++ 2S ancestral", "dpm2s_a"),
        stochastic=True,
        bounded=True,
        calls=2,
    ),
    Sampler("dpmpp_2m", "DPM++ 2M", "DPMSolverMultistepScheduler", _NO_BETA, aliases=("k_dpmpp_2m",), flow=_FLOW_2M),
    Sampler(
        "dpmpp_2m_sde",
        "DPM++ 2M SDE",
        "DPMSolverMultistepScheduler",
        _NO_BETA,
        _SDE,
        aliases=("k_dpmpp_2m_sde", "dpmpp_2m_sde_gpu"),
        stochastic=True,
    ),
    Sampler(
        "dpmpp_2m_sde_heun",
        "DPM++ 2M SDE Heun",
        "DPMSolverMultistepScheduler",
        _NO_BETA,
        {**_SDE, "solver_type": "heun"},
        aliases=("k_dpmpp_2m_sde_heun", "dpmpp_2m_sde_heun_gpu"),
        stochastic=True,
    ),
    Sampler(
        "dpmpp_3m_sde",
        "DPM++ 3M SDE",
        "DPMSolverMultistepScheduler",
        _NO_BETA,
        {**_SDE, "solver_order": 3},
        aliases=("k_dpmpp_3m_sde", "dpmpp_3m_sde_gpu"),
        stochastic=True,
    ),
    Sampler(
        "dpmpp_sde",
        "DPM++ SDE",
        "DPMSolverSinglestepScheduler",
        _ANY,
        {**_SDE, "lower_order_final": True},
        aliases=("k_dpmpp_sde", "dpmpp_sde_gpu"),
        stochastic=True,
        spaced=False,
    ),
    Sampler("dpm_fast", "DPM fast", "DPMFastScheduler", aliases=("k_dpm_fast",), bounded=True, spaced=False),
    Sampler(
        "dpm_adaptive",
        "DPM adaptive",
        "DPMAdaptiveScheduler",
        aliases=("k_dpm_adaptive", "k_dpm_ad"),
        bounded=True,
        spaced=False,
        calls=3,
        adaptive=True,
    ),
    Sampler(
        "restart", "Restart", "RestartScheduler", _ANY, aliases=("k_restart",), stochastic=True, bounded=True, calls=2
    ),
    Sampler("ddim", "DDIM", "BoundedDDIMScheduler", config={"clip_sample": False}, takes_eta=True),
    Sampler("plms", "PLMS", "PNDMScheduler", config={"skip_prk_steps": True}, aliases=("pndm",)),
    Sampler("unipc", "UniPC", "UniPCMultistepScheduler", _NO_BETA, aliases=("uni_pc", "uni_pc_bh2"), flow=_FLOW_UNIPC),
    Sampler("deis", "DEIS", "DEISMultistepScheduler", _NOT_ALIGNED),
    Sampler("lcm", "LCM", "LCMScheduler", stochastic=True, spaced=False),
    Sampler("tcd", "TCD", "TCDScheduler", takes_eta=True, most_eta=1.0, spaced=False),
    Sampler("ddpm", "DDPM", "DDPMScheduler", config={"clip_sample": False}, stochastic=True),
    Sampler("sa_solver", "SA-Solver", "SASolverScheduler", _NEITHER, aliases=("sasolver",), stochastic=True),
)

# Preprocessors make a ControlNet's map of an ordinary image; "none" where the image is a map already.
PREPROCESSORS: Mapping[str, str] = MappingProxyType(
    {
        "none": "Already a map",
        "invert": "Invert: a drawing on white",
        "canny": "Canny edges",
        "line": "Soft lines",
        "scribble": "Scribble",
        "blur": "Blur",
        "tile": "Tile",
        "luminance": "Brightness instead of depth",
    }
)

UPSCALERS: Mapping[str, Upscaler] = _table(
    Upscaler("lanczos", "Lanczos"),
    Upscaler("nearest", "Nearest"),
    Upscaler("latent", "Latent", "bilinear"),
    Upscaler("latent_bicubic", "Latent (bicubic)", "bicubic"),
    Upscaler("latent_nearest", "Latent (nearest-exact)", "nearest-exact"),
)


def samplers_for(family: str) -> tuple[str, ...]:
    """Return the keys of the samplers that work with `family`, in order."""
    return tuple(key for key, sampler in SAMPLERS.items() if family in sampler.families)
