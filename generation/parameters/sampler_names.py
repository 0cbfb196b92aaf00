"""Look-up of samplers by key, label or alias, including the names that other programs use."""

from collections.abc import Mapping
from types import MappingProxyType

from generation.parameters import catalog

# A1111's API abbreviates schedules at the end of a sampler's name ("k_dpmpp_2m_ka").
_SHORT_SCHEDULES: Mapping[str, str] = MappingProxyType({"ka": "karras", "exp": "exponential"})


def plain(name: str) -> str:
    """Return `name` normalised for look-ups: lower case, single spaces for underscores, hyphens and spaces."""
    return " ".join(name.casefold().replace("_", " ").replace("-", " ").split())


_BY_NAME: Mapping[str, catalog.Sampler] = {
    plain(name): sampler
    for sampler in catalog.SAMPLERS.values()
    for name in (sampler.key, sampler.label, *sampler.aliases)
}


def find_sampler_and_schedule(name: str) -> tuple[catalog.Sampler | None, str | None]:
    """Read a sampler's key, label or alias, with or without a schedule at its end ("DPM++ 2M Karras").

    Returns the sampler and the schedule that the name carries, None for either that it lacks. Case, underscores and
    hyphens do not matter.
    """
    wanted = plain(name)
    if wanted in _BY_NAME:
        return _BY_NAME[wanted], None
    stem, _, last = wanted.rpartition(" ")
    schedule = _SHORT_SCHEDULES.get(last, last)
    if schedule in catalog.SCHEDULES and stem in _BY_NAME:
        return _BY_NAME[stem], schedule
    return None, None


def find_sampler(name: str) -> catalog.Sampler | None:
    """Return the sampler with this key, label or alias, or None; see `find_sampler_and_schedule`."""
    return find_sampler_and_schedule(name)[0]
