"""Downloads in the admin: requested, cancelled, resumed, refused."""

import pytest
from django.urls import reverse

from generation.models import CheckpointDownload
from sdsite.accounts.models import AuditEvent

pytestmark = pytest.mark.usefixtures("checkpoints_folder")


DOWNLOADS = reverse("admin:generation_checkpointdownload_changelist")


FETCH = reverse("admin:generation_checkpointdownload_add")


def test_a_download_is_asked_for_cancelled_and_resumed(as_root, root, act):
    data = {
        "repository": "owner/some-model.v1_0",
        "revision": "",
        "filename": "",
        "half": "on",
        "title": "",
        "slug": "",
    }
    assert as_root.post(FETCH, data).status_code == 302
    row = CheckpointDownload.objects.get()
    assert (row.slug, row.title, row.state, row.requested_by) == ("some-model-v1-0", "some-model.v1_0", "queued", root)
    CheckpointDownload.objects.update(bytes_done=500, bytes_total=2000, state="running")
    page = as_root.get(DOWNLOADS).content.decode()
    assert 'value="0.250" data-moving' in page
    assert "500\xa0bytes of 2.0\xa0KB" in page
    act(as_root, DOWNLOADS, "cancel", row)
    row.refresh_from_db()
    assert (row.state, row.cancel_requested) == ("running", True)
    CheckpointDownload.objects.update(state="failed", error="The Hub does not give owner/name.")
    assert "The Hub does not give" in as_root.get(DOWNLOADS).content.decode()
    act(as_root, DOWNLOADS, "resume", row)
    row.refresh_from_db()
    assert (row.state, row.error, row.cancel_requested) == ("queued", "", False)
    assert as_root.get(reverse("admin:generation_checkpointdownload_change", args=[row.pk])).status_code == 200
    as_root.post(reverse("admin:generation_checkpointdownload_delete", args=[row.pk]), {"post": "yes"})
    assert not CheckpointDownload.objects.exists()
    actions = set(AuditEvent.objects.values_list("action", flat=True))
    assert actions == {"download.created", "download.cancelled", "download.resumed", "download.deleted"}


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"repository": "no id"}, "repository"), ({"slug": "starter"}, "slug"), ({"repository": ""}, "repository")],
)
def test_a_download_that_cannot_work_is_refused(as_root, checkpoint, fields, field):
    data = {"repository": "owner/name", "revision": "", "filename": "", "title": "", "slug": "", **fields}
    answer = as_root.post(FETCH, data)
    assert list(answer.context["adminform"].form.errors) == [field]
    assert not CheckpointDownload.objects.exists()
