"""`manage.py calibrate` measures a checkpoint through a live worker, keeps the table, and leaves no image."""

import pytest
from django.core.management import CommandError, call_command

from gallery.models import Image
from generation.models import Job, MeasuredSpeed
from tests.support.factories import make_checkpoint, make_job, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def admin(db):
    return make_user("admin")


def test_a_grid_is_measured_and_printed(live_site, admin, capsys):
    checkpoint = make_checkpoint("free", sizes=[])
    words = ("--sizes", "64x64,128x64", "--batches", "2,1", "--steps", "2", "--runs", "2")
    call_command("calibrate", "free", *words)
    rows = {(row.width, row.height, row.images): row for row in MeasuredSpeed.objects.filter(checkpoint=checkpoint)}
    assert set(rows) == {(64, 64, 1), (64, 64, 2), (128, 64, 1), (128, 64, 2)}
    assert {row.runs for row in rows.values()} == {2}
    assert all(row.step_seconds > 0 and row.hardware == "cpu" for row in rows.values())
    out = capsys.readouterr().out
    assert "64x64, 2 together: measured" in out
    table = [line.split() for line in out.splitlines() if line.strip().startswith("cpu")]
    assert [line[1:3] for line in table] == [["64x64", "1"], ["64x64", "2"], ["128x64", "1"], ["128x64", "2"]]
    assert table[0][-1] == "1.00"
    assert not Image.objects.exists()
    jobs = Job.objects.all()
    assert {(job.source, job.status, job.lane, job.owner) for job in jobs} == {
        ("calibrate", "succeeded", "batch", admin)
    }


def test_it_makes_room_for_others_and_starts_again(live_site, admin, capsys, monkeypatch):
    """Somebody submits a job while a cell is measured."""
    from generation.management.commands import calibrate

    checkpoint = make_checkpoint("free", sizes=[])
    alice, submit_cell, jobs = make_user("alice"), calibrate.submit_cell, []

    def submit_and_be_joined(*args, **more):
        cell = submit_cell(*args, **more)
        if not jobs:
            jobs.append(make_job(alice, checkpoint, width=64, height=64, steps=2))
        return cell

    monkeypatch.setattr(calibrate, "submit_cell", submit_and_be_joined)
    call_command("calibrate", "free", "--sizes", "64x64", "--batches", "1", "--steps", "60", "--runs", "3")
    assert "64x64, 1 together: measured" in capsys.readouterr().out
    assert Job.objects.get(pk=jobs[0].pk).status == "succeeded"
    assert MeasuredSpeed.objects.get(checkpoint=checkpoint).runs >= 1


def test_it_is_refused_while_others_wait(live_site, admin, starter_is_busy):
    with pytest.raises(CommandError, match="quiet moment"):
        call_command("calibrate", "starter")


@pytest.fixture
def starter_is_busy(live_site, alice):
    from generation.models import Checkpoint, QueueState

    QueueState.objects.update_or_create(pk=1, defaults={"paused": True})
    make_job(alice, Checkpoint.objects.get(slug="starter"))


def test_sizes_that_are_not_allowed_are_named_and_left_out(live_site, admin, capsys):
    call_command("calibrate", "starter", "--sizes", "64x64", "--batches", "1")
    out = capsys.readouterr().out
    assert "64x64, 1 together: " in out
    assert "1 of 1 cells were not measured." in out
    assert not Job.objects.exists()


def test_it_stops_when_its_time_is_over(live_site, admin, capsys):
    call_command("calibrate", "starter", "--minutes", "0")
    assert "the time is over" in capsys.readouterr().out
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("missing",), "no enabled checkpoint named 'missing'"),
        (("--user", "nobody"), "no active user named 'nobody'"),
        (("--sizes", "big"), "not a list such as 512x512"),
        (("--batches", "0"), "numbers from 1 to 16"),
    ],
)
def test_what_it_cannot_do_is_said_in_a_sentence(admin, checkpoint, words, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command("calibrate", *words)
    assert not Job.objects.exists()
