"""Clients as their users install them, against a running site; the table is in docs/dialects/README.md.

They live outside the site's own environment, which pins other versions of what they need:

    python -m venv DIR && DIR/bin/pip install openai litellm langchain-community comfy-api-simplified sd-parsers pillow
    (mkdir NPM && cd NPM && npm install openai)
    FRESH_PYTHON=DIR/bin/python FRESH_NPM=NPM make nightly ARGS=tests/e2e/test_fresh_clients.py
"""

import json
import os
import subprocess

import pytest

from tests.support.clients.api_client import make_key
from tests.support.clients.comfyui_workflows import text_to_image
from tests.support.factories import make_user
from tests.support.site import ROOT

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.nightly]

PYTHON, NPM = os.environ.get("FRESH_PYTHON", ""), os.environ.get("FRESH_NPM", "")
FOLDER = ROOT / "tests" / "support" / "clients"
SIDES = [128, 128]
READ = ["a red heart", "blue", "7", "2", "starter"]
WANTED = {
    "openai": {"models": ["starter"], "sizes": [SIDES] * 3, "last": "image_generation.completed"},
    "litellm": {"sizes": [SIDES] * 2},
    "langchain-community": {"sizes": [SIDES] * 2},
    "comfy-api-simplified": {"sizes": [SIDES]},
    "sd-parsers": {"read": [READ] * 3},
}


def titled(graph):
    """Return a graph with the titles by which comfy-api-simplified finds its nodes."""
    titles = {"KSampler": "KSampler", "SaveImage": "Save Image"}
    return {
        key: {**node, "_meta": {"title": titles.get(node["class_type"], node["class_type"])}}
        for key, node in graph.items()
    }


def run(site, *command, **more):
    """Run a client and return what it printed."""
    key = make_key(make_user("alice"))[1]
    own = {"SITE": site.url, "KEY": key, "NO_PROXY": "127.0.0.1", "WORKFLOW": json.dumps(titled(text_to_image()))}
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    ran = subprocess.run(command, env={**kept, **own, **more}, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stderr[-3000:]
    return json.loads(ran.stdout.splitlines()[-1])


@pytest.mark.skipif(not PYTHON, reason="FRESH_PYTHON names no Python that has the clients")
@pytest.mark.parametrize("client", WANTED)
def test_a_python_client_generates_and_reads(live_site, client):
    found = run(live_site, PYTHON, str(FOLDER / "fresh_python.py"), client)
    assert found | WANTED[client] == found, found


@pytest.mark.skipif(not NPM, reason="FRESH_NPM names no folder in which npm installed openai")
def test_openai_of_npm_generates_edits_and_streams(live_site):
    found = run(live_site, "node", str(FOLDER / "fresh_node.mjs"), PACKAGES=NPM)
    assert found == WANTED["openai"]
