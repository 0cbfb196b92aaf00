"""Shared images as the pages count them."""

from django.utils import timezone

from gallery.models import Image
from gallery.search import explore
from tests.support.factories import make_image


def test_the_number_of_shared_images_is_counted_up_to_a_bound(alice, charlie, monkeypatch):
    for _ in range(3):
        make_image(alice)
    assert explore.count_shared(explore.shared_images(charlie, explore.ExploreFilter())) == 0
    Image.objects.update(visibility="public", published_at=timezone.now())
    assert explore.count_shared(explore.shared_images(charlie, explore.ExploreFilter())) == 3
    monkeypatch.setattr(explore, "MOST_COUNTED", 2)
    assert explore.count_shared(explore.shared_images(charlie, explore.ExploreFilter())) == 2
