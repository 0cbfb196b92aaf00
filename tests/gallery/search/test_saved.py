"""What a saved search may say, and what is said of one that names what is gone."""

import pytest
from django.core.exceptions import ValidationError

from gallery.actions.collections import create_collection
from gallery.actions.tags import change_tags
from gallery.models import Image
from gallery.search import saved
from gallery.search.saved import canonical, save_search, saved_as
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db


def test_equal_searches_are_equal_texts(alice):
    assert canonical("?tag=b&q=+fox+&tag=a&job=") == canonical("q=fox&tag=b&tag=a") == "q=fox&tag=b&tag=a"
    kept = save_search(owner=alice, name="Foxes", query="q=fox&tag=b&tag=a")
    assert saved_as("tag=b&tag=a&q=fox", [kept]) == kept
    assert saved_as("size=large", [kept]) is None


@pytest.mark.parametrize("query", ["", "q=", "colour=red", "size=large", "rating=6", "scope=mine", "q=" + "x" * 4000])
def test_what_is_no_search_is_refused(query):
    with pytest.raises(ValidationError):
        canonical(query)


def test_a_condition_that_is_unknown_is_named():
    with pytest.raises(ValidationError) as refusal:
        canonical("q=fox&colour=red")
    assert refusal.value.message_dict == {"query": ["query must have conditions of searches only; got colour"]}


def test_there_are_only_so_many(alice, monkeypatch):
    monkeypatch.setattr(saved, "MOST_SEARCHES", 1)
    save_search(owner=alice, name="One", query="q=fox")
    with pytest.raises(saved.TooManySearches):
        save_search(owner=alice, name="Two", query="q=sea")


def test_the_library_names_the_saved_search_and_what_is_gone(as_alice, alice):
    image, collection = make_image(alice), create_collection(owner=alice, name="Skies")
    change_tags(images=Image.objects.filter(pk=image.pk), owner=alice, add=["sea"])
    query = f"tag=sea&collection={collection.pk}"
    row = save_search(owner=alice, name="Sea & <sky>", query=query)
    address = f"/library/?{query}"
    page = as_alice.get(address).content.decode()
    assert f'data-search-rename="{row.pk}"' in page
    assert 'href="/library/?tag=sea&amp;collection=' in page
    assert "Sea &amp; &lt;sky&gt;" in page
    assert "any more" not in page
    assert "was deleted" not in page
    change_tags(images=Image.objects.filter(pk=image.pk), owner=alice, remove=["sea"])
    collection.delete()
    response = as_alice.get(address)
    page = response.content.decode()
    assert response.status_code == 200
    assert "None of your images has the tag “sea” any more." in page
    assert "The collection of this search was deleted." in page
    assert "data-search-save" in as_alice.get("/library/?q=fox").content.decode()
