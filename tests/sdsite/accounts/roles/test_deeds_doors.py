"""Each deed asks its permission at every door: a table of requests, refused without the permission, taken with it."""

import json

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.files.uploadedfile import SimpleUploadedFile

from gallery.actions.collections import create_collection
from sdsite.accounts.models import Role
from tests.support.clients.api_client import knocking_as
from tests.support.clients.comfyui_workflows import text_to_image
from tests.support.clients.logged_in import client_of
from tests.support.factories import end_job, make_image, make_job
from tests.support.images import encoded

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_media", "valkey")]

REQUEST = {"prompt": "a red heart", "checkpoint": "starter"}
LASTING = "lasting"  # a door that answers when its images are there, which nobody makes here


class Doors:
    """A person with something of everything, a key, and a session."""

    def __init__(self, person, checkpoint):
        self.key, self.page = knocking_as(person, "generate", "read", "write"), client_of(person)
        self.ended = make_job(person, checkpoint)
        end_job(self.ended, status="failed")
        self.image = make_image(person, job_id=self.ended.pk)
        self.collection = create_collection(owner=person, name="hearts")

    def api(self, method, path, body):
        return self.key.api(method, path.format(image=self.image.pk, list=self.collection.pk, job=self.ended.pk), body)

    def session(self, path, body):
        return self.page.post(path, body)

    def other(self, path, body):
        return self.key.post(path, json.dumps(body), content_type="application/json")

    def file(self, path, field):
        return self.key.post(path, {field: SimpleUploadedFile("red.png", encoded(), "image/png")})


HOOK = {"name": "mine", "url": "https://example.org/hook", "events": ["job.succeeded"]}
KEY = {"name": "laptop", "scopes": ["read"], "expires": ""}
# (permission, door, how one knocks)
TABLE = [
    ("generation.submit_job", "native", lambda at: at.api("POST", "/jobs", REQUEST)),
    ("generation.submit_job", "dry run", lambda at: at.api("POST", "/jobs?dry_run=true", REQUEST)),
    ("generation.submit_job", "retry", lambda at: at.api("POST", "/jobs/{job}/retry", None)),
    ("generation.submit_job", "comfyui", lambda at: at.other("/prompt", {"prompt": text_to_image()})),
    ("generation.submit_job", f"simple, {LASTING}", lambda at: at.other("/generate", {**REQUEST, "wait": 0})),
    ("generation.submit_job", f"openai, {LASTING}", lambda at: at.other("/v1/images/generations", {"prompt": "red"})),
    ("generation.submit_job", f"sdapi, {LASTING}", lambda at: at.other("/sdapi/v1/txt2img", {"prompt": "red"})),
    ("generation.use_webhooks", "page", lambda at: at.session("/settings/webhooks/", HOOK)),
    (
        "generation.use_webhooks",
        "of a job",
        lambda at: at.api("POST", "/jobs", {**REQUEST, "webhook": {"url": HOOK["url"]}}),
    ),
    ("gallery.upload_image", "native", lambda at: at.file("/api/v1/uploads", "file")),
    ("gallery.upload_image", "import", lambda at: at.file("/api/v1/images/import", "file")),
    ("gallery.upload_image", "comfyui", lambda at: at.file("/upload/image", "image")),
    (
        "gallery.publish_image",
        "images",
        lambda at: at.api(
            "POST", "/images/bulk", {"action": "visibility", "value": "members", "ids": [str(at.image.pk)]}
        ),
    ),
    (
        "gallery.publish_image",
        "collection",
        lambda at: at.api("PATCH", "/collections/{list}", {"visibility": "public"}),
    ),
    ("gallery.share_link", "image", lambda at: at.api("POST", "/images/{image}/links", {})),
    ("gallery.share_link", "collection", lambda at: at.api("POST", "/collections/{list}/links", {})),
    ("accounts.make_key", "page", lambda at: at.session("/settings/keys/", KEY)),
]


@pytest.fixture
def doors(alice, checkpoint):
    return Doors(alice, checkpoint)


@pytest.fixture
def ticks(alice, doors):
    """The permissions of alice's only role; her key and her things are older than it."""
    group = Group.objects.create(name="guests")
    Role.objects.create(group=group)
    alice.groups.add(group)
    return group.permissions


def test_each_door_refuses_by_permission_and_then_lets_in(doors, ticks):
    for permission, door, knock in TABLE:
        ticks.set(Permission.objects.exclude(codename=permission.partition(".")[2]))
        refused = knock(doors)
        said = f"{permission} at {door}: {refused.status_code} {refused.content[:300]}"
        assert refused.status_code == 403, said
        assert permission in refused.content.decode(), said
        if LASTING not in door:
            ticks.set(Permission.objects.all())
            taken = knock(doors)
            assert taken.status_code < 400, f"{permission} at {door}: {taken.status_code} {taken.content[:300]}"


def test_the_native_api_says_it_with_a_code(doors, ticks):
    error = doors.api("POST", "/jobs", REQUEST).json()["error"]
    assert error["code"] == "not_allowed"
    assert error["message"] == "Your role does not let you do this: Submit jobs (generation.submit_job)."


def test_images_of_a_public_collection_are_published_too(doors, ticks):
    ticks.set(Permission.objects.all())
    body = {"ids": [str(doors.image.pk)]}
    assert doors.api("PATCH", "/collections/{list}", {"visibility": "public"}).status_code == 200
    ticks.clear()
    assert doors.api("POST", "/collections/{list}/images", body).status_code == 403
    assert doors.api("PATCH", "/collections/{list}", {"visibility": "private"}).status_code == 200
    assert doors.api("POST", "/collections/{list}/images", body).status_code == 200


def test_undoing_does_not_publish(doors, ticks):
    ticks.set(Permission.objects.all())
    body = {"action": "visibility", "ids": [str(doors.image.pk)]}
    doors.api("POST", "/images/bulk", {**body, "value": "public"})
    token = doors.api("POST", "/images/bulk", {**body, "value": "private"}).json()["undo"]
    ticks.clear()
    assert doors.api("POST", "/images/bulk/undo", {"undo": token}).status_code == 403
    doors.image.refresh_from_db()
    assert doors.image.visibility == "private"
