"""Clients with a key, images and jobs for the tests of the AUTOMATIC1111 dialect."""

import base64
import io
import json

import pytest
from django.test import Client
from PIL import Image as Pillow

from generation.events.framing import encode_binary
from generation.events.publish import preview_key
from generation.jobs.submission.submit import submit_job
from generation.models import Job
from generation.parameters.schema import GenerationParameters
from generation.redis_client import connection
from sdsite.accounts.credentials import Credentials
from tests.support.clients.api_client import make_key
from tests.support.factories import make_image


class SdapiClient(Client):
    """Django's client with a key as Basic password, as clients of this dialect send it."""

    def __init__(self, owner, *scopes):
        key = make_key(owner, *scopes)[1]
        basic = base64.b64encode(f"{owner.username}:{key}".encode()).decode()
        super().__init__(headers={"Authorization": f"Basic {basic}"})

    def get_json(self, path, **query):
        """Return what GET /sdapi/v1/<path> answers."""
        response = self.get(f"/sdapi/v1/{path}", query)
        assert response.status_code == 200, response.content[:500]
        return response.json()

    def post_json(self, path, body=None, *, status=200, root="/sdapi/v1"):
        """Return what POST <root>/<path> answers, having checked its status."""
        response = self.post(f"{root}/{path}", json.dumps(body or {}), content_type="application/json")
        assert response.status_code == status, response.content[:500]
        return response.json()


def base64_of(colour="red", size=(128, 128)):
    """Return an image as bare base64 of a PNG."""
    buffer = io.BytesIO()
    Pillow.new("RGB", size, colour).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


@pytest.fixture
def owner(alice, checkpoint):
    """Alice, by key, on a site with the starter checkpoint."""
    return SdapiClient(alice)


@pytest.fixture
def stranger(charlie):
    """Charlie, by key."""
    return SdapiClient(charlie)


@pytest.fixture
def no_wait(monkeypatch):
    """Answer at once, whatever the state of the job."""
    from sdsite.api.compat.sdapi import extras, generate

    async def at_once(job):
        return job

    for module in (generate, extras):
        monkeypatch.setattr(module, "wait_for_end", at_once)


REQUEST = {"prompt": "a red heart", "seed": 7, "n_iter": 2}


@pytest.fixture
def ends(monkeypatch):
    """Return what sets how jobs end: a function of the job, called in place of the wait."""
    from asgiref.sync import sync_to_async

    from sdsite.api.compat.sdapi import generate

    def set_end(end):
        async def ended(job):
            await sync_to_async(end)(job)
            return await Job.objects.select_related("checkpoint").aget(pk=job.pk)

        monkeypatch.setattr(generate, "wait_for_end", ended)

    return set_end


def finish(job, images=2):
    for index in range(images):
        make_image(job.owner, job_id=job.pk, index=index)
    Job.objects.filter(pk=job.pk).update(status="succeeded")


JPEG = b"\xff\xd8 a look \xff\xd9"


def make_task(owner, *, running=False, source="sdapi", **fields):
    """Return a job as this dialect queues it; with `running` as if a worker ran it."""
    requested = GenerationParameters(**{"prompt": "a red heart", "checkpoint": "starter", **fields})
    job = submit_job(credentials=Credentials(owner), parameters=requested, source=source)
    if running:
        Job.objects.filter(pk=job.pk).update(status="running", step=5, total=20, started_at=job.created_at)
        job.refresh_from_db()
    return job


def show_preview(job, index=0, sequence=3, body=JPEG):
    message = {"event": "job.preview", "job": str(job.pk), "sequence": sequence, "data": {"index": index, "step": 5}}
    connection().set(preview_key(str(job.pk), index), encode_binary(message, body))


# What webuiapi sends with every request, whatever is asked.
ALWAYS = {
    "prompt": "a red heart",
    "negative_prompt": "",
    "seed": -1,
    "subseed": -1,
    "subseed_strength": 0.0,
    "seed_resize_from_h": 0,
    "sampler_name": "Euler a",
    "sampler_index": "Euler a",
    "scheduler": "automatic",
    "batch_size": 1,
    "n_iter": 1,
    "steps": 20,
    "cfg_scale": 7.0,
    "width": 128,
    "height": 128,
    "eta": 1.0,
    "s_churn": 0,
    "restore_faces": False,
    "tiling": False,
    "script_name": None,
    "script_args": [],
    "alwayson_scripts": {},
    "override_settings": {},
    "override_settings_restore_afterwards": True,
}


def parameters_of(client, path="txt2img", *, status=200, **changes):
    """Return the parameters of the job that a request becomes."""
    answer = client.post_json(path, ALWAYS | changes, status=status)
    return Job.objects.latest("created_at").parameters if status == 200 else answer
