"""Speed modes of a pipeline call: what a draft computes less, and what the receipt says of it."""

from generation.pipelines.speed.modes import Speed

__all__ = ["Speed"]
