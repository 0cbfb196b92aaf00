"""Appeals: one for each decision, decided by another person than the decision was."""

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError

from gallery.actions.moderation import decide
from gallery.actions.moderation.appeals import NotAppealable, appeal, decide_appeal
from gallery.actions.moderation.undoing import undo
from gallery.models import Appeal, Image, ModerationAction
from sdsite.accounts.models import AuditEvent
from tests.support.factories import make_image, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def decision(alice, moderator):
    return decided(make_image(alice), "hold", moderator)


@pytest.fixture
def second(db):
    """A second moderator."""
    user = make_user("dora", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_image", "delete_image"]))
    return user


def decided(image, deed, actor):
    return decide(deed=deed, images=Image.objects.filter(pk=image.pk), actor=actor, reason="violence").made[image.pk]


def test_another_moderator_accepts_it_and_the_image_is_back(decision, alice, moderator, second):
    row = appeal(decision=decision, person=alice, text="It is  paint.")
    assert row.text == "It is paint."
    with pytest.raises(NotAppealable, match="Another moderator, or an administrator"):
        decide_appeal(pk=row.pk, actor=moderator, accept=False)
    decide_appeal(pk=row.pk, actor=second, accept=True, answer="Sorry.")
    row.refresh_from_db()
    assert (row.outcome, row.answer, row.decided_by) == ("accepted", "Sorry.", second)
    assert Image.objects.get().quarantined_at is None
    restored = ModerationAction.objects.get(deed="restore")
    assert (restored.undoes, restored.moderator) == (decision, second)
    assert AuditEvent.objects.filter(action="appeal.accepted", actor=second).exists()


def test_a_declined_one_is_final_and_written_down(decision, alice, second, root):
    row = appeal(decision=decision, person=alice, text="Please.")
    decide_appeal(pk=row.pk, actor=second, accept=False)
    assert Image.objects.get().quarantined_at is not None
    assert ModerationAction.objects.filter(deed="uphold", moderator=second, person=alice).exists()
    with pytest.raises(NotAppealable, match="dora has decided this appeal meanwhile"):
        decide_appeal(pk=row.pk, actor=root, accept=True)
    with pytest.raises(NotAppealable, match="appealed against this decision already"):
        appeal(decision=decision, person=alice, text="Once more.")


@pytest.mark.parametrize("text", ["", "  ", "x" * 1001, "\x00"])
def test_it_needs_a_readable_text(decision, alice, text):
    with pytest.raises(ValidationError):
        appeal(decision=decision, person=alice, text=text)
    assert not Appeal.objects.exists()


def test_there_is_none_against_what_is_undone_or_gone_or_no_harm(alice, moderator):
    image = make_image(alice)
    hold = decided(image, "hold", moderator)
    approval = decided(image, "approve", moderator)
    with pytest.raises(NotAppealable, match="no appeal against this kind"):
        appeal(decision=approval, person=alice, text="No.")
    undo(decision=approval, actor=moderator)
    undo(decision=hold, actor=moderator)
    with pytest.raises(NotAppealable, match="undone already"):
        appeal(decision=hold, person=alice, text="No.")
    deletion = decided(image, "delete", moderator)
    Image.objects.all().delete()
    with pytest.raises(NotAppealable, match="deleted for good"):
        appeal(decision=deletion, person=alice, text="No.")


def test_where_there_is_nobody_else_an_administrator_decides_about_themselves(alice, root):
    decision = decided(make_image(alice), "hold", root)
    row = appeal(decision=decision, person=alice, text="Please.")
    other = make_user("eve", is_staff=True, is_superuser=True)
    with pytest.raises(NotAppealable, match="you decided before"):
        decide_appeal(pk=row.pk, actor=root, accept=True)
    type(other).objects.filter(pk=other.pk).update(is_active=False)
    decide_appeal(pk=row.pk, actor=root, accept=True)
    assert Image.objects.get().quarantined_at is None


def test_nobody_decides_their_own_appeal_or_without_the_permission(moderator, second, charlie):
    decision = decided(make_image(second), "hold", moderator)
    row = appeal(decision=decision, person=second, text="Please.")
    for actor, why in ((second, "it is yours"), (charlie, "may not decide appeals")):
        with pytest.raises(NotAppealable, match=why):
            decide_appeal(pk=row.pk, actor=actor, accept=True)


def test_where_a_later_decision_stands_the_image_stays_as_that_one_says(decision, alice, moderator, second):
    row = appeal(decision=decision, person=alice, text="Please.")
    decided(Image.objects.get(), "delete", moderator)
    decide_appeal(pk=row.pk, actor=second, accept=True)
    image = Image.objects.get()
    assert image.trashed_at is not None
    assert image.quarantined_at is not None


def test_who_undoes_the_decision_ends_the_appeal(decision, alice, moderator):
    row = appeal(decision=decision, person=alice, text="Please.")
    undo(decision=decision, actor=moderator)
    row.refresh_from_db()
    assert (row.outcome, row.decided_by) == ("accepted", moderator)
