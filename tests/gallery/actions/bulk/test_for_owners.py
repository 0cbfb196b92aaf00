"""Actions of staff on images of several owners: what one owner may not do does not stop the others."""

import pytest
from django.core.exceptions import ValidationError

from gallery.actions.bulk import for_owners
from gallery.actions.bulk.for_owners import act_for_owners
from gallery.models import Image
from sdsite.accounts.models import AuditEvent
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db


def test_one_owner_that_is_refused_does_not_stop_the_others(alice, charlie, root, monkeypatch):
    real = for_owners.run_action

    def run_action(*, owner, **rest):
        if owner == alice:
            raise ValidationError("It was made private by a moderator.")
        return real(owner=owner, **rest)

    monkeypatch.setattr(for_owners, "run_action", run_action)
    ids = [make_image(alice).pk, make_image(charlie).pk]
    outcome = act_for_owners(action="visibility", ids=ids, actor=root, value="public")
    assert (outcome.images, outcome.why) == (1, "alice: It was made private by a moderator")
    assert [image.owner for image in Image.objects.filter(visibility="public")] == [charlie]
    [event] = AuditEvent.objects.filter(action="images.visibility")
    assert (event.target, event.detail) == ("charlie", {"images": 1, "value": "public"})


def test_images_that_are_gone_are_passed_over(alice, root):
    image = make_image(alice)
    pk = image.pk
    image.delete()
    assert act_for_owners(action="restore", ids=[pk], actor=root).images == 0
