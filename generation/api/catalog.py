"""Router of ranges and choices of a request, checkpoints and samplers."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router
from pydantic import BaseModel, Field

from generation.families import FAMILIES
from generation.form_options import AXES, MOST, abilities
from generation.limits import limits_for, offered_to
from generation.models.checkpoint import CheckpointQuerySet
from generation.parameters import catalog, ranges
from generation.parameters.sampler_names import SCHEDULE_NAMES
from generation.serializers.catalog import CheckpointOut, SamplerOut, serialize_checkpoint, serialize_samplers
from sdsite.accounts.credentials import get_credentials

router = Router(tags=["Catalog"])


class RangeOut(BaseModel):
    """The range of a number, both ends included."""

    least: float
    most: float
    multiple_of: int | None = Field(description="Where only some values in between are allowed.")


class ChoiceOut(BaseModel):
    """A value and its label."""

    key: str
    label: str


class UpscalerOut(ChoiceOut):
    """An upscaler without weights of its own; those with weights are adapters of the kind `upscaler`."""

    latent: bool = Field(description="Works between the passes of `hires` only.")


class FamilyOut(ChoiceOut):
    """Checkpoints of one architecture."""

    size_multiple: int = Field(description="Width and height must be multiples of it.")
    can: list[str] = Field(description="Tasks, and fields that only some families know.")


class AxisOut(BaseModel):
    """A field that a grid may vary, as the studio offers it; every other field of a request may be named too."""

    field: str
    label: str


class ScheduleOut(ChoiceOut):
    """A schedule, and the names of other programs for it; some stand for a `timestep_spacing` too."""

    names: list[str]


class CatalogOut(BaseModel):
    """Ranges, choices and bounds of a request."""

    ranges: dict[str, RangeOut] = Field(description="By field; parts of nested fields with a dot.")
    most: dict[str, int] = Field(description="How many entries a list may have.")
    schedules: list[ScheduleOut]
    upscalers: list[UpscalerOut]
    preprocessors: list[ChoiceOut]
    families: list[FamilyOut]
    axes: list[AxisOut]


@router.get("/catalog", response=CatalogOut, operation_id="get_catalog", summary="Ranges and choices of a request")
def get_catalog(request: HttpRequest) -> CatalogOut:
    """Return the ranges of all numbers and the choices beside checkpoints, samplers and adapters. Needs any key."""
    return CatalogOut(
        ranges={
            name: RangeOut(least=one.least, most=one.most, multiple_of=one.multiple_of if one.exact else None)
            for name, one in ranges.RANGES.items()
        },
        most={**MOST, "styles": ranges.MOST_STYLES, "prompt_characters": ranges.PROMPT_CHARACTERS},
        schedules=[
            ScheduleOut(key=key, label=label, names=[row.label for row in SCHEDULE_NAMES if row.schedule == key])
            for key, label in catalog.SCHEDULES.items()
        ],
        upscalers=[
            UpscalerOut(key=one.key, label=one.label, latent=bool(one.latent)) for one in catalog.UPSCALERS.values()
        ],
        preprocessors=[ChoiceOut(key=key, label=label) for key, label in catalog.PREPROCESSORS.items()],
        families=[
            FamilyOut(key=key, label=one.label, size_multiple=one.size_multiple, can=abilities(one))
            for key, one in FAMILIES.items()
        ],
        axes=[AxisOut(field=axis["field"], label=axis["label"]) for axis in AXES],
    )


def _offered(request: HttpRequest) -> CheckpointQuerySet:
    return offered_to(limits_for(get_credentials(request)))


@router.get(
    "/checkpoints",
    response=list[CheckpointOut],
    operation_id="list_checkpoints",
    summary="List checkpoints",
)
def list_checkpoints(request: HttpRequest) -> list[CheckpointOut]:
    """Return every checkpoint one can ask for, the default first. Needs any key."""
    return [serialize_checkpoint(checkpoint) for checkpoint in _offered(request)]


@router.get(
    "/checkpoints/{slug:slug}",
    response=CheckpointOut,
    operation_id="get_checkpoint",
    summary="Get a checkpoint",
)
def get_checkpoint(request: HttpRequest, slug: str) -> CheckpointOut:
    """Return a checkpoint with its defaults, sizes, samplers and vocabulary. Needs any key."""
    return serialize_checkpoint(get_object_or_404(_offered(request), slug=slug))


@router.get("/samplers", response=list[SamplerOut], operation_id="list_samplers", summary="List samplers")
def list_samplers(request: HttpRequest) -> list[SamplerOut]:
    """Return every sampler with its other names, and the schedules and families it works with. Needs any key."""
    return serialize_samplers()
