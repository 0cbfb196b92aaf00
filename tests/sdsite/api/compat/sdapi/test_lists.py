"""Lists of AUTOMATIC1111's API, and authentication."""

import base64
import io

import pytest
from django.test import Client
from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo

from generation.models import Adapter, Style
from tests.sdsite.api.compat.sdapi.conftest import SdapiClient, base64_of
from tests.support.clients.api_client import make_key
from tests.support.factories import make_checkpoint

pytestmark = pytest.mark.django_db


INFOTEXT = (
    "a red heart, small\nNegative prompt: blurry\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x768"
)


def names(rows, key="name"):
    return [row[key] for row in rows]


def test_checkpoints_have_titles_that_name_them(owner):
    make_checkpoint("other", sha256="ab12" * 16)
    rows = owner.get_json("sd-models")
    assert names(rows, "title") == ["starter", "other [ab12ab12ab]"]
    assert rows[1] | {"model_name": "other", "hash": "ab12ab12ab", "sha256": "ab12" * 16, "config": None} == rows[1]
    assert "/" not in rows[1]["filename"], "paths of weights are not shown"


def test_samplers_schedulers_and_upscalers(owner):
    Adapter.objects.create(kind="upscaler", slug="esrgan", title="ESRGAN", location="x", meta={"scale": 2})
    samplers = {row["name"]: row for row in owner.get_json("samplers")}
    assert "k_euler_a" in samplers["Euler a"]["aliases"]
    schedulers = owner.get_json("schedulers")
    assert schedulers[0] | {"name": "automatic", "label": "Automatic"} == schedulers[0]
    assert {"Uniform", "Karras", "SGM Uniform", "KL Optimal", "Align Your Steps", "DDIM"} <= {
        *names(schedulers, "label")
    }
    assert {"sgm_uniform", "kl_optimal", "align_your_steps", "ddim", "turbo"} <= {*names(schedulers)}
    upscalers = owner.get_json("upscalers")
    assert (upscalers[0]["name"], upscalers[-1]["name"], upscalers[-1]["scale"]) == ("None", "esrgan", 2)
    assert "Latent" in names(owner.get_json("latent-upscale-modes"))


def test_adapters_and_styles(owner, alice, charlie):
    for kind, slug in (("lora", "ink"), ("vae", "clear"), ("embedding", "mood")):
        Adapter.objects.create(kind=kind, slug=slug, title=slug.title(), location="x", family="sd", token=slug)
    Adapter.objects.filter(slug="mood").update(meta={"vectors": 4, "width": 768})
    Adapter.objects.create(kind="lora", slug="hidden", title="Hidden", location="x", family="sd", enabled=False)
    Style.objects.create(owner=None, name="ink", prompt="{prompt}, shared")
    Style.objects.create(owner=alice, name="ink", prompt="{prompt}, mine")
    Style.objects.create(owner=charlie, name="oil", prompt="{prompt}, in oil")
    assert names(owner.get_json("loras")) == ["ink"]
    assert names(owner.get_json("sd-vae"), "model_name") == ["clear"]
    embedding = owner.get_json("embeddings")["loaded"]["mood"]
    assert (embedding["vectors"], embedding["shape"]) == (4, 768)
    assert owner.get_json("prompt-styles") == [{"name": "ink", "prompt": "{prompt}, mine", "negative_prompt": ""}]


@pytest.mark.parametrize(
    ("path", "empty"),
    [
        *((path, []) for path in ("hypernetworks", "face-restorers", "realesrgan-models", "script-info", "extensions")),
        ("scripts", {"txt2img": [], "img2img": []}),
        ("cmd-flags", {}),
    ],
)
def test_lists_of_what_the_site_does_not_have_are_empty(owner, path, empty):
    assert owner.get_json(path) == empty


def test_memory_is_not_shown(owner):
    memory = owner.get_json("memory")
    assert memory["ram"] == {"free": 0, "used": 0, "total": 0}
    assert {"system", "active", "allocated", "reserved", "inactive", "events"} == set(memory["cuda"])


def test_the_site_refreshes_and_unloads_by_itself(owner):
    for path in ("refresh-checkpoints", "refresh-vae", "refresh-loras", "unload-checkpoint", "reload-checkpoint"):
        assert owner.post_json(path) is None


def test_the_settings_in_an_image(owner):
    info = PngInfo()
    info.add_text("parameters", INFOTEXT)
    buffer = io.BytesIO()
    Pillow.new("RGB", (8, 8)).save(buffer, "PNG", pnginfo=info)
    answer = owner.post_json("png-info", {"image": base64.b64encode(buffer.getvalue()).decode()})
    assert (answer["info"], answer["items"]) == (INFOTEXT, {"parameters": INFOTEXT})
    read = answer["parameters"]
    assert (read["Prompt"], read["Steps"], read["Size-1"], read["Size-2"]) == ("a red heart, small", "20", "512", "768")
    assert owner.post_json("png-info", {"image": base64_of()}) == {"info": "", "items": {}, "parameters": {}}
    assert owner.post_json("png-info", {"image": "bm8="}, status=422)["error"] == "unreadable_settings"
    assert owner.post_json("png-info", {"image": "§"}, status=422)["detail"].startswith("image must be")


def test_no_model_describes_images(owner):
    assert "no model" in owner.post_json("interrogate", {"image": base64_of()}, status=501)["detail"]


def test_requests_without_a_key_are_refused(db):
    response = Client().get("/sdapi/v1/options")
    assert (response.status_code, response["WWW-Authenticate"]) == (401, 'Basic realm="sdsite"')
    assert set(response.json()) == {"error", "detail", "body", "errors"}
    empty = Client(headers={"Authorization": ""}).get("/sdapi/v1/options")
    assert empty.status_code == 401
    assert Client(headers={"Authorization": "Basic eDp5"}).get("/sdapi/v1/options").status_code == 401


def test_a_bearer_key_is_accepted_too(alice, checkpoint):
    client = Client(headers={"Authorization": f"Bearer {make_key(alice)[1]}"})
    assert client.get("/sdapi/v1/sd-models").status_code == 200


def test_keys_generate_and_read_only_with_their_scopes(alice, checkpoint):
    reader, generator = SdapiClient(alice, "read"), SdapiClient(alice, "generate")
    for path in ("txt2img", "img2img", "extra-single-image", "extra-batch-images", "interrupt", "skip", "options"):
        assert reader.post_json(path, {"prompt": "x"}, status=403)["error"] == "forbidden_scope", path
    assert generator.get("/sdapi/v1/progress").status_code == 403
    assert generator.post_json("progress", {}, status=403, root="/internal")
    assert reader.get_json("options")


def test_unknown_addresses_answer_in_json(owner):
    response = owner.get("/sdapi/v1/artists")
    assert (response.status_code, response.json()["detail"]) == (404, "Not Found")
    assert owner.get("/sdapi/v1/txt2img").status_code == 405
    wrong = owner.post("/sdapi/v1/txt2img", "no json", content_type="application/json")
    assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_json")
