"""Samplers by the names that people and programs give them: ours, labels, other programs' words."""

from collections.abc import Mapping
from types import MappingProxyType

from generation.parameters import catalog

# How A1111's programming interface shortens schedules at the end of a sampler's name ("k_dpmpp_2m_ka").
_SHORT_SCHEDULES: Mapping[str, str] = MappingProxyType({"ka": "karras", "exp": "exponential"})


def plain(name: str) -> str:
    """Return `name` as samplers are looked up by: small letters, single spaces for whatever stands between words."""
    return " ".join(name.casefold().replace("_", " ").replace("-", " ").split())


_BY_NAME: Mapping[str, catalog.Sampler] = {
    plain(name): sampler
    for sampler in catalog.SAMPLERS.values()
    for name in (sampler.key, sampler.label, *sampler.aliases)
}


def find_sampler_and_schedule(name: str) -> tuple[catalog.Sampler | None, str | None]:
    """Read a sampler's key, label or alias, with or without a schedule at its end ("DPM++ 2M Karras").

    Returns the sampler and the schedule that the name carries; None for what is not there. Case, underscores and
    hyphens do not matter.
    """
    said = plain(name)
    if said in _BY_NAME:
        return _BY_NAME[said], None
    stem, _, last = said.rpartition(" ")
    schedule = _SHORT_SCHEDULES.get(last, last)
    if schedule in catalog.SCHEDULES and stem in _BY_NAME:
        return _BY_NAME[stem], schedule
    return None, None


def find_sampler(name: str) -> catalog.Sampler | None:
    """Return the sampler with this key, label or alias, or None; see `find_sampler_and_schedule`."""
    return find_sampler_and_schedule(name)[0]
