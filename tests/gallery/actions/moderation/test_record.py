"""A person's record: what stands against them, and what became of reports of their images."""

import pytest

from gallery.actions.moderation import decide
from gallery.actions.moderation.people import decide_about_owners
from gallery.actions.moderation.record import read_record
from gallery.actions.moderation.undoing import undo
from gallery.actions.sharing import report_image
from gallery.models import Image
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db


def test_it_counts_what_stands(alice, charlie, moderator):
    images = [make_image(alice, index=index) for index in range(3)]
    for image, deed in zip(images, ("hold", "approve", "blur"), strict=True):
        report_image(reporter=charlie, image=image, reason="other")
        done = decide(deed=deed, images=Image.objects.filter(pk=image.pk), actor=moderator)
    undo(decision=done.made[images[2].pk], actor=moderator)
    decide_about_owners(deed="warn", images=Image.objects.all(), actor=moderator, text="Stop.")
    record = read_record(alice)
    assert (record.taken_down, record.warnings, record.suspensions) == (1, 1, 0)
    assert (record.reports_upheld, record.reports_declined, record.images) == (2, 1, 3)
    assert [row.deed for row in record.last] == ["warn", "restore", "blur", "hold"]
    assert read_record(charlie).last == []
