"""The simple API on a running site, as a script with httpx uses it."""

import base64
import io

import httpx
import pytest
from PIL import Image as Pillow

from generation.models import Job
from tests.support.clients.api_client import make_key
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


def opened(data):
    return Pillow.open(io.BytesIO(data))


def test_generate_look_and_generate_over(live_site):
    alice = make_user("alice")
    key = make_key(alice)[1]
    with httpx.Client(base_url=live_site.url, headers={"Authorization": key}, timeout=90) as client:
        made = client.post("/generate", json={"prompt": "a red heart", "size": 128, "steps": 2, "seed": 7}).json()
        first = base64.b64decode(made["images"][0]["base64"])
        assert opened(first).size == (128, 128)
        shown = client.get("/generate", params={"prompt": "a red heart", "size": "128x128", "steps": 2, "seed": 7})
        assert shown.headers["content-type"] == "image/png"
        assert opened(shown.content).tobytes() == opened(first).tobytes()
        over = {"prompt": "a blue bird", "image": made["images"][0]["base64"], "steps": 2, "wait": False}
        later = client.post("/img2img", json=over)
        assert later.status_code == 202
        assert client.get(later.headers["location"]).json()["id"] == later.json()["id"]
        listed = [job["id"] for job in client.get("/recent").json()["jobs"]]
        assert listed == [str(pk) for pk in Job.objects.order_by("-created_at").values_list("pk", flat=True)]
    assert set(Job.objects.values_list("source", "owner")) == {("simple", alice.pk)}
