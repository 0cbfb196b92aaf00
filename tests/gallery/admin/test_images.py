"""Images in the admin: viewed, searched, deleted."""

import uuid
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.urls import reverse

from gallery.models import Image
from sdsite.accounts.models import AuditEvent
from tests.support.factories import make_image, make_user

LIST = reverse("admin:gallery_image_changelist")


def files_of(*images):
    return [name for image in images for name in (image.file, image.thumbnail)]


def test_the_list_shows_thumbnails_that_the_moderator_may_load(as_moderator, alice):
    image = make_image(alice)
    thumbnail = reverse("image_thumbnail", args=[image.pk])
    assert thumbnail in as_moderator.get(LIST).content.decode()
    assert as_moderator.get(thumbnail).status_code == 200


def test_the_page_shows_the_image_and_its_provenance(as_moderator, alice):
    image = make_image(alice)
    page = as_moderator.get(reverse("admin:gallery_image_change", args=[image.pk])).content.decode()
    for shown in (reverse("image_file", args=[image.pk]), image.sha256, str(image.job_id), "a red heart"):
        assert shown in page


def test_deleting_one_removes_row_and_files_after_the_commit(
    as_moderator, moderator, alice, django_capture_on_commit_callbacks
):
    image, kept = make_image(alice), make_image(alice)
    assert all(default_storage.exists(name) for name in files_of(image, kept))
    with django_capture_on_commit_callbacks(execute=True):
        as_moderator.post(reverse("admin:gallery_image_delete", args=[image.pk]), {"post": "yes"})
    assert list(Image.objects.all()) == [kept]
    assert not any(default_storage.exists(name) for name in files_of(image))
    assert all(default_storage.exists(name) for name in files_of(kept))
    event = AuditEvent.objects.get(action="image.deleted")
    assert (event.actor, event.target) == (moderator, str(image.pk))


def test_deleting_the_selected_removes_rows_and_files_after_the_commit(
    as_moderator, alice, act, django_capture_on_commit_callbacks
):
    images = [make_image(alice, index=index) for index in range(3)]
    with django_capture_on_commit_callbacks(execute=True):
        act(as_moderator, LIST, "delete_selected", *images[:2], post="yes")
    assert list(Image.objects.all()) == images[2:]
    assert not any(default_storage.exists(name) for name in files_of(*images[:2]))
    assert all(default_storage.exists(name) for name in files_of(images[2]))
    assert AuditEvent.objects.filter(action="image.deleted").count() == 2


def test_seeing_is_not_deleting(bob, alice, act):
    from django.contrib.auth.models import Permission

    from tests.support.clients.logged_in import client_of

    bob.user_permissions.set(Permission.objects.filter(codename="view_image"))
    image = make_image(alice)
    client = client_of(bob)
    act(client, LIST, "delete_selected", image, post="yes")
    assert client.post(reverse("admin:gallery_image_delete", args=[image.pk]), {"post": "yes"}).status_code == 403
    assert Image.objects.filter(pk=image.pk).exists()


def test_images_cannot_be_added_or_changed_by_hand(as_root, alice):
    image = make_image(alice)
    assert as_root.get(reverse("admin:gallery_image_add")).status_code == 403
    assert as_root.post(reverse("admin:gallery_image_change", args=[image.pk]), {"owner": "1"}).status_code == 403


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=fish", {"fish"}),
        ("?q=dora", {"fish"}),
        ("?q=4294967295", {"heart"}),
        ("?q={job}", {"heart"}),
        ("?q={image}", {"fish"}),
        ("?format__exact=png", {"heart", "fish"}),
        ("?format__exact=webp", set()),
        ("?owner__id__exact={dora}", {"fish"}),
        ("?created_at_from_0=2020-01-01&created_at_from_1=00:00:00", {"heart", "fish"}),
    ],
)
def test_images_are_found(as_root, alice, query, found):
    job, dora = uuid.UUID("aaaaaaaa-0000-4000-8000-000000000000"), make_user("dora")
    heart = make_image(alice, job_id=job, age=timedelta(hours=1))
    fish = make_image(dora, job_id=uuid.UUID("bbbbbbbb-0000-4000-8000-000000000000"), index=5, prompt="a blue fish")
    Image.objects.filter(pk=heart.pk).update(seed=4294967295)
    names = {heart.pk: "heart", fish.pk: "fish"}
    answer = as_root.get(LIST + query.format(job=job, image=fish.pk, dora=dora.pk))
    assert answer.status_code == 200
    assert {names[row.pk] for row in answer.context["cl"].result_list} == found


def test_a_longer_list_costs_no_more_queries(as_root, django_assert_max_num_queries):
    for number in range(12):
        make_image(make_user(f"user{number}"))
    with django_assert_max_num_queries(12):
        as_root.get(LIST)
