"""What a person may ask for, by their roles."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The limits of one person; None means no limit, an empty `checkpoints` every enabled one."""

    weight: float = 1.0
    most_queued: int | None = None
    most_running: int | None = None
    most_images: int | None = None
    most_pixels: int | None = None
    most_steps: int | None = None
    most_seconds_a_day: int | None = None
    checkpoints: frozenset[str] = frozenset()


def limits_of(user_id: int) -> Limits:
    """Return the limits of a person: of each the most generous of their roles, else those of everybody else."""
    return Limits()
