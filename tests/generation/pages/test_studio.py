"""The studio page: what it brings, and what "use these settings" presets."""

import json
import re
import uuid

from generation.form_options import AXES
from generation.models import Adapter
from generation.parameters import grids
from generation.parameters.nested import Grid
from generation.parameters.ranges import RANGES
from generation.templatetags import studio_fields
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


def test_it_does_not_offer_a_disabled_checkpoint(as_alice, checkpoint):
    make_checkpoint("secret", enabled=False)
    assert [row["slug"] for row in data_of(as_alice.get("/"))["checkpoints"]] == ["starter"]


def test_it_offers_a_sampler_only_the_schedules_it_takes(as_alice, checkpoint):
    samplers = {row["key"]: row for row in data_of(as_alice.get("/"))["samplers"]}
    assert samplers["euler_a"]["schedules"]["sd"] == ["normal"]
    assert samplers["euler"]["schedules"]["sd"] == ["normal", "karras", "exponential", "beta"]
    assert samplers["ddim"]["schedules"]["flux"] == []


def test_without_any_checkpoint_it_says_what_to_do(as_alice):
    response = as_alice.get("/")
    assert response.status_code == 200
    assert "no checkpoint to draw with yet" in response.content.decode()


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


def test_it_brings_adapters_that_are_offered_and_what_families_can(as_alice, checkpoint):
    rows = {"kind": "lora", "location": "x.safetensors", "family": "sd"}
    Adapter.objects.create(slug="ink", title="Ink", trigger_words="ink wash", **rows)
    Adapter.objects.create(slug="gone", title="Gone", enabled=False, **rows)
    data = data_of(as_alice.get("/"))
    assert [(row["slug"], row["trigger_words"]) for row in data["adapters"]] == [("ink", "ink wash")]
    assert "clip_skip" in data["families"]["sd"]["can"]
    assert "clip_skip" not in data["families"]["flux"]["can"]
    assert {"refiner", "inpaint"} <= set(data["families"]["sdxl"]["can"])
    assert [row["key"] for row in data["samplers"] if row["takes_eta"]] == ["ddim", "tcd"]


# Fields that the form leaves to programs or has in a way of its own.
ELSEWHERE = {"version", "seed", "preview", "image_prompts", "image_negative_prompts", "styles"}


def test_every_field_of_the_schema_has_a_control_with_its_range(as_alice, checkpoint):
    html = as_alice.get("/").content.decode()
    controls = dict(re.findall(r'<(?:input|select|textarea)\b[^>]*?\bname="([\w.#]+)"([^>]*)>', html))
    for part, kind in studio_fields.PARTS.items():
        if part in ("loras", "controls", "grid.axes"):
            part = f"{part}.#"
        for name in kind.model_fields:
            path = f"{part}.{name}" if part else name
            if path in ELSEWHERE or path in ("outpaint", "hires", "loras", "controls", "ip_adapter", "refiner", "grid"):
                continue
            assert path in controls, f"no control for {path}"
            assert "data-kind" in controls[path], path
            if allowed := RANGES.get(path.replace("#.", "")):
                assert f'min="{allowed.least:g}"' in controls[path], path
                assert f'max="{allowed.most:.17g}"' in controls[path], path


def test_every_axis_it_offers_is_one_that_a_grid_takes(as_alice, checkpoint):
    for axis in AXES:
        grids.check_fields(Grid(axes=[{"field": axis["field"], "values": [1]}]))


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


def test_its_queries_do_not_grow_with_the_checkpoints(as_alice, checkpoint, django_assert_num_queries):
    for number in range(5):
        make_checkpoint(f"more-{number}")
    with django_assert_num_queries(6):  # session, user, limits for the page and for its line, checkpoints, adapters
        as_alice.get("/")
