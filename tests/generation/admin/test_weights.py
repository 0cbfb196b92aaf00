"""Admin pages that scan folders for checkpoints, upload them, or download them from the Hub."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from safetensors.numpy import save

from generation.checkpoints import uploads
from generation.models import Checkpoint
from sdsite.accounts.models import AuditEvent
from tests.generation.conftest import weights

pytestmark = pytest.mark.usefixtures("checkpoints_folder")


SCAN = reverse("admin:generation_checkpoint_scan")


UPLOAD = reverse("admin:generation_checkpoint_upload")


FETCH = reverse("admin:generation_checkpointdownload_add")


PAGES = [SCAN, UPLOAD, FETCH]


def test_what_is_ticked_is_added(as_root, root, filled):
    ticked = [str(filled / "velocity.safetensors"), str(filled / "tulips" / "one"), str(filled / "style.safetensors")]
    answer = as_root.post(SCAN, {"ticked": ticked}, follow=True)
    rows = {row.slug: row for row in Checkpoint.objects.exclude(slug="known")}
    assert set(rows) == {"velocity", "one"}
    assert (rows["velocity"].kind, rows["one"].kind) == ("file", "folder")
    assert rows["velocity"].found_prediction == "v_prediction"
    assert "is a LoRA" in answer.content.decode()
    assert AuditEvent.objects.filter(action="checkpoint.created", actor=root).count() == 2
    assert {one.title for one in as_root.get(SCAN).context["usable"]} == set()


def send(client, data, name="Übung (1).safetensors", **fields):
    return client.post(UPLOAD, {"title": "", **fields, "file": SimpleUploadedFile(name, data)})


def leftovers():
    return [path for path in uploads.uploads_folder().rglob("*")]


def test_an_upload_from_another_site_is_refused(root, checkpoints_folder):
    client = Client(enforce_csrf_checks=True)
    client.force_login(root)
    assert send(client, save(weights())).status_code == 403
    assert leftovers() == []
    token = client.get(UPLOAD).context["csrf_token"]
    assert send(client, save(weights()), csrfmiddlewaretoken=str(token)).status_code == 302


@pytest.mark.parametrize("page", PAGES)
def test_only_those_who_may_add_checkpoints_get_there(as_root, as_moderator, as_alice, page):
    assert as_root.get(page).status_code == 200
    assert as_moderator.get(page).status_code == 403
    assert as_alice.get(page).status_code in (302, 403)
