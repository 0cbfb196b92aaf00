"""Doors by which a program or page asks for one image, and what each of them answers, in the door's own words."""

import base64
import io
import json
import threading
from contextlib import contextmanager

from PIL import Image as Pillow
from PIL import ImageChops, ImageStat

from tests.support.clients.comfyui_workflows import text_to_image
from tests.support.site import finished

PROMPT, REASON = "a zeppelin", "No airships here"
SMALL = {"width": 128, "height": 128, "steps": 1, "seed": 7}
REQUEST = {"prompt": PROMPT, "checkpoint": "starter", **SMALL}


@contextmanager
def worker_in_a_thread():
    """Run queued jobs as a worker does, in this process, whose settings they see; yield what waits until it rests."""
    from django.db import connection

    from generation.jobs.claim import claim
    from generation.models import Job
    from generation.worker.runner import run
    from generation.worker.session import WorkerSession

    over, working = threading.Event(), threading.Lock()

    def work():
        session = WorkerSession("in-a-thread", ("interactive", "batch"))
        try:
            while not over.wait(0.01):
                if not Job.objects.queued().exists():
                    continue
                with working:
                    if job := claim(worker=session.name, lanes=session.lanes):
                        run(job, session)
                        session.wait_for_storing()
        finally:
            session.storing_pool.shutdown()
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()

    def rest():
        with working:
            pass

    try:
        yield rest
    finally:
        over.set()
        thread.join(60)


class Looks:
    """Tells how images of one seed are shown; the first one that it sees counts as sharp."""

    def __init__(self):
        self.sharp = None

    def of(self, data):
        """Return "sharp" or "blurred" for the bytes of an image, whichever it is nearer to; None for None."""
        from generation.worker.safety import blur

        if data is None:
            return None
        with Pillow.open(io.BytesIO(data)) as image:
            image = image.convert("RGB")
        self.sharp = self.sharp or image
        apart = [_distance(image, other) for other in (self.sharp, blur(self.sharp))]
        return "sharp" if apart[0] < apart[1] else "blurred"


def _distance(one, other):
    return ImageStat.Stat(ImageChops.difference(one, other)).mean[0]


def post(client, path, body):
    """Send JSON."""
    return client.post(path, json.dumps(body), content_type="application/json")


def _refusal(response, code):
    return f"{response.status_code} {code}{', with the reason' if REASON in response.content.decode() else ''}"


def _native(client):
    from generation.models import Job

    response = post(client, "/api/v1/jobs", REQUEST)
    if response.status_code != 202:
        return _refusal(response, response.json()["error"]["code"]), None
    finished(Job.objects.get(pk=response.json()["id"]))
    job = client.get(f"/api/v1/jobs/{response.json()['id']}").json()
    if job["error"]:
        return job["error"]["code"], None
    [image] = job["images"]
    file = client.get(image["file_url"])
    said = "quarantined" if image["quarantined"] else ""
    return (f"{file.status_code} {said}", None) if file.status_code != 200 else (said, file.content)


def _comfyui(client):
    from generation.models import Job

    graph = json.loads(json.dumps(text_to_image(steps=1)).replace("a red heart", PROMPT))
    response = post(client, "/prompt", {"prompt": graph})
    if response.status_code != 200:
        return _refusal(response, response.json()["error"]["type"]), None
    name = response.json()["prompt_id"]
    finished(Job.objects.get(pk=name))
    entry = client.get(f"/history/{name}").json()[name]
    if not entry["status"]["completed"]:
        return entry["status"]["messages"][-1][1]["exception_type"], None
    [file] = entry["outputs"]["9"]["images"]
    view = client.get("/view", file)
    return (
        ("", view.content) if view.status_code == 200 else (f"{view.status_code} {view.json()['error']['type']}", None)
    )


def _simple(client):
    response = post(client, "/generate", {**REQUEST, "return_base64": True})
    if response.status_code != 200:
        return _refusal(response, response.json()["error"]), None
    [image] = response.json()["images"]
    return "", base64.b64decode(image["base64"])


def _file_of_get(client):
    response = client.get("/generate", REQUEST)
    if response.status_code != 200:
        return _refusal(response, response.json()["error"]), None
    return "", response.content


def _openai(client, **more):
    from django.test import Client

    response = post(
        client, "/v1/images/generations", {"prompt": PROMPT, "size": "128x128", "steps": 2, "seed": 7, **more}
    )
    if response.status_code != 200:
        return _refusal(response, response.json()["error"]["code"]), None
    [datum] = response.json()["data"]
    if "url" in datum:
        return "", Client().get(datum["url"]).content
    return "", base64.b64decode(datum["b64_json"])


def _openai_by_address(client):
    return _openai(client, response_format="url")


def _sdapi(client):
    response = post(client, "/sdapi/v1/txt2img", {"prompt": PROMPT, **SMALL})
    if response.status_code != 200:
        return _refusal(response, response.json()["error"]), None
    [image] = response.json()["images"]
    return "", base64.b64decode(image.rpartition(",")[2])


# Door -> (source of its jobs, how it is asked: a function of a client with a key, or the session of a page, that
# returns what the door says, empty if all is well, and the bytes of the image, None where it has none).
HTTP_DOORS = {
    "api": ("api", _native),
    "studio": ("studio", _native),
    "comfyui": ("comfyui", _comfyui),
    "simple": ("simple", _simple),
    "simple, a file": ("simple", _file_of_get),
    "openai": ("openai", _openai),
    "openai, an address": ("openai", _openai_by_address),
    "sdapi": ("sdapi", _sdapi),
}
