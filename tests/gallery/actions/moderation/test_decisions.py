"""Decisions about images: what each does, what is written down, and what becomes of reports."""

import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from gallery.actions.moderation import decide, delete_for_good, describe_conflict
from gallery.actions.moderation.undoing import undo
from gallery.actions.sharing import create_link, report_image
from gallery.actions.store_image import Provenance
from gallery.models import Image, ModerationAction, Report
from sdsite.accounts.models import AuditEvent, Notice
from tests.gallery.conftest import store
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db


def shared_image(owner, **fields):
    image = make_image(owner)
    Image.objects.filter(pk=image.pk).update(visibility="public", published_at=image.created_at, **fields)
    return image


def decide_about(image, deed, actor, **more):
    return decide(deed=deed, images=Image.objects.filter(pk=image.pk), actor=actor, **more)


# deed: (what it changes of a shared image that is not under review, of one that is)
CHANGES = {
    "approve": ([], ["quarantined_at"]),
    "hold": (["quarantined_at"], []),
    "blur": (["blurred_at"], ["blurred_at", "quarantined_at"]),
    "private": (["published_at", "visibility"], ["published_at", "visibility"]),
    "delete": (["quarantined_at", "trashed_at"], ["trashed_at"]),
    "resolve": ([], []),
}


@pytest.mark.parametrize("is_held", [False, True])
@pytest.mark.parametrize("deed", CHANGES)
def test_each_deed_changes_what_it_says_and_writes_down_why(alice, moderator, deed, is_held):
    image = shared_image(alice)
    if is_held:
        decide_about(image, "hold", None)
    image.refresh_from_db()
    columns = ("quarantined_at", "blurred_at", "trashed_at", "visibility", "published_at")
    before = {name: getattr(image, name) for name in columns}
    made = decide_about(image, deed, moderator, reason="violence", text="blood").made
    image.refresh_from_db()
    changed = sorted(name for name, value in before.items() if getattr(image, name) != value)
    assert changed == CHANGES[deed][is_held]
    assert bool(made) == bool(changed)  # what is so already, and is not reported, is no decision
    if made:
        row = made[image.pk]
        assert (row.deed, row.moderator, row.person, row.reason, row.text) == (
            deed,
            moderator,
            alice,
            "violence",
            "blood",
        )
        event = AuditEvent.objects.filter(actor=moderator).get()
        assert (event.target, event.detail["decision"]) == (str(image.pk), row.pk)
        assert sorted(row.change["after"]) == changed
        assert not decide_about(image, deed, moderator).made  # twice is once


@pytest.mark.parametrize(
    ("deed", "outcome"), [("approve", "declined"), ("resolve", "declined"), ("hold", "upheld"), ("delete", "upheld")]
)
def test_a_decision_ends_the_reports_of_the_image(alice, charlie, moderator, deed, outcome):
    image, other = shared_image(alice), shared_image(alice)
    for one in (image, other):
        report_image(reporter=charlie, image=one, reason="violence")
    row = decide_about(image, deed, moderator).made[image.pk]
    report = Report.objects.get(image=image)
    assert (report.outcome, report.decision, report.resolved_at is None) == (outcome, row, False)
    assert list(Report.objects.open()) == [Report.objects.get(image=other)]
    report_image(reporter=charlie, image=image, reason="hate")  # once more: it is open again
    again = Report.objects.get(image=image)
    assert (again.outcome, again.decision, again.resolved_at) == ("", None, None)


def test_a_rule_decides_without_a_moderator_and_leaves_reports_to_people(alice, charlie):
    image = shared_image(alice)
    report_image(reporter=charlie, image=image, reason="violence")
    row = decide_about(image, "hold", None, reason="rule", rule="no blood, version 2").made[image.pk]
    assert (row.moderator, row.moderator_name, row.rule) == (None, "", "no blood, version 2")
    assert Report.objects.open().count() == 1


def test_who_comes_second_hears_what_the_first_decided(alice, moderator, root):
    image, other = shared_image(alice), shared_image(alice)
    both = Image.objects.filter(pk__in=[image.pk, other.pk])
    seen = {image.pk: None, other.pk: None}
    first = decide_about(image, "hold", root, last=seen, reason="hate", text="look").made[image.pk]
    second = decide(deed="delete", images=both, actor=moderator, last=seen)
    assert list(second.made) == [other.pk]
    assert second.before == {image.pk: first}
    sentence = describe_conflict(first)
    assert sentence == "root has decided meanwhile: Put under review (Hate or harassment: look)."
    image.refresh_from_db()
    assert image.trashed_at is None
    # Who knows of it may decide otherwise, and one's own decision of another tab is no conflict.
    assert decide_about(image, "approve", moderator, last={image.pk: first.pk}).made
    assert decide_about(image, "hold", moderator, last={image.pk: first.pk}).made


def test_private_and_delete_close_the_links(alice, moderator):
    image = make_image(alice)
    link = create_link(owner=alice, image=image)
    row = decide_about(image, "private", moderator).made[image.pk]  # it was private but for the link
    link.refresh_from_db()
    assert (link.is_open(), row.change) == (False, {})


def test_deleting_for_good_leaves_the_decision(alice, moderator):
    image, own = make_image(alice), make_image(moderator)
    assert delete_for_good(images=Image.objects.all(), actor=moderator, reason="person") == 1
    assert Image.objects.get() == own  # which one deletes in the library
    row = ModerationAction.objects.get()
    assert (row.deed, row.image_id, row.person, row.reason) == ("delete", image.pk, alice, "person")
    assert own.pk != image.pk


@pytest.mark.parametrize("wrong", [{"reason": "mood"}, {"text": "x" * 1001}, {"text": "\x00"}])
def test_grounds_are_checked_before_anything_is_done(alice, moderator, wrong):
    from django.core.exceptions import ValidationError

    image = shared_image(alice)
    with pytest.raises(ValidationError):
        decide_about(image, "hold", moderator, **wrong)
    image.refresh_from_db()
    assert image.quarantined_at is None
    assert not ModerationAction.objects.exists()


def test_the_cost_is_bounded(alice, charlie, moderator, django_assert_max_num_queries):
    for owner in (alice, alice, charlie, charlie):
        shared_image(owner)
    # sixteen for all, an audit entry for each image, and some for telling each person
    with django_assert_max_num_queries(30):
        decide(deed="hold", images=Image.objects.all(), actor=moderator)


def test_an_image_that_is_stored_under_review_has_a_decision_to_appeal_against(alice, moderator):
    image = store(alice, quarantined=True)
    store(alice, index=1)
    row = ModerationAction.objects.get()
    assert (row.deed, row.image_id, row.person, row.moderator, row.reason) == ("hold", image.pk, alice, None, "rule")
    notice = Notice.objects.get(person=alice)
    assert (notice.kind, notice.url) == ("image_held", f"{reverse('decisions')}#decision-{row.pk}")
    undo(decision=row, actor=moderator)
    image.refresh_from_db()
    assert image.quarantined_at is None


def test_images_of_one_job_that_are_stored_under_review_make_one_notice(alice):
    provenance = Provenance(alice.pk, uuid.uuid4(), timezone.now(), {})
    for index in range(3):
        store(alice, index=index, quarantined=True, provenance=provenance)
    assert Notice.objects.get(person=alice).detail["count"] == 3
