"""The studio page: what it brings, and what "use these settings" presets."""

import json
import re
import uuid

from tests.factories import make_checkpoint, make_image


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
    wish = {"prompt": "a green fox", "negative_prompt": "blurry", "steps": 12, "guidance_scale": 6.5, "count": 3}
    rest = {"sampler": "euler", "schedule": "karras", "upscale_by": 2, "output_format": "webp"}
    image = make_image(alice, index=2, **wish, **rest)
    preset = data_of(as_alice.get(f"/?from={image.pk}"))["preset"]
    assert preset == {**wish, **rest, "checkpoint": "starter", "width": 128, "height": 128, "seed": image.seed}


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
    with django_assert_num_queries(5):  # session, user, limits for the page and for its line, checkpoints
        as_alice.get("/")
