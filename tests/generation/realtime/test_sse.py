"""Server-sent events of one job, with daphne, Valkey and a worker."""

import base64
import json
import os
import signal
import socket
from contextlib import closing

import pytest

from generation.events.publish import drain, publish, publish_preview
from generation.events.types import JobImage, JobPreview
from generation.jobs.cancel import cancel_job
from generation.models import Checkpoint, Job
from generation.realtime.sse import MOST_STREAMS
from sdsite.accounts.api_keys import revoke_key
from tests.generation.realtime.conftest import events, follow, following, key_of
from tests.support.factories import make_job, make_user
from tests.support.site import wait_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def starter(live_site):
    return Checkpoint.objects.get(slug="starter")


@pytest.fixture
def alice(live_site):
    return make_user("alice")


def test_a_job_tells_its_whole_story_and_the_stream_ends(live_site, alice, starter):
    _, key = key_of(alice)
    job = make_job(alice, starter, count=2, steps=8)
    told = follow(live_site, job, key)
    names = [name for _, name, _ in told]
    assert names[0] == "snapshot"
    assert told[0][2]["data"]["jobs"][0]["id"] == str(job.pk)
    assert names[-1] == "job.succeeded"
    assert len(told[-1][2]["data"]["images"]) == 2
    assert "job.preview" not in names
    ids = [number for number, _, _ in told]
    assert ids == sorted(ids)
    assert all(message["job"] == str(job.pk) and message["event"] == name for _, name, message in told)
    assert ids[-1] == Job.objects.get(pk=job.pk).sequence


def test_previews_come_on_request_as_text(live_site, alice, starter):
    _, key = key_of(alice)
    job = make_job(alice, starter, count=2, steps=30, preview={"every": 1})
    told = follow(live_site, job, key, "?previews=1")
    previews = [message for _, name, message in told if name == "job.preview"]
    assert {message["data"]["index"] for message in previews} == {0, 1}
    assert all(base64.b64decode(message["base64"]).startswith(b"\xff\xd8") for message in previews)


def test_who_comes_in_mid_job_sees_the_last_previews_at_once(live_site, alice, starter):
    _, key = key_of(alice)
    job = make_job(alice, starter, count=2, batch_size=2, steps=150)
    wait_for(lambda: Job.objects.get(pk=job.pk).step > 4, what="the first steps")
    live_site.processes["worker"].send_signal(signal.SIGSTOP)  # or its next messages come between
    with following(live_site, job, key, "?previews=1") as response:
        told = events(response)
        first = [next(told)[1] for _ in range(3)]
    live_site.processes["worker"].send_signal(signal.SIGCONT)
    assert first == ["snapshot", "job.preview", "job.preview"]
    cancel_job(job=job, actor=alice)


def test_one_person_has_so_many_streams_and_a_closed_one_makes_room(live_site, alice, starter):
    from contextlib import ExitStack

    _, key = key_of(alice)
    live_site.processes["worker"].send_signal(signal.SIGSTOP)
    job = make_job(alice, starter, steps=2)
    with ExitStack() as stack:
        streams = [stack.enter_context(following(live_site, job, key)) for _ in range(MOST_STREAMS)]
        told = [events(stream) for stream in streams]  # kept: one that is forgotten closes its stream
        assert {next(one)[1] for one in told} == {"snapshot"}
        with following(live_site, job, key) as response:
            assert response.status_code == 429
            assert response.headers["Retry-After"]
            assert json.loads(response.read())["error"]["code"] == "too_many_streams"
        streams[0].close()

        def let_in():
            with following(live_site, job, key) as response:
                return response.status_code == 200

        wait_for(let_in, what="room after one hung up")


def test_a_slow_reader_misses_previews_and_nothing_else(live_site, alice, starter):
    _, key = key_of(alice)
    live_site.processes["worker"].send_signal(signal.SIGSTOP)
    job = make_job(alice, starter, steps=2)
    sent, large = 80, os.urandom(150_000)  # 16 MB as text: more than any buffer on the way holds
    with closing(socket.socket()) as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect(("127.0.0.1", live_site.port))
        head = f"GET /api/v1/jobs/{job.pk}/events?previews=1 HTTP/1.0\r\nHost: localhost\r\nX-API-Key: {key}\r\n\r\n"
        slow.sendall(head.encode())
        slow.settimeout(60)
        received = b""
        while b"event: snapshot" not in received:  # what is said before it is in the row, and these pictures are not
            part = slow.recv(65536)
            assert part, "the stream ended"
            received += part
        for number in range(1, sent + 1):
            publish_preview(alice.pk, JobPreview(str(job.pk), 10 + number, number % 2, number), large)
            publish(alice.pk, JobImage(str(job.pk), 10 + number, number, {"number": number}))
            assert drain()
        cancel_job(job=job, actor=alice)
        assert drain()
        while part := slow.recv(65536):
            received += part
    told = [json.loads(line[6:]) for line in received.decode().splitlines() if line.startswith("data: ")]
    assert told[-1]["event"] == "job.cancelled"
    assert [one["data"]["index"] for one in told if one["event"] == "job.image"] == list(range(1, sent + 1))
    steps = [one["data"]["step"] for one in told if one["event"] == "job.preview"]
    assert steps[-2:] == [sent - 1, sent]
    assert len(steps) < sent / 2


def test_a_stream_ends_when_its_key_is_revoked(live_site, alice, starter):
    row, key = key_of(alice)
    live_site.processes["worker"].send_signal(signal.SIGSTOP)
    job = make_job(alice, starter, steps=2)
    with following(live_site, job, key) as response:
        told = events(response)
        assert next(told)[1] == "snapshot"
        revoke_key(key=row, actor=alice)
        assert {event for _, event, _ in told} <= {"queue.moved"}, "nothing of what becomes of the job"
    assert Job.objects.get(pk=job.pk).status == "queued"
