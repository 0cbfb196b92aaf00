"""Tiny checkpoints of every family, as for the pipelines."""

from tests.generation.pipelines.conftest import checkpoints, starter  # noqa: F401
