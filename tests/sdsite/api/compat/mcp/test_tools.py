"""The tools by hand: what they store, whom they answer, and what they refuse."""

import pytest

from gallery.models import Image
from generation.models import Job
from tests.sdsite.api.compat.mcp.conftest import call, refused, result_of
from tests.support.clients.api_client import knocking_as
from tests.support.factories import end_job, make_image, make_job
from tests.support.images import upload_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_media")]


def test_generate_stores_one_job_and_says_how_to_go_on(client, alice):
    words = {"prompt": "a red heart", "steps": 3, "wait_seconds": 0, "idempotency_key": "once"}
    first, _ = call(client, "generate", **words)
    again, _ = call(client, "generate", **words)
    [job] = Job.objects.all()
    assert (job.owner, job.source, job.parameters["steps"]) == (alice, "mcp", 3)
    assert first["job_id"] == again["job_id"] == str(job.pk)
    assert (first["status"], first["finished"], first["images"]) == ("queued", False, [])
    assert "wait" in first["hint"]
    assert refused(client, "generate", **{**words, "steps": 4})["code"] == "idempotency_conflict"


def test_edit_begins_with_an_image_of_the_library_or_an_upload(client, alice, bob):
    mask = upload_of(alice).reference
    image = f"image:{make_image(alice).pk}"
    call(client, "edit", prompt="a bird", init_image=image, mask_image=mask, wait_seconds=0)
    assert Job.objects.get().parameters["task"] == "inpaint"
    foreign = refused(client, "edit", prompt="a bird", init_image=f"image:{make_image(bob).pk}", wait_seconds=0)
    assert "init_image" in foreign["fields"]
    assert refused(client, "edit", prompt="a bird")["fields"].keys() == {"init_image"}


def test_wait_shows_what_has_ended_and_a_failure_is_one(client, alice, checkpoint):
    job = make_job(alice, checkpoint)
    make_image(alice, job_id=job.pk)
    end_job(job)
    answer, [image] = call(client, "wait", job_id=str(job.pk))
    assert (answer["status"], answer["hint"], image["mimeType"]) == ("succeeded", None, "image/webp")
    _, [file] = call(client, "wait", job_id=str(job.pk), show="full")
    assert file["mimeType"] == "image/png"
    lost = make_job(alice, checkpoint)
    end_job(lost, status="failed", error_code="out_of_memory", error_message="Too little memory.")
    result = result_of(client, "tools/call", name="wait", arguments={"job_id": str(lost.pk)})
    assert result["isError"]
    assert result["structuredContent"]["error"] == {"code": "out_of_memory", "message": "Too little memory."}


def test_an_image_under_review_is_named_to_nobody(client, alice, checkpoint):
    job = make_job(alice, checkpoint)
    image = make_image(alice, job_id=job.pk)
    end_job(job)
    Image.objects.update(quarantined_at=image.created_at)
    answer, shown = call(client, "wait", job_id=str(job.pk), show="full")
    assert (answer["images"], shown) == ([], [])
    assert "under review" in answer["notes"][-1]
    assert refused(client, "get_image", image_id=str(image.pk), show="full")["code"] == "quarantined"


def test_cancel_ends_a_queued_job(client, alice, checkpoint):
    job = make_job(alice, checkpoint)
    assert call(client, "cancel", job_id=str(job.pk))[0]["status"] == "cancelled"


def test_search_finds_only_ones_own_page_by_page(client, alice, bob):
    mine = [str(make_image(alice, index=number).pk) for number in range(3)]
    make_image(bob)
    make_image(alice, prompt="a blue bird")
    first, shown = call(client, "search_my_images", q="heart", limit=2, show="thumbnail")
    assert len(shown) == 2
    rest, _ = call(client, "search_my_images", q="heart", limit=2, cursor=first["next"])
    assert sorted(image["id"] for image in first["images"] + rest["images"]) == sorted(mine)
    assert rest["next"] is None
    assert refused(client, "search_my_images", cursor="nonsense")["fields"].keys() == {"cursor"}
    assert refused(client, "search_my_images", since="some day")["code"] == "invalid_parameters"


def test_strangers_meet_nothing(client, bob, checkpoint):
    job, image = make_job(bob, checkpoint), make_image(bob)
    for tool, arguments in (
        ("wait", {"job_id": str(job.pk)}),
        ("cancel", {"job_id": str(job.pk)}),
        ("get_image", {"image_id": str(image.pk)}),
    ):
        assert refused(client, tool, **arguments)["code"] == "not_found", tool
    job.refresh_from_db()
    assert job.status == "queued"


def test_models_are_those_that_a_key_may_use(client, alice):
    answer, _ = call(client, "list_models")
    assert [(one["checkpoint"], one["sizes"]) for one in answer["checkpoints"]] == [("starter", ["128x128"])]
    assert (answer["loras"], answer["left_out"]) == ([], 0)


@pytest.mark.parametrize(
    ("scopes", "tools"),
    [
        (["read"], {"wait", "list_models", "search_my_images", "get_image"}),
        (["generate"], {"generate", "edit", "cancel"}),
        (["write"], set()),
    ],
)
def test_a_key_is_offered_and_given_what_its_scopes_allow(alice, checkpoint, valkey, scopes, tools):
    client = knocking_as(alice, *scopes)
    assert {tool["name"] for tool in result_of(client, "tools/list")["tools"]} == tools
    other = "list_models" if "read" not in scopes else "generate"
    assert refused(client, other, prompt="a heart")["code"] == "forbidden_scope"
