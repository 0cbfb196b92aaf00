"""The web process and the webhook process never import torch, and MCP's SDK not before its first message."""

import json
import subprocess
import sys

from tests.support.site import ROOT
from tests.support.up_process import environment

HEAVY = ("torch", "diffusers", "transformers", "mcp")
ENTRIES = ("generation.webhooks.worker", "sdsite.urls", "sdsite.asgi")
CODE = f"""
import importlib.util, json, sys
import django
django.setup()
from django.urls import get_resolver
found = {{}}
for module in {ENTRIES!r}:
    importlib.import_module(module)
    get_resolver().url_patterns
    found[module] = [name for name in {HEAVY!r} if name in sys.modules]
print(json.dumps([found, [bool(importlib.util.find_spec(name)) for name in {HEAVY!r}]]))
"""


def test_entry_points_import_nothing_heavy(tmp_path):
    own = environment(tmp_path / "data", DJANGO_SETTINGS_MODULE="sdsite.settings")
    ran = subprocess.run([sys.executable, "-c", CODE], cwd=ROOT, env=own, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    found, installed = json.loads(ran.stdout)
    assert found == {module: [] for module in ENTRIES}
    assert all(installed)  # or the names would say nothing
