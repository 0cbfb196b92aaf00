"""Checkpoints in the admin: adding weights, offering them, choosing the default."""

import io
import shutil

import numpy as np
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image as Pillow
from safetensors.numpy import save_file

from generation.checkpoints.sources import get_source
from generation.jobs.submission.submit import submit_job
from generation.models import Checkpoint
from generation.parameters.schema import GenerationParameters
from sdsite.accounts.credentials import Credentials
from sdsite.accounts.models import AuditEvent
from tests.support.factories import STARTER, make_checkpoint, make_job

LIST = reverse("admin:generation_checkpoint_changelist")
ADD = reverse("admin:generation_checkpoint_add")
BLANK = dict.fromkeys(("width", "height", "steps", "guidance_scale", "sampler", "schedule", "family"), "")
# What stands in the form's choices when nobody touches them.
USUAL = {"size_policy": "refuse"} | dict.fromkeys(("prediction_type", "precision", "memory_mode", "tiled_vae"), "auto")

# Enough for a single file to be known as Stable Diffusion 1.
MARKS_OF_VERSION_1 = {
    "cond_stage_model.transformer.text_model.final_layer_norm.weight": (768,),
    "model.diffusion_model.input_blocks.0.0.weight": (320, 4, 3, 3),
}


def requested(**fields):
    """Return what the form sends when only title, slug and location are filled in."""
    data = {"title": "Tulip", "slug": "tulip", "kind": "folder", "location": str(STARTER), "enabled": "on"}
    return data | BLANK | USUAL | {"sizes": "[]", "vocabulary": "[]"} | fields


def errors_of(answer):
    assert answer.status_code == 200
    return answer.context["adminform"].form.errors


def change_url(checkpoint):
    return reverse("admin:generation_checkpoint_change", args=[checkpoint.pk])


def test_a_folder_is_added_with_three_fields_and_can_be_asked_for_at_once(as_root, root, alice):
    assert as_root.post(ADD, requested()).status_code == 302
    row = Checkpoint.objects.get(slug="tulip")
    assert (row.family, row.location) == ("sd", str(STARTER))
    assert row.width > 0
    assert row.height > 0
    assert row.steps > 0
    assert row.guidance_scale > 0
    assert row.sampler
    assert row.schedule
    job = submit_job(
        credentials=Credentials(alice),
        parameters=GenerationParameters(prompt="a red heart", checkpoint="tulip"),
        source="studio",
    )
    assert (job.checkpoint, job.parameters["width"]) == (row, row.width)
    assert AuditEvent.objects.get(action="checkpoint.created").actor == root


def test_the_size_is_read_from_the_weights(as_root):
    as_root.post(ADD, requested())
    row = Checkpoint.objects.get(slug="tulip")
    assert (row.width, row.height) == (128, 128)
    assert row.size_bytes == sum(path.stat().st_size for path in STARTER.glob("*/*.safetensors"))


def test_a_single_file_is_added_by_its_headers(as_root, tmp_path):
    path = tmp_path / "model.safetensors"
    save_file({name: np.zeros(shape, np.float16) for name, shape in MARKS_OF_VERSION_1.items()}, path)
    assert as_root.post(ADD, requested(kind="file", location=str(path))).status_code == 302
    row = Checkpoint.objects.get(slug="tulip")
    assert (row.kind, row.family, row.width, row.sampler) == ("file", "sd", 512, "dpmpp_2m")


def test_another_family_than_that_of_the_weights_is_refused(as_root):
    errors = errors_of(as_root.post(ADD, requested(family="sdxl")))
    assert list(errors) == ["family"]
    assert "Stable Diffusion 1 and 2" in errors["family"][0]


def test_what_was_filled_in_is_kept(as_root):
    as_root.post(
        ADD, requested(steps="9", guidance_scale="2.5", sampler="euler", schedule="karras", width="64", height="72")
    )
    row = Checkpoint.objects.get(slug="tulip")
    assert (row.steps, row.guidance_scale, row.sampler, row.schedule) == (9, 2.5, "euler", "karras")
    assert (row.width, row.height) == (64, 72)


def test_a_path_below_the_checkpoints_folder_is_found(as_root):
    folder = settings.MODELS_DIR / "tulip"
    shutil.copytree(STARTER, folder)
    try:
        assert as_root.post(ADD, requested(location="tulip")).status_code == 302
    finally:
        shutil.rmtree(folder)
    assert Checkpoint.objects.get(slug="tulip").location == str(folder)


@pytest.mark.parametrize(
    ("kind", "make", "says"),
    [
        ("folder", None, "There is nothing at"),
        ("file", None, "There is nothing at"),
        ("folder", "empty", "no model_index.json"),
        ("folder", "weights.safetensors", "is a file"),
        ("file", "empty", "is a folder"),
        ("file", "weights.ckpt", "no .safetensors file"),
        ("file", "weights.PT", "no .safetensors file"),
        ("file", "weights.txt", "no .safetensors file"),
        ("file", "weights.safetensors", "weights.safetensors"),
        ("folder", "x" * 300, "cannot be read"),
    ],
)
def test_a_wrong_path_names_the_location(as_root, tmp_path, kind, make, says):
    path = tmp_path / (make or "missing")
    if make == "empty":
        path.mkdir()
    elif make and len(make) < 256:
        path.write_bytes(b"whatever")
    errors = errors_of(as_root.post(ADD, requested(kind=kind, location=str(path))))
    assert list(errors) == ["location"]
    assert says in errors["location"][0]
    assert not Checkpoint.objects.exists()


def test_a_pickle_under_another_name_is_refused_by_its_content(as_root, tmp_path):
    import pickle

    path = tmp_path / "weights.safetensors"
    path.write_bytes(pickle.dumps({"weights": list(range(1000))}))
    assert list(errors_of(as_root.post(ADD, requested(kind="file", location=str(path))))) == ["location"]


def test_a_folder_with_pickled_weights_is_refused(as_root, tmp_path):
    folder = tmp_path / "pickled"
    shutil.copytree(STARTER, folder)
    for weights in (folder / "unet").glob("*.safetensors*"):
        weights.unlink()
    (folder / "unet" / "diffusion_pytorch_model.bin").write_bytes(b"\x80\x04whatever")
    assert list(errors_of(as_root.post(ADD, requested(location=str(folder))))) == ["location"]


@pytest.mark.parametrize("location", ["owner", "owner/name/more", "../../etc", "owner/na me", "-a/b", "https://x/y"])
def test_a_hub_id_is_checked_for_its_shape(as_root, location):
    errors = errors_of(as_root.post(ADD, requested(kind="hub", location=location, family="sdxl")))
    assert list(errors) == ["location"]


def test_a_hub_id_needs_its_family_and_takes_the_rest_from_it(as_root):
    data = requested(kind="hub", location="owner/some-model.v1_0", revision="main")
    assert list(errors_of(as_root.post(ADD, data))) == ["family"]
    assert as_root.post(ADD, data | {"family": "sdxl"}).status_code == 302
    row = Checkpoint.objects.get(slug="tulip")
    assert (row.kind, row.location, row.width, row.sampler) == ("hub", "owner/some-model.v1_0", 1024, "dpmpp_2m")


def test_a_sampler_that_the_family_does_not_know_is_refused(as_root):
    data = requested(kind="hub", location="owner/name", family="flux", sampler="ddim")
    assert list(errors_of(as_root.post(ADD, data))) == ["sampler"]


def test_the_mark_of_the_default_moves(as_root, checkpoint):
    assert as_root.post(ADD, requested(is_default="on")).status_code == 302
    checkpoint.refresh_from_db()
    assert not checkpoint.is_default
    assert Checkpoint.objects.default().slug == "tulip"


def test_a_disabled_default_is_refused(as_root):
    data = requested(is_default="on")
    del data["enabled"]
    assert list(errors_of(as_root.post(ADD, data))) == ["enabled"]


def test_a_description_changes_without_a_look_at_the_weights(as_root, tmp_path):
    row = make_checkpoint("unplugged", location=str(tmp_path / "gone"), step_seconds=0.5)
    data = requested(title="Unplugged", slug="unplugged", location=row.location, description="On another disk.")
    data |= {"family": "sd", "width": 128, "height": 128, "steps": 20, "guidance_scale": 4, "sampler": "ddim"}
    data |= {"schedule": "normal", "sizes": "[[128, 128]]"}
    assert as_root.post(change_url(row), data).status_code == 302
    row.refresh_from_db()
    assert (row.description, row.step_seconds) == ("On another disk.", 0.5)
    assert AuditEvent.objects.get(action="checkpoint.changed").detail["changes"] == [
        {"changed": {"fields": ["Description"]}}
    ]


def test_what_the_headers_say_is_shown(as_root):
    as_root.post(ADD, requested())
    row = Checkpoint.objects.get(slug="tulip")
    assert (row.found_prediction, row.found_dtype) == ("v_prediction", "F16")
    page = as_root.get(change_url(row)).content.decode()
    assert "v_prediction" in page
    assert "F16" in page


def test_everything_it_is_used_with_is_kept_and_shown_to_programs(as_root, client, alice):
    data = requested(
        negative_prompt="blurry",
        trigger_words="tulip, in bloom",
        clip_skip="2",
        upscaler="nearest",
        vae="sharp",
        size_policy="snap",
        precision="bf16",
        memory_mode="offload",
        tiled_vae="on",
        prediction_type="epsilon",
    )
    assert as_root.post(ADD, data).status_code == 302
    source = get_source(Checkpoint.objects.get(slug="tulip"), "tulip")
    assert (source.precision, source.memory_mode, source.tiled_vae) == ("bf16", "offload", "on")
    assert source.prediction_type == "epsilon"
    client.force_login(alice)
    shown = client.get("/api/v1/checkpoints/tulip").json()
    assert (
        shown["defaults"]
        | {
            "negative_prompt": "blurry",
            "clip_skip": 2,
            "upscaler": "nearest",
            "vae": "sharp",
        }
        == shown["defaults"]
    )
    assert (shown["size_policy"], shown["trigger_words"]) == ("snap", ["tulip", "in bloom"])
    assert shown["picture_url"] is None


@pytest.mark.parametrize(
    ("fields", "field", "says"),
    [
        ({"clip_skip": "13"}, "clip_skip", "1 to 12"),
        ({"clip_skip": "2", "kind": "hub", "location": "owner/name", "family": "flux"}, "clip_skip", "leave it blank"),
        (
            {"prediction_type": "epsilon", "kind": "hub", "location": "owner/name", "family": "sd3"},
            "prediction_type",
            "predicts a flow",
        ),
        ({"precision": "quarter"}, "precision", "quarter"),
        ({"negative_prompt": "x" * 10_001}, "negative_prompt", "10000"),
    ],
)
def test_what_the_family_cannot_do_is_refused(as_root, fields, field, says):
    errors = errors_of(as_root.post(ADD, requested(**fields)))
    assert list(errors) == [field]
    assert says in errors[field][0]


def picture_of(colour, size=(900, 600), kind="PNG"):
    file = io.BytesIO()
    Pillow.new("RGB", size, colour).save(file, kind)
    return SimpleUploadedFile("picture.png", file.getvalue())


def test_a_picture_is_made_small_replaced_and_served(
    as_root, client, alice, checkpoint, django_capture_on_commit_callbacks
):
    assert as_root.post(ADD, requested(picture=picture_of("red"))).status_code == 302
    row = Checkpoint.objects.get(slug="tulip")
    client.force_login(alice)
    url = client.get("/api/v1/checkpoints/tulip").json()["picture_url"]
    answer = client.get(url)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
    with Pillow.open(io.BytesIO(answer.content)) as shown:
        assert shown.size == (512, 341)
    assert client.get(url, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    first = row.picture.name
    with django_capture_on_commit_callbacks(execute=True):
        kept = {name: getattr(row, name) for name in BLANK}
        assert as_root.post(change_url(row), requested(**kept, picture=picture_of("blue"))).status_code == 302
    row.refresh_from_db()
    assert row.picture.name != first
    assert not row.picture.storage.exists(first)
    assert client.get("/checkpoints/starter/picture/").status_code == 404
    Checkpoint.objects.filter(pk=row.pk).update(enabled=False)
    assert client.get(url).status_code == 404


def test_what_is_no_picture_is_refused(as_root):
    errors = errors_of(as_root.post(ADD, requested(picture=SimpleUploadedFile("picture.png", b"<svg/>"))))
    assert list(errors) == ["picture"]


def test_other_weights_forget_what_was_measured(as_root, tmp_path):
    row = make_checkpoint("moved", location=str(tmp_path / "gone"), step_seconds=0.5, last_error="It was gone.")
    as_root.post(change_url(row), requested(title="Moved", slug="moved"))
    row.refresh_from_db()
    assert (row.location, row.step_seconds, row.last_error) == (str(STARTER), 0, "")


def test_measured_columns_are_not_written_by_hand(as_root, checkpoint):
    as_root.post(change_url(checkpoint), requested(step_seconds="99", last_error="mine"))
    checkpoint.refresh_from_db()
    assert (checkpoint.step_seconds, checkpoint.last_error) == (0, "")


def test_disabling_and_enabling(as_root, checkpoint, act):
    answer = act(as_root, LIST, "disable", checkpoint)
    checkpoint.refresh_from_db()
    assert (checkpoint.enabled, checkpoint.is_default) == (False, False)
    assert "1 disabled" in answer.content.decode()
    act(as_root, LIST, "enable", checkpoint)
    checkpoint.refresh_from_db()
    assert checkpoint.enabled
    assert set(AuditEvent.objects.values_list("action", flat=True)) == {"checkpoint.disabled", "checkpoint.enabled"}


def test_making_default_from_list_and_page(as_root, checkpoint, act):
    first, second = make_checkpoint("first", enabled=False), make_checkpoint("second")
    act(as_root, LIST, "make_default", first, second)
    assert Checkpoint.objects.default() == checkpoint
    act(as_root, LIST, "make_default", first)
    assert list(Checkpoint.objects.filter(is_default=True, enabled=True)) == [first]
    url = reverse("admin:generation_checkpoint_make_this_default", args=[second.pk])
    as_root.get(url)
    assert Checkpoint.objects.default() == first
    assert as_root.post(url, {"_form_submitted": "on"}).status_code == 303
    assert Checkpoint.objects.default() == second


def test_deleting_one_leaves_its_jobs(as_root, alice, checkpoint):
    job = make_job(alice, checkpoint)
    as_root.post(reverse("admin:generation_checkpoint_delete", args=[checkpoint.pk]), {"post": "yes"})
    job.refresh_from_db()
    assert job.checkpoint is None
    assert STARTER.is_dir()


@pytest.mark.parametrize(
    ("query", "found"),
    [("?q=star", 1), ("?q=nothing", 0), ("?family__exact=sd", 1), ("?enabled__exact=0", 0), ("?kind__exact=hub", 0)],
)
def test_checkpoints_are_found(as_root, checkpoint, query, found):
    assert as_root.get(LIST + query).context["cl"].result_count == found
