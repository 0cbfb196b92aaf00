"""Every curl command of the guides, run as it stands there against a running site."""

import json
import os
import re
import subprocess

import pytest
from PIL import Image as Pillow

from generation.models import Checkpoint, Job
from tests.support.clients.api_client import make_key
from tests.support.site import ROOT

pytestmark = pytest.mark.django_db(transaction=True)

DOCS = ROOT / "docs"
PAGES = [
    page
    for page in sorted([*DOCS.glob("*.md"), *DOCS.glob("dialects/*.md")])
    if re.search(r"^```sh\n[^`]*curl", page.read_text(), re.MULTILINE)
]
# Quiet, no proxy, and an end at the first answer that is none.
CURL = """set -euo pipefail
curl() { command curl --silent --show-error --fail-with-body --noproxy '*' --max-time 60 "$@"; }
"""


def script_of(page, port):
    """Return what a page tells to type, one block after the other, for the site at `port`."""
    blocks = re.findall(r"^```sh\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)
    # What needs a search model is asked in test_meaning: the site has none until an administrator adds one.
    typed = "\n".join(block for block in blocks if "curl" in block and "meaning=" not in block)
    return CURL + typed.replace("localhost:8000", f"127.0.0.1:{port}")


def test_the_guides_have_curl_examples():
    assert {page.name for page in PAGES} >= {"api.md", "image_inputs.md", "openai.md", "automatic1111.md"}


def test_what_the_guides_tell_to_type_works(live_site, alice, tmp_path):
    Checkpoint.objects.update(steps=3)
    key = make_key(alice)[1]
    Pillow.new("RGB", (160, 120), "green").save(tmp_path / "photo.jpg")
    Pillow.new("L", (128, 128), 255).save(tmp_path / "mask.png")
    environment = {**os.environ, "KEY": key, "SDSITE_KEY": key, "SDSITE_URL": live_site.url}
    for page in PAGES:
        ran = subprocess.run(
            ["bash", "-c", script_of(page, live_site.port)],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert ran.returncode == 0, (page.name, ran.stdout[-600:], ran.stderr[-1000:])
        if page.name == "api.md":
            assert_that_it_did_what_it_says(ran.stdout, tmp_path)
    assert not Job.objects.filter(status=Job.Status.FAILED).exists()


def assert_that_it_did_what_it_says(said, folder):
    kinds = {"heart.png": "PNG", "both.png": "PNG", "gold.webp": "WEBP"}
    assert {name: Pillow.open(folder / name).format for name in kinds} == kinds
    assert "event: job.succeeded" in said or '"status": "succeeded"' in said
    assert '"accelerator_seconds"' in said
    assert '"source": "sdsite"' in said
    assert '304{"cancelled"' in said  # the answers of two commands that stand one after the other
    first, second = (json.loads((folder / f"answer-{number}.json").read_text()) for number in (1, 2))
    assert first["id"] == second["id"]
    assert re.search(r'\{"deleted": 2\}', said)
