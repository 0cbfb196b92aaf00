"""What a decision changes is kept as JSON, and read from it again."""

from django.utils import timezone

from gallery.actions.moderation.deeds import columns_to_restore, describe_change
from gallery.models import Image


def test_columns_are_given_back_where_they_are_as_the_decision_left_them():
    now = timezone.now()
    image = Image(visibility="public", published_at=now)
    change = describe_change(image, {"visibility": "private", "published_at": None, "quarantined_at": now})
    image.visibility, image.published_at, image.quarantined_at = "private", None, now
    assert columns_to_restore(image, change) == {"visibility": "public", "published_at": now, "quarantined_at": None}
    image.quarantined_at = timezone.now()
    assert "quarantined_at" not in columns_to_restore(image, change)


def test_a_decision_that_changed_nothing_gives_nothing_back():
    assert columns_to_restore(Image(), {}) == {}
