"""The real `webuiapi` client against a running site: every method that it has, or the reason in the dialect's page."""

import base64
import inspect
import os
import re
import subprocess
import sys
import threading

import pytest
import webuiapi
from PIL import Image as Pillow

from generation.models import Job
from tests.support.clients.api_client import make_key
from tests.support.site import ROOT, wait_for

pytestmark = pytest.mark.django_db(transaction=True)

SIDE = 128
QUICK = {"width": SIDE, "height": SIDE, "steps": 3, "cfg_scale": 4}
PAGE = ROOT / "docs" / "dialects" / "automatic1111.md"
# Of the client itself: how the others send what they send.
OWN_BUSINESS = {"get_endpoint", "post_and_get_api_result", "async_post"}
LISTS = {
    "get_cmd_flags": dict,
    "get_embeddings": dict,
    "get_face_restorers": list,
    "get_hypernetworks": list,
    "get_latent_upscale_modes": list,
    "get_loras": list,
    "get_memory": dict,
    "get_prompt_styles": list,
    "get_realesrgan_models": list,
    "get_samplers": list,
    "get_schedulers": list,
    "get_scripts": dict,
    "get_sd_models": list,
    "get_sd_vae": list,
    "get_upscalers": list,
}
# Called by the tests below.
CALLED = {"txt2img", "img2img", "extra_single_image", "extra_batch_images", "png_info", "get_progress", "interrupt"}
CALLED |= {"skip", "get_options", "set_options", "refresh_checkpoints", "set_auth", "check_extensions"}
CALLED |= {name for name in dir(webuiapi.WebUIApi) if name.startswith("util_")}


def api_of(site, owner, **how):
    """Return the client with a key of `owner`; proxies of the host are ignored."""
    address = {"host": "127.0.0.1", "port": site.port}
    api = webuiapi.WebUIApi(**address, sampler="DDIM", steps=3, **how)
    api.session.trust_env = False
    api.set_auth(owner.username, make_key(owner)[1])
    return api


@pytest.fixture
def api(live_site, alice):
    return api_of(live_site, alice)


class Request(threading.Thread):
    """A call that waits for its images, on a thread of its own."""

    def __init__(self, call, **asked):
        super().__init__(daemon=True)
        self.call, self.asked, self.result, self.error = call, asked, None, None
        self.start()

    def run(self):
        try:
            self.result = self.call(**self.asked)
        except Exception as error:
            self.error = error

    def answer(self):
        """Return what came back."""
        self.join(60)
        assert not self.is_alive(), "no answer in 60 s"
        if self.error:
            raise self.error
        return self.result


def test_every_method_is_called_here_or_documented_as_unsupported():
    methods = {name for name, _ in inspect.getmembers(webuiapi.WebUIApi, inspect.isfunction) if name[0] != "_"}
    reasons = PAGE.read_text().partition("method by method")[2]
    excused = {name for name in re.findall(r"`(\w+)`", reasons) if name in methods}
    assert methods == CALLED | set(LISTS) | OWN_BUSINESS | excused
    assert not excused & (CALLED | set(LISTS))


def test_generating_and_reading_settings(api):
    result = api.txt2img(prompt="a red heart", negative_prompt="blue", seed=7, batch_size=2, **QUICK)
    assert [image.size for image in result.images] == [(SIDE, SIDE)] * 2
    assert result.parameters["batch_size"] == 2
    info = result.info
    assert (info["all_seeds"], info["sampler_name"], info["sd_model_name"]) == ([7, 8], "DDIM", "starter")
    assert (info["steps"], info["cfg_scale"], info["width"]) == (3, 4.0, SIDE)
    assert info["all_prompts"] == ["a red heart"] * 2
    assert info["infotexts"] == [image.text["parameters"] for image in result.images]
    assert "Negative prompt: blue\nSteps: 3, Sampler: DDIM" in info["infotexts"][0]
    told = api.png_info(result.image)
    assert told.info == info["infotexts"][0]
    assert (told.parameters["Prompt"], told.parameters["Seed"]) == ("a red heart", "7")
    silent = api.txt2img(prompt="a red heart", seed=7, send_images=False, **QUICK)
    assert (silent.images, silent.info["seed"]) == ([], 7)
    assert silent.info["infotexts"], "the settings are returned all the same"


def test_image_to_image_and_inpainting(api):
    blue = Pillow.new("RGB", (SIDE, SIDE), "blue")
    changed = api.img2img(prompt="a red heart", images=[blue], denoising_strength=0.9, seed=3, **QUICK).image
    mask = Pillow.new("L", (SIDE, SIDE), 0)
    mask.paste(255, (0, 0, SIDE // 2, SIDE))
    part = {"mask_image": mask, "mask_blur": 0, "inpainting_fill": 1, "inpaint_full_res": False}
    result = api.img2img(prompt="a red heart", images=[blue], denoising_strength=0.9, seed=3, **part, **QUICK)
    assert result.parameters["init_images"] is None
    corner = (SIDE - 4, SIDE // 2)
    assert result.image.getpixel(corner)[2] > 200, "what is not masked stays"
    assert result.image.getpixel(corner)[:2] < (60, 60)
    assert changed.convert("RGB").tobytes() != blue.tobytes()
    assert result.image.tobytes() != changed.tobytes()


def test_upscaling(api):
    small = Pillow.new("RGB", (32, 24), "green")
    result = api.extra_single_image(small, upscaler_1=webuiapi.Upscaler.Lanczos, upscaling_resize=2)
    assert result.image.size == (64, 48)
    several = api.extra_batch_images([small, small.rotate(90, expand=True)], upscaler_1="Nearest", upscaling_resize=3)
    assert [image.size for image in several.images] == [(96, 72), (72, 96)]
    assert api.extra_single_image(small).image.size == (32, 24), "no upscaler, nothing to do"


def test_lists_and_options(api):
    for name, kind in LISTS.items():
        assert isinstance(getattr(api, name)(), kind), name
    assert api.util_get_model_names() == ["starter"]
    assert "Euler a" in api.util_get_sampler_names()
    assert "karras" in api.util_get_scheduler_names()
    api.util_set_model("start")
    assert api.util_get_current_model() == "starter"
    assert api.set_options({"samples_format": "webp", "live_previews_enable": False}) is None
    assert api.get_options()["live_previews_enable"] is False
    assert api.txt2img(prompt="a red heart", **QUICK).image.format == "WEBP"
    assert api.refresh_checkpoints() is None
    api.util_wait_for_ready(check_interval=0.1)
    with pytest.raises(RuntimeError, match="Sampler not found"):
        api.txt2img(prompt="a red heart", sampler_name="Dream walk", **QUICK)
    with pytest.raises(RuntimeError, match="size must be 128x128 with starter; got 512x512"):
        api.txt2img(prompt="a red heart")


@pytest.mark.parametrize("language", ["python", "sh"])
def test_the_documented_examples_generate_an_image(live_site, alice, tmp_path, language):
    (example,) = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)
    how = {"python": [sys.executable, "-c", example], "sh": ["bash", "-c", f"set -o pipefail\n{example}"]}
    key = make_key(alice)[1]
    environment = {**os.environ, "SDSITE_URL": live_site.url, "SDSITE_KEY": key, "no_proxy": "*"}
    subprocess.run(how[language], cwd=tmp_path, env=environment, check=True, timeout=120)
    assert Pillow.open(tmp_path / "heart.png").size == (SIDE, SIDE)


def test_two_users_neither_see_nor_stop_each_others_jobs(api, live_site, charlie):
    theirs = api_of(live_site, charlie)
    long = QUICK | {"steps": 150}
    mine = Request(api.txt2img, prompt="a red heart", batch_size=8, **long)
    progress = wait_for(lambda: (now := api.get_progress())["current_image"] and now, what="a preview")
    assert 0 < progress["progress"] < 1
    assert progress["state"]["job_count"] == 1
    assert base64.b64decode(progress["current_image"])[:3] == b"\xff\xd8\xff"
    idle = theirs.get_progress()
    assert (idle["progress"], idle["state"]["job_count"], idle["current_image"]) == (0, 0, None)
    waiting = Request(theirs.txt2img, prompt="a blue star", seed=5, **QUICK)
    wait_for(lambda: Job.objects.filter(owner=charlie).exists(), what="the other's job")
    assert theirs.skip() is None
    assert api.skip() is None
    wait_for(lambda: Job.objects.get(prompt="a red heart").dropped == [0], what="the skipped image")
    assert api.interrupt() == {}
    mine.answer()
    assert waiting.answer().info["all_seeds"] == [5], "what one interrupts, another still gets"
    assert Job.objects.get(prompt="a red heart").status == "cancelled"
    assert Job.objects.get(prompt="a blue star").status == "succeeded"
    api.util_wait_for_ready(check_interval=0.1)
