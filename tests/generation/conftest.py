"""A receiver of webhooks, folders of weights, and jobs that are run in the test's process."""

import base64
import hashlib
import hmac
import http.server
import json
import pickle
import shutil
import subprocess
import sys
import threading
from types import SimpleNamespace

import numpy as np
import pytest
from django.conf import settings
from safetensors.numpy import save_file

from gallery.models import Image
from generation.jobs.claim import claim
from generation.models import WebhookDelivery
from generation.webhooks import actions
from generation.webhooks import delivery as sending
from generation.weights.safetensors_header import Header
from generation.weights.single_file_tensors import KINDS, needed_tensors
from tests.support.factories import STARTER, make_checkpoint, make_job
from tests.support.hub import Hub
from tests.support.site import ROOT


class Receiver(http.server.BaseHTTPRequestHandler):
    """Keeps requests in the server's `received`; answers with the next of `answers`, else and on /quick 204."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append(
            SimpleNamespace(path=self.path, headers=dict(self.headers), body=body, message=json.loads(body))
        )
        answers = [] if self.path.startswith("/quick") else self.server.answers
        status, headers = answers.pop(0) if answers else (204, {})
        if status is None:  # never answer
            self.server.over.wait(30)
            return
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture(scope="session")
def running_receiver():
    server = http.server.ThreadingHTTPServer(("0.0.0.0", 0), Receiver)
    server.daemon_threads = True
    server.handle_error = lambda *args: None  # senders are killed on purpose
    server.over = threading.Event()
    server.received, server.answers = [], []
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def receiver(running_receiver, monkeypatch):
    """The server, with nothing received, at an address that the settings allow."""
    monkeypatch.setitem(settings.ENV, "SDSITE_FETCH_ALLOW", ["127.0.0.1"])
    running_receiver.received, running_receiver.answers = [], []
    running_receiver.url = f"http://127.0.0.1:{running_receiver.server_port}/hook?token=in-the-address"
    return running_receiver


@pytest.fixture
def hook(alice, receiver):
    """Alice's webhook for every event."""
    made, _ = actions.create_webhook(owner=alice, name="Bot", url=receiver.url, events=list(actions.EVENTS))
    return made


def is_signed(received, secret):
    """Tell whether a delivery has a signature made with `secret`, by the recipe's words and none of the site's code."""
    headers = {name.lower(): value for name, value in received.headers.items()}
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{received.body.decode()}"
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, signed.encode(), hashlib.sha256).digest()).decode()
    return f"v1,{expected}" in headers["webhook-signature"].split(" ")


def send_all():
    """Send what is due, one after the other in the test's own transaction; return the deliveries."""
    done = []
    while delivery := sending.claim():
        sending.attempt(delivery)
        done.append(delivery)
    return done


def log_of(hook):
    """Return (event, state, attempts, status) of each delivery, oldest first."""
    rows = WebhookDelivery.objects.filter(webhook=hook).order_by("created_at")
    return [(row.event, str(row.state), row.attempts, row.response_status) for row in rows]


def wait_is_over(delivery):
    """Let the wait for a delivery's next attempt, or its lease, be over."""
    WebhookDelivery.objects.filter(pk=delivery.pk).update(next_attempt_at=delivery.created_at)


# Enough for a single file to be known as Stable Diffusion 1.
MARKS_OF_VERSION_1 = {
    "cond_stage_model.transformer.text_model.final_layer_norm.weight": (768,),
    "model.diffusion_model.input_blocks.0.0.weight": (320, 4, 3, 3),
}


def weights(**metadata):
    """Return the smallest complete file of version 1: every tensor that a loader needs, nearly all of one number."""
    needed = needed_tensors(Header(MARKS_OF_VERSION_1, {}, {}), KINDS["sd1"])
    shapes = dict.fromkeys((name for part in needed.values() for name in part), (1,)) | MARKS_OF_VERSION_1
    tensors = {name: np.zeros(shape, np.float16) for name, shape in shapes.items()}
    return tensors | {name: np.zeros((), np.float16) for name in metadata}


def lora():
    return {"lora_unet_mid_block_attentions_0_proj_in.lora_down.weight": np.zeros((4, 4), np.float16)}


@pytest.fixture
def filled(db, checkpoints_folder):
    """The folder with two usable checkpoints, one that is known, and three that cannot be used."""
    shutil.copytree(STARTER, checkpoints_folder / "tulips" / "one")
    save_file(weights(v_pred=1, ztsnr=1), checkpoints_folder / "velocity.safetensors")
    save_file(weights(), checkpoints_folder / "known.safetensors")
    make_checkpoint("known", kind="file", location="known.safetensors")
    save_file(lora(), checkpoints_folder / "style.safetensors")
    (checkpoints_folder / "old.ckpt").write_bytes(pickle.dumps({}))
    (checkpoints_folder / "renamed.safetensors").write_bytes(pickle.dumps({"weights": list(range(1000))}))
    (checkpoints_folder / "notes.txt").write_text("nothing")
    (checkpoints_folder / ".downloads" / "half").mkdir(parents=True)
    save_file(weights(), checkpoints_folder / ".downloads" / "half" / "half.safetensors")
    return checkpoints_folder


@pytest.fixture
def checkpoints_folder():
    """The checkpoints folder, empty before and after."""
    shutil.rmtree(settings.MODELS_DIR, ignore_errors=True)
    settings.MODELS_DIR.mkdir(parents=True)
    yield settings.MODELS_DIR
    shutil.rmtree(settings.MODELS_DIR)


@pytest.fixture
def repository(tmp_path):
    """A copy of the starter checkpoint with what a repository has beside: pickles, previews, a safety checker."""
    folder = shutil.copytree(STARTER, tmp_path / "repository")
    (folder / "README.md").write_text("A card.")
    (folder / "unet" / "diffusion_pytorch_model.bin").write_bytes(b"\x80\x04" + bytes(1000))
    (folder / "safety_checker").mkdir()
    (folder / "safety_checker" / "model.safetensors").write_bytes(bytes(1000))
    return folder


@pytest.fixture
def hub(repository, monkeypatch):
    """A server that offers the repository as the Hub does."""
    served = Hub(repository)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    with served.serving() as endpoint:
        monkeypatch.setenv("HF_ENDPOINT", endpoint)
        served.endpoint = endpoint
        yield served


@pytest.fixture
def start(site_processes):
    """Start the process as `manage.py up` does, with an address of this machine allowed."""
    running = []

    def start_one(*options):
        log = (site_processes.data / "webhooks.log").open("ab")
        environment = {**site_processes.environment(), "SDSITE_FETCH_ALLOW": "127.0.0.1"}
        command = [sys.executable, "manage.py", "send_webhooks", *options]
        running.append(subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log))
        return running[-1]

    yield start_one
    for process in running:
        if process.poll() is None:
            process.kill()
            process.wait(10)


LANES = ("interactive", "batch")


@pytest.fixture
def run_waiting_jobs(checkpoint, no_worker):
    """Return a function that runs all queued jobs, with the worker's own code."""
    from generation.worker.runner import run  # here, as it loads torch
    from generation.worker.session import WorkerSession

    def worked():
        session = WorkerSession("w", LANES)
        while job := claim(worker=session.name, lanes=LANES):
            run(job, session)
            session.wait_for_storing()
        session.storing_pool.shutdown()

    return worked


@pytest.fixture
def generate_images(alice, checkpoint, run_waiting_jobs):
    """Return a function that runs a job of Alice's and returns its images."""

    def images(**requested):
        job = make_job(alice, checkpoint, steps=2, **requested)
        run_waiting_jobs()
        return list(Image.objects.of_job(job.pk))

    return images
