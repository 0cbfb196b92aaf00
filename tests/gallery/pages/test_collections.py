"""Pages of collections."""

import html
import re

from django.db import connection
from django.test.utils import CaptureQueriesContext

from gallery.actions.collection_sharing import set_member
from gallery.actions.collections import add_images, create_collection
from gallery.models import Collection, ImageTag
from tests.support.factories import make_image
from tests.support.inline_parts import text_of


def test_they_ask_to_sign_in_first(client, collection):
    for address in ("/collections/", f"/collections/{collection.pk}/", f"/collections/{collection.pk}/delete/"):
        assert client.get(address).url == f"/accounts/login/?next={address}"


def test_without_any_the_first_step_is_shown_and_works(as_alice, alice):
    page = text_of(as_alice.get("/collections/"))
    assert "No collections yet" in page
    response = as_alice.post("/collections/", {"name": " Skies "})
    made = Collection.objects.get(owner=alice)
    assert response.url == f"/collections/{made.pk}/"
    assert "No images yet" in text_of(as_alice.get(response.url))


def test_the_list_shows_cover_count_and_name(as_alice, collection, image):
    page = text_of(as_alice.get("/collections/"))
    assert f'src="/images/{image.pk}/thumbnail"' in page
    assert "Skies &lt;&amp;&gt;" in page
    assert "1 image<" in page


def test_images_of_many_large_collections_are_counted_to_a_bound(as_alice, as_root, alice, collection, monkeypatch):
    add_images(collection=collection, ids=[make_image(alice).pk for _ in range(2)])
    for module in ("pages.collections", "api.collections", "admin.collections"):
        monkeypatch.setattr(f"gallery.{module}.MOST_COUNTED", 2)
    with CaptureQueriesContext(connection) as captured:
        assert "2+ images<" in text_of(as_alice.get("/collections/"))
    counts = [one["sql"] for one in captured if "COUNT(*) FROM (SELECT" in one["sql"]]
    assert len(counts) == 2  # own ones, and those of others
    assert all(re.search(r"LIMIT 2\) AS counted", sql) for sql in counts)
    assert "2+" in as_root.get("/admin/gallery/collection/").content.decode()
    (listed,) = as_alice.get("/api/v1/collections").json()["items"]
    one = as_alice.get(f"/api/v1/collections/{collection.pk}").json()
    assert [(row["images"], row["all_counted"]) for row in (listed, one)] == [(2, False), (3, True)]
    assert "<small>3</small>" in text_of(as_alice.get(f"/collections/{collection.pk}/"))


def test_a_taken_name_is_refused_and_the_input_stays(as_alice, collection):
    page = html.unescape(text_of(as_alice.post("/collections/", {"name": "SKIES <&>"}), 422))
    assert "You already have a collection with this name." in page
    assert 'value="SKIES <&>"' in page


def test_one_can_be_renamed_and_described(as_alice, collection):
    address = f"/collections/{collection.pk}/"
    assert as_alice.post(address, {"name": "Seas", "description": "Blue"}).url == address
    collection.refresh_from_db()
    assert (collection.name, collection.description) == ("Seas", "Blue")
    page = text_of(as_alice.post(address, {"name": " ", "description": "kept words"}), 422)
    assert "name must be 1 to 100 characters" in page
    assert "kept words</textarea>" in page
    assert '<span dir="auto">Seas</span>' in page


def test_pages_of_a_collection_follow_each_other(as_alice, alice, collection, monkeypatch):
    monkeypatch.setattr("gallery.pages.collections.IMAGES_A_PAGE", 2)
    add_images(collection=collection, ids=[make_image(alice).pk for _ in range(4)])
    seen, address = [], f"/collections/{collection.pk}/"
    while address:
        page = html.unescape(text_of(as_alice.get(address)))
        seen += re.findall(r'href="/images/([0-9a-f-]+)/"><img', page)
        older = re.search(r'href="(\?cursor=[^"]+)"', page)
        address = older and f"/collections/{collection.pk}/{older[1]}"
    assert len(seen) == len(set(seen)) == 5
    assert as_alice.get(f"/collections/{collection.pk}/?cursor=nonsense").status_code == 404


def test_their_queries_do_not_grow(as_alice, alice, collection, django_assert_num_queries):
    for number in range(3):
        made = create_collection(owner=alice, name=str(number))
        add_images(collection=made, ids=[make_image(alice).pk for _ in range(2)])
    # session, user, collections, shared ones, those that take images, of the rail, and two of the site
    with django_assert_num_queries(8):
        as_alice.get("/collections/")
    with django_assert_num_queries(8):  # session, user, collection, images, rail, search model, two of the site
        as_alice.get(f"/collections/{made.pk}/")


def test_deleting_asks_and_leaves_the_images(as_alice, collection, image):
    address = f"/collections/{collection.pk}/delete/"
    assert "Its image stays in the library" in text_of(as_alice.get(address))
    assert as_alice.post(address).url == "/collections/"
    assert not Collection.objects.exists()
    image.refresh_from_db()


def test_a_stranger_finds_no_page_of_it(as_charlie, charlie, collection, image):
    for part in ("", "delete/"):
        for ask in (as_charlie.get, as_charlie.post):
            assert ask(f"/collections/{collection.pk}/{part}", {"name": "mine"}).status_code == 404
    own = make_image(charlie)
    gone = as_charlie.post(f"/images/{own.pk}/collections/", {"remove": str(collection.pk)})
    assert gone.status_code == 404
    for part in ("tags", "collections"):
        assert as_charlie.post(f"/images/{image.pk}/{part}/", {"add": "mine", "name": "mine"}).status_code == 404
    assert collection.items.count() == 1
    assert not ImageTag.objects.exists()


def test_a_member_sees_it_beside_their_own_and_may_leave(as_charlie, collection, image):
    set_member(collection=collection, username="charlie", may_add=True)
    listed = text_of(as_charlie.get("/collections/"))
    assert "Shared with you" in listed
    assert "1 image · alice" in listed
    page = text_of(as_charlie.get(f"/collections/{collection.pk}/"))
    assert 'data-leave="charlie"' in page
    assert "You may add images" in page
    assert f'data-collection="{collection.pk}"' in page  # in the rail, which takes images
    for part in ("data-share-collection", "data-arrange", "Delete collection"):
        assert part not in page
    assert as_charlie.post(f"/collections/{collection.pk}/", {"name": "mine"}).status_code == 404


def test_visitors_see_a_public_one_on_a_bare_page(client, alice, collection, image):
    address = f"/collections/{collection.pk}/"
    Collection.objects.update(visibility="public")
    page = client.get(address)
    text = text_of(page)
    assert page["Cache-Control"] == "private, no-cache"
    assert f'<meta property="og:image" content="http://testserver/images/{image.pk}/thumbnail?size=1024">' in text
    assert "by alice" in text
    assert "noindex" not in text
    for part in ("", "file", "thumbnail"):
        assert client.get(f"/images/{image.pk}/{part}").status_code == 200
    assert client.post(address, {"name": "mine"}).status_code == 302
    assert client.get(f"{address}?cursor=nonsense").status_code == 404
    alice.is_active = False
    alice.save()
    for gone in (address, f"/images/{image.pk}/", f"/images/{image.pk}/file"):
        assert client.get(gone).status_code == 302


def test_sharing_is_offered_where_the_site_allows_it(as_alice, collection, settings):
    address = f"/collections/{collection.pk}/"
    assert "data-share-collection" in text_of(as_alice.get(address))
    settings.ENV = {**settings.ENV, "SDSITE_SHARING": "off"}
    assert "data-share-collection" not in text_of(as_alice.get(address))
