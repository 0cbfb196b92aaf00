"""Parameters of AUTOMATIC1111's API become the site's own."""

import pytest

from generation.models import Adapter, Job
from tests.sdsite.api.compat.sdapi.conftest import parameters_of
from tests.support.factories import make_checkpoint

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_wait")]


def test_the_fields_that_webuiapi_always_sends_are_accepted(owner):
    found = parameters_of(owner)
    expected = {"task": "text_to_image", "sampler": "euler_a", "schedule": "normal", "steps": 20, "count": 1}
    assert found | expected == found
    assert (found["guidance_scale"], found["eta"], found["variation_strength"]) == (7.0, 0.0, 0.0)
    job = Job.objects.get()
    assert (job.source, job.owner.username) == ("sdapi", "alice")


def test_omitted_fields_are_the_checkpoints_defaults(owner):
    owner.post_json("txt2img", {"prompt": "a red heart"})
    found = Job.objects.get().parameters
    assert (found["width"], found["steps"], found["sampler"], found["guidance_scale"]) == (128, 20, "ddim", 4.0)


def test_eta_is_taken_where_the_sampler_takes_it(owner):
    assert parameters_of(owner, sampler_name="DDIM", eta=0.5)["eta"] == 0.5


def test_batches_times_repeats_are_the_images_of_one_job(owner):
    assert parameters_of(owner, batch_size=2, n_iter=3, seed=11)["count"] == 6
    answer = parameters_of(owner, status=422, batch_size=20, n_iter=20)
    assert answer["detail"] == "batch_size x n_iter must be 1 to 256 images; got 400"


def test_a_subseed_is_a_variation(owner):
    found = parameters_of(owner, seed=5, subseed=9, subseed_strength=0.3)
    assert (found["seed"], found["variation_seed"], found["variation_strength"]) == (5, 9, 0.3)


def test_hires_fix(owner):
    hires = {"enable_hr": True, "denoising_strength": 0.4, "hr_second_pass_steps": 7}
    found = parameters_of(owner, **hires, hr_scale=1.5, hr_upscaler="Latent (nearest-exact)")["hires"]
    assert found == {"scale": 1.5, "steps": 7, "strength": 0.4, "upscaler": "latent_nearest"}
    found = parameters_of(owner, **hires, hr_resize_x=256, hr_resize_y=256, hr_upscaler="Lanczos")["hires"]
    assert found["scale"] == 2.0
    answer = parameters_of(owner, status=422, **hires, hr_resize_x=256, hr_resize_y=128)
    assert "must have the aspect ratio" in answer["detail"]
    assert parameters_of(owner, denoising_strength=0.4)["hires"] is None


def test_overrides_apply_once_and_are_stored_on_request(owner):
    make_checkpoint("other", title="The Other", sha256="ab12" * 16, clip_skip=2)
    found = parameters_of(owner, override_settings={"sd_model_checkpoint": "other.safetensors [ab12ab12ab]"})
    assert (found["checkpoint"], found["clip_skip"]) == ("other", 2)
    assert parameters_of(owner)["checkpoint"] == "starter"
    override = {"sd_model_checkpoint": "The Other", "CLIP_stop_at_last_layers": 3, "samples_format": "jpg"}
    stays = {"override_settings": override, "override_settings_restore_afterwards": False}
    assert parameters_of(owner, **stays)["checkpoint"] == "other"
    found = parameters_of(owner)
    assert (found["checkpoint"], found["clip_skip"], found["output_format"]) == ("other", 3, "jpeg")
    answer = parameters_of(owner, status=422, override_settings={"sd_model_checkpoint": "nothing"})
    assert answer["error"] == "checkpoint_missing"
    assert answer["detail"].startswith("sd_model_checkpoint must be one of")


def test_adapters_by_their_names(owner):
    rows = {"location": "x.safetensors", "family": "sd"}
    Adapter.objects.create(kind="vae", slug="clear-vae", title="Clear VAE", **rows)
    found = parameters_of(owner, override_settings={"sd_vae": "Clear VAE.safetensors"})
    assert found["vae"] == "clear-vae"
    assert "sd_vae must be" in parameters_of(owner, status=422, override_settings={"sd_vae": "muddy"})["detail"]
    assert parameters_of(owner, override_settings={"sd_vae": "Automatic"})["vae"] is None


def test_a_size_that_the_checkpoint_does_not_allow_is_refused(owner):
    answer = parameters_of(owner, status=422, width=512, height=512)
    assert answer["error"] == "invalid_parameters"
    assert answer["detail"] == "size must be 128x128 with starter; got 512x512"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"steps": "many"}, "steps must be a whole number, 1 to 250"),
        ({"cfg_scale": 99}, "cfg_scale must be -30 to 30; got 99"),
        ({"script_name": "X/Y/Z plot"}, "script_name must be left out"),
    ],
)
def test_refusals_name_the_field_as_it_was_sent(owner, sent, said):
    answer = parameters_of(owner, status=422, **sent)
    assert set(answer) == {"error", "detail", "body", "errors"}
    assert answer["detail"].startswith(said)
    assert not Job.objects.exists()


def test_fields_of_some_families_are_dropped_for_the_others(owner):
    make_checkpoint("flux-dev", family="flux", sampler="euler", sizes=[], width=128, height=128)
    owner.post_json("options", {"sd_model_checkpoint": "flux-dev", "CLIP_stop_at_last_layers": 2})
    found = parameters_of(owner, sampler_name="Euler", cfg_scale=1.5, distilled_cfg_scale=3.5)
    assert (found["guidance_scale"], found["true_cfg_scale"], found["clip_skip"]) == (3.5, 1.5, 1)
    owner.post_json("options", {"sd_model_checkpoint": "starter"})
    found = parameters_of(owner, distilled_cfg_scale=3.5)
    assert (found["guidance_scale"], found["true_cfg_scale"], found["clip_skip"]) == (7.0, 1.0, 2)
