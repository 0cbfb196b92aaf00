"""Admin of measured speeds: what each checkpoint takes on each device model, by size and batch size. Read-only."""

from django.contrib import admin
from unfold.decorators import display

from generation.models import MeasuredSpeed
from sdsite.accounts.admin_base import ReadOnlyAdmin

EVALUATIONS = 20  # of the call whose images a second are shown


@admin.register(MeasuredSpeed)
class MeasuredSpeedAdmin(ReadOnlyAdmin):
    """Measured speeds. Workers write them; `manage.py calibrate` measures a checkpoint at several sizes."""

    list_display = (
        "checkpoint",
        "hardware",
        "speed_mode",
        "size",
        "images",
        "step",
        "rest",
        "rate",
        "runs",
        "measured_at",
    )
    list_select_related = ("checkpoint",)
    list_filter = ("hardware", "speed_mode", "checkpoint")
    search_fields = ("checkpoint__slug", "checkpoint__title", "hardware")
    ordering = ("checkpoint__title", "hardware", "speed_mode", "size_class", "images")

    @display(description="Size", ordering="size_class")
    def size(self, row: MeasuredSpeed) -> str:
        """Return the size of its images in pixels."""
        return f"{row.width} × {row.height}"

    @display(description="Seconds a step", ordering="step_seconds")
    def step(self, row: MeasuredSpeed) -> str:
        """Return the seconds of a step of the whole batch."""
        return f"{row.step_seconds:.3g}"

    @display(description="Seconds beside the steps", ordering="rest_seconds")
    def rest(self, row: MeasuredSpeed) -> str:
        """Return the seconds of a call beside its steps."""
        return "–" if row.rest_seconds is None else f"{row.rest_seconds:.3g}"

    @display(description=f"Images a second at {EVALUATIONS} steps")
    def rate(self, row: MeasuredSpeed) -> str:
        """Return the images a second of calls of EVALUATIONS steps."""
        return f"{row.images_per_second(EVALUATIONS):.3g}"
