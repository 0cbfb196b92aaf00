"""Extra weights for programs: what is listed, and how a wish that names others is refused."""

import pytest

from tests.support.adapter_files import make_adapter
from tests.support.clients.api_client import error_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(tmp_path):
    make_adapter("lora", "fox", tmp_path / "secret.safetensors", trigger_words="ohwx", meta={"rank": 8})
    make_adapter("lora", "owl", tmp_path, family="sdxl")
    make_adapter("upscaler", "sharp", tmp_path)
    make_adapter("vae", "off", tmp_path, enabled=False)


@pytest.mark.parametrize(
    ("query", "slugs"),
    [
        ("", ["fox", "owl", "sharp"]),
        ("?kind=lora", ["fox", "owl"]),
        ("?family=sd", ["fox", "sharp"]),
        ("?kind=lora&family=sdxl", ["owl"]),
        ("?kind=vae", []),
    ],
)
def test_what_one_may_use_is_listed(owner_client, rows, query, slugs):
    answer = owner_client.api("GET", f"/adapters{query}").json()
    assert [one["slug"] for one in answer] == slugs


def test_where_it_lies_stays_inside(owner_client, rows):
    answer = owner_client.api("GET", "/adapters?kind=lora&family=sd")
    assert answer.json()[0]["trigger_words"] == "ohwx"
    assert answer.json()[0]["meta"] == {"rank": 8}
    assert "secret" not in answer.content.decode()


def test_an_unknown_kind_is_refused(owner_client):
    assert "kind" in error_of(owner_client.api("GET", "/adapters?kind=hypernetwork"), 422, "invalid_parameters")


def test_a_wish_hears_which_field_is_wrong(owner_client, checkpoint, rows):
    missing = owner_client.api("POST", "/jobs", {"prompt": "a red heart", "loras": [{"name": "cat"}]})
    assert "fox" in error_of(missing, 422, "adapter_missing")["loras.0.name"]
    foreign = owner_client.api("POST", "/jobs", {"prompt": "a red heart", "loras": [{"name": "owl"}]})
    assert list(error_of(foreign, 422, "adapter_invalid")) == ["loras.0.name"]
