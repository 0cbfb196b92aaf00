"""Messages that wait for a client that reads slowly or not at all: the newest of what is overtaken, all others."""

from generation.events.framing import decode_binary, encode_binary
from generation.events.publish import preview_key
from generation.events.types import JobCancelled, JobImage, JobPreview, JobProgress
from generation.realtime.send_buffer import MOST_WAITING, ROOM, SendBuffer

A, B = "00000000-0000-0000-0000-00000000000a", "00000000-0000-0000-0000-00000000000b"


def put_preview(buffer, job, index, step, **room):
    frame = encode_binary(JobPreview(job, step, index, step).message(), b"jpeg")
    buffer.put_preview(preview_key(job, index), frame, **room)


def everything(buffer, **which):
    taken = []
    while (what := buffer.take(**which)) is not None:
        taken.append(what)
    return taken


def test_who_keeps_up_gets_everything_in_order():
    buffer = SendBuffer()
    for step in range(ROOM):
        buffer.put(JobProgress(A, step, step, 100).message())
        put_preview(buffer, A, 0, step)
    kinds = [isinstance(what, bytes) for what in everything(buffer)]
    assert kinds == [False, True] * ROOM


def test_beyond_that_the_newest_of_each_image_and_job_is_kept():
    buffer = SendBuffer()
    for step in range(500):
        for job in (A, B):
            buffer.put(JobProgress(job, step, step, 500).message())
            put_preview(buffer, job, 0, step)
    buffer.put(JobCancelled(A, 501, {"status": "cancelled"}).message())
    waiting = everything(buffer)
    assert len(waiting) < 3 * ROOM
    assert [what["data"] for what in waiting if not isinstance(what, bytes)][-3:] == [
        {"step": 499, "total": 500, "eta_seconds": None},
        {"step": 499, "total": 500, "eta_seconds": None},
        {"status": "cancelled"},
    ]


def test_previews_of_a_job_that_has_ended_make_room():
    buffer = SendBuffer()
    for index in range(2 * ROOM):
        put_preview(buffer, A, index, 1)
    put_preview(buffer, B, 0, 1)
    buffer.forget_previews(A)
    buffer.put(JobCancelled(A, 2, {"status": "cancelled"}).message())
    assert len(everything(buffer)) == 2


def test_previews_of_a_job_that_has_ended_stay_while_there_is_room():
    buffer = SendBuffer()
    put_preview(buffer, A, 0, 1)
    buffer.forget_previews(A)
    assert len(everything(buffer)) == 1


def steps_of(buffer):
    """Return (index, step) of the previews that wait, oldest first."""
    messages = (decode_binary(frame)[0]["data"] for frame in everything(buffer))
    return [(data["index"], data["step"]) for data in messages]


def test_without_room_only_the_newest_preview_of_each_image_waits():
    buffer = SendBuffer(preview_room=0)
    for step in range(1, 5):
        put_preview(buffer, A, 0, step)
        put_preview(buffer, A, 1, step)
    assert steps_of(buffer) == [(0, 4), (1, 4)]


def test_with_room_previews_wait_in_their_order_until_it_is_used_up():
    buffer = SendBuffer(preview_room=4)
    for step in (1, 2):
        put_preview(buffer, A, 0, step)
        put_preview(buffer, A, 1, step)
    put_preview(buffer, A, 0, 3)
    assert steps_of(buffer) == [(1, 1), (0, 2), (1, 2), (0, 3)]
    put_preview(buffer, A, 0, 4)
    assert steps_of(buffer) == [(0, 4)]


def test_states_and_images_are_never_overtaken():
    buffer = SendBuffer(progress_room=0, preview_room=1)
    for number in range(1, 40):
        buffer.put(JobImage(A, number, number, {}).message())
        buffer.put(JobProgress(A, number, number, 40).message())
        put_preview(buffer, A, 0, number)
    waiting = everything(buffer)
    events = [what for what in waiting if not isinstance(what, bytes)]
    assert [event["data"]["index"] for event in events if event["event"] == "job.image"] == list(range(1, 40))
    assert [event["data"]["step"] for event in events if event["event"] == "job.progress"] == [39]
    assert len(waiting) == 41


def test_previews_may_be_held_back_alone():
    buffer = SendBuffer()
    for step in range(3):
        put_preview(buffer, A, 0, step, room=0)
    buffer.put(JobProgress(A, 3, 3, 9).message())
    assert [what["event"] for what in everything(buffer, previews=False)] == ["job.progress"]
    (held,) = everything(buffer)
    assert b'"step": 2' in held


def test_it_says_when_nothing_more_goes_in():
    buffer = SendBuffer()
    for number in range(MOST_WAITING):
        assert not buffer.is_full
        buffer.put(JobCancelled(A, number, {"status": "cancelled"}).message())
    assert buffer.is_full
