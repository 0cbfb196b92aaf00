"""The search form of the library: bookmarkable, works without scripts, explains invalid input."""

import html
import re
import uuid

import pytest

from gallery.actions.collections import add_images, create_collection
from gallery.actions.tags import change_tags
from gallery.models import Image
from tests.support.factories import make_image
from tests.support.inline_parts import inline_parts


@pytest.fixture
def alice_images(alice):
    job_id = uuid.uuid4()
    red = [make_image(alice, job_id=job_id, index=index, prompt="a red fox", checkpoint="sdxl") for index in range(2)]
    ship = make_image(alice, prompt="an old ship")
    change_tags(images=Image.objects.filter(pk__in=[red[0].pk, ship.pk]), owner=alice, add=["sea & land"])
    return [*red, ship]


def page_of(client, query=""):
    response = client.get(f"/library/{query}")
    assert response.status_code == 200
    assert inline_parts(response) == []
    return html.unescape(response.content.decode())


def shown(page):
    return set(re.findall(r'data-image="([0-9a-f-]+)"', page))


def test_only_fitting_images_of_each_group_are_shown(as_alice, alice_images):
    assert shown(page_of(as_alice)) == {str(image.pk) for image in alice_images}
    assert shown(page_of(as_alice, "?q=red+fo")) == {str(alice_images[0].pk), str(alice_images[1].pk)}
    assert shown(page_of(as_alice, "?q=red&tag=sea+%26+land")) == {str(alice_images[0].pk)}


def test_the_address_fills_the_form_and_says_how_many_fit(as_alice, alice_images):
    page = page_of(as_alice, "?q=%22red+fox%22&checkpoint=sdxl&tag=sea+%26+land&since=2026-01-01&job=")
    assert 'name="q" value=""red fox""' in page
    assert '<option value="sdxl" selected>sdxl (1)</option>' in page
    assert '<input type="hidden" name="tag" value="sea & land">' in page
    assert 'type="date" name="since" value="2026-01-01"' in page
    assert "1 result<" in page
    assert 'href="?q=%22red+fox%22&checkpoint=sdxl&since=2026-01-01" aria-label="Remove filter sea & land"' in page


def test_choices_are_there_only_where_there_is_something_to_choose(as_alice, alice, alice_images):
    page = page_of(as_alice)
    names = set(re.findall(r'<select class="input" name="(\w+)"', page))
    assert names == {"checkpoint", "tag"}  # one task, one format, no collection
    collection = create_collection(owner=alice, name="Skies")
    add_images(collection=collection, ids=[alice_images[2].pk])
    page = page_of(as_alice, f"?collection={collection.pk}")
    assert f'<option value="{collection.pk}" selected>Skies</option>' in page
    assert shown(page) == {str(alice_images[2].pk)}


def test_where_nothing_fits_there_is_a_way_back(as_alice, alice_images):
    page = page_of(as_alice, "?q=zebra&task=inpaint")
    assert "No results" in page
    assert '<a class="button" href="/library/">Show all images</a>' in page
    assert 'value="zebra"' in page
    assert '<option value="inpaint" selected>Inpaint (0)</option>' in page


WRONG = {
    "since=yesterday": "Since must be a date",
    "format=gif": "Format must be 'png', 'jpeg' or 'webp'",
    "seed=-1": "Seed must be a whole number, 0 or more",
    "seed=x": "Seed must be a whole number",
    "job=mine": "Job must be an id",
    "tag=a,b": "must not contain a comma",
    f"q={'x' * 501}": "Search must be at most 500 characters",
    "q=a%00b": "NUL characters are not allowed",
}


@pytest.mark.parametrize("query", WRONG)
def test_invalid_searches_are_explained_and_kept(as_alice, alice_images, query):
    page = page_of(as_alice, f"?checkpoint=sdxl&{query}")
    assert WRONG[query] in page
    assert "Invalid search" in page
    assert '<option value="sdxl" selected>' in page
    assert shown(page) == set()


def test_older_pages_keep_the_filter(as_alice, alice_images, monkeypatch):
    monkeypatch.setattr("gallery.pages.library.GROUPS_A_PAGE", 1)
    page = page_of(as_alice, "?tag=sea+%26+land")
    (older,) = re.findall(r'href="(\?cursor=[^"]+)" rel="next"', page)
    assert older.endswith("&tag=sea+%26+land")
    following = page_of(as_alice, older)
    assert (shown(page), shown(following)) == ({str(alice_images[2].pk)}, {str(alice_images[0].pk)})
    assert '<a href="/library/?tag=sea+%26+land">Back to the newest</a>' in following


def test_a_narrowed_group_cannot_be_deleted_as_a_whole(as_alice, alice_images):
    assert "Delete all" in page_of(as_alice)
    assert "Delete all" not in page_of(as_alice, "?q=red")


def test_a_stranger_finds_nothing_of_others(as_charlie, alice, alice_images):
    collection = create_collection(owner=alice, name="Skies")
    add_images(collection=collection, ids=[alice_images[0].pk])
    page = page_of(as_charlie, f"?q=red&collection={collection.pk}")
    assert shown(page) == set()
    assert "Skies" not in page
    assert "sdxl" not in page


def test_input_is_escaped(as_alice, alice_images):
    response = as_alice.get("/library/", {"q": '"><script>alert(1)</script>', "tag": "<b>"})
    assert "<script>alert" not in response.content.decode()
    assert "<b>" not in response.content.decode()


def test_a_sampler_narrows_the_library_and_can_be_taken_off(as_alice, alice):
    make_image(alice, prompt="by ddim")
    make_image(alice, prompt="by euler", sampler="euler")
    page = as_alice.get("/library/?sampler=euler&q=by").content.decode()
    assert page.count("image-grid__item") == as_alice.get("/library/?q=euler").content.decode().count(
        "image-grid__item"
    )
    assert '<span>euler</span><a class="chip__remove" href="?q=by"' in page
    assert '<input type="hidden" name="sampler" value="euler">' in page
