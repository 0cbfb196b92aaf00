"""Places in the queue count from the next job, and their costs add up."""

import time

import pytest

from generation.models import Job, QueueState
from generation.queue import eta
from generation.queue.workers import LiveWorker, report_worker
from generation.redis_client import connection
from tests.support.factories import make_job
from tests.support.queue_turns import role, take


def etas(*jobs):
    """Return the seconds until each job is done, as a visitor sees them now."""
    places = eta.places()
    return [places[job.pk].eta_seconds for job in jobs]


def half_done(worker, *, step=5, total=10):
    """Let `worker` claim a job and come to `step`."""
    job = take(worker=worker)
    Job.objects.filter(pk=job.pk).update(step=step, total=total)
    return Job.objects.get(pk=job.pk)


def test_places_count_from_the_next_and_add_up_costs(alice, checkpoint):
    checkpoint.step_seconds = 2.0
    checkpoint.save()
    jobs = [make_job(alice, checkpoint, count=count) for count in (1, 2)]
    places = eta.places()
    one = 2.0 * 20 * 128 * 128 / 1e6
    assert [places[job.pk].position for job in jobs] == [1, 2]
    assert places[jobs[1].pk].eta_seconds == pytest.approx(3 * one, abs=0.1)


def test_a_running_job_delays_the_next_by_what_is_left_of_it(alice, submit):
    _, second, third = (submit(alice, seconds=10) for _ in range(3))
    half_done("w")
    assert etas(second, third) == [15.0, 25.0]


def test_jobs_that_share_a_call_delay_the_next_together(alice, submit):
    jobs = [submit(alice, seconds=10) for _ in range(3)]
    half_done("w")
    half_done("w", step=8)
    assert etas(jobs[2]) == [17.0]


def test_the_listing_ends_where_it_is_asked_to(alice, submit):
    jobs = [submit(alice, seconds=3.04) for _ in range(4)]
    assert list(eta.places(2)) == [job.pk for job in jobs[:2]]
    assert list(eta.places(wanted={jobs[2].pk, jobs[0].pk})) == [job.pk for job in jobs[:3]]
    assert eta.places(wanted={jobs[0].pk})[jobs[0].pk].eta_seconds == 3.0


def test_while_the_queue_is_paused_there_are_places_and_no_times(alice, submit):
    jobs = [submit(alice, seconds=10) for _ in range(2)]
    half_done("w")
    QueueState.objects.create(pk=1, paused=True)
    [place] = eta.places().values()
    assert (place.position, place.eta_seconds) == (1, None)
    QueueState.objects.update(paused=False)
    assert etas(jobs[1]) == [15.0]


@pytest.mark.parametrize(("step", "total", "left"), [(0, 0, 8.0), (0, 4, 8.0), (1, 3, 5.3), (4, 4, 0.0), (5, 4, 0.0)])
def test_the_rest_of_a_job_is_that_of_its_steps(step, total, left):
    assert eta.remaining_seconds(Job(predicted_seconds=8.0, step=step, total=total)) == left


class TestWorkers:
    """Jobs wait for the first worker that will be free; each that lives is one."""

    @pytest.fixture
    def report(self, valkey, monkeypatch):
        """Return a function that reports live workers, which are counted at once."""

        def report(*names, drained=()):
            for name in names:
                draining = name in drained
                report_worker(
                    LiveWorker(name, ["interactive"], "idle", None, "cpu", None, 1, time.time(), draining=draining)
                )
            monkeypatch.setattr(eta, "_cached", (time.monotonic() - eta.CACHE_SECONDS - 1, 7))

        return report

    @pytest.fixture
    def no_redis(self, report, settings, tmp_path):
        report()
        settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock?db=0"
        connection.cache_clear()
        yield
        connection.cache_clear()

    def test_an_idle_one_takes_the_next_at_once(self, alice, submit, report):
        _, second, third, fourth = (submit(alice, seconds=10) for _ in range(4))
        half_done("a")
        report("a", "b")
        assert etas(second, third, fourth) == [10.0, 15.0, 20.0]

    def test_jobs_wait_for_each_other_where_a_role_lets_one_run(self, alice, charlie, submit, report):
        role("visitors", alice, most_running=1)
        first, second, other = submit(alice, seconds=10), submit(alice, seconds=10), submit(charlie, seconds=10)
        report("a", "b")
        assert etas(first, second, other) == [10.0, 20.0, 10.0]

    def test_a_drained_one_takes_none(self, alice, submit, report):
        _, second = submit(alice, seconds=10), submit(alice, seconds=10)
        half_done("a")
        report("a", "b", drained=["a"])
        assert etas(second) == [10.0]
        report("a", "b", drained=["a", "b"])
        assert etas(second) == [None]

    def test_while_none_lives_there_are_no_times(self, alice, submit, report):
        job = submit(alice, seconds=10)
        report()
        assert etas(job) == [None]

    def test_they_are_counted_again_after_a_moment_only(self, alice, submit, report, monkeypatch):
        jobs = [submit(alice, seconds=10) for _ in range(2)]
        report("a")
        assert etas(*jobs) == [10.0, 20.0]
        kept = eta._cached
        report("b")
        monkeypatch.setattr(eta, "_cached", kept)
        assert etas(*jobs) == [10.0, 20.0]
        monkeypatch.setattr(eta, "_cached", (kept[0] - eta.CACHE_SECONDS, kept[1]))
        assert etas(*jobs) == [10.0, 10.0]

    def test_without_redis_one_is_counted_on(self, alice, submit, no_redis):
        jobs = [submit(alice, seconds=10) for _ in range(2)]
        assert etas(*jobs) == [10.0, 20.0]
