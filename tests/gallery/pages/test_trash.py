"""The trash page: its number, how long images stay, and nothing of others."""

from gallery.actions.trash import trash_images
from gallery.models import Image
from tests.support.factories import make_image
from tests.support.inline_parts import text_of


def test_it_shows_what_was_deleted_and_for_how_long_it_stays(as_alice, as_charlie, alice):
    kept, gone = make_image(alice), make_image(alice)
    trash_images(images=Image.objects.filter(pk=gone.pk), owner=alice)
    page = text_of(as_alice.get("/trash/"))
    assert 'data-number="1"' in page
    assert "Images are deleted for good after 30 days." in page
    assert f"/images/{gone.pk}/" in page
    assert f"/images/{kept.pk}/" not in page
    assert str(gone.pk) not in text_of(as_charlie.get("/trash/"))


def test_where_nothing_is_deleted_by_time_the_page_says_so(as_alice, settings):
    settings.ENV = {**settings.ENV, "SDSITE_TRASH_DAYS": 0}
    assert "stay here until you delete them for good" in text_of(as_alice.get("/trash/"))
