"""The web process and the webhook process never import torch."""

import subprocess
import sys

import pytest

from tests.support.site import ROOT
from tests.support.up_process import environment

HEAVY = ("torch", "diffusers", "transformers")


@pytest.mark.parametrize("module", ["sdsite.asgi", "sdsite.urls", "generation.webhooks.worker"])
def test_entry_points_do_not_import_torch(module, tmp_path):
    code = (
        f"import sys, django; django.setup(); import {module}; from django.urls import get_resolver; "
        f"get_resolver().url_patterns; print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment(tmp_path / "data", DJANGO_SETTINGS_MODULE="sdsite.settings"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout.strip()) == (0, "[]"), ran.stderr


def test_the_worker_does_import_it(tmp_path):
    # or the test above could not fail
    code = f"import sys, generation.pipelines.generate; print([name for name in {HEAVY!r} if name in sys.modules])"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment(tmp_path / "data"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "torch" in ran.stdout
