"""The state of one's studio over the API."""

import pytest

from generation.models import StudioState
from tests.support.clients.api_client import error_of

pytestmark = pytest.mark.django_db
FORM = {"checkpoint": "starter", "steps": 33, "negative_prompt": "blurry", "seed": None}


def keep(client, form, *folds):
    return client.api("PUT", "/studio/state", {"form": form, "folds": list(folds)})


def test_it_is_empty_at_first(owner_client):
    empty = {"form": {}, "folds": [], "version": 0, "changed_at": None}
    assert owner_client.api("GET", "/studio/state").json() == empty
    assert not StudioState.objects.exists()


def test_the_last_write_wins_and_the_version_tells(owner_client):
    assert keep(owner_client, FORM, "advanced", "grid").json()["version"] == 1
    assert keep(owner_client, FORM, "advanced", "grid").json()["version"] == 1
    kept = keep(owner_client, {"steps": 8}).json()
    assert (kept["form"], kept["folds"], kept["version"]) == ({"steps": 8}, [], 2)
    assert owner_client.api("GET", "/studio/state").json() == kept


def test_an_unchanged_state_is_not_sent_again(owner_client):
    keep(owner_client, FORM)
    tag = owner_client.api("GET", "/studio/state")["ETag"]
    assert owner_client.api("GET", "/studio/state", headers={"If-None-Match": tag}).status_code == 304


def test_everybody_has_their_own(owner_client, charlie_client):
    keep(owner_client, FORM)
    assert charlie_client.api("GET", "/studio/state").json()["form"] == {}
    keep(charlie_client, {"steps": 5})
    assert owner_client.api("GET", "/studio/state").json()["form"] == FORM


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"prompt": "a red heart"}, "form.prompt"),
        ({"init_image": "image:1"}, "form.init_image"),
        ({"steps": 0}, "form"),
        ({"nothing": 1}, "form"),
        ({"negative_prompt": "x" * 60_000}, "form"),
    ],
)
def test_what_no_request_may_have_is_refused(owner_client, form, field):
    said = error_of(keep(owner_client, form), 422, "invalid_parameters")
    assert "parameters." not in said[field]  # which is what the schema calls them
    assert not StudioState.objects.exists()


@pytest.mark.parametrize("folds", [["Advanced!"], ["a" * 41], ["x"] * 41, "advanced", None])
def test_folds_are_few_short_names(owner_client, folds):
    error_of(owner_client.api("PUT", "/studio/state", {"form": {}, "folds": folds}), 422, "invalid_parameters")
