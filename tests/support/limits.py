"""Limits of a role, and jobs that are refused for them."""

from django.utils import timezone


def limit(group=None, **values):
    """Return limits of `group`, of everybody else without one."""
    from generation.models import RoleLimits

    checkpoints, loras = values.pop("checkpoints", ()), values.pop("loras", ())
    row = RoleLimits.objects.create(group=group, **values)
    row.checkpoints.set(checkpoints)
    row.loras.set(loras)
    return row


def refused(response, status, code):
    """Return the limit that an answer names, having checked the rest of it."""
    assert response.status_code == status, response.content
    error = response.json()["error"]
    assert set(error) == {"code", "message", "fields", "limit"}
    assert error["code"] == code
    assert set(error["limit"]) == {"name", "most", "current", "resets_at"}
    return error["limit"]


def ended(job, *, seconds, ago):
    """Let `job` have ended `ago`, having used `seconds`."""
    from generation.models import Job

    Job.objects.filter(pk=job.pk).update(
        status="succeeded", used_seconds=seconds, finished_at=timezone.now() - ago, predicted_seconds=0
    )


def predicted(job):
    job.refresh_from_db()
    return job.predicted_seconds
