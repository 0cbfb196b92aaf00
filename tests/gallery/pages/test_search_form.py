"""The search form of the library: bookmarkable, works without scripts, explains invalid input."""

import html
import re
import uuid

import pytest

from gallery.actions.collections import add_images, create_collection
from gallery.actions.tags import change_tags
from gallery.models import Image
from gallery.search import facets
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
    return set(re.findall(r'href="/images/([0-9a-f-]+)/"><img', page))


def test_only_fitting_images_are_shown(as_alice, alice_images):
    assert shown(page_of(as_alice)) == {str(image.pk) for image in alice_images}
    assert shown(page_of(as_alice, "?q=red+fo")) == {str(alice_images[0].pk), str(alice_images[1].pk)}
    assert shown(page_of(as_alice, "?q=red&tag=sea+%26+land")) == {str(alice_images[0].pk)}


def test_the_address_fills_the_form(as_alice, alice_images):
    page = page_of(as_alice, "?q=%22red+fox%22&checkpoint=sdxl&tag=sea+%26+land&since=2026-01-01&job=")
    assert 'name="q" value=""red fox""' in page
    assert '<option value="sdxl" selected>sdxl (1)</option>' in page
    assert '<input type="hidden" name="tag" value="sea & land">' in page
    assert 'type="date" name="since" value="2026-01-01"' in page
    assert 'href="?q=%22red+fox%22&since=2026-01-01&checkpoint=sdxl" aria-label="Remove filter sea & land"' in page


def test_choices_are_there_only_where_there_is_something_to_choose(as_alice, alice, alice_images):
    page = page_of(as_alice)
    names = set(re.findall(r'<select class="[^"]+" name="(\w+)"', page))
    always = {"aspect", "min_rating", "visibility"}
    assert names == {"checkpoint", "tag"} | always  # one task, one format, no collection
    collection = create_collection(owner=alice, name="Skies")
    add_images(collection=collection, ids=[alice_images[2].pk])
    page = page_of(as_alice, f"?collection={collection.pk}")
    assert f'<option value="{collection.pk}" selected>Skies</option>' in page
    assert shown(page) == {str(alice_images[2].pk)}


def test_counts_of_the_newest_alone_are_told_as_the_least(as_alice, alice_images, monkeypatch):
    monkeypatch.setattr(facets, "MOST_COUNTED", 1)
    page = page_of(as_alice)
    assert '>All <span class="quiet">1+</span>' in page
    assert '<option value="starter">starter (1+)</option>' in page
    assert '<option value="sdxl">sdxl</option>' in page  # only older images have it
    chosen = page_of(as_alice, "?tag=sea+%26+land&task=upscale")
    assert '<option value="upscale" selected>Upscale (0)</option>' in chosen  # nothing matches, so all is counted


def test_where_nothing_fits_there_is_a_way_back(as_alice, alice_images):
    page = page_of(as_alice, "?q=zebra&task=inpaint")
    assert "No results" in page
    assert '<a class="button" href="/library/" data-search-link>Show all images</a>' in page
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
    assert '<option value="sdxl" selected>' in page
    assert shown(page) == set()


def test_older_pages_keep_the_filter(as_alice, alice_images, monkeypatch):
    monkeypatch.setattr("gallery.pages.library.IMAGES_A_PAGE", 1)
    page = page_of(as_alice, "?tag=sea+%26+land")
    (older,) = re.findall(r'href="(\?[^"]*cursor=[^"]+)"', page)
    assert "tag=sea+%26+land" in older
    following = page_of(as_alice, older)
    assert (shown(page), shown(following)) == ({str(alice_images[2].pk)}, {str(alice_images[0].pk)})


def test_what_has_no_field_is_kept_by_the_form_and_taken_off_by_a_link(as_alice, alice, alice_images):
    Image.objects.filter(pk=alice_images[0].pk).update(is_favourite=True, rating=4)
    page = page_of(as_alice, "?q=red&favourite=true&min_rating=4")
    assert shown(page) == {str(alice_images[0].pk)}
    assert '<input type="hidden" name="favourite" value="true">' in page
    assert '<option value="4" selected>' in page
    assert 'href="?q=red&min_rating=4" aria-label="Remove filter Favourites"' in page
    assert 'href="?q=red&favourite=true" data-search-link>Favourites' in page_of(as_alice, "?q=red")


def test_a_stranger_finds_nothing_of_others(as_charlie, alice, alice_images):
    collection = create_collection(owner=alice, name="Blue skies")
    add_images(collection=collection, ids=[alice_images[0].pk])
    page = page_of(as_charlie, f"?q=red&collection={collection.pk}")
    assert shown(page) == set()
    assert "Blue skies" not in page
    assert "sdxl (" not in page
    assert '"sdxl"' not in page


def test_input_is_escaped(as_alice, alice_images):
    response = as_alice.get("/library/", {"q": '"><script>alert(1)</script>', "tag": "<b>"})
    assert "<script>alert" not in response.content.decode()
    assert "<b>" not in response.content.decode()


def test_a_sampler_narrows_the_library_and_can_be_taken_off(as_alice, alice):
    make_image(alice, prompt="by ddim")
    make_image(alice, prompt="by euler", sampler="euler")
    page = page_of(as_alice, "?sampler=euler&q=by")
    assert len(shown(page)) == 1
    assert '<span dir="auto">euler</span><a class="chip__remove" href="?q=by"' in page
    assert '<input type="hidden" name="sampler" value="euler">' in page
