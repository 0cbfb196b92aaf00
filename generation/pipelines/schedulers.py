"""Schedulers made fresh for every run from the checkpoint's own config and the sampler's catalog row.

Pipelines made from one another share the scheduler object, and schedulers keep state between steps; so a run never
uses the loaded one.
"""

import functools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import diffusers
import torch

from generation.errors import GenerationError
from generation.families import FAMILIES, family_of_class
from generation.parameters import catalog
from generation.pipelines import noise_levels, solvers
from generation.pipelines.noise import use_own_noise

# Settings that the network was trained with. Passed on by name, because `from_config` drops what the checkpoint left
# at its own class's default and takes the other class's default instead, which may differ (Heun's betas do).
_TRAINED_WITH = (
    "num_train_timesteps",
    "beta_start",
    "beta_end",
    "beta_schedule",
    "trained_betas",
    "prediction_type",
    "rescale_betas_zero_snr",
)
_SCHEDULE_FLAGS = {
    "karras": {"use_karras_sigmas": True},
    "exponential": {"use_exponential_sigmas": True},
    "beta": {"use_beta_sigmas": True},
    **{schedule: {"use_karras_sigmas": True} for schedule in noise_levels.SPACINGS},
}
# Cosine and zero-SNR schedules end at noise levels (sigma) of 20,000 and more. Schedules spaced over sigma would
# spend nearly every step there, and second-order steps across such a range diverge. Stable Diffusion's own ends at 15,
# Karras et al. 2022 use 80.
_LARGEST_SIGMA = 15.0
_ALL_FLAGS_OFF = {name: False for flags in _SCHEDULE_FLAGS.values() for name in flags}


def make_scheduler(
    pipe: Any, sampler_key: str, schedule: str, *, timestep_spacing: str | None = None, steps: int = 20
) -> Any:
    """Return a new scheduler for `steps` steps of `sampler_key`, as the checkpoint in `pipe` was trained.

    Args:
        pipe: a loaded pipeline whose own scheduler is in place.
        sampler_key: a key of `catalog.SAMPLERS`.
        schedule: a key of `catalog.SCHEDULES`.
        timestep_spacing: one of `catalog.TIMESTEP_SPACINGS`; None: that of the checkpoint's own scheduler.
        steps: 1 to 250; only distillation samplers (LCM, TCD) need the number in advance.

    Raises:
        GenerationError: `refused`, the sampler does not work with this family or does not take the schedule.
    """
    family = family_of_class(type(pipe).__name__)
    sampler = catalog.SAMPLERS[sampler_key]
    allowed = sampler.schedules_for(family)
    if schedule not in allowed:
        does = f"takes schedule {', '.join(allowed)}" if allowed else "does not work with this checkpoint"
        raise GenerationError("refused", f"Sampler {sampler.label} {does}; got {schedule}.")
    if steps == 1:
        schedule = "normal"  # one step has nothing to space; DEIS and SA-Solver would leave it all noise
    class_name, overrides = sampler.scheduler_for(family)
    scheduler_class = getattr(solvers if hasattr(solvers, class_name) else diffusers, class_name)
    known = scheduler_class._get_init_keys(scheduler_class)
    own = pipe.scheduler.config
    options = _flow_config(own) if FAMILIES[family].flow else {name: own[name] for name in _TRAINED_WITH if name in own}
    if not FAMILIES[family].flow and (schedule != "normal" or sampler.bounded):
        options |= _limit_noise(pipe.scheduler)
    options |= {**_ALL_FLAGS_OFF, **overrides, **_SCHEDULE_FLAGS.get(schedule, {})}
    if timestep_spacing is not None:
        options["timestep_spacing"] = timestep_spacing
    if "original_inference_steps" in known:
        # These choose their steps from a coarser grid, 50 by default, and refuse more steps than that.
        options["original_inference_steps"] = max(own.get("original_inference_steps", 50), steps)
    scheduler = scheduler_class.from_config(own, **{name: value for name, value in options.items() if name in known})
    if schedule != "normal" and "use_karras_sigmas" not in known:  # Euler a takes the levels of Euler
        other = diffusers.EulerDiscreteScheduler.from_config(own, **options)
        _space(other, schedule, family)
        noise_levels.take_levels(scheduler, other)
    _space(scheduler, schedule, family)
    use_own_noise(scheduler)
    if FAMILIES[family].flow and not hasattr(scheduler, "scale_noise"):
        scheduler = _adapt_to_flow(scheduler)
    return _begin_at_first_step(scheduler) if hasattr(scheduler, "set_begin_index") else scheduler


def _space(scheduler: Any, schedule: str, family: str) -> None:
    if schedule in noise_levels.SPACINGS:
        noise_levels.space(scheduler, schedule, family)
        scheduler.register_to_config(sigma_schedule=schedule)  # so that the receipt does not say karras


def _flow_config(own: Any) -> dict[str, Any]:
    """Return the shift of a rectified-flow checkpoint under every name that solvers use for it."""
    return {
        "num_train_timesteps": own.get("num_train_timesteps", 1000),
        "shift": own.get("shift", 1.0),
        "flow_shift": own.get("shift", 1.0),
        "use_dynamic_shifting": own.get("use_dynamic_shifting", False),
    }


def _limit_noise(scheduler: Any) -> dict[str, Any]:
    """Return options that leave out the training steps beyond _LARGEST_SIGMA; time steps keep their meaning."""
    kept = scheduler.alphas_cumprod
    kept = kept[(1 - kept) / kept <= _LARGEST_SIGMA**2]
    if len(kept) == len(scheduler.alphas_cumprod):
        return {}
    betas = scheduler.betas[: len(kept)].tolist()
    return {"trained_betas": betas, "num_train_timesteps": len(betas), "rescale_betas_zero_snr": False}


def _adapt_to_flow(scheduler: Any) -> Any:
    """Give a solver of the DPM family the interface that rectified-flow pipelines expect of a scheduler.

    They pass noise levels, which it chooses itself by the checkpoint's shift; `mu`, a shift by the image's size, which
    it takes only if the checkpoint has dynamic shifting; and they call `add_noise` by another name, `scale_noise`.
    Z-Image hands over predictions in single precision with latents of an image in half, and wants single back.
    """
    set_timesteps, step = scheduler.set_timesteps, scheduler.step
    shifting = scheduler.config.get("use_dynamic_shifting", False)

    def set_own_timesteps(
        num_inference_steps: int | None = None,
        device: Any = None,
        sigmas: Sequence[float] | None = None,
        mu: float | None = None,
    ) -> None:
        steps = len(sigmas) if num_inference_steps is None and sigmas is not None else num_inference_steps
        set_timesteps(steps, device=device, **({"mu": mu} if shifting else {}))

    @functools.wraps(step)  # pipelines read the signature to learn which arguments a scheduler takes
    def step_exactly(model_output: Any, timestep: Any, sample: Any, *args: Any, **kwargs: Any) -> Any:
        exact = torch.promote_types(sample.dtype, model_output.dtype)
        return step(model_output, timestep, sample.to(exact), *args, **kwargs)

    def scale_noise(sample: Any, timestep: Any, noise: Any) -> Any:
        return scheduler.add_noise(sample, noise, timestep)

    scheduler.set_timesteps = set_own_timesteps
    scheduler.step = step_exactly
    scheduler.scale_noise = scale_noise
    return scheduler


def _begin_at_first_step(scheduler: Any) -> Any:
    """Make `set_timesteps` set the begin index too.

    Without it a scheduler looks up its first time step by value. The solvers of the DPM family round their time steps,
    so with many steps the first two may be equal; the look-up then finds the second, and the run ends in an IndexError
    one step past the end.
    """
    set_timesteps = scheduler.set_timesteps

    @functools.wraps(set_timesteps)
    def set_timesteps_and_begin(*args: Any, **kwargs: Any) -> None:
        set_timesteps(*args, **kwargs)
        scheduler.set_begin_index(0)

    scheduler.set_timesteps = set_timesteps_and_begin
    return scheduler


@contextmanager
def use_scheduler(pipe: Any, scheduler: Any) -> Iterator[None]:
    """Give the pipeline `scheduler` for one run; afterwards, even after an exception, it is as before."""
    own = pipe.scheduler
    pipe.scheduler = scheduler
    try:
        yield
    except BaseException:
        # A pipeline that returns does this itself; after an exception its parts would stay on the device.
        pipe.maybe_free_model_hooks()
        raise
    finally:
        pipe.scheduler = own
