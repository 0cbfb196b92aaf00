"""Owners and reporters are told: what was decided, why, and where one appeals."""

import pytest

from gallery.actions.moderation import decide, dismiss_reports
from gallery.actions.moderation.appeals import appeal, decide_appeal
from gallery.actions.moderation.people import decide_about_owners
from gallery.actions.moderation.undoing import undo
from gallery.actions.sharing import report_image
from gallery.models import Image, ModerationAction, Report
from sdsite.accounts.models import Notice
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def images(alice):
    images = [make_image(alice, index=index) for index in range(2)]
    Image.objects.update(visibility="public")
    return images


def told(person):
    rows = Notice.objects.filter(person=person).order_by("pk")
    return [(row.kind, row.detail.get("count", 1), row.detail.get("reason", "")) for row in rows]


@pytest.mark.parametrize(
    ("deed", "kind"),
    [
        ("hold", "image_held"),
        ("blur", "image_blurred"),
        ("private", "image_made_private"),
        ("delete", "image_deleted"),
    ],
)
def test_the_owner_is_told_once_with_the_reason_and_a_link(images, alice, moderator, deed, kind):
    decide(deed=deed, images=Image.objects.all(), actor=moderator, reason="hate", text="Both of them.")
    assert told(alice) == [(kind, 2, "Hate or harassment: Both of them.")]
    last = ModerationAction.objects.latest("at")
    assert Notice.objects.get().url in {f"/decisions/#decision-{pk}" for pk in (last.pk, last.pk - 1)}
    assert told(moderator) == []


def test_approving_is_told_where_it_changed_something(images, alice, charlie, moderator):
    report_image(reporter=charlie, image=images[0], reason="hate")
    decide(deed="approve", images=Image.objects.all(), actor=moderator)
    assert told(alice) == []  # who reported it is nobody's business
    assert told(charlie) == [("report_declined", 1, "")]
    decide(deed="hold", images=Image.objects.all(), actor=None, rule="no hate, version 1", reason="rule")
    decide(deed="approve", images=Image.objects.all(), actor=moderator)
    assert told(alice) == [("image_held", 2, "Rule of the site"), ("image_approved", 2, "")]


def test_those_who_reported_hear_the_outcome(images, charlie, moderator, root):
    for image in images:
        report_image(reporter=charlie, image=image, reason="hate")
    report_image(reporter=root, image=images[0], reason="hate")
    decide(deed="delete", images=Image.objects.filter(pk=images[0].pk), actor=moderator)
    dismiss_reports(reports=Report.objects.all(), actor=moderator)
    assert told(charlie) == [("report_upheld", 1, ""), ("report_declined", 1, "")]
    assert told(root) == [("report_upheld", 1, "")]


def test_a_warning_and_undoing_are_told(images, alice, moderator):
    done = decide_about_owners(deed="warn", images=Image.objects.all(), actor=moderator, text="Stop it.")
    undo(decision=next(iter(done.made.values())), actor=moderator)
    assert told(alice) == [("warned", 1, "Stop it."), ("decision_undone", 1, "")]


@pytest.mark.parametrize(("accept", "kind"), [(True, "appeal_granted"), (False, "appeal_refused")])
def test_the_outcome_of_an_appeal_is_told(images, alice, moderator, root, accept, kind):
    done = decide(deed="hold", images=Image.objects.filter(pk=images[0].pk), actor=moderator)
    row = appeal(decision=done.made[images[0].pk], person=alice, text="Please.")
    decide_appeal(pk=row.pk, actor=root, accept=accept, answer="Because.")
    assert told(alice)[1:] == [(kind, 1, "Because.")]


def test_the_reason_is_in_the_language_of_the_person(images, alice, moderator):
    type(alice).objects.filter(pk=alice.pk).update(language="de")
    decide(deed="hold", images=Image.objects.all(), actor=moderator, reason="violence")
    assert told(alice) == [("image_held", 2, "Gewalt")]
