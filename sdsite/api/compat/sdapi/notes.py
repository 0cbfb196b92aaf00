"""Notes of a response: changes that the site made to a request, and fields that this dialect does not support.

AUTOMATIC1111 would have used these fields, so they are mentioned, unlike ignored fields that change no image.
"""

from collections.abc import Callable, Iterator
from typing import Any

from generation.errors import JobRefused
from generation.models import Job
from generation.parameters import catalog
from generation.parameters.sampler_names import find_schedule
from sdsite.accounts.credentials import Credentials
from sdsite.api.compat.sdapi.names import checkpoint_named, is_given, sampler_and_schedule
from sdsite.api.compat.sdapi.requests import TextToImage, unknown_styles

MOST_SCRIPTS = 20
SHOWN = 80  # characters shown of a name

_SAME = "use same checkpoint"


def build_notes(asked: TextToImage, job: Job, credentials: Credentials) -> list[str]:
    """Return sentences for people: what was changed in the request, and which of its fields were not used."""
    return [*job.notes, *_second_pass(asked, job, credentials), *_others(asked, credentials), *_scripts(asked)]


def _second_pass(asked: TextToImage, job: Job, credentials: Credentials) -> Iterator[str]:
    """Yield the settings of its own that the hires fix was asked to have: here it shares those of the first pass."""
    if not asked.enable_hr:
        return
    resolved = job.resolved()
    for name, own, first in (
        ("hr_prompt", asked.hr_prompt, asked.prompt),
        ("hr_negative_prompt", asked.hr_negative_prompt, asked.negative_prompt),
    ):
        if own and own != (first or ""):
            yield f"{name} was not used: the second pass has the prompts of the first."
    slug, sampler, schedule = resolved.checkpoint, catalog.SAMPLERS[resolved.sampler], resolved.schedule
    if _differs(asked.hr_checkpoint_name, lambda name: checkpoint_named(name, credentials).slug, slug):
        yield f"hr_checkpoint_name was not used: the second pass uses {slug}, too."
    if _differs(asked.hr_sampler_name, lambda name: sampler_and_schedule(name, None)[0], sampler.key):
        yield f"hr_sampler_name was not used: the second pass uses {sampler.label}, too."
    if _differs(asked.hr_scheduler, _keys_of, (schedule, resolved.timestep_spacing)):
        yield f"hr_scheduler was not used: the second pass uses the schedule {schedule}, too."


def _keys_of(scheduler: str) -> tuple[str, str | None] | None:
    found = find_schedule(scheduler)
    return (found.schedule, found.timestep_spacing) if found else None


def _differs(name: str | None, meaning: Callable[[str], Any], used: Any) -> bool:
    """Whether a name asks for anything but what is `used`; an unknown name does."""
    if not name or not is_given(name) or name.strip().casefold() == _SAME:
        return False
    try:
        return meaning(name) != used
    except JobRefused:
        return True


def _others(asked: TextToImage, credentials: Credentials) -> Iterator[str]:
    if is_given(asked.scheduler) and find_schedule(str(asked.scheduler)) is None:
        yield f"scheduler was not used: the site has none named {asked.scheduler!r:.{SHOWN}}."
    if unknown := unknown_styles(asked, credentials):
        yield f"styles: there is none named {', '.join(f'{name:.{SHOWN}}' for name in unknown[:MOST_SCRIPTS])}."
    if asked.restore_faces:
        yield "restore_faces was not used: the site has no model that restores faces."
    if asked.tiling:
        yield "tiling was not used: the image does not tile."


def _scripts(asked: TextToImage) -> Iterator[str]:
    """Yield the always-on scripts of the request; those without arguments would have done nothing."""
    given = asked.alwayson_scripts or {}
    named = [name for name, one in given.items() if isinstance(one, dict) and one.get("args")]
    for name in named[:MOST_SCRIPTS]:
        yield f"alwayson_scripts: {name:.{SHOWN}} was not run: the site has no scripts."
