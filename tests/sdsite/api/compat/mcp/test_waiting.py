"""Reports of progress: each larger than the one before, whatever order the events come in."""

from asgiref.sync import async_to_sync
from django.test import RequestFactory

from sdsite.api.compat.mcp.calls import Call
from sdsite.api.compat.mcp.waiting import Progress


def reports_of(*messages):
    """Return what a client is told of these events."""
    told = []

    async def report(progress, total, message):
        told.append((progress, total, message))

    async def tell_all():
        progress = Progress(Call(RequestFactory().post("/mcp"), report))
        for name, data in messages:
            await progress.tell({"event": name, "data": data})

    async_to_sync(tell_all)()
    return told


def job(status, step=0, total=8, **fields):
    return {
        "status": status,
        "progress": {"step": step, "total": total},
        "position": None,
        "eta_seconds": None,
        **fields,
    }


def test_a_job_from_the_queue_to_its_end():
    told = reports_of(
        ("snapshot", {"jobs": [job("queued", position=2, eta_seconds=7.6)]}),
        ("queue.moved", {"position": 1, "eta_seconds": None}),
        ("job.started", job("running")),
        ("job.progress", {"step": 3, "total": 8}),
        ("job.image", {"index": 0}),
        ("job.progress", {"step": 8, "total": 8}),
        ("job.succeeded", job("succeeded", step=8)),
    )
    assert [text for _, _, text in told] == [
        "queued at position 2, done in about 8 s",
        "queued at position 1",
        "running",
        "step 3 of 8",
        "step 8 of 8",
        "succeeded",
    ]
    numbers = [number for number, _, _ in told]
    assert numbers == sorted(set(numbers))
    assert numbers[3:5] == [3, 8]


def test_what_goes_back_is_not_told():
    told = reports_of(
        ("job.progress", {"step": 5, "total": 8}),
        ("job.queued", job("queued")),
        ("job.progress", {"step": 2, "total": 8}),
        ("job.progress", {"step": 6, "total": 8}),
        ("job.failed", job("failed", step=6)),
    )
    assert [text for _, _, text in told] == ["step 5 of 8", "step 6 of 8", "failed"]


def test_a_long_queue_never_reaches_the_first_step():
    moves = [("queue.moved", {"position": 3000 - number, "eta_seconds": None}) for number in range(3000)]
    told = reports_of(*moves, ("job.progress", {"step": 1, "total": 8}))
    assert told[-1] == (1.0, 8, "step 1 of 8")
    assert all(number < 1 for number, _, _ in told[:-1])
