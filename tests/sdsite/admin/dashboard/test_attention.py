"""What needs somebody: counts with links to exactly what they count, for those who may view it."""

import time

import pytest
from django.urls import reverse
from django.utils import timezone

from gallery.actions.moderation import decide
from gallery.actions.moderation.appeals import appeal
from gallery.actions.sharing import report_image
from gallery.models import Image
from generation.models import Job
from generation.queue.workers import FailedWorker, report_failed_worker
from sdsite.accounts.models import SignupRequest
from sdsite.admin.dashboard import attention
from tests.support.factories import make_image, make_job, make_user

pytestmark = pytest.mark.usefixtures("valkey")


@pytest.fixture
def needed(alice, charlie, checkpoint):
    """A report, an image under review, a failed job, a person who waits, a worker without its device."""
    report_image(reporter=charlie, image=make_image(alice), reason="other")
    Image.objects.filter(pk=make_image(alice, index=1).pk).update(quarantined_at=timezone.now())
    job = make_job(alice, checkpoint)
    Job.objects.filter(pk=job.pk).update(status="failed", finished_at=timezone.now())
    SignupRequest.objects.create(user=make_user("dora", is_active=False))
    report_failed_worker(FailedWorker("w1", "here, cuda:0", "cuda:0", "CUDA error: lost", time.time()))


def ask(rf, user):
    request = rf.get("/admin/")
    request.user = user
    return attention.needs(request)


def test_each_number_links_to_the_rows_that_it_counts(needed, as_root, root, rf):
    found = ask(rf, root)
    assert [need.words for need in found] == [
        "open report",
        "image under review",
        "failed job in 24 hours",
        "person waits for approval",
        "worker without its device",
    ]
    for need in found[:-1]:
        assert as_root.get(need.url).context["cl"].result_count == need.number == 1
    page = as_root.get(reverse("admin:index")).content.decode()
    assert 'id="workers"' in page
    assert "Nothing waits for you." not in page


def test_nobody_is_told_of_what_they_may_not_view(needed, moderator, bob, rf):
    assert [need.words for need in ask(rf, moderator)] == ["image under review"]
    assert ask(rf, make_user("helper", is_staff=True)) == []


def test_an_appeal_waits_for_those_who_decide_it(alice, root, moderator, rf, as_root):
    image = make_image(alice)
    decided = decide(deed="hold", images=Image.objects.filter(pk=image.pk), actor=root, text="Too close.")
    appeal(decision=decided.made[image.pk], person=alice, text="It is a painting.")
    [need] = [need for need in ask(rf, root) if need.words == "open appeal"]
    assert as_root.get(need.url).status_code == 200
    assert [need.words for need in ask(rf, moderator)] == ["image under review"]


def test_counting_ends_somewhere(alice, root, rf, monkeypatch):
    monkeypatch.setattr(attention, "MOST_COUNTED", 2)
    for index in range(4):
        Image.objects.filter(pk=make_image(alice, index=index).pk).update(quarantined_at=timezone.now())
    [need] = ask(rf, root)
    assert (need.number, need.is_exact) == (2, False)
