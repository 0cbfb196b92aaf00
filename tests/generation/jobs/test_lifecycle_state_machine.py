"""The life of jobs as a state machine: whatever happens in whatever order, the promises hold.

Hypothesis plays submit, claim, beat, die, freeze, reap, cancel, retry and all the rest against the real database code,
and after every step looks at every row. Examples are bounded and always the same; `HYPOTHESIS_EXAMPLES=1000` makes it
look longer and at others.
"""

import os
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from PIL import Image as Pillow

from gallery.actions.store_image import Provenance, store_image
from gallery.models import Image
from generation.errors import JobRefused
from generation.jobs import reaper
from generation.jobs.batch_companions import claim_companions
from generation.jobs.cancel import cancel_all, cancel_job, drop_image
from generation.jobs.claim import claim
from generation.jobs.lifecycle import may_store, move
from generation.jobs.submission.retry import RETRYABLE, retry_job
from generation.models import Job
from generation.models.job import MAX_ATTEMPTS
from generation.worker.lease import Lease, renew
from sdsite.accounts.credentials import Credentials
from tests.support.factories import make_checkpoint, make_job, make_user

LANES = ("interactive", "batch")
WORKERS = ("w1", "w2", "w3")
MOST_IMAGES = 3
EXAMPLES = int(os.environ.get("HYPOTHESIS_EXAMPLES", "0"))

PICTURE = Pillow.new("RGB", (8, 8), "red")
# By how often: one rule with weights, because Hypothesis would leave whole rules out of an example, and what matters
# here (lose, give away, wake up, write) needs several of them in one.
WEIGHTS = {
    "take": 6,
    "work": 5,
    "work_on_what_was_given_away": 5,
    "lose_a_worker": 4,
    "submit": 2,
    "take_companions": 2,
    "retry": 1,
    "drop": 1,
    "cancel": 1,
    "cancel_everything": 1,
    "reap": 1,
}
DEEDS = [deed for deed, weight in WEIGHTS.items() for _ in range(weight)]
WORK = ("store", "store", "beat", "succeed", "fail", "hand back", "notice a cancel")


@dataclass(eq=False)
class Held:
    """A job in the hands of a worker, as that worker knows it; it may have been given away long ago."""

    worker: str
    lease: Lease
    dead: bool = False

    @property
    def job(self):
        return self.lease.job

    def is_current(self):
        return Job.objects.filter(pk=self.job.pk, status="running", attempt=self.job.attempt).exists()


def left_of(row):
    return set(range(row.count)) - set(row.dropped)


class Jobs(RuleBasedStateMachine):
    """Two people, three workers, one checkpoint."""

    def __init__(self):
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.began = timezone.now()  # reaping asks for this moment, however long an example takes
        self.people = [make_user("ann"), make_user("ben")]
        self.checkpoint = make_checkpoint()
        self.held = []
        self.submitted = 0
        self.rows = {}
        self.pictures = set()
        for person in (0, 1, 0):
            self.submit(person, 1)

    def teardown(self):
        try:
            self._everything_ends()
        finally:
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)

    @rule(deed=st.sampled_from(DEEDS), pick=st.integers(0, 999), other=st.integers(0, 999))
    def something_happens(self, deed, pick, other):
        getattr(self, deed)(pick, other)

    # What people do.

    def submit(self, person, how):
        count, strict = 1 + how % MOST_IMAGES, how % 5 == 4
        requested = {"count": count, "steps": 2, "reproducible": "strict" if strict else "normal"}
        make_job(self.people[person % 2], self.checkpoint, **requested)
        self.submitted += 1

    def cancel(self, pick, _):
        job = self._any_job(pick)
        was = job.status
        assert cancel_job(job=job, actor=job.owner).status == {"queued": "cancelled"}.get(was, was)

    def cancel_everything(self, person, _):
        owner = self.people[person % 2]
        cancel_all(owner=owner)
        assert not Job.objects.queued().filter(owner=owner).exists()

    def drop(self, pick, index):
        job = self._any_job(pick)
        index %= job.count + 1
        stored = Image.objects.filter(job_id=job.pk, index=index).exists()
        possible = index < job.count and not job.is_finished and not stored
        try:
            after = drop_image(job=job, index=index, actor=job.owner)
        except JobRefused:
            assert not possible
        else:
            assert possible
            assert index in after.dropped

    def retry(self, pick, _):
        job = self._any_job(pick)
        try:
            fresh = retry_job(job=job, credentials=Credentials(job.owner))
        except JobRefused:
            assert job.status not in RETRYABLE
        else:
            assert job.status in RETRYABLE
            assert (fresh.parameters, fresh.status) == (job.parameters, "queued")
            self.submitted += 1

    # What workers do. A frozen one wakes up by doing something: it does not know what happened meanwhile.

    def take(self, *_):
        free = [name for name in WORKERS if not any(one.worker == name and not one.dead for one in self.held)]
        if not free:
            return
        job = claim(worker=free[0], lanes=LANES)
        if job is None:
            assert not Job.objects.queued().exists()
            return
        self._hold(free[0], job)

    def take_companions(self, pick, room):
        room %= 5
        for one in self._some(self._hands(), pick):
            for job in list(claim_companions(one.job, worker=one.worker, lanes=LANES, most_images=room)):
                assert job.batch_key == one.job.batch_key
                room -= job.count
                self._hold(one.worker, job)
            assert room >= 0

    def work(self, pick, what):
        for one in self._some(self._hands(), pick):
            self._do(one, pick, WORK[what % len(WORK)])

    def work_on_what_was_given_away(self, pick, what):
        now = {pk: (status, attempt) for pk, (status, attempt, *_) in self.rows.items()}
        stale = [one for one in self._hands() if now.get(one.job.pk) != ("running", one.job.attempt)]
        for one in self._some(stale, pick):
            self._do(one, pick, WORK[what % len(WORK)])

    def _do(self, one, pick, what):
        row = Job.objects.get(pk=one.job.pk)
        if what == "store":
            self._store(one, pick % one.job.count)
        elif what == "beat":
            one.lease.next_sequence()
            renew([one.lease])
            assert one.is_current() or one.lease.stop is not None
        elif what == "succeed":
            for index in left_of(row):
                self._store(one, index)
            if left_of(row) == self._indices(row):  # a worker says so only then
                self._end(one, "succeeded")
        elif what == "fail":
            self._end(one, "failed", error_code="out_of_memory")
        elif what == "hand back":
            current = one.is_current()
            assert reaper.hand_back(one.job, sequence=one.lease.sequence) == current
            assert Job.objects.get(pk=row.pk).losses == row.losses
            self.held.remove(one)
        elif row.cancel_requested_at is not None:
            self._end(one, "cancelled")

    # What goes wrong.

    def lose_a_worker(self, pick, how):
        for lost in self._some(self._hands(), pick):
            dies = how % 2 == 0
            for one in self.held:
                if one.worker == lost.worker:
                    one.dead = one.dead or dies
                    self._let_lease_run_out(one)
            if dies and how % 3 == 0:  # the supervisor saw it
                reaper.release_worker(lost.worker)
                assert not Job.objects.filter(status="running", worker=lost.worker).exists()
            elif how % 3:
                self.reap()

    def reap(self, *_):
        reaper.reap(self.began)
        assert not Job.objects.filter(status="running", heartbeat_at__lt=self.began - reaper.LEASE).exists()

    # What must hold.

    @invariant()
    def no_job_is_lost_or_made_up(self):
        assert Job.objects.count() == self.submitted

    @invariant()
    def every_row_keeps_its_promises(self):
        pictures = {}
        for job_id, index, pk in Image.objects.values_list("job_id", "index", "pk"):
            pictures.setdefault(job_id, []).append(index)
            self.pictures.add(pk)
        assert Image.objects.count() == len(self.pictures), "a stored image is gone"
        for row in Job.objects.all():
            indices = pictures.get(row.pk, [])
            assert len(indices) == len(set(indices)), "an image exists twice"
            assert set(indices) <= left_of(row)
            assert row.status != "succeeded" or set(indices) == left_of(row)
            assert (row.losses == MAX_ATTEMPTS) == (row.error_code == "worker_lost")
            assert row.losses <= MAX_ATTEMPTS
            assert row.attempt >= row.losses
            assert (row.status == "running") == bool(row.heartbeat_at and not row.finished_at)
            self._compare_with_before(row)
            if row.status == "running":
                holders = [one for one in self.held if (one.job.pk, one.job.attempt) == (row.pk, row.attempt)]
                assert [one.worker for one in holders] == [row.worker], "a running job is in one worker's hands"

    def _compare_with_before(self, row):
        now = (row.status, row.attempt, row.losses, row.error_code, row.finished_at, row.sequence)
        before = self.rows.get(row.pk, now)
        self.rows[row.pk] = now
        assert now[5] >= before[5], "a sequence number went back"
        assert now[1] >= before[1]
        if before[0] != now[0]:
            assert now[5] > before[5], "a move without a new number"
        if before[0] not in Job.UNFINISHED:
            assert now == before, "an ended job changed"

    # Helpers.

    def _hands(self):
        return [one for one in self.held if not one.dead]

    def _any_job(self, pick):
        return Job.objects.select_related("owner").order_by("rank", "pk")[pick % self.submitted]

    def _some(self, held, pick):
        return [held[pick % len(held)]] if held else []

    def _hold(self, worker, job):
        assert (job.status, job.worker) == ("running", worker)
        # Whoever had it before knows an older attempt.
        assert all(one.job.attempt < job.attempt for one in self.held if one.job.pk == job.pk)
        self.held.append(Held(worker, Lease(job)))

    def _let_lease_run_out(self, one):
        stale = self.began - reaper.LEASE - timedelta(seconds=1)
        Job.objects.filter(pk=one.job.pk, attempt=one.job.attempt, status="running").update(heartbeat_at=stale)

    def _indices(self, job):
        return set(Image.objects.filter(job_id=job.pk).values_list("index", flat=True))

    def _store(self, one, index):
        job = one.job
        allowed = one.is_current() and index not in Job.objects.get(pk=job.pk).dropped
        before = Image.objects.filter(job_id=job.pk, index=index).first()
        image = store_image(
            pixels=PICTURE,
            index=index,
            seed=job.parameters["seed"] + index,
            provenance=Provenance(job.owner_id, job.pk, job.created_at, job.parameters),
            image_format="png",
            quality=90,
            infotext="",
            receipt={},
            guard=partial(may_store, job.pk, job.attempt, index),
        )
        assert before is None or image == before
        assert before is not None or (image is not None) == allowed

    def _end(self, one, status, **fields):
        current = one.is_current()
        done = move(one.job.pk, status, held=one.job.attempt, sequence=one.lease.sequence, **fields)
        assert done == current, "only the present attempt may end a job"
        self.held.remove(one)

    def _everything_ends(self):
        """Nothing else goes wrong from here on: one worker must be able to bring every job to its end."""
        for one in self.held:
            self._let_lease_run_out(one)
        self.held.clear()
        reaper.reap(self.began)
        while (job := claim(worker="last", lanes=LANES)) is not None:
            self._hold("last", job)
            one = self.held[-1]
            for index in left_of(job) - self._indices(job):
                self._store(one, index)
            self._end(one, "succeeded")
        assert not Job.objects.unfinished().exists(), "a job never ends"
        self.every_row_keeps_its_promises()


@pytest.mark.django_db
def test_whatever_happens_in_whatever_order_the_promises_hold():
    run_state_machine_as_test(Jobs, settings=PROFILE)


PROFILE = settings(
    max_examples=EXAMPLES or 30,
    stateful_step_count=40,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
