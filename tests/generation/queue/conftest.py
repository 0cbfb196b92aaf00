"""Forecasts count on one worker here too."""

from tests.generation.jobs.conftest import _one_worker  # noqa: F401
