"""A saved style or preset shows the newest image that its owner made with it."""

import pytest

from generation.models import Preset, Style
from generation.saved_covers import covers
from tests.support.clients.api_client import error_of
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def ink(alice):
    return Style.objects.create(owner=alice, name="Ink", prompt="{prompt}, ink drawing", negative_prompt="colour")


def url(image):
    return f"/images/{image.pk}/thumbnail?size=256"


def test_a_style_shows_the_newest_own_image_with_its_words(alice, charlie, ink):
    make_image(charlie, prompt="a cat, ink drawing", negative_prompt="colour")
    make_image(alice, prompt="a cat, ink drawing")  # without the negative prompt
    assert covers([ink], alice) == {}
    make_image(alice, prompt="a fox, ink drawing", negative_prompt="colour")
    newest = make_image(alice, prompt="a dog, ink drawing", negative_prompt="blur, colour")
    assert covers([ink], alice) == {ink.pk: url(newest)}
    type(newest).objects.filter(pk=newest.pk).update(trashed_at=newest.created_at)
    assert url(newest) not in covers([ink], alice).values()


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        ({"steps": 9}, True),
        ({"steps": 9, "count": 4, "vae": None, "loras": []}, True),
        ({"steps": 8}, False),
        ({"steps": 9, "loras": [{"name": "ink", "weight": 0.8}]}, True),
        ({"steps": 9, "loras": [{"name": "ink", "weight": 1.0}]}, False),
        ({"hires": {"scale": 2.0, "steps": None}}, True),
        ({"hires": {"scale": 1.5}}, False),
    ],
)
def test_a_preset_shows_an_image_that_has_its_settings(alice, wanted, fits):
    settings = {"steps": 9, "hires": {"scale": 2.0, "steps": 7}, "loras": [{"name": "ink", "weight": 0.8, "start": 0}]}
    image = make_image(alice, **settings)
    preset = Preset(owner=alice, name="Nine", parameters=wanted)
    assert covers([preset], alice) == ({preset.pk: url(image)} if fits else {})


def test_lists_look_for_covers_when_asked(owner_client, charlie_client, alice, ink):
    image = make_image(alice, prompt="a fox, ink drawing", negative_prompt="colour")
    assert [row["cover_url"] for row in owner_client.api("GET", "/styles").json()] == [None]
    assert [row["cover_url"] for row in owner_client.api("GET", "/styles?covers=true").json()] == [url(image)]
    Style.objects.filter(pk=ink.pk).update(owner=None)
    assert [row["cover_url"] for row in charlie_client.api("GET", "/styles?covers=true").json()] == [None]
    error_of(owner_client.api("GET", "/presets?covers=perhaps"), 422, "invalid_parameters")
