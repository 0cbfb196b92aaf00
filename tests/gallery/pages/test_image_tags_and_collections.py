"""Tags and collections on the page of an image."""

import html

from gallery.actions.collections import create_collection
from gallery.models import Collection, ImageTag
from tests.support.inline_parts import text_of


class TestOnThePageOfAnImage:
    def test_tags_are_added_and_removed(self, as_alice, image):
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

    def test_staff_see_the_tags_but_not_the_collections_of_others(self, bob, collection, image):
        from django.contrib.auth.models import Permission
        from django.test import Client

        ImageTag.objects.create(image=image, owner=image.owner, name="sea")
        Collection.objects.update(name="A blue sky")
        bob.user_permissions.add(*Permission.objects.filter(codename="view_image"))
        client = Client()
        client.force_login(bob)
        page = text_of(client.get(f"/images/{image.pk}/"))
        assert "sea" in page
        assert "blue sky" not in page
        assert 'name="remove"' not in page
