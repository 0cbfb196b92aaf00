"""Measured speed of a checkpoint, by device model, speed mode, image size and batch size."""

import math
from collections.abc import Iterable
from typing import Self

from django.db import models
from django.utils import timezone

CLASSES_PER_OCTAVE = 8  # sizes that differ by less than 9 % of their pixels are one class


def size_class(width: int, height: int) -> int:
    """Return the class of an image size: an eighth of a doubling of its pixels each, 0 or more."""
    return max(0, round(CLASSES_PER_OCTAVE * math.log2(max(1, width * height))))


class MeasuredSpeedQuerySet(models.QuerySet["MeasuredSpeed"]):
    """Queries on measured speeds."""

    def of_size(self, width: int, height: int) -> Self:
        """Return the speeds of images of the class of this size."""
        return self.filter(size_class=size_class(width, height))


class MeasuredSpeed(models.Model):
    """Seconds of one pipeline call of a checkpoint: for one evaluation of the denoiser, and for all beside them.

    Both are medians of the latest runs, so that one stalled run changes neither. Written by `generation.queue.speeds`.
    """

    KEPT = 5  # latest runs

    checkpoint = models.ForeignKey("generation.Checkpoint", on_delete=models.CASCADE, related_name="speeds")
    hardware = models.CharField(max_length=120, help_text='Model of the device, such as "NVIDIA H200", or "cpu".')
    speed_mode = models.CharField(max_length=10, default="exact", help_text="Speed mode of the job.")
    size_class = models.PositiveIntegerField(help_text="Class of the image size, see `size_class`.")
    images = models.PositiveIntegerField("batch size", help_text="Images generated together.")
    width = models.PositiveIntegerField(help_text="Width in pixels of the latest run.")
    height = models.PositiveIntegerField(help_text="Height in pixels of the latest run.")
    step_seconds = models.FloatField(help_text="Seconds of one evaluation of the denoiser for the whole batch.")
    rest_seconds = models.FloatField(
        null=True, help_text="Seconds of a call beside its steps: encoding prompts, decoding. Empty: not measured."
    )
    # [step seconds, rest seconds or null] of the latest runs, the newest last.
    latest = models.JSONField(default=list)
    runs = models.PositiveIntegerField(
        default=0, help_text="Measured runs. 0: only a first run, which may have prepared something beside its work."
    )
    measured_at = models.DateTimeField(default=timezone.now)

    objects = MeasuredSpeedQuerySet.as_manager()

    class Meta:
        """One row for each checkpoint, device model, speed mode, size class and batch size."""

        ordering = ["checkpoint", "hardware", "speed_mode", "size_class", "images"]
        constraints = [
            models.UniqueConstraint(
                fields=["checkpoint", "hardware", "speed_mode", "size_class", "images"],
                name="one_speed_per_mode_size_and_batch",
            )
        ]
        indexes = [
            # predictions: other checkpoints on the same device model, and the device model measured last
            models.Index(fields=["hardware", "-measured_at"], name="speed_of_hardware"),
            models.Index(fields=["-measured_at"], name="speed_newest"),
        ]

    def __str__(self) -> str:
        """Size and batch size."""
        return f"{self.width}x{self.height}, {self.images} together, on {self.hardware}"

    @property
    def megapixels(self) -> float:
        """Megapixels of one image."""
        return self.width * self.height / 1e6

    def images_per_second(self, evaluations: float) -> float:
        """Return the images a second of calls of `evaluations` evaluations each."""
        return self.images / max(1e-9, evaluations * self.step_seconds + (self.rest_seconds or 0.0))

    def keep(self, latest: Iterable[tuple[float, float | None]]) -> None:
        """Take the newest KEPT of `latest`, pairs of step and rest seconds, oldest first; set the medians."""
        self.latest = [list(pair) for pair in latest][-self.KEPT :]
        self.step_seconds = _median_low([step for step, _ in self.latest])
        rests = [rest for _, rest in self.latest if rest is not None]
        self.rest_seconds = _median_low(rests) if rests else None


def _median_low(values: list[float]) -> float:
    """Return the median, of two values the lower: what delays a run makes it longer, never shorter."""
    return sorted(values)[(len(values) - 1) // 2]
