"""The library's search for similar images without scripts: order, the chip, and sentences where there is none."""

import html

import pytest

from gallery.actions.moderation import quarantine
from gallery.models import Image
from tests.gallery.pages.test_library import shown
from tests.support.factories import make_image

NOWHERE = "00000000-0000-4000-8000-000000000000"


def test_similar_images_are_shown_and_a_chip_names_the_other(as_alice, alice):
    like, other = make_image(alice, prompt="a <red> heart"), make_image(alice, prompt="another")
    response = as_alice.get(f"/library/?similar={like.pk}")
    assert set(shown(response)) == {str(like.pk), str(other.pk)}
    page = html.unescape(response.content.decode())
    assert f'src="/images/{like.pk}/thumbnail?size=256"' in page
    assert "Similar to a <red> heart" in page
    assert f'<input type="hidden" name="similar" value="{like.pk}">' in page
    assert shown(as_alice.get(f"/library/?similar={like.pk}&q=another")) == [str(other.pk)]


@pytest.mark.parametrize("kind", ["a stranger's", "none", "no id"])
def test_what_cannot_be_compared_is_said_and_shows_nothing_of_it(as_alice, alice, charlie, kind):
    make_image(alice)
    pk = {"a stranger's": make_image(charlie, prompt="secret").pk, "none": NOWHERE, "no id": "mine"}[kind]
    response = as_alice.get(f"/library/?similar={pk}")
    page = response.content.decode()
    assert response.status_code == 200
    assert shown(response) == []
    assert ("must be an id" if kind == "no id" else "was deleted, or you may not see it") in page
    assert "secret" not in page
    assert "Similar to an image that is gone" in page


def test_an_image_under_review_is_not_compared(as_alice, alice):
    held = make_image(alice)
    quarantine(images=Image.objects.filter(pk=held.pk), actor=None)
    page = as_alice.get(f"/library/?similar={held.pk}").content.decode()
    assert "under review; nothing can be compared" in page
    assert f"{held.pk}/thumbnail" not in page


def test_what_an_owner_keeps_to_themselves_is_in_no_chip(as_alice, charlie):
    theirs = make_image(charlie, prompt="secret")
    Image.objects.filter(pk=theirs.pk).update(
        visibility="members", published_at=theirs.created_at, strips_metadata=True
    )
    page = as_alice.get(f"/library/?similar={theirs.pk}").content.decode()
    assert "Similar to an image" in page
    assert "secret" not in page


def test_a_zip_of_similar_images_of_a_strangers_image_is_not_found(as_alice, charlie):
    assert as_alice.get(f"/images/zip/?similar={make_image(charlie).pk}").status_code == 404
