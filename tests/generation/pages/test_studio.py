"""The studio page: its data, and the fields that "Reuse settings" fills in."""

import json
import re
import uuid

from tests.support.factories import make_checkpoint, make_image


def data_of(response):
    found = re.search(r'<script id="studio-data" type="application/json">(.*?)</script>', response.content.decode())
    assert found, "the page brings no data"
    return json.loads(found.group(1))


def test_it_asks_to_sign_in_first(client, checkpoint):
    response = client.get("/")
    assert response.status_code == 302
    assert response.url == "/accounts/login/?next=/"


def test_it_starts_from_the_default_checkpoint(as_alice, checkpoint):
    make_checkpoint("another", title="Another", steps=33, sizes=[])
    response = as_alice.get("/")
    assert response.status_code == 200
    assert response.context["chosen"].slug == "starter"
    data = data_of(response)
    assert [row["slug"] for row in data["checkpoints"]] == ["starter", "another"]
    assert data["checkpoints"][1]["defaults"]["steps"] == 33
    assert data["preset"] is None
    assert data["labels"]["hires.scale"] == "Hires fix: scale"


def test_it_does_not_offer_a_disabled_checkpoint(as_alice, checkpoint):
    make_checkpoint("secret", enabled=False)
    assert [row["slug"] for row in data_of(as_alice.get("/"))["checkpoints"]] == ["starter"]


def test_without_any_checkpoint_it_says_what_to_do(as_alice):
    response = as_alice.get("/")
    assert response.status_code == 200
    assert "The site has no checkpoint yet" in response.content.decode()


def test_it_takes_all_settings_of_an_image(as_alice, alice, checkpoint):
    requested = {"prompt": "a green fox", "negative_prompt": "blurry", "steps": 12, "guidance_scale": 6.5, "count": 3}
    rest = {"sampler": "euler", "schedule": "karras", "upscale_by": 2, "output_format": "webp"}
    image = make_image(alice, index=2, **requested, **rest)
    preset = data_of(as_alice.get(f"/?from={image.pk}"))["preset"]
    own = {"checkpoint": "starter", "width": 128, "height": 128, "seed": image.seed, "grid": None}
    assert preset == {**requested, **rest, **own}


def test_it_takes_what_an_image_was_made_from_and_with(as_alice, alice, checkpoint):
    requested = {"init_image": "upload:0b7f", "strength": 0.4, "hires": {"scale": 2, "steps": 0, "strength": 0.5}}
    rest = {"loras": [{"name": "ink", "weight": 0.5}], "variation_seed": 5, "clip_skip": 2}
    not_taken = {"image_prompts": ["a", "b"], "version": 1, "preview": {"size": 64}}
    image = make_image(alice, **requested, **rest, **not_taken)
    preset = data_of(as_alice.get(f"/?from={image.pk}"))["preset"]
    assert {name: preset[name] for name in {**requested, **rest}} == {**requested, **rest}
    assert not not_taken.keys() & preset.keys()


def test_an_image_of_a_grid_brings_its_own_cell(as_alice, alice, checkpoint):
    grid = {"axes": [{"field": "steps", "values": [4, 8]}]}
    image = make_image(alice, grid=grid, steps=8)
    preset = data_of(as_alice.get(f"/?from={image.pk}"))["preset"]
    assert preset["grid"] is None
    assert preset["steps"] == 8


def test_it_starts_from_an_own_image_and_no_stranger_s(as_alice, as_charlie, alice, checkpoint):
    image = make_image(alice)
    data = data_of(as_alice.get(f"/?init={image.pk}"))
    assert data["asked"]["init_image"] == f"image:{image.pk}"
    assert data["preset"] is None
    assert as_charlie.get(f"/?init={image.pk}").status_code == 404
    assert as_alice.get("/?init=nonsense").status_code == 404


def test_a_preset_names_no_stranger_s_image(as_charlie, alice, checkpoint):
    image = make_image(alice)
    assert as_charlie.get(f"/?from={image.pk}").status_code == 404
    assert as_charlie.get(f"/?from={uuid.uuid4()}").status_code == 404


def test_a_preset_that_is_no_id_is_not_found(as_alice, checkpoint):
    assert as_alice.get("/?from=nonsense").status_code == 404


def test_a_prompt_cannot_leave_the_page_s_data(as_alice, alice, checkpoint):
    image = make_image(alice, prompt="</script><script>alert(1)</script>")
    response = as_alice.get(f"/?from={image.pk}")
    assert data_of(response)["preset"]["prompt"] == "</script><script>alert(1)</script>"
    assert "<script>alert" not in response.content.decode()
