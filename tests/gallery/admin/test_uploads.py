"""Uploads in the admin: viewed, searched, deleted."""

from django.core.files.storage import default_storage
from django.urls import reverse

from gallery.models import Upload
from sdsite.accounts.models import AuditEvent
from tests.support.images import picture, upload_of

LIST = reverse("admin:gallery_upload_changelist")


def test_the_list_shows_thumbnails_that_the_administrator_may_load(as_root, alice):
    thumbnail = reverse("api:get_upload_thumbnail", args=[upload_of(alice).pk])
    assert thumbnail in as_root.get(LIST).content.decode()
    assert as_root.get(thumbnail)["Content-Type"] == "image/webp"


def test_the_page_shows_the_image_and_its_owner(as_root, alice):
    upload = upload_of(alice)
    page = as_root.get(reverse("admin:gallery_upload_change", args=[upload.pk])).content.decode()
    for shown in (reverse("api:get_upload_file", args=[upload.pk]), upload.sha256, "alice", "64 × 48"):
        assert shown in page


def test_without_the_permission_there_is_neither_list_nor_file(as_moderator, alice):
    upload = upload_of(alice)
    assert as_moderator.get(LIST).status_code == 403
    assert as_moderator.get(reverse("api:get_upload_file", args=[upload.pk])).status_code == 404


def test_deleting_removes_rows_and_files_and_is_in_the_audit_log(
    as_root, root, alice, act, django_capture_on_commit_callbacks
):
    one, other, kept = (upload_of(alice, picture(colour)) for colour in ("red", "green", "blue"))
    with django_capture_on_commit_callbacks(execute=True):
        as_root.post(reverse("admin:gallery_upload_delete", args=[one.pk]), {"post": "yes"})
        act(as_root, LIST, "delete_selected", other, post="yes")
    assert list(Upload.objects.all()) == [kept]
    assert not any(default_storage.exists(name) for row in (one, other) for name in (row.file, row.thumbnail))
    assert default_storage.exists(kept.file)
    trail = AuditEvent.objects.filter(action="upload.deleted", actor=root)
    assert {event.target for event in trail} == {str(one.pk), str(other.pk)}
