"""Who may be drawn beside whom, and who is taken: decided by rows alone."""

import pytest
from django.contrib.auth.models import Group

from generation.jobs.batch_companions import claim_companions
from generation.jobs.claim import claim
from generation.models import Job, QueueState, RoleLimits, Share
from tests.support.factories import make_checkpoint, make_job, make_user

LANES = ("interactive", "batch")


@pytest.fixture
def people(db):
    return [make_user(f"user{number}") for number in range(4)]


def lead(owner, checkpoint, **fields):
    """Return a job of `owner` that a worker was just given."""
    make_job(owner, checkpoint, **fields)
    return claim(worker="w", lanes=LANES)


def taken(job, most_images=8, lanes=LANES):
    return list(claim_companions(job, worker="w", lanes=lanes, most_images=most_images))


def test_what_each_may_have_of_its_own_does_not_part_them(people, checkpoint):
    first = make_job(people[0], checkpoint)
    other = make_job(
        people[1],
        checkpoint,
        prompt="a cat",
        negative_prompt="dogs",
        seed=99,
        count=2,
        output_format="webp",
        quality=70,
        preview={"every": 2},
        upscale_by=2,
    )
    assert first.batch_key == other.batch_key != ""


@pytest.mark.parametrize("change", [{"steps": 5}, {"guidance_scale": 2}, {"sampler": "euler"}, {"eta": 0.5}])
def test_what_a_call_does_once_must_be_the_same(alice, checkpoint, change):
    assert make_job(alice, checkpoint).batch_key != make_job(alice, checkpoint, **change).batch_key


@pytest.mark.parametrize("requested", [{"reproducible": "strict"}, {"batch_size": 4}])
def test_who_asks_for_it_runs_alone(people, checkpoint, requested):
    job = lead(people[0], checkpoint, **requested)
    make_job(people[1], checkpoint, **requested)
    assert job.batch_key == ""
    assert taken(job) == []


def test_those_that_wait_for_the_same_call_are_taken_and_leased(people, checkpoint):
    job = lead(people[0], checkpoint)
    same = [make_job(owner, checkpoint, prompt="a cat") for owner in people[1:3]]
    make_job(people[3], checkpoint, steps=3)
    found = taken(job)
    assert [one.pk for one in found] == [one.pk for one in same]
    assert {(one.status, one.worker, one.attempt) for one in found} == {("running", "w", 1)}
    assert all(one.heartbeat_at and one.started_at for one in found)
    assert taken(job) == []


def test_only_as_many_images_are_taken_as_there_is_room_for(people, checkpoint):
    job = lead(people[0], checkpoint)
    large, small, another = (
        make_job(owner, checkpoint, count=count) for owner, count in zip(people[1:], (6, 2, 2), strict=True)
    )
    assert taken(job, most_images=1) == []
    assert taken(job, most_images=3) == [small]
    assert taken(job, most_images=8) == [large, another]


def test_turns_decide_who_is_taken_first(people, checkpoint):
    job = lead(people[0], checkpoint)
    jobs = [make_job(owner, checkpoint) for owner in people[1:]]
    for owner, seconds in zip(people[1:], (30, 10, 20), strict=True):
        Share.objects.filter(owner=owner).update(virtual_seconds=seconds)
    assert taken(job, most_images=2) == [jobs[1], jobs[2]]


def test_a_person_has_more_than_one_only_when_it_is_their_turn_again(people, checkpoint):
    job = lead(people[0], checkpoint)
    many = [make_job(people[1], checkpoint) for _ in range(3)]
    one = make_job(people[2], checkpoint)
    assert taken(job, most_images=3) == [many[0], one, many[1]]


def test_interactive_goes_before_batch_and_no_lane_that_the_worker_has_not(people, checkpoint):
    job = lead(people[0], checkpoint)
    slow, quick = (make_job(owner, checkpoint) for owner in people[1:3])
    Job.objects.filter(pk=slow.pk).update(lane="batch")
    assert taken(job, most_images=1) == [quick]
    assert taken(job, lanes=("interactive",)) == []
    assert taken(job) == [slow]


def test_roles_limit_how_many_run_beside_each_other(people, checkpoint):
    group = Group.objects.create(name="visitors")
    RoleLimits.objects.create(group=group, most_running=1)
    people[1].groups.add(group)
    job = lead(people[0], checkpoint)
    first, _, another = (make_job(owner, checkpoint) for owner in (people[1], people[1], people[2]))
    assert taken(job) == [first, another]


def test_a_paused_queue_gives_no_companions(people, checkpoint):
    job = lead(people[0], checkpoint)
    make_job(people[1], checkpoint)
    QueueState.objects.update_or_create(pk=1, defaults={"paused": True})
    assert taken(job) == []


def test_a_job_that_lost_a_worker_takes_nobody_down_with_it(people, checkpoint):
    job = lead(people[0], checkpoint)
    suspect, other = (make_job(owner, checkpoint) for owner in people[1:3])
    Job.objects.filter(pk=suspect.pk).update(losses=1)
    assert taken(job) == [other]
    again = claim(worker="w", lanes=LANES)
    assert again.pk == suspect.pk
    make_job(people[3], checkpoint)
    assert taken(again) == []


def test_the_same_name_on_another_checkpoint_is_another_call(people, checkpoint):
    """A checkpoint may be deleted and another made under its name while jobs of the first still wait."""
    job = lead(people[0], checkpoint)
    waiting = make_job(people[1], checkpoint)
    Job.objects.filter(pk=waiting.pk).update(checkpoint=make_checkpoint("other"))
    assert taken(job) == []
