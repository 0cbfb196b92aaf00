"""Several images of the library at once: tagged, collected, deleted."""

import pytest

from gallery.models import Collection, ImageTag
from tests.support.factories import make_image
from tests.support.inline_parts import text_of


class TestSeveralTogether:
    @pytest.fixture
    def ids(self, alice, image):
        return [str(image.pk), *(str(make_image(alice).pk) for _ in range(2))]

    def test_images_can_be_selected_in_the_library(self, as_alice, ids):
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

    def test_they_are_added_to_a_collection(self, as_alice, collection, ids):
        sent = {"image": ids, "do": "collect", "name": "SKIES <&>"}
        answer = as_alice.post("/images/together/", sent, headers={"Accept": "application/json"})
        assert answer.json() == {"said": "2 images added to “Skies <&>”. 1 image already in it."}
        assert collection.items.count() == 3

    def test_invalid_requests_are_refused_with_a_message(self, as_alice, ids):
        for wrong, words in (
            ({"do": "tag", "add": " , "}, "Enter a tag."),
            ({"do": "tag", "add": "x" * 51}, "1 to 50 characters"),
            ({"do": "collect", "name": " "}, "Enter the name of a collection."),
            ({"do": "tag", "add": "x", "image": []}, "Select 1 to 500 images"),
            ({"do": "tag", "add": "x", "image": ids * 200}, "600 are selected"),
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
