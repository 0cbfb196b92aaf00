"""What waits for a client that reads slowly, or not at all: the newest of what is overtaken, all that counts."""

from generation.events.framing import encode_binary
from generation.events.publish import preview_key
from generation.events.types import JobCancelled, JobPreview, JobProgress
from generation.realtime.user_buffer import MOST_WAITING, ROOM, UserBuffer

A, B = "00000000-0000-0000-0000-00000000000a", "00000000-0000-0000-0000-00000000000b"


def put_preview(outbox, job, index, step, **room):
    frame = encode_binary(JobPreview(job, step, index, step).message(), b"jpeg")
    outbox.put_preview(preview_key(job, index), frame, **room)


def everything(outbox, **which):
    taken = []
    while (what := outbox.take(**which)) is not None:
        taken.append(what)
    return taken


def test_who_keeps_up_gets_everything_in_order():
    outbox = UserBuffer()
    for step in range(ROOM):
        outbox.put(JobProgress(A, step, step, 100).message())
        put_preview(outbox, A, 0, step)
    kinds = [isinstance(what, bytes) for what in everything(outbox)]
    assert kinds == [False, True] * ROOM


def test_beyond_that_the_newest_of_each_image_and_job_is_kept():
    outbox = UserBuffer()
    for step in range(500):
        for job in (A, B):
            outbox.put(JobProgress(job, step, step, 500).message())
            put_preview(outbox, job, 0, step)
    outbox.put(JobCancelled(A, 501, {"status": "cancelled"}).message())
    waiting = everything(outbox)
    assert len(waiting) < 3 * ROOM
    assert [what["data"] for what in waiting if not isinstance(what, bytes)][-3:] == [
        {"step": 499, "total": 500, "eta_seconds": None},
        {"step": 499, "total": 500, "eta_seconds": None},
        {"status": "cancelled"},
    ]


def test_previews_of_a_job_that_has_ended_make_room():
    outbox = UserBuffer()
    for index in range(2 * ROOM):
        put_preview(outbox, A, index, 1)
    put_preview(outbox, B, 0, 1)
    outbox.put(JobCancelled(A, 2, {"status": "cancelled"}).message())
    assert len(everything(outbox)) == 2


def test_previews_may_be_held_back_alone():
    outbox = UserBuffer()
    for step in range(3):
        put_preview(outbox, A, 0, step, room=0)
    outbox.put(JobProgress(A, 3, 3, 9).message())
    assert [what["event"] for what in everything(outbox, previews=False)] == ["job.progress"]
    (held,) = everything(outbox)
    assert b'"step": 2' in held


def test_it_says_when_nothing_more_goes_in():
    outbox = UserBuffer()
    for number in range(MOST_WAITING):
        assert not outbox.is_full
        outbox.put(JobCancelled(A, number, {"status": "cancelled"}).message())
    assert outbox.is_full
