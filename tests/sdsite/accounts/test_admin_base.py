"""Admin actions with a dialog: nothing changes before its POST."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from generation.models import Job
from sdsite.accounts.models import AuditEvent
from sdsite.admin.groups import GroupAdmin
from tests.support.factories import make_job


@pytest.fixture
def job(alice, checkpoint):
    return make_job(alice, checkpoint)


def verb(client, name, job, **headers):
    url = reverse(f"admin:generation_job_{name}", args=[job.pk])
    return client.post(url, {"_form_submitted": "on"}, headers=headers)


def test_a_look_at_the_dialog_changes_nothing(as_root, job):
    answer = as_root.get(reverse("admin:generation_job_cancel_this", args=[job.pk]))
    assert answer.status_code == 200
    job.refresh_from_db()
    assert job.status == "queued"


def test_the_dialog_acts_on_post_and_goes_to_the_job(as_root, job):
    answer = verb(as_root, "cancel_this", job, **{"HX-Request": "true"})
    job.refresh_from_db()
    assert job.status == "cancelled"
    assert answer["HX-Redirect"] == reverse("admin:generation_job_change", args=[job.pk])
    answer = verb(as_root, "retry_this", job)
    fresh = Job.objects.exclude(pk=job.pk).get()
    assert (answer.status_code, answer["Location"]) == (303, reverse("admin:generation_job_change", args=[fresh.pk]))


def test_a_verb_without_a_token_is_refused(root, job):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(root)
    assert verb(client, "cancel_this", job).status_code == 403
    job.refresh_from_db()
    assert job.status == "queued"


def test_rows_are_not_deleted_without_their_entries(as_root, act, monkeypatch):
    def fail(*_):
        raise RuntimeError

    monkeypatch.setattr(GroupAdmin, "delete_queryset", fail)
    group = Group.objects.create(name="class")
    with pytest.raises(RuntimeError):
        act(as_root, reverse("admin:auth_group_changelist"), "delete_selected", group, post="yes")
    assert not AuditEvent.objects.filter(action="group.deleted").exists()
