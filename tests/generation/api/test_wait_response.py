"""The API of a running site, from outside: real curl, real worker, real picture."""

import io
import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from PIL import Image as Pillow

from tests.support.clients.api_client import make_key
from tests.support.factories import make_checkpoint
from tests.support.site import ROOT, wait_for

DOCS = ROOT / "docs" / "api.md"


@pytest.fixture
def key(live_site, alice):
    return make_key(alice)[1]


def curl(*arguments, folder):
    """Run curl in `folder`; return (status, headers in lower case)."""
    assert shutil.which("curl"), "these tests call curl: install it"
    command = ["curl", "-sS", "--noproxy", "*", "-D", "headers", "-w", "%{http_code}", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    lines = (folder / "headers").read_text().splitlines()
    headers = dict(line.lower().split(": ", 1) for line in lines if ": " in line)
    return int(done.stdout), headers


def test_one_curl_one_picture(live_site, key, tmp_path):
    status, headers = curl(
        *("-H", f"Authorization: Bearer {key}", "-H", "Accept: image/png", "-d", '{"prompt":"a red heart"}'),
        *(f"{live_site.url}/api/v1/jobs?wait=60", "-o", "heart.png"),
        folder=tmp_path,
    )
    assert status == 200, (tmp_path / "heart.png").read_bytes()[:500]
    assert headers["content-type"] == "image/png"
    picture = Pillow.open(tmp_path / "heart.png")
    assert (picture.format, picture.size) == ("PNG", (128, 128))
    assert f"Seed: {headers['x-sdsite-seed']}" in picture.text["parameters"]
    assert picture.text["parameters"].startswith("a red heart")


@pytest.mark.parametrize("kind", ["jpeg", "webp"])
def test_curl_gets_the_format_that_it_accepts(live_site, key, tmp_path, kind):
    status, _ = curl(
        *("-H", f"X-API-Key: {key}", "-H", f"Accept: image/{kind}", "-d", '{"prompt":"a red heart","steps":4}'),
        *(f"{live_site.url}/api/v1/jobs?wait=60", "-o", "heart"),
        folder=tmp_path,
    )
    assert status == 200
    assert Pillow.open(tmp_path / "heart").format == kind.upper()


def test_the_same_seed_gives_the_same_picture(live_site, key, tmp_path):
    files = []
    for name in ("first", "second"):
        requested = json.dumps({"prompt": "a red heart", "seed": 11, "steps": 4, "reproducible": "strict"})
        status, _ = curl(
            *("-u", f"anybody:{key}", "-H", "Accept: image/png", "-d", requested),
            *(f"{live_site.url}/api/v1/jobs?wait=60", "-o", name),
            folder=tmp_path,
        )
        assert status == 200
        files.append(Pillow.open(io.BytesIO((tmp_path / name).read_bytes())).tobytes())
    assert files[0] == files[1]


def test_a_job_that_fails_is_answered_as_an_error(live_site, key, tmp_path):
    make_checkpoint("gone", location=str(tmp_path / "nowhere"))
    status, headers = curl(
        *("-H", f"Authorization: {key}", "-H", "Accept: image/png", "-d", '{"prompt":"x","checkpoint":"gone"}'),
        *(f"{live_site.url}/api/v1/jobs?wait=60", "-o", "answer"),
        folder=tmp_path,
    )
    assert status == 503
    assert headers["content-type"] == "application/json"
    assert json.loads((tmp_path / "answer").read_text())["error"]["code"] in (
        "checkpoint_missing",
        "checkpoint_invalid",
    )


def test_a_client_that_hangs_up_still_gets_its_picture(live_site, key, alice, tmp_path):
    from gallery.models import Image
    from generation.models import Job

    url, target = f"{live_site.url}/api/v1/jobs?wait=60", str(tmp_path / "never")
    headers = ("-H", f"X-API-Key: {key}", "-H", "Accept: image/png")
    requested = '{"prompt":"a red heart"}'
    call = subprocess.Popen(["curl", "-sS", "--noproxy", "*", *headers, "-d", requested, url, "-o", target])
    job = wait_for(Job.objects.first, what="the job")
    call.kill()
    call.wait(10)
    wait_for(lambda: Job.objects.get(pk=job.pk).status == "succeeded", seconds=60, what="the job to go on")
    assert Image.objects.owned_by(alice).of_job(job.pk).count() == 1


def test_the_client_of_the_guide_works(live_site, key, tmp_path):
    (client,) = re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)
    (tmp_path / "client.py").write_text(client)
    environment = {**os.environ, "SDSITE_URL": live_site.url, "SDSITE_KEY": key, "no_proxy": "*"}
    subprocess.run([sys.executable, "client.py"], cwd=tmp_path, env=environment, check=True, timeout=120)
    assert [Pillow.open(tmp_path / f"heart-{number}.png").size for number in range(2)] == [(128, 128)] * 2
