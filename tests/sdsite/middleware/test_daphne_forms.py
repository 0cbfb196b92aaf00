"""Forms reach Django unparsed."""

import io

import httpx
import pytest
from PIL import Image as Pillow

from tests.support.clients.api_client import make_key

pytestmark = pytest.mark.django_db(transaction=True)

FORM = {"Content-Type": "multipart/form-data; boundary=x"}
UNREADABLE = {
    "no part": b"--x--\r\n",
    "nothing of a form": b"hello",
    "no end": b'--x\r\nContent-Disposition: form-data; name="other"\r\n\r\nhello',
}


def test_a_form_that_cannot_be_read_is_answered_by_the_site(live_site, alice):
    headers = {"X-API-Key": make_key(alice)[1], **FORM}
    with httpx.Client(base_url=f"{live_site.url}/api/v1", headers=headers, trust_env=False) as client:
        for path in ("/uploads", "/settings-of"):
            for case, body in UNREADABLE.items():
                answer = client.post(path, content=body)
                assert answer.status_code in (400, 422), case
                assert answer.json()["error"]["code"] in ("bad_request", "invalid_parameters"), case


def test_a_form_with_an_image_is_read(live_site, alice):
    file = io.BytesIO()
    Pillow.new("RGB", (64, 64), "red").save(file, "PNG")
    url, headers = f"{live_site.url}/api/v1/uploads", {"X-API-Key": make_key(alice)[1]}
    answer = httpx.post(url, headers=headers, files={"file": ("a.png", file.getvalue())}, trust_env=False)
    assert (answer.status_code, answer.json()["width"]) == (201, 64)
