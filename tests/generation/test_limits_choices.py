"""LoRAs, tasks and APIs that a role allows: others are neither offered nor taken."""

import json

import pytest
from django.test import Client

from generation.jobs.submission.retry import retry_job
from generation.models import Adapter, Job, RoleLimits
from sdsite.accounts import site_settings
from sdsite.accounts.credentials import Credentials
from tests.support.clients.comfyui_workflows import text_to_image
from tests.support.clients.logged_in import client_of
from tests.support.factories import end_job, make_image, make_job
from tests.support.limits import limit, refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("checkpoint")]

REQUEST = {"prompt": "a red heart", "seed": 42}


@pytest.fixture
def loras():
    rows = [
        Adapter.objects.create(kind="lora", slug=slug, title=slug, location=f"{slug}.safetensors", family="sd")
        for slug in ("ink", "oil")
    ]
    Adapter.objects.create(kind="vae", slug="soft", title="soft", location="soft.safetensors", family="sd")
    return rows


def in_page(client, path="/"):
    return client.get(path).context["studio"]


@pytest.mark.parametrize("where", [{"loras": [{"name": "oil"}]}, {"prompt": "a red heart <lora:oil:1>"}])
def test_other_loras_are_refused(owner_client, loras, where):
    limit(loras=loras[:1])
    response = owner_client.api("POST", "/jobs", REQUEST | where)
    assert refused(response, 403, "limit_exceeded") == {
        "name": "loras",
        "most": None,
        "current": None,
        "resets_at": None,
    }
    assert "must be one of ink for your role; got oil" in response.json()["error"]["message"]
    assert owner_client.api("POST", "/jobs", REQUEST | {"loras": [{"name": "ink"}]}).status_code == 202


def test_every_list_offers_only_the_loras_that_are_allowed(owner_client, alice, loras):
    limit(loras=loras[:1])
    assert [row["slug"] for row in owner_client.api("GET", "/adapters").json()] == ["ink", "soft"]
    assert [row["name"] for row in owner_client.get("/sdapi/v1/loras").json()] == ["ink"]
    assert owner_client.get("/models/loras").json() == ["ink.safetensors"]
    assert [row["slug"] for row in in_page(client_of(alice))["adapters"]] == ["ink", "soft"]
    assert owner_client.api("GET", "/me").json()["limits"]["loras"] == ["ink"]


def test_other_tasks_are_refused_and_not_offered(owner_client, alice, own_media):
    limit(tasks=["text_to_image", "upscale"])
    start = make_image(alice)
    response = owner_client.api("POST", "/jobs", REQUEST | {"init_image": f"image:{start.pk}"})
    assert refused(response, 403, "limit_exceeded")["name"] == "tasks"
    assert "task must be one of text_to_image, upscale" in response.json()["error"]["message"]
    can = in_page(client_of(alice))["families"]["sd"]["can"]
    assert "inpaint" not in can
    assert "text_to_image" in can
    assert owner_client.api("POST", "/jobs", REQUEST).status_code == 202


def test_other_speed_modes_are_refused(owner_client, alice, own_media):
    limit(speed_modes=["draft", "small"])
    response = owner_client.api("POST", "/jobs", REQUEST | {"speed_mode": "exact"})
    assert refused(response, 403, "limit_exceeded")["name"] == "speed_modes"
    assert "speed_mode must be one of draft, small for your role; got exact" in response.json()["error"]["message"]
    axes = {"grid": {"axes": [{"field": "speed_mode", "values": ["small", "exact"]}]}}
    assert owner_client.api("POST", "/jobs", REQUEST | axes).status_code == 403
    assert owner_client.api("GET", "/me").json()["limits"]["speed_modes"] == ["draft", "small"]
    assert client_of(alice).get("/").context["speed_modes"] == {"small": "Small", "draft": "Draft"}
    assert client_of(alice).get("/").context["speed_mode_default"] == "Default (Small)"
    upscaled = {"task": "upscale", "init_image": f"image:{make_image(alice).pk}"}
    assert owner_client.api("POST", "/jobs", upscaled).status_code == 202


def test_a_role_that_may_not_use_the_sites_speed_mode_has_the_first_that_it_may(owner_client, valkey):
    limit(speed_modes=["draft", "small"])
    job = owner_client.api("POST", "/jobs", REQUEST).json()
    assert job["parameters"]["speed_mode"] == "small"
    assert "Speed mode small, the default here; exact is another choice." in job["notes"]
    site_settings.change(actor=None, changes={"speed_mode": "draft"})
    assert owner_client.api("POST", "/jobs", REQUEST).json()["parameters"]["speed_mode"] == "draft"
    comfy = owner_client.post("/prompt", json.dumps({"prompt": text_to_image()}), content_type="application/json")
    assert comfy.status_code == 200
    assert Job.objects.get(source="comfyui").parameters["speed_mode"] == "draft"


def test_other_apis_are_refused(owner_client, alice, checkpoint, valkey):
    before = make_job(alice, checkpoint)
    end_job(before, status="failed")
    limit(sources=["studio", "comfyui"])
    comfy = {"prompt": text_to_image()}
    assert owner_client.post("/prompt", json.dumps(comfy), content_type="application/json").status_code == 200
    response = owner_client.api("POST", "/jobs", REQUEST)
    assert refused(response, 403, "limit_exceeded")["name"] == "sources"
    assert owner_client.api("POST", f"/jobs/{before.pk}/retry").status_code == 403
    simple = owner_client.post("/generate", json.dumps(REQUEST), content_type="application/json")
    assert simple.status_code == 403
    page: Client = client_of(alice)
    sent = page.post("/api/v1/jobs", json.dumps(REQUEST), content_type="application/json")
    assert sent.status_code == 202
    before.refresh_from_db()
    assert retry_job(job=before, credentials=Credentials(alice), source="studio")


def test_of_several_roles_each_adds_and_an_empty_one_allows_all(owner_client, alice, loras):
    from django.contrib.auth.models import Group

    first, second = (Group.objects.create(name=name) for name in ("a", "b"))
    alice.groups.add(first, second)
    limit(first, loras=loras[:1], tasks=["upscale"], sources=["api"])
    row = limit(second, loras=loras[1:], tasks=["inpaint"], sources=["simple"])
    limits = owner_client.api("GET", "/me").json()["limits"]
    assert (limits["loras"], limits["tasks"]) == (["ink", "oil"], ["inpaint", "upscale"])
    assert limits["sources"] == ["api", "simple"]
    row.loras.clear()
    RoleLimits.objects.filter(pk=row.pk).update(tasks=[], sources=[])
    limits = owner_client.api("GET", "/me").json()["limits"]
    assert (limits["loras"], limits["tasks"], limits["sources"]) == (None, None, None)
