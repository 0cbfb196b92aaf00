"""Names of samplers and schedules in all programs: the one table that every API, file reader and grid looks into.

A schedule is spread over two fields: `schedule`, how noise levels are spaced, and `timestep_spacing`, where the even
steps of the schedule `normal` lie. Other programs have one list of names for both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from generation.parameters import catalog


@dataclass(frozen=True)
class ScheduleName:
    """A name of a schedule: the key and the timestep spacing that it stands for, None where it names none.

    `exact`: they give what the program of this name gives; otherwise they are the nearest the site has.
    """

    label: str
    schedule: str
    timestep_spacing: str | None = None
    aliases: tuple[str, ...] = ()
    exact: bool = True


# A1111's and Forge's labels with ComfyUI's keys as aliases. The first label of a pair of fields is the one written.
# Polyexponential is the exponential schedule at its default exponent of 1; Simple, SGM Uniform and Turbo are diffusers'
# trailing spacing up to one time step, DDIM is its leading spacing.
SCHEDULE_NAMES: tuple[ScheduleName, ...] = (
    *(ScheduleName(label, key) for key, label in catalog.SCHEDULES.items()),
    ScheduleName("Uniform", "normal", "linspace", ("linspace",)),
    ScheduleName("SGM Uniform", "normal", "trailing", ("trailing",)),
    ScheduleName("Simple", "normal", "trailing"),
    ScheduleName("Turbo", "normal", "trailing"),
    ScheduleName("DDIM", "normal", "leading", ("ddim_uniform", "leading")),
    ScheduleName("Polyexponential", "exponential", aliases=("poly_exponential",)),
    ScheduleName("Align Your Steps 11", "align_your_steps", aliases=("ays", "ays_11")),
    ScheduleName("Align Your Steps 32", "align_your_steps", aliases=("ays_32",), exact=False),
    ScheduleName("Align Your Steps GITS", "align_your_steps", aliases=("gits", "ays_gits"), exact=False),
    ScheduleName("Linear Quadratic", "normal", exact=False),
    ScheduleName("Beta57", "beta", exact=False),
)
# ComfyUI's schedulers in its order.
COMFYUI_SCHEDULES = (
    *("normal", "karras", "exponential", "sgm_uniform", "simple", "ddim_uniform"),
    *("beta", "linear_quadratic", "kl_optimal"),
)
# Endings of samplers' names: of A1111's aliases ("k_dpmpp_2m_ka"), of InvokeAI's ("dpmpp_2m_k").
_ENDINGS: Mapping[str, str] = MappingProxyType({"ka": "karras", "k": "karras", "exp": "exponential"})
# Names that leave sampler or schedule to the checkpoint.
NOT_GIVEN = frozenset({"", "none", "automatic", "use same sampler", "use same scheduler"})


def plain(name: str) -> str:
    """Return `name` normalised for look-ups: lower case, single spaces for underscores, hyphens and spaces."""
    return " ".join(name.casefold().replace("_", " ").replace("-", " ").split())


_BY_NAME: Mapping[str, catalog.Sampler] = {
    plain(name): sampler
    for sampler in catalog.SAMPLERS.values()
    for name in (sampler.key, sampler.label, *sampler.aliases)
}
_SCHEDULES: Mapping[str, ScheduleName] = {
    plain(name): row for row in SCHEDULE_NAMES for name in (row.label, *row.aliases)
}
_LONGEST_NAME = 100  # characters of a name that is looked up
_LONGEST_ENDING = max(len(name.split()) for name in _SCHEDULES)


def find_schedule(name: str) -> ScheduleName | None:
    """Return what the name of a schedule means, in any program; case, underscores and hyphens do not matter."""
    return _SCHEDULES.get(plain(name[: _LONGEST_NAME + 1]))


def schedule_named(schedule: str, timestep_spacing: str | None) -> ScheduleName | None:
    """Return the first name that stands for exactly these keys of the catalog, or None."""
    keys = (schedule, timestep_spacing)
    return next((row for row in SCHEDULE_NAMES if (row.schedule, row.timestep_spacing) == keys), None)


def schedule_label(schedule: str, timestep_spacing: str | None) -> str:
    """Return the name that other programs have for both, or for the schedule alone; an unknown key as it is."""
    row = schedule_named(schedule, timestep_spacing) or schedule_named(schedule, None)
    return row.label if row else schedule


def find_sampler_and_schedule(name: str) -> tuple[catalog.Sampler | None, ScheduleName | None]:
    """Read a sampler's key, label or alias, with or without a schedule at its end ("DPM++ 2M Karras").

    Returns the sampler and the schedule that the name carries, None for either that it lacks. Case, underscores and
    hyphens do not matter.
    """
    words = plain(name[: _LONGEST_NAME + 1]).split()
    for ending in range(min(_LONGEST_ENDING, len(words) - 1) + 1):
        stem, last = " ".join(words[: len(words) - ending]), " ".join(words[len(words) - ending :])
        if stem in _BY_NAME and not last:
            return _BY_NAME[stem], None
        if stem in _BY_NAME and (schedule := _SCHEDULES.get(_ENDINGS.get(last, last))):
            return _BY_NAME[stem], schedule
    return None, None


def find_sampler(name: str) -> catalog.Sampler | None:
    """Return the sampler with this key, label or alias, or None; see `find_sampler_and_schedule`."""
    return find_sampler_and_schedule(name)[0]


def with_keys(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a request with the keys of sampler and schedule for their names.

    A schedule at the end of the sampler's name counts where the request names none. Names that are not known stay, and
    so do those of schedules that the site only comes near to: `resolve` replaces them, with a note.
    """
    found = dict(values)
    sampler, carried = (
        find_sampler_and_schedule(named) if isinstance(named := found.get("sampler"), str) else (None,) * 2
    )
    if sampler is not None:
        found["sampler"] = sampler.key
    name = found.get("schedule")
    schedule = find_schedule(name) if isinstance(name, str) else carried if name is None else None
    if schedule is not None:
        found["schedule"] = schedule.schedule if schedule.exact else schedule.label
        if found.get("timestep_spacing") is None and schedule.timestep_spacing:
            found["timestep_spacing"] = schedule.timestep_spacing
    return found
