"""A worker that writes down when each step ended: what `bench latency` starts instead of the plain one."""

import importlib
import json
import time
from typing import Any

from django.conf import settings

# By name: the web process may import this package, and must not reach torch through it.
_worker = importlib.import_module("generation.worker.gpu_worker")
_hooks = importlib.import_module("generation.worker.hooks")

STAMPS = "stamps.jsonl"


class StampedWorker(_worker.GpuWorker):  # type: ignore[name-defined]
    """Appends {"job", "step", "at"} to SDSITE_DATA/stamps.jsonl, `at` being the Unix time at which the step ended."""

    def work(self, *args: Any, **kwargs: Any) -> bool:
        """Note every step, then do as every worker does."""
        with (settings.DATA_DIR / STAMPS).open("a", buffering=1) as file:
            plain = _hooks.JobHooks.on_progress

            def stamped(hooks: Any, step: int, total: int) -> None:
                file.write(json.dumps({"job": hooks.job_id, "step": step, "at": time.time()}) + "\n")
                plain(hooks, step, total)

            _hooks.JobHooks.on_progress = stamped
            try:
                return bool(super().work(*args, **kwargs))
            finally:
                _hooks.JobHooks.on_progress = plain
