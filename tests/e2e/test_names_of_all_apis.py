"""Names of samplers and schedules mean the same in every API, in settings texts and in grids; none refuses any."""

import json

import pytest

from generation.parameters.defaults import CheckpointDefaults
from generation.parameters.resolve import resolve
from generation.parameters.schema import GenerationParameters
from sdsite.accounts.credentials import Credentials
from tests.support.clients.api_client import knocking_as
from tests.support.clients.comfyui_workflows import text_to_image

pytestmark = pytest.mark.django_db

DEFAULTS = CheckpointDefaults("starter", "sd", 128, 128, 20, 4.0, "ddim")


def meaning(requested):
    """Return (sampler, schedule, timestep spacing) of a request, as a checkpoint of Stable Diffusion takes them."""
    resolved = resolve(requested, DEFAULTS)
    return resolved.sampler, resolved.schedule, resolved.timestep_spacing


def native(client, user, sampler, schedule):
    return meaning(GenerationParameters(prompt="x", sampler=sampler, schedule=schedule))


def grid(client, user, sampler, schedule):
    axes = [{"field": name, "values": [one]} for name, one in (("sampler", sampler), ("schedule", schedule)) if one]
    resolved = resolve(GenerationParameters(prompt="x", sampler="heun", grid={"axes": axes}), DEFAULTS)
    [cell] = resolved.images
    return cell.sampler, cell.schedule, cell.timestep_spacing


def sdapi(client, user, sampler, schedule):
    from sdsite.api.compat.sdapi.requests import TextToImage, build_parameters

    return meaning(build_parameters(TextToImage(sampler_name=sampler, scheduler=schedule), Credentials(user)))


def comfyui(client, user, sampler, schedule):
    from sdsite.api.compat.comfyui.graphs.graph import Graph
    from sdsite.api.compat.comfyui.graphs.parser import match
    from sdsite.api.compat.comfyui.names import Names

    names = Names(Credentials(user))
    graph = Graph(text_to_image(sampler_name=sampler, scheduler=schedule))
    return meaning(GenerationParameters(**match(graph, names).fields))


def settings_text(client, user, sampler, schedule):
    pairs = ["Steps: 20", f"Sampler: {sampler}", *([f"Schedule type: {schedule}"] if schedule else []), "Seed: 1"]
    answer = client.api("POST", "/settings-of", {"text": "a fox\n" + ", ".join(pairs)}).json()
    assert answer["unknown"] == {}
    return meaning(GenerationParameters(**answer["parameters"]))


WAYS_IN = (native, grid, sdapi, comfyui, settings_text)


AUTOMATIC = {"Automatic", "automatic"}  # no name of a schedule: it leaves that to the checkpoint


def listed(client):
    """Return the names of samplers and of schedules that the lists of all APIs show."""
    native_samplers = client.api("GET", "/samplers").json()
    a1111_samplers = client.get("/sdapi/v1/samplers").json()
    schedulers = client.get("/sdapi/v1/schedulers").json()
    node = client.get("/object_info/KSampler").json()["KSampler"]["input"]["required"]
    samplers = {name for row in native_samplers for name in (row["key"], row["label"], *row["aliases"])}
    samplers |= {name for row in a1111_samplers for name in (row["name"], *row["aliases"])} | {*node["sampler_name"][0]}
    schedules = {name for row in schedulers for name in (row["name"], row["label"], *(row["aliases"] or ()))}
    schedules |= {*node["scheduler"][0]}
    for row in client.api("GET", "/catalog").json()["schedules"]:
        schedules |= {row["key"], row["label"], *row["names"]}
    return samplers, schedules - AUTOMATIC


def test_no_api_refuses_a_name_that_another_lists(alice, checkpoint):
    client = knocking_as(alice)
    samplers, schedules = listed(client)
    assert len(schedules) > 25
    for schedule in sorted(schedules):
        found = {way: way(client, alice, "Euler", schedule) for way in WAYS_IN}
        assert len(set(found.values())) == 1, (schedule, found)
    for sampler in sorted(samplers):
        found = {way: way(client, alice, sampler, "Normal") for way in WAYS_IN}
        assert len({key for key, *_ in found.values()}) == 1, (sampler, found)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("DPM++ 2M Karras", ("dpmpp_2m", "karras", None)),
        ("k_dpmpp_2m_ka", ("dpmpp_2m", "karras", None)),
        ("DPM++ SDE Exponential", ("dpmpp_sde", "exponential", None)),
        ("Euler SGM Uniform", ("euler", "normal", "trailing")),
        ("dpm2s_a", ("dpmpp_2s_a", "normal", None)),
    ],
)
def test_a_samplers_name_carries_its_schedule(alice, checkpoint, name, wanted):
    client = knocking_as(alice)
    found = {way.__name__: way(client, alice, name, None) for way in WAYS_IN if way is not comfyui}
    assert set(found.values()) == {wanted}, found


def test_the_studio_offers_the_schedules_of_the_catalog(as_alice, checkpoint):
    html = as_alice.get("/").content.decode()
    data = json.loads(html.partition('<script id="studio-data" type="application/json">')[2].partition("</script>")[0])
    schedules = {row["key"] for row in as_alice.get("/api/v1/catalog").json()["schedules"]}
    assert {*data["schedules"]} == schedules
    assert all({*one} <= schedules for row in data["samplers"] for one in row["schedules"].values())
