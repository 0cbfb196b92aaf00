"""What is written about the websockets is what they do, and their examples run."""

import os
import re
import subprocess
import sys

import pytest
from PIL import Image as Pillow

from generation.models import Checkpoint
from sdsite.api.compat.stability.requests import Payload
from sdsite.api.websocket import consumer
from sdsite.api.websocket.job_consumer import MANY_COMMANDS, ROOM
from sdsite.api.websocket.messages import COMMANDS
from tests.support.clients.websocket_client import key_of
from tests.support.factories import make_user
from tests.support.simulated_devices import make_batches_pay
from tests.support.site import ROOT

DOCS = ROOT / "docs"
WEBSOCKET = (DOCS / "websocket.md").read_text()
STABILITY = (DOCS / "dialects" / "stability-websocket.md").read_text()


def test_every_order_with_its_fields_is_in_the_guide():
    for name, kind in COMMANDS.items():
        (row,) = re.findall(rf"^\| `{name}` \|.*$", WEBSOCKET, re.MULTILINE)
        for field in set(kind.model_fields) - {"action", "ref"}:
            assert f"`{field}`" in row, (name, field)


def test_every_message_and_bound_is_in_the_guide():
    for name in (consumer.READY, consumer.ACCEPTED, consumer.ERROR):
        assert re.search(rf"^\| `{name}` \|", WEBSOCKET, re.MULTILINE)
    for bound in (consumer.MOST_JOBS, MANY_COMMANDS, ROOM):
        assert f" {bound} " in WEBSOCKET


def test_every_field_of_the_payload_is_in_the_guide():
    for field in Payload.model_fields:
        assert re.search(rf"^\| .*`{field}`.* \|", STABILITY, re.MULTILINE), field


def run_example(guide, site, key, folder):
    (example,) = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    assert len(example.splitlines()) <= 45
    environment = {**os.environ, "SDSITE_URL": f"ws://127.0.0.1:{site.port}", "SDSITE_KEY": key}
    done = subprocess.run(
        [sys.executable, "-c", example], cwd=folder, env=environment, capture_output=True, text=True, timeout=90
    )
    assert done.returncode == 0, done.stderr
    return {path.name: Pillow.open(path).size for path in folder.iterdir()}


@pytest.mark.django_db(transaction=True)
def test_the_examples_of_both_guides_run(live_site, tmp_path):
    key = key_of(make_user("alice"))
    make_batches_pay(Checkpoint.objects.get(slug="starter"))
    (tmp_path / "native").mkdir()
    made = run_example(WEBSOCKET, live_site, key, tmp_path / "native")
    assert made == {"a red heart-0.png": (128, 128), "a blue star-0.png": (128, 128)}
    (tmp_path / "stability").mkdir()
    made = run_example(STABILITY, live_site, key, tmp_path / "stability")
    assert set(made) == {f"step-{step}-{number}.jpg" for step in (2, 5, 8, 9) for number in (0, 1)}
    assert made["step-9-0.jpg"] == (128, 128)
