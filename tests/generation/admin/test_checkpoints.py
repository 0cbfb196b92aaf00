"""Checkpoints in the admin: added, enabled, changed, deleted."""

import shutil

import pytest
from django.urls import reverse
from safetensors.numpy import save_file

from generation.checkpoints.sources import get_source
from generation.jobs.submission.submit import submit_job
from generation.models import Checkpoint, MeasuredSpeed
from generation.parameters.schema import GenerationParameters
from generation.queue import speeds
from sdsite.accounts.credentials import Credentials
from sdsite.accounts.models import AuditEvent
from tests.generation.conftest import weights
from tests.support.factories import STARTER, make_checkpoint, make_job
from tests.support.simulated_devices import LINEAR

LIST = reverse("admin:generation_checkpoint_changelist")


ADD = reverse("admin:generation_checkpoint_add")


BLANK = dict.fromkeys(("width", "height", "steps", "guidance_scale", "sampler", "schedule", "family"), "")


# What stands in the form's choices when nobody touches them.
USUAL = {"size_policy": "refuse", "studio_upscale_by": "1.0", "draft_steps": "4"} | dict.fromkeys(
    ("prediction_type", "precision", "memory_mode", "tiled_vae"), "auto"
)


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


def test_a_single_file_is_added_by_its_headers(as_root, tmp_path):
    path = tmp_path / "model.safetensors"
    save_file(weights(), path)
    assert as_root.post(ADD, requested(kind="file", location=str(path))).status_code == 302
    row = Checkpoint.objects.get(slug="tulip")
    assert (row.kind, row.family, row.width, row.sampler) == ("file", "sd", 512, "dpmpp_2m")


def test_a_pickle_under_another_name_is_refused_by_its_content(as_root, tmp_path):
    import pickle

    path = tmp_path / "weights.safetensors"
    path.write_bytes(pickle.dumps({"weights": list(range(1000))}))
    assert list(errors_of(as_root.post(ADD, requested(kind="file", location=str(path))))) == ["location"]


def test_a_folder_with_pickled_weights_is_refused(as_root, tmp_path):
    folder = tmp_path / "pickled"
    shutil.copytree(STARTER, folder)
    for stored in (folder / "unet").glob("*.safetensors*"):
        stored.unlink()
    (folder / "unet" / "diffusion_pytorch_model.bin").write_bytes(b"\x80\x04whatever")
    assert list(errors_of(as_root.post(ADD, requested(location=str(folder))))) == ["location"]


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


def test_other_weights_forget_what_was_measured(as_root, tmp_path):
    row = make_checkpoint("moved", location=str(tmp_path / "gone"), step_seconds=0.5, last_error="It was gone.")
    as_root.post(change_url(row), requested(title="Moved", slug="moved"))
    row.refresh_from_db()
    assert (row.location, row.step_seconds, row.last_error) == (str(STARTER), 0, "")


@pytest.mark.parametrize(("changed", "left"), [({}, 1), ({"memory_mode": "sequential"}, 0), ({"tiled_vae": "on"}, 0)])
def test_another_place_in_memory_forgets_the_speeds(as_root, checkpoint, changed, left):
    speeds.learn(checkpoint.pk, [LINEAR.call(128)])
    sent = requested(description="Ours", family="sd", **changed)
    assert as_root.post(change_url(checkpoint), sent).status_code == 302
    assert MeasuredSpeed.objects.count() == left


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
