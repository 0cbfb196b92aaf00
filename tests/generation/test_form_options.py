"""The options of the form: samplers with their schedules, adapters, axes."""

import json
import re

from generation.form_options import AXES
from generation.models import Adapter
from generation.parameters.compatibility import check_axes
from generation.parameters.nested import Grid
from tests.support.factories import make_checkpoint


def data_of(response):
    found = re.search(r'<script id="studio-data" type="application/json">(.*?)</script>', response.content.decode())
    assert found, "the page brings no data"
    return json.loads(found.group(1))


def test_it_offers_a_sampler_only_the_schedules_it_takes(as_alice, checkpoint):
    samplers = {row["key"]: row for row in data_of(as_alice.get("/"))["samplers"]}
    assert samplers["plms"]["schedules"]["sd"] == ["normal"]
    assert samplers["euler"]["schedules"]["sd"][:4] == ["normal", "karras", "exponential", "beta"]
    assert samplers["ddim"]["schedules"]["flux"] == []


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


def test_every_axis_it_offers_is_one_that_a_grid_takes(as_alice, checkpoint):
    for axis in AXES:
        check_axes(Grid(axes=[{"field": axis["field"], "values": [1]}]))


def test_its_queries_do_not_grow_with_the_checkpoints(as_alice, checkpoint, django_assert_num_queries):
    for number in range(5):
        make_checkpoint(f"more-{number}")
    # session, user, limits for the page and for its line, checkpoints, state of the studio, adapters
    with django_assert_num_queries(10):  # two of the site among them
        as_alice.get("/")
