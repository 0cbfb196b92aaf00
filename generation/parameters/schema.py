"""Parameters of a job: one schema for form, APIs, queue and metadata.

`GenerationParameters` are the requested ones; nearly every field may be left out. `resolve.resolve` fills in the
checkpoint's defaults, picks a seed and checks what depends on the checkpoint; the `ResolvedParameters` that it returns
are stored with the job. `ResolvedParameters.images` are the parameters of each image.
"""

from functools import cached_property
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BeforeValidator, Field, ValidationError, ValidationInfo, field_validator, model_validator

from generation.parameters import catalog, grids
from generation.parameters.nested import (
    ControlUse,
    Grid,
    Hires,
    IPAdapterUse,
    LoraUse,
    MaskArea,
    MaskFill,
    Outpaint,
    PreviewParameters,
    RefinerUse,
    ResizeMode,
)
from generation.parameters.prompts import split_loras
from generation.parameters.ranges import MOST_CONTROLS, MOST_KEPT_STEPS, MOST_LORAS, MOST_STYLES
from generation.parameters.sampler_names import find_sampler, find_schedule, with_keys
from generation.parameters.validators import Checked, check_slug, format_key

SCHEMA_VERSION: Literal[1] = 1

Task = Literal["text_to_image", "image_to_image", "inpaint", "upscale"]
TASKS: tuple[str, ...] = get_args(Task)
OutputFormat = Annotated[Literal["png", "jpeg", "webp"], BeforeValidator(format_key)]
TimestepSpacing = Literal["linspace", "leading", "trailing"]
Reproducible = Literal["normal", "strict"]
SpeedMode = Literal["exact", "small", "draft"]
SPEED_MODES: tuple[str, ...] = get_args(SpeedMode)

INPUT_IMAGE = "An image: image:ID of the library, upload:ID, an http(s) URL, or a data: URL."
_MOST = {"loras": MOST_LORAS, "controls": MOST_CONTROLS, "styles": MOST_STYLES}


class GenerationParameters(Checked):
    """Requested parameters, in the names that all APIs share.

    Null stands for the checkpoint's default. Ranges: `generation.parameters.ranges.RANGES`.
    """

    version: Literal[1] = SCHEMA_VERSION
    task: Task | None = Field(None, description="Null: derived from the input images.")
    prompt: str = Field("", description="What the image shows.", examples=["a red heart"])
    negative_prompt: str | None = Field(
        None, description="What the image should not show; null: the checkpoint's default, which may be empty."
    )
    enhanced_from: str | None = Field(
        None,
        description="The prompt before it was rewritten (/api/v1/prompt/enhance): kept with the image, not used.",
        examples=["a heart"],
    )
    styles: tuple[str, ...] = Field((), description="Saved styles to add to the prompts, see /api/v1/styles.")
    checkpoint: str | None = Field(None, description="Slug of a checkpoint; null: the site's default.")
    width: int | None = Field(None, description="Pixels, a multiple of 8.")
    height: int | None = Field(None, description="Pixels, a multiple of 8.")
    steps: int | None = Field(None, description="Denoising steps.")
    guidance_scale: float | None = Field(None, description="How closely the prompt is followed (classifier-free).")
    guidance_rescale: float = Field(0.0, description="How much of the contrast that strong guidance adds is removed.")
    true_cfg_scale: float = Field(1.0, description="Classifier-free guidance in addition to a distilled one; 1: none.")
    sampler: str | None = Field(None, description="Key, label or alias of a sampler, see /api/v1/samplers.")
    schedule: str | None = Field(
        None, description=f"Spacing of the noise levels: {', '.join(catalog.SCHEDULES)}, or another program's name."
    )
    timestep_spacing: TimestepSpacing | None = Field(
        None, description="Where the even steps of schedule normal lie; null: as the checkpoint says."
    )
    eta: float | None = Field(None, description="Noise added at each step, for samplers that take it (DDIM).")
    clip_skip: int | None = Field(None, description="Layer of the text encoder, counted from the end; 1: the last.")
    seed: int | None = Field(None, description="Image k of the job uses seed + k; -1, false or null: random.")
    variation_seed: int | None = Field(None, description="Seed of the noise that is blended in; -1 or null: random.")
    variation_strength: float = Field(0.0, description="How much of it; image k then uses variation_seed + k.")
    count: int = Field(1, description="Number of images; of a grid in each cell.")
    batch_size: int | None = Field(None, description="Images denoised together; null: the site decides.")

    init_image: str | None = Field(None, description=INPUT_IMAGE)
    strength: float = Field(0.75, description="Denoising strength: how much of the init image changes; 1: all.")
    resize_mode: ResizeMode = Field("crop", description="Resize mode of an init image of another aspect ratio.")
    init_upscaler: str | None = Field(
        None, description="Upscaler that enlarges an init image smaller than the size; null: lanczos."
    )
    keep_original: bool = Field(False, description="Keep the init image as image 0 of the job.")
    noise_multiplier: float = Field(1.0, description="Factor of the noise that is added to the init image.")
    mask_image: str | None = Field(None, description=f"White is inpainted, black is kept. {INPUT_IMAGE}")
    mask_blur: float = Field(4.0, description="Pixels over which the mask's edge is blurred.")
    mask_invert: bool = False
    mask_area: MaskArea = Field("whole", description="masked: generate only the masked part, at full size.")
    mask_padding: int = Field(32, description="Pixels of context around the masked part.")
    mask_fill: MaskFill = Field("original", description="Masked content: what the masked part is filled with first.")
    outpaint: Outpaint | None = None

    hires: Hires | None = None
    upscale_by: float | None = Field(
        None, description="Factor by which the image is upscaled; null: 1, in task upscale the upscaler's own."
    )
    upscaler: str | None = Field(None, description="Upscaler for upscale_by; null: the checkpoint's own, or lanczos.")

    loras: tuple[LoraUse, ...] = ()
    vae: str | None = Field(None, description="Slug of a VAE that replaces the checkpoint's own.")
    controls: tuple[ControlUse, ...] = ()
    ip_adapter: IPAdapterUse | None = None
    refiner: RefinerUse | None = None

    grid: Grid | None = None
    image_prompts: tuple[str, ...] | None = Field(
        None, description="A prompt for each image; the site derives them from a dynamic prompt."
    )
    image_negative_prompts: tuple[str, ...] | None = None

    output_format: OutputFormat = "png"
    quality: int = Field(90, description="JPEG and WebP quality.")
    reproducible: Reproducible = Field("normal", description="strict: denoised alone, bit-identical when run again.")
    speed_mode: SpeedMode | None = Field(
        None,
        description="exact: nothing but rounding differs; small: weights in 8 bits, in less memory; draft: another, "
        "quicker image. Null: the site's default.",
        examples=["draft"],
    )
    preview: PreviewParameters = PreviewParameters()
    keep_steps: int | None = Field(
        None,
        description="Keep a preview of every so many steps with each image; of more than "
        f"{MOST_KEPT_STEPS} the interval is widened. Null: none.",
        examples=[2],
    )

    @model_validator(mode="before")
    @classmethod
    def _in_keys(cls, value: Any) -> Any:
        """Read other programs' names of samplers and schedules."""
        return with_keys(value) if isinstance(value, dict) else value

    @field_validator("checkpoint", "vae", "upscaler", "init_upscaler")
    @classmethod
    def _named(cls, value: str | None, info: ValidationInfo) -> str | None:
        return None if value is None else check_slug(str(info.field_name), value)

    @field_validator("upscaler", "init_upscaler")
    @classmethod
    def _takes_finished_images(cls, value: str | None, info: ValidationInfo) -> str | None:
        row = catalog.UPSCALERS.get(value or "")
        if row is not None and row.latent:
            raise ValueError(f"{info.field_name} must take finished images; {row.key} works in hires.upscaler only")
        return value

    @field_validator("loras", "controls", "styles")
    @classmethod
    def _not_too_many(cls, value: tuple, info: ValidationInfo) -> tuple:
        most = _MOST[str(info.field_name)]
        if len(value) > most:
            raise ValueError(f"{info.field_name} must be at most {most}; got {len(value)}")
        return value

    @field_validator("sampler")
    @classmethod
    def _known_sampler(cls, value: str | None) -> str | None:
        if value is None:
            return None
        sampler = find_sampler(value)
        if sampler is None:
            raise ValueError(f"sampler must be one of {', '.join(catalog.SAMPLERS)}; got {value!r:.60}")
        return sampler.key

    @field_validator("schedule")
    @classmethod
    def _known_schedule(cls, value: str | None) -> str | None:
        if value is not None and find_schedule(value) is None:
            raise ValueError(f"schedule must be one of {', '.join(catalog.SCHEDULES)}; got {value!r:.60}")
        return value


class ResolvedParameters(GenerationParameters):
    """Complete parameters, as a job stores them and a pipeline runs them; input images are image:ID or upload:ID."""

    # Rows stored before these fields existed have none of them.
    task: Task = "text_to_image"
    negative_prompt: str = ""
    clip_skip: int = 1
    variation_seed: int = 0
    upscale_by: float = 1.0
    speed_mode: SpeedMode = "exact"

    checkpoint: str
    width: int
    height: int
    steps: int
    guidance_scale: float
    sampler: str
    schedule: str
    eta: float
    seed: int
    upscaler: str

    @cached_property
    def images(self) -> tuple["ResolvedParameters", ...]:
        """The parameters of each image of the job by index: no grid, no list of prompts.

        LoRAs that tags of the image's prompt name have joined `loras`, and the tags are gone. `seed` is the image's
        own; with a variation the seed stays, and `variation_seed` grows from image to image. Of an init image that is
        kept as image 0 they are those of the first generated image.

        Computed once per object; neither copied, compared nor dumped.

        Raises:
            FieldRefused: the field does not take a value of a grid's axis; the message names axis, value and range.
            PromptRefused, pydantic.ValidationError: a prompt has a tag that names no LoRA, or a weight out of range.
        """
        cells = [self._cell(number) for number in range(grids.cell_count(self.grid))]
        generated = [self._image(cells[place // self.count], place) for place in range(len(cells) * self.count)]
        return tuple(generated[: int(self.keep_original)] + generated)

    def _cell(self, number: int) -> "ResolvedParameters":
        if self.grid is None:
            return self
        raw = self.model_dump()
        grids.set_cell(raw, self.grid, number)
        try:
            return ResolvedParameters.model_validate(raw)
        except ValidationError as error:
            raise grids.refusal(self.grid, error) from error

    def _image(self, cell: "ResolvedParameters", place: int) -> "ResolvedParameters":
        """Return the parameters of the generated image `place`, which is one of `cell`."""
        changes: dict[str, Any] = {"grid": None, "image_prompts": None, "image_negative_prompts": None}
        if self.image_prompts:
            changes["prompt"] = self.image_prompts[place]
        if self.image_negative_prompts:
            changes["negative_prompt"] = self.image_negative_prompts[place]
        prompt, tags = split_loras(changes.get("prompt", cell.prompt))
        if tags:
            tagged = tuple(LoraUse(name=name, weight=weight) for name, weight in tags)
            changes |= {"prompt": prompt, "loras": (*cell.loras, *tagged)}
        growing = "variation_seed" if cell.variation_strength else "seed"
        changes[growing] = getattr(cell, growing) + place % self.count
        # model_copy: all of it was checked when the job was accepted, and a seed may grow past the range of requests.
        return cell.model_copy(update=changes)

    def __copy__(self) -> Self:
        """Return a copy without the computed `images`: `model_copy` is about to change it."""
        copied = super().__copy__()
        copied.__dict__.pop("images", None)
        return copied
