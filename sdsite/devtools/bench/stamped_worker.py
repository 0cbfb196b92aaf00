"""Worker class of `bench latency`, which records the time of every step."""

import json
import time
from typing import Any
from unittest.mock import patch

from django.conf import settings

from generation.worker.gpu_worker import GpuWorker
from generation.worker.hooks import JobHooks

STAMPS = "stamps.jsonl"


class StampedWorker(GpuWorker):
    """Appends {"job", "step", "at"} to SDSITE_DATA/stamps.jsonl, `at` being the Unix time at which the step ended."""

    def work(self, *args: Any, **kwargs: Any) -> bool:
        """Work as every worker, with a stamp before each progress event."""
        with (settings.DATA_DIR / STAMPS).open("a", buffering=1) as file:
            plain = JobHooks.on_progress

            def stamped(hooks: JobHooks, step: int, total: int) -> None:
                file.write(json.dumps({"job": hooks.job_id, "step": step, "at": time.time()}) + "\n")
                plain(hooks, step, total)

            with patch.object(JobHooks, "on_progress", stamped):
                return super().work(*args, **kwargs)
