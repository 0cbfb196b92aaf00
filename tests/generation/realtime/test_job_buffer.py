"""What waits for a client, in bounded memory."""

from generation.events.framing import encode_binary
from generation.events.publish import preview_key
from generation.events.types import JobImage, JobPreview, JobProgress
from generation.realtime.job_buffer import JobBuffer

JOB = "0b7f"


def preview(index, step):
    message = JobPreview(JOB, step, index, step).message()
    return {"key": preview_key(JOB, index), "frame": encode_binary(message, b"jpeg")}


def taken(mailbox):
    found = []
    while (news := mailbox.take()) is not None:
        found.append((news[0]["event"], news[0]["data"].get("index"), news[0]["data"].get("step")))
    return found


def test_without_room_only_the_newest_preview_of_each_image_waits():
    mailbox = JobBuffer(JOB, previews=True)
    for step in range(1, 5):
        assert mailbox.hear(preview(0, step))
        assert mailbox.hear(preview(1, step))
    assert taken(mailbox) == [("job.preview", 0, 4), ("job.preview", 1, 4)]


def test_with_room_previews_wait_in_their_order_until_it_is_used_up():
    mailbox = JobBuffer(JOB, previews=True, room=4)
    for step in (1, 2):
        mailbox.hear(preview(0, step))
        mailbox.hear(preview(1, step))
    mailbox.hear(preview(0, 3))
    assert taken(mailbox) == [("job.preview", index, step) for index, step in ((1, 1), (0, 2), (1, 2), (0, 3))]
    mailbox.hear(preview(0, 4))
    assert taken(mailbox) == [("job.preview", 0, 4)]


def test_states_and_images_are_never_overtaken():
    mailbox = JobBuffer(JOB, previews=True, room=1)
    for number in range(1, 40):
        mailbox.hear({"message": JobImage(JOB, number, number, {}).message()})
        mailbox.hear({"message": JobProgress(JOB, number, number, 40).message()})
        mailbox.hear(preview(0, number))
    found = taken(mailbox)
    assert [index for event, index, _ in found if event == "job.image"] == list(range(1, 40))
    assert [step for event, _, step in found if event != "job.image"] == [39, 39]


def test_what_concerns_other_jobs_is_not_heard():
    mailbox = JobBuffer("other", previews=True)
    assert not mailbox.hear(preview(0, 1))
    assert not mailbox.hear({"message": JobProgress(JOB, 1, 1, 2).message()})
    assert not JobBuffer(JOB, previews=False).hear(preview(0, 1))
