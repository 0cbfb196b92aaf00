"""Everything one may ask of a picture, from a running site: real worker, real starter checkpoint, real files."""

import io
import json
import urllib.request

import numpy as np
import pytest
from PIL import Image as Pillow

from generation.models import Job
from tests.support.clients.api_client import make_key
from tests.support.site import wait_for

SIDE = 128
SMALL = {"steps": 2, "sampler": "ddim", "seed": 3}


class Site:
    """A program that speaks to a running site with a key."""

    def __init__(self, url, key):
        self.url, self.key = url, key

    def send(self, path, body=None, kind="application/json", method=None):
        """Return (status, content) of one request."""
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": kind}
        request = urllib.request.Request(f"{self.url}/api/v1{path}", body, headers, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=120) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def draw(self, **requested):
        """Return the finished job of a wish."""
        status, content = self.send(
            "/jobs?wait=60", json.dumps({"prompt": "a red heart", **SMALL, **requested}).encode()
        )
        job = json.loads(content)
        assert status == 200, job
        assert job["status"] == "succeeded", job["error"]
        return job

    def pictures(self, job):
        """Return the images of a job as arrays (height, width, 3), by index."""
        found = {}
        for image in job["images"]:
            _, data = self.send(f"/images/{image['id']}/file")
            found[image["index"]] = np.asarray(Pillow.open(io.BytesIO(data)).convert("RGB"))
        return found

    def upload(self, picture):
        """Return the reference of a picture that is uploaded."""
        buffer = io.BytesIO()
        picture.save(buffer, "PNG")
        status, content = self.send("/uploads", buffer.getvalue(), "image/png")
        assert status in (200, 201), content
        return f"upload:{json.loads(content)['id']}"


@pytest.fixture
def site(live_site, alice):
    return Site(live_site.url, make_key(alice)[1])


def plain(colour, size=(SIDE, SIDE)):
    return Pillow.new("RGB", size, colour)


def test_a_picture_goes_through_every_mode(site):
    upload = site.upload(plain("red"))
    first = site.draw(init_image=upload, strength=0.5, steps=4, keep_original=True, count=2)
    drawn = site.pictures(first)
    assert sorted(drawn) == [0, 1, 2]
    assert (drawn[0] == (255, 0, 0)).all()
    assert first["parameters"]["task"] == "image_to_image"
    assert not np.array_equal(drawn[1], drawn[2])

    mask = Pillow.new("L", (SIDE, SIDE), 0)
    mask.paste(255, (0, 0, SIDE // 2, SIDE))
    start = f"image:{first['images'][0]['id']}"
    inpainted = site.pictures(site.draw(init_image=start, mask_image=site.upload(mask), mask_blur=0, strength=1))[0]
    assert (inpainted[:, SIDE // 2 :] == (255, 0, 0)).all()
    assert not (inpainted[:, : SIDE // 2] == (255, 0, 0)).all()

    larger = site.pictures(site.draw(task="upscale", prompt="", init_image=start, upscale_by=2.5))[0]
    assert larger.shape == (320, 320, 3)


def test_a_grid_draws_every_cell_and_comes_on_a_sheet(site):
    axes = [{"field": "replace", "values": ["heart", "star"]}, {"field": "seed", "values": [3, 4]}]
    job = site.draw(grid={"axes": axes})
    cells = site.pictures(job)
    assert len(cells) == 4
    [alone] = site.pictures(site.draw(prompt="a red star", seed=4)).values()
    assert np.abs(cells[3].astype(int) - alone).max() <= 2
    status, sheet = site.send(f"/jobs/{job['id']}/sheet?cell=64")
    assert status == 200
    assert Pillow.open(io.BytesIO(sheet)).height > 2 * 64


def test_choices_variations_and_a_list_of_prompts_are_kept_with_each_image(site):
    job = site.draw(prompt="a {red|blue|green} heart", count=3)
    prompts = [image["parameters"]["prompt"] for image in sorted(job["images"], key=lambda image: image["index"])]
    assert prompts == job["parameters"]["image_prompts"]
    varied = site.pictures(site.draw(variation_strength=0.4, variation_seed=1, count=2))
    assert not np.array_equal(varied[0], varied[1])


@pytest.mark.parametrize("upscaler", [None, "lanczos"])
def test_a_hires_pass_draws_larger(site, upscaler):
    job = site.draw(hires={"scale": 2, "strength": 0.5, "upscaler": upscaler})
    assert site.pictures(job)[0].shape == (256, 256, 3)
    assert job["progress"]["step"] == job["progress"]["total"] == 4


def test_prompt_syntax_changes_the_picture(site):
    plain_one, weighted, edited = (
        site.pictures(site.draw(prompt=prompt, steps=4))[0]
        for prompt in ("a red heart", "a (red:1.6) heart", "a [red:blue:0.5] heart")
    )
    assert not np.array_equal(plain_one, weighted)
    assert not np.array_equal(plain_one, edited)


def test_a_picture_that_is_deleted_meanwhile_fails_that_job_by_name(site, live_site, alice):
    upload = site.upload(plain("blue"))
    live_site.kill("worker")
    _, content = site.send("/jobs", json.dumps({"prompt": "a heart", **SMALL, "init_image": upload}).encode())
    alice.uploads.all().delete()
    live_site.start_part("worker")
    job = Job.objects.get(pk=json.loads(content)["id"])
    wait_for(lambda: Job.objects.get(pk=job.pk).is_finished, what="the job to end")
    job.refresh_from_db()
    assert (job.status, job.error_code) == (Job.Status.FAILED, "picture_missing")
    assert "init_image" in job.error_message


def test_strangers_pictures_are_not_there(site, live_site, bob):
    upload = site.upload(plain("blue"))
    make_key(bob)
    other = Site(live_site.url, make_key(bob)[1])
    status, content = other.send("/jobs", json.dumps({"prompt": "x", "init_image": upload}).encode())
    assert status == 422
    assert "init_image" in json.loads(content)["error"]["fields"]
