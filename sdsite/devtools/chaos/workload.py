"""Planned jobs of a chaos run, known beforehand, so that the outcomes can be compared with the plan."""

import random
from dataclasses import dataclass
from typing import Any

GONE_CHECKPOINT = "gone"  # its files do not exist: jobs for it are planned to fail
SECOND_CHECKPOINT = "second"  # the starter's weights under another name, so that workers switch
PROMPTS = ("a red heart", "a blue fish", "a yellow star", "a green tree", "a house", "a cat")


@dataclass(frozen=True)
class PlannedJob:
    """One job to submit: its client, parameters and the right final statuses.

    `cancel_after` is in seconds after the job was accepted; None: it is not cancelled.
    """

    number: int
    client: int
    key: str
    requested: dict[str, Any]
    endings: tuple[str, ...] = ("succeeded",)
    error_code: str = ""
    cancel_after: float | None = None

    @property
    def count(self) -> int:
        """Number of images asked for."""
        return int(self.requested["count"])


def plan(jobs: int, clients: int, seed: int) -> list[PlannedJob]:
    """Return `jobs` planned jobs of `clients` clients; the same arguments give the same plan.

    About one in twelve is planned to fail and one in ten to be cancelled (unless it succeeds before).
    """
    dice = random.Random(f"plan {seed}")
    return [_planned_job(number, dice.randrange(clients), seed, dice) for number in range(jobs)]


def _planned_job(number: int, client: int, seed: int, dice: random.Random) -> PlannedJob:
    requested: dict[str, Any] = {
        "prompt": dice.choice(PROMPTS),
        "count": dice.choice((1, 1, 2, 3)),
        "steps": dice.choice((2, 4, 10, 20)),
        "seed": dice.randrange(1_000_000),
        "checkpoint": dice.choice(("starter", "starter", "starter", SECOND_CHECKPOINT)),
    }
    key = f"chaos-{seed}-{number}"
    fate = dice.random()
    if fate < 0.08:
        requested["checkpoint"] = GONE_CHECKPOINT
        return PlannedJob(number, client, key, requested, ("failed",), "checkpoint_missing")
    if fate < 0.18:
        requested["steps"] = 60  # long enough to be cancelled while it runs
        # A cancel that comes too late changes nothing, so both endings are right.
        return PlannedJob(
            number, client, key, requested, ("cancelled", "succeeded"), cancel_after=dice.uniform(0.0, 6.0)
        )
    return PlannedJob(number, client, key, requested)
