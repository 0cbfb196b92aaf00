"""Reset of a day's GPU time: limits of role and keys count anew, what was used stays known."""

from datetime import timedelta

import pytest
from django.utils import timezone

from generation.errors import JobRefused
from generation.jobs.submission.quota import get_budget
from generation.jobs.use_reset import reset_use, use_of
from generation.limits import get_limits
from generation.models import Job
from sdsite.accounts.models import AuditEvent, User
from tests.support.factories import end_job, make_job
from tests.support.limits import limit

pytestmark = pytest.mark.usefixtures("no_worker")


def test_the_day_begins_anew_for_one_person(alice, charlie, checkpoint, root):
    limit(most_seconds_a_day=100)
    for owner in (alice, charlie):
        end_job(make_job(owner, checkpoint), used_seconds=100.0)
    with pytest.raises(JobRefused):
        make_job(alice, checkpoint)
    assert use_of(User.objects.filter(pk=alice.pk)) == (100.0, 1)
    assert reset_use(user=alice, actor=root) == 100.0
    assert get_budget(alice.pk, get_limits(alice)).use.seconds == 0.0
    assert get_budget(charlie.pk, get_limits(charlie)).use.seconds == 100.0
    job = make_job(alice, checkpoint)
    end_job(job, used_seconds=30.0)
    Job.objects.filter(pk=job.pk).update(finished_at=timezone.now() + timedelta(seconds=1))
    assert get_budget(alice.pk, get_limits(alice)).use.seconds == 30.0
    [event] = AuditEvent.objects.filter(action="user.use_reset")
    assert (event.target, event.before, event.after) == ("alice", 100.0, 0)


def test_who_used_nothing_is_not_reset(alice, root):
    assert reset_use(user=alice, actor=root) == 0.0
    assert not AuditEvent.objects.filter(action="user.use_reset").exists()
