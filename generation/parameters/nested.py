"""Nested parts of the parameters: previews, outpaint, hires fix, adapters and grids."""

from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from generation.parameters.catalog import PREPROCESSORS
from generation.parameters.ranges import GRID_AXES, GRID_VALUES
from generation.parameters.validators import Checked, check_slug

Value = bool | int | float | str
REPLACE = "replace"  # axis field: every value replaces the first one in the prompts (A1111: Prompt S/R)


class PreviewParameters(Checked):
    """Previews of an image while it is denoised."""

    PREFIX: ClassVar[str] = "preview."

    every: int | None = Field(None, description="Send a preview every so many steps; null: the site decides.")
    start: int = Field(1, description="First step that sends a preview.")
    size: int = Field(256, description="Longest side of a preview in pixels.")


class Outpaint(Checked):
    """Pixels by which the canvas grows beyond the init image on each side."""

    PREFIX: ClassVar[str] = "outpaint."

    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0

    @model_validator(mode="after")
    def _somewhere(self) -> "Outpaint":
        if not (self.left or self.top or self.right or self.bottom):
            raise ValueError("outpaint must grow the canvas on at least one side; all four are 0")
        return self


class Hires(Checked):
    """Hires fix: a second pass of image to image over the enlarged first one."""

    PREFIX: ClassVar[str] = "hires."

    scale: float = Field(2.0, description="Factor of width and height.")
    steps: int = Field(0, description="Steps of the second pass; 0: as many as the first.")
    strength: float = Field(0.5, description="Denoising strength of the second pass.")
    upscaler: str | None = Field(None, description="Upscaler between the passes; null: latent.")

    @field_validator("upscaler")
    @classmethod
    def _named(cls, value: str | None) -> str | None:
        return None if value is None else check_slug("hires.upscaler", value)


class LoraUse(Checked):
    """One LoRA and its weight."""

    PREFIX: ClassVar[str] = "loras."

    name: str = Field(description="Slug of a LoRA, see /api/v1/adapters.")
    weight: float = Field(1.0, description="0: no effect, 1: as trained; negative weights invert it.")

    @field_validator("name")
    @classmethod
    def _named(cls, value: str) -> str:
        return check_slug("loras.name", value)


class ControlUse(Checked):
    """One ControlNet, its control image and its weight."""

    PREFIX: ClassVar[str] = "controls."

    model: str = Field(description="Slug of a ControlNet, see /api/v1/adapters.")
    image: str = Field(description="The control image: as for init_image.")
    preprocessor: str = Field("none", description="What makes a map of the image; none: it is a map already.")
    weight: float = 1.0
    start: float = Field(0.0, description="Fraction of the steps from which it applies.")
    end: float = Field(1.0, description="Fraction of the steps until which it applies.")

    @field_validator("model")
    @classmethod
    def _named(cls, value: str) -> str:
        return check_slug("controls.model", value)

    @field_validator("preprocessor")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in PREPROCESSORS:
            raise ValueError(f"controls.preprocessor must be one of {', '.join(PREPROCESSORS)}; got {value!r:.60}")
        return value

    @model_validator(mode="after")
    def _in_order(self) -> "ControlUse":
        if self.start >= self.end:
            raise ValueError(f"controls.end must be larger than controls.start; got {self.end:g} and {self.start:g}")
        return self


class IPAdapterUse(Checked):
    """One IP-Adapter, its reference image and its weight."""

    PREFIX: ClassVar[str] = "ip_adapter."

    model: str = Field(description="Slug of an IP-Adapter, see /api/v1/adapters.")
    image: str = Field(description="The reference image: as for init_image.")
    weight: float = 0.6

    @field_validator("model")
    @classmethod
    def _named(cls, value: str) -> str:
        return check_slug("ip_adapter.model", value)


class RefinerUse(Checked):
    """Another checkpoint for the last steps."""

    PREFIX: ClassVar[str] = "refiner."

    checkpoint: str = Field(description="Slug of a refiner.")
    start: float = Field(0.8, description="Fraction of the steps from which it takes over.")

    @field_validator("checkpoint")
    @classmethod
    def _named(cls, value: str) -> str:
        return check_slug("refiner.checkpoint", value)


class GridAxis(Checked):
    """One axis of a grid: a field and its values in order."""

    PREFIX: ClassVar[str] = "grid.axes."

    field: str = Field(
        description="Name of a field, dotted where it is nested (hires.strength, loras.0.weight), or `replace`: "
        "every value replaces the first one in the prompts."
    )
    values: tuple[Value, ...] = Field(description=f"1 to {GRID_VALUES} values.")

    @field_validator("values", mode="before")
    @classmethod
    def _some(cls, value: Any) -> Any:
        if isinstance(value, list | tuple) and not 1 <= len(value) <= GRID_VALUES:
            raise ValueError(f"grid.axes.values must be 1 to {GRID_VALUES} values; got {len(value)}")
        return value


class Grid(Checked):
    """X/Y/Z plot: every combination of the values of up to three fields, in one job."""

    axes: tuple[GridAxis, ...] = Field(description=f"1 to {GRID_AXES}: columns, rows, sheets.")

    @field_validator("axes")
    @classmethod
    def _few(cls, value: tuple[GridAxis, ...]) -> tuple[GridAxis, ...]:
        if not 1 <= len(value) <= GRID_AXES:
            raise ValueError(f"grid.axes must be 1 to {GRID_AXES} axes; got {len(value)}")
        names = [axis.field for axis in value]
        if len(set(names)) != len(names):
            raise ValueError("grid.axes must name each field once")
        return value


ResizeMode = Literal["crop", "letterbox", "stretch"]
MaskArea = Literal["whole", "masked"]
MaskFill = Literal["original", "fill", "noise", "nothing"]
