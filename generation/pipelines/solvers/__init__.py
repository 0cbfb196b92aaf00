"""Samplers that diffusers has no class for, as schedulers for its pipelines.

Formulas: k-diffusion (https://github.com/crowsonkb/k-diffusion, `sampling.py`) and the papers named in each file.
"""

from generation.pipelines.solvers.bounded_ddim import BoundedDDIMScheduler
from generation.pipelines.solvers.dpm_adaptive import DPMAdaptiveScheduler
from generation.pipelines.solvers.dpm_fast import DPMFastScheduler
from generation.pipelines.solvers.dpmpp_2s_ancestral import DPMPP2SAncestralScheduler
from generation.pipelines.solvers.restart import RestartScheduler

__all__ = [
    "BoundedDDIMScheduler",
    "DPMAdaptiveScheduler",
    "DPMFastScheduler",
    "DPMPP2SAncestralScheduler",
    "RestartScheduler",
]
