"""The same seed plans the same workload, with every kind of request."""

from sdsite.devtools.chaos.workload import GONE_CHECKPOINT, plan


def test_the_same_seed_gives_the_same_plan_with_every_kind_of_job():
    planned_jobs = plan(200, 6, 5)
    assert planned_jobs == plan(200, 6, 5)
    assert planned_jobs != plan(200, 6, 6)
    assert len({planned_job.key for planned_job in planned_jobs}) == 200
    assert {planned_job.client for planned_job in planned_jobs} == set(range(6))
    assert {planned_job.endings for planned_job in planned_jobs} == {
        ("succeeded",),
        ("failed",),
        ("cancelled", "succeeded"),
    }
    assert any(planned_job.requested["checkpoint"] == GONE_CHECKPOINT for planned_job in planned_jobs)
