"""Pages of collections, and tags and collections on the page of an image."""

import html
import re

import pytest

from gallery.actions.collections import add_images, create_collection
from gallery.models import Collection, ImageTag
from tests.support.factories import make_image
from tests.support.inline_parts import inline_parts


@pytest.fixture
def image(alice):
    return make_image(alice, prompt="a red heart")


@pytest.fixture
def collection(alice, image):
    made = create_collection(owner=alice, name="Skies <&>", description="Above\nthe sea")
    add_images(collection=made, ids=[image.pk])
    return made


def text_of(response, status=200):
    assert response.status_code == status
    assert inline_parts(response) == []
    return response.content.decode()


def test_they_ask_to_sign_in_first(client, collection):
    for address in ("/collections/", f"/collections/{collection.pk}/", f"/collections/{collection.pk}/delete/"):
        assert client.get(address).url == f"/accounts/login/?next={address}"


def test_without_any_the_first_step_is_shown_and_works(as_alice, alice):
    page = text_of(as_alice.get("/collections/"))
    assert "No collections yet" in page
    response = as_alice.post("/collections/", {"name": " Skies "})
    made = Collection.objects.get(owner=alice)
    assert response.url == f"/collections/{made.pk}/"
    assert "Nothing in it yet" in text_of(as_alice.get(response.url))


def test_the_list_shows_cover_count_and_name(as_alice, collection, image):
    page = text_of(as_alice.get("/collections/"))
    assert f'src="/images/{image.pk}/thumbnail"' in page
    assert "Skies &lt;&amp;&gt;" in page
    assert "1 image<" in page


def test_a_name_that_is_taken_is_said_and_what_was_typed_stays(as_alice, collection):
    page = html.unescape(text_of(as_alice.post("/collections/", {"name": "SKIES <&>"}), 422))
    assert "Another one of yours has this name." in page
    assert 'value="SKIES <&>"' in page


def test_one_can_be_renamed_and_described(as_alice, collection):
    address = f"/collections/{collection.pk}/"
    assert as_alice.post(address, {"name": "Seas", "description": "Blue"}).url == address
    collection.refresh_from_db()
    assert (collection.name, collection.description) == ("Seas", "Blue")
    page = text_of(as_alice.post(address, {"name": " ", "description": "kept words"}), 422)
    assert "name must be 1 to 100 characters" in page
    assert "kept words</textarea>" in page
    assert '<h1 class="collection__name">Seas</h1>' in page


def test_pages_of_a_collection_follow_each_other(as_alice, alice, collection, monkeypatch):
    monkeypatch.setattr("gallery.pages.collections.IMAGES_A_PAGE", 2)
    add_images(collection=collection, ids=[make_image(alice).pk for _ in range(4)])
    seen, address = [], f"/collections/{collection.pk}/"
    while address:
        page = html.unescape(text_of(as_alice.get(address)))
        seen += re.findall(r'data-image="([0-9a-f-]+)"', page)
        older = re.search(r'href="(\?cursor=[^"]+)" rel="next"', page)
        address = older and f"/collections/{collection.pk}/{older[1]}"
    assert len(seen) == len(set(seen)) == 5
    assert as_alice.get(f"/collections/{collection.pk}/?cursor=nonsense").status_code == 404


def test_their_queries_do_not_grow(as_alice, alice, collection, django_assert_num_queries):
    for number in range(3):
        made = create_collection(owner=alice, name=str(number))
        add_images(collection=made, ids=[make_image(alice).pk for _ in range(2)])
    with django_assert_num_queries(3):  # session, user, collections
        as_alice.get("/collections/")
    with django_assert_num_queries(4):  # session, user, collection, images
        as_alice.get(f"/collections/{made.pk}/")


def test_deleting_asks_and_leaves_the_images(as_alice, collection, image):
    address = f"/collections/{collection.pk}/delete/"
    assert "Its 1 image stays in the library" in text_of(as_alice.get(address))
    assert as_alice.post(address).url == "/collections/"
    assert not Collection.objects.exists()
    image.refresh_from_db()


def test_taking_an_image_out_asks_and_leaves_it(as_alice, collection, image):
    address = f"/collections/{collection.pk}/images/{image.pk}/take-out/"
    assert address in text_of(as_alice.get(f"/collections/{collection.pk}/"))
    assert "stays in the library" in text_of(as_alice.get(address))
    assert as_alice.post(address, headers={"Accept": "application/json"}).status_code == 204
    assert as_alice.post(address).status_code == 404
    image.refresh_from_db()


def test_a_stranger_finds_no_page_of_it(as_charlie, charlie, collection, image):
    for part in ("", "delete/", f"images/{image.pk}/take-out/"):
        for ask in (as_charlie.get, as_charlie.post):
            assert ask(f"/collections/{collection.pk}/{part}", {"name": "mine"}).status_code == 404
    own = make_image(charlie)
    gone = as_charlie.post(f"/images/{own.pk}/collections/", {"remove": str(collection.pk)})
    assert gone.status_code == 404
    for part in ("tags", "collections"):
        assert as_charlie.post(f"/images/{image.pk}/{part}/", {"add": "mine", "name": "mine"}).status_code == 404
    assert collection.items.count() == 1
    assert not ImageTag.objects.exists()


class TestOnThePageOfAnImage:
    def test_tags_come_and_go(self, as_alice, image):
        address = f"/images/{image.pk}/tags/"
        assert as_alice.post(address, {"add": "Sea, to  print ,"}).url == f"/images/{image.pk}/#kept"
        page = html.unescape(text_of(as_alice.get(f"/images/{image.pk}/")))
        assert 'href="/library/?tag=to%20print">to print</a>' in page
        as_alice.post(address, {"remove": "sea"})
        assert list(image.tags.values_list("name", flat=True)) == ["to print"]

    def test_a_tag_that_is_none_is_said_and_stays_typed(self, as_alice, image):
        page = text_of(as_alice.post(f"/images/{image.pk}/tags/", {"add": f"fine, {'x' * 51}"}), 422)
        assert "a tag must be 1 to 50 characters; got 51" in page
        assert f'value="fine, {"x" * 51}"' in page
        assert not ImageTag.objects.exists()

    def test_it_goes_into_a_collection_that_is_there_or_a_new_one(self, as_alice, alice, image):
        create_collection(owner=alice, name="Skies")
        address = f"/images/{image.pk}/collections/"
        assert '<option value="Skies">' in text_of(as_alice.get(f"/images/{image.pk}/"))
        for name in ("skies", "New"):
            assert as_alice.post(address, {"name": name}).url == f"/images/{image.pk}/#kept"
        assert sorted(image.collections.values_list("name", flat=True)) == ["New", "Skies"]
        as_alice.post(address, {"remove": str(Collection.objects.get(name="New").pk)})
        assert list(image.collections.values_list("name", flat=True)) == ["Skies"]
        assert as_alice.post(address, {"remove": "x"}).status_code == 404

    def test_a_name_that_is_none_is_said(self, as_alice, image):
        page = text_of(as_alice.post(f"/images/{image.pk}/collections/", {"name": "x" * 101}), 422)
        assert "name must be 1 to 100 characters; got 101" in page

    def test_who_may_look_at_anothers_sees_tags_and_no_collections(self, bob, collection, image):
        from django.contrib.auth.models import Permission
        from django.test import Client

        ImageTag.objects.create(image=image, owner=image.owner, name="sea")
        bob.user_permissions.add(*Permission.objects.filter(codename="view_image"))
        client = Client()
        client.force_login(bob)
        page = text_of(client.get(f"/images/{image.pk}/"))
        assert "sea" in page
        assert "Skies" not in page
        assert 'name="remove"' not in page


class TestSeveralTogether:
    @pytest.fixture
    def ids(self, alice, image):
        return [str(image.pk), *(str(make_image(alice).pk) for _ in range(2))]

    def test_the_library_lets_one_select(self, as_alice, ids):
        page = text_of(as_alice.get("/library/?q=heart"))
        assert page.count('form="selection"') == 3
        assert '<input type="hidden" name="next" value="/library/?q=heart">' in page

    def test_they_are_tagged_and_the_way_leads_back(self, as_alice, ids):
        response = as_alice.post(
            "/images/together/",
            {"image": ids, "do": "tag", "add": "Sea, good", "next": "/library/?q=heart"},
            follow=True,
        )
        assert response.redirect_chain == [("/library/?q=heart", 302)]
        assert "3 images tagged." in text_of(response)
        assert ImageTag.objects.filter(name="sea").count() == 3

    def test_they_come_into_a_collection(self, as_alice, collection, ids):
        sent = {"image": ids, "do": "collect", "name": "SKIES <&>"}
        answer = as_alice.post("/images/together/", sent, headers={"Accept": "application/json"})
        assert answer.json() == {"said": "2 images added to “Skies <&>”. 1 image in it already."}
        assert collection.items.count() == 3

    def test_what_cannot_be_done_is_said(self, as_alice, ids):
        for wrong, words in (
            ({"do": "tag", "add": " , "}, "Type a tag first."),
            ({"do": "tag", "add": "x" * 51}, "1 to 50 characters"),
            ({"do": "collect", "name": " "}, "Name a collection first."),
            ({"do": "tag", "add": "x", "image": []}, "Select 1 to 500 images"),
            ({"do": "tag", "add": "x", "image": ids * 200}, "these are 600"),
        ):
            sent = {"image": ids, **wrong}
            answer = as_alice.post("/images/together/", sent, headers={"Accept": "application/json"})
            assert answer.status_code == 422
            assert words in answer.json()["said"]
        assert not ImageTag.objects.exists()
        assert as_alice.post("/images/together/", {"image": ids, "do": "eat"}).status_code == 404
        assert as_alice.post("/images/together/", {"image": ["x"], "do": "tag", "add": "x"}).status_code == 404

    def test_it_leads_nowhere_else_and_touches_no_images_of_others(self, as_charlie, charlie, ids):
        sent = {"image": ids, "do": "tag", "add": "mine", "next": "https://example.org/"}
        assert as_charlie.post("/images/together/", sent).url == "/library/"
        assert as_charlie.post("/images/together/", {"image": ids, "do": "collect", "name": "x"}).url == "/library/"
        assert not ImageTag.objects.exists()
        assert not Collection.objects.filter(items__isnull=False).exists()
