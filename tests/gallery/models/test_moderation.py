"""Decisions stay as they were written down."""

import pytest

from gallery.actions.moderation import decide
from gallery.models import Image, ModerationAction
from gallery.models.moderation import NeverChanged
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def decision(alice, moderator):
    image = make_image(alice)
    return decide(deed="hold", images=Image.objects.all(), actor=moderator, text="too much").made[image.pk]


def test_a_decision_is_never_changed_or_deleted(decision):
    decision.text = "nothing"
    for change in (decision.save, decision.delete, ModerationAction.objects.all().delete):
        with pytest.raises(NeverChanged):
            change()
    with pytest.raises(NeverChanged):
        ModerationAction.objects.update(text="nothing")
    assert ModerationAction.objects.get().text == "too much"


def test_it_outlives_the_image_and_the_people(decision, alice, moderator):
    pk = decision.image_id
    Image.objects.all().delete()
    alice.delete()
    moderator.delete()
    kept = ModerationAction.objects.get()
    assert (kept.image_id, kept.person_name, kept.moderator_name) == (pk, "alice", "bob")
