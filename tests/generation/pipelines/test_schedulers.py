"""Every sampler and schedule that the catalog claims."""

import inspect
from types import SimpleNamespace

import diffusers
import numpy as np
import pytest
import torch

from generation.errors import GenerationError
from generation.parameters import catalog
from generation.parameters.ranges import RANGES
from generation.pipelines.generate import generate
from generation.pipelines.noise_levels import SPACINGS
from generation.pipelines.protocol import Part, Timings
from generation.pipelines.schedulers import make_scheduler
from generation.starter import STARTER_LOCATION
from tests.generation.pipelines.conftest import Recorder, ask

pytestmark = pytest.mark.filterwarnings("ignore:__array:DeprecationWarning")  # diffusers with numpy 2

MANY = 52  # from about fifty steps on, rounded time steps coincide
LDM = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}


def combinations(family):
    return [
        (key, schedule)
        for key in catalog.samplers_for(family)
        for schedule in catalog.SAMPLERS[key].schedules_for(family)
    ]


def own_scheduler(name):
    """Return a scheduler as checkpoints have it."""
    return {
        "starter": lambda: diffusers.DDIMScheduler.from_pretrained(STARTER_LOCATION / "scheduler"),
        "sd1": lambda: diffusers.PNDMScheduler(**LDM, skip_prk_steps=True, steps_offset=1, set_alpha_to_one=False),
        "flow": lambda: diffusers.FlowMatchEulerDiscreteScheduler(shift=3.0),
        "shifting": lambda: diffusers.FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
    }[name]()


def pipe_with(scheduler, class_name):
    pipe = type(class_name, (SimpleNamespace,), {})()
    pipe.scheduler = scheduler
    return pipe


def walk(scheduler, truth, *, eta=None, **timesteps):
    """Denoise with a network that always predicts `truth`; return the end of the sampler."""
    scheduler.set_timesteps(**timesteps)
    generator = torch.Generator().manual_seed(0)
    noisy = torch.randn(truth.shape, generator=generator) * getattr(scheduler, "init_noise_sigma", 1.0)
    extra = {"generator": generator} if "generator" in inspect.signature(scheduler.step).parameters else {}
    extra |= {} if eta is None else {"eta": eta}
    for timestep in scheduler.timesteps:
        seen = scheduler.scale_model_input(noisy, timestep) if hasattr(scheduler, "scale_model_input") else noisy
        if hasattr(scheduler, "alphas_cumprod"):
            output = knowing(scheduler, seen, truth, float(timestep))
        else:
            output = (seen - truth) / (float(timestep) / 1000)
        noisy = scheduler.step(output, timestep, noisy, return_dict=False, **extra)[0]
    return noisy


def knowing(scheduler, seen, truth, timestep):
    if scheduler.config.prediction_type == "flow_prediction":
        return (seen - truth) / max(timestep / 1000, 1e-3)
    kept = scheduler.alphas_cumprod.double()
    log_sigmas = ((1 - kept) / kept).log() / 2
    sigma = float(np.exp(np.interp(timestep, np.arange(len(kept)), log_sigmas.numpy())))
    signal = (1 + sigma**2) ** -0.5
    noise = (seen - signal * truth) / (sigma * signal)
    if scheduler.config.prediction_type == "epsilon":
        return noise
    return signal * noise - sigma * signal * truth


def by_turns():
    """Return every combination with the schedulers of both checkpoints; by day each with one of them, in turn."""
    for number, (sampler, schedule) in enumerate(combinations("sd")):
        for turn, own in enumerate(("starter", "sd1")):
            marks = () if number % 2 == turn else pytest.mark.nightly
            yield pytest.param(own, sampler, schedule, marks=marks)


@pytest.mark.parametrize(("own", "sampler", "schedule"), by_turns())
def test_a_sampler_finds_the_only_image(own, sampler, schedule):
    truth = torch.linspace(-1, 1, 64).reshape(1, 4, 4, 4)
    pipe = pipe_with(own_scheduler(own), "StableDiffusionPipeline")
    for steps in (20, MANY) if catalog.SAMPLERS[sampler].calls == 1 else (20,):
        found = walk(make_scheduler(pipe, sampler, schedule, steps=steps), truth, num_inference_steps=steps)
        assert (found - truth).abs().max() < 0.12, f"{steps} steps"


@pytest.mark.parametrize(("own", "family"), [("flow", "sd3"), ("shifting", "flux"), ("flow", "z_image")])
def test_flow_samplers_find_the_only_image(own, family):
    truth = torch.linspace(-1, 1, 64).reshape(1, 4, 4, 4)
    pipe = pipe_with(own_scheduler(own), catalog.FAMILIES[family].pipeline)
    shift = {"mu": 0.8} if own == "shifting" else {}
    for sampler, schedule in combinations(family):
        found = walk(make_scheduler(pipe, sampler, schedule), truth, num_inference_steps=20, **shift)
        assert (found - truth).abs().max() < 0.12, (sampler, schedule)


@pytest.mark.parametrize("sampler", catalog.samplers_for("sd"))
def test_a_sampler_runs_with_any_number_of_steps(sampler):
    """Rounded time steps may be equal, and distillation samplers use a coarse grid: both have ended in errors."""
    truth = torch.zeros(1, 4, 2, 2)
    schedules = catalog.SAMPLERS[sampler].schedules
    # A single step has no schedule, and with the most steps each combination has to find an image.
    for own, schedule, steps in [
        ("sd1", "normal", 1),
        ("starter", "normal", 1),
        *(("starter", one, 2) for one in schedules),
    ]:
        pipe = pipe_with(own_scheduler(own), "StableDiffusionPipeline")
        found = walk(make_scheduler(pipe, sampler, schedule, steps=steps), truth, num_inference_steps=steps)
        assert torch.isfinite(found).all(), (own, schedule, steps)


# The schedules that diffusers does not have, and those of Euler a, go through the same code with every sampler.
GENERATED = [
    (key, schedule)
    for key, schedule in combinations("sd")
    if schedule == "normal" or key == "euler" or (key != "euler_a" and schedule not in SPACINGS)
]


def hearts():
    """Return every combination; by day each sampler and each schedule once, by night the rest."""
    claims, seen = [*GENERATED, ("euler_a", "karras")], set()
    for sampler, schedule in claims:
        marks = pytest.mark.nightly if {sampler, schedule} <= seen else ()
        seen |= {sampler, schedule}
        yield pytest.param(sampler, schedule, marks=marks)


@pytest.mark.parametrize(("sampler", "schedule"), hearts())
def test_the_starter_generates_a_red_heart(starter, cache, sampler, schedule):
    steps = {"dpm2_a": 16, "dpmpp_2s_a": 10, "dpm_adaptive": 8}.get(sampler, 10 // catalog.SAMPLERS[sampler].calls + 1)
    parameters = ask(starter, sampler=sampler, schedule=schedule, steps=steps)
    [[image]] = generate(starter, [Part(parameters, (0,), Recorder())], timings=Timings(), cache=cache)
    pixels = np.asarray(image.image.convert("RGB"), dtype=float)
    red, green, blue = pixels[48:80, 48:80].mean(axis=(0, 1))
    assert red > 180
    assert green < 120
    assert blue < 190
    corners = pixels[[2, 2, -3, -3], [2, -3, 2, -3]]
    assert corners.mean() > 190


@pytest.mark.parametrize("sampler", [key for key, one in catalog.SAMPLERS.items() if one.spaced])
def test_time_steps_are_spaced_as_asked(sampler):
    pipe = pipe_with(own_scheduler("sd1"), "StableDiffusionPipeline")
    firsts = {}
    for spacing in catalog.TIMESTEP_SPACINGS:
        scheduler = make_scheduler(pipe, sampler, "normal", timestep_spacing=spacing, steps=4)
        scheduler.set_timesteps(4)
        firsts[spacing] = [round(float(one)) for one in dict.fromkeys(scheduler.timesteps.tolist())]
        assert scheduler.config.timestep_spacing == spacing
    assert min(firsts["trailing"][0], firsts["linspace"][0]) == 999
    assert firsts["leading"][0] < 999
    assert firsts["trailing"] != firsts["linspace"]


def levels(sampler, schedule, steps, class_name="StableDiffusionPipeline"):
    scheduler = make_scheduler(pipe_with(own_scheduler("sd1"), class_name), sampler, schedule, steps=steps)
    scheduler.set_timesteps(steps)
    return scheduler, [round(float(one), 2) for one in scheduler.sigmas]


def test_ten_aligned_steps_are_those_of_the_paper():
    """The highest level is that of the checkpoint, which the paper rounds up."""
    scheduler, found = levels("euler", "align_your_steps", 10)
    assert found == pytest.approx([14.61, 6.47, 3.86, 2.70, 1.89, 1.40, 0.96, 0.65, 0.40, 0.15, 0], abs=0.02)
    assert scheduler.config.sigma_schedule == "align_your_steps"
    _, found = levels("euler", "align_your_steps", 10, "StableDiffusionXLPipeline")
    assert found == pytest.approx([14.61, 6.31, 3.77, 2.18, 1.34, 0.86, 0.56, 0.38, 0.23, 0.11, 0], abs=0.02)


def test_kl_optimal_levels_are_even_as_angles():
    _, found = levels("euler", "kl_optimal", 20)
    angles = np.arctan(found[:-1])
    assert np.ptp(np.diff(angles)) < 0.01
    assert found[-2] == pytest.approx(0.03, abs=0.01)


def test_euler_a_takes_the_levels_of_euler():
    for schedule in catalog.SCHEDULES:
        assert levels("euler_a", schedule, 12)[1] == levels("euler", schedule, 12)[1]


# LMS integrates its coefficients numerically, which takes seconds.
@pytest.mark.parametrize("sampler", [key for key, one in catalog.SAMPLERS.items() if one.calls == 1 and key != "lms"])
def test_the_most_steps_find_the_only_image(sampler):
    truth = torch.linspace(-1, 1, 64).reshape(1, 4, 4, 4)
    most = int(RANGES["steps"].most)
    pipe = pipe_with(own_scheduler("sd1"), "StableDiffusionPipeline")
    for schedule in catalog.SAMPLERS[sampler].schedules:
        found = walk(make_scheduler(pipe, sampler, schedule, steps=most), truth, num_inference_steps=most)
        assert (found - truth).abs().max() < 0.12, schedule


def test_each_run_has_a_scheduler_of_its_own():
    pipe = pipe_with(own_scheduler("sd1"), "StableDiffusionPipeline")
    first, second = (make_scheduler(pipe, "plms", "normal") for _ in range(2))
    assert first is not second
    assert first is not pipe.scheduler


def test_what_the_network_was_trained_with_is_kept():
    """Heun's own default betas differ from a checkpoint's that leaves them out of its config."""
    own = diffusers.DDIMScheduler(prediction_type="v_prediction")
    made = make_scheduler(pipe_with(own, "StableDiffusionPipeline"), "heun", "karras")
    assert made.config.prediction_type == "v_prediction"
    assert torch.equal(made.alphas_cumprod, own.alphas_cumprod[: len(made.alphas_cumprod)])


def test_a_schedule_that_a_sampler_does_not_take_is_refused():
    pipe = pipe_with(own_scheduler("flow"), "StableDiffusion3Pipeline")
    with pytest.raises(GenerationError, match="takes schedule normal; got karras") as caught:
        make_scheduler(pipe, "dpmpp_2m", "karras")
    assert caught.value.code == "refused"
    with pytest.raises(GenerationError, match="does not work with this checkpoint"):
        make_scheduler(pipe, "ddim", "normal")


def made(own, sampler, schedule="normal", class_name="StableDiffusionPipeline", **options):
    """Return the scheduler that a checkpoint with the scheduler `own` gets."""
    return make_scheduler(pipe_with(own, class_name), sampler, schedule, **options)


FLAGS = {"karras": "use_karras_sigmas", "exponential": "use_exponential_sigmas", "beta": "use_beta_sigmas"}


@pytest.mark.parametrize("schedule", ["normal", *FLAGS])
def test_a_schedule_switches_its_own_option_on_and_those_of_the_others_off(schedule):
    own = diffusers.EulerDiscreteScheduler(**LDM, use_karras_sigmas=schedule == "normal")
    config = made(own, "euler", schedule).config
    assert {name: bool(config[flag]) for name, flag in FLAGS.items()} == {name: name == schedule for name in FLAGS}


@pytest.mark.parametrize(("steps", "spaced"), [(1, False), (2, True)])
def test_one_step_is_not_spaced(steps, spaced):
    assert made(own_scheduler("sd1"), "deis", "karras", steps=steps).config.use_karras_sigmas is spaced


@pytest.mark.parametrize(
    ("own", "steps", "grid"), [({}, 20, 50), ({}, 60, 60), ({"original_inference_steps": 40}, 45, 45)]
)
def test_distillation_samplers_choose_from_a_grid_that_is_fine_enough(own, steps, grid):
    kept = diffusers.LCMScheduler(**own) if own else own_scheduler("sd1")
    assert made(kept, "lcm", steps=steps).config.original_inference_steps == grid


def zero_snr():
    return diffusers.DDIMScheduler(**LDM, rescale_betas_zero_snr=True, prediction_type="v_prediction")


@pytest.mark.parametrize(("sampler", "schedule", "limited"), [("ddim", "normal", False), ("dpmpp_2m", "karras", True)])
def test_noise_beyond_all_measure_is_left_out_where_steps_are_spaced_by_it(sampler, schedule, limited):
    own = zero_snr()
    scheduler = made(own, sampler, schedule)
    sigmas = ((1 - own.alphas_cumprod) / own.alphas_cumprod).sqrt()
    kept = int((sigmas <= 15).sum()) if limited else 1000
    assert (kept < 1000) is limited
    assert scheduler.config.num_train_timesteps == kept
    assert torch.allclose(scheduler.alphas_cumprod, own.alphas_cumprod[:kept], atol=1e-6)


def test_a_checkpoint_without_such_noise_keeps_all_its_steps():
    assert made(own_scheduler("sd1"), "dpmpp_2m", "karras").config.num_train_timesteps == 1000


@pytest.mark.parametrize(("own", "class_name"), [("flow", "StableDiffusion3Pipeline"), ("shifting", "FluxPipeline")])
def test_solvers_for_flows_take_the_shift_of_the_checkpoint_and_the_interface_of_its_pipeline(own, class_name):
    kept = own_scheduler(own)
    scheduler = made(kept, "dpmpp_2m", class_name=class_name)
    config = scheduler.config
    assert (config.flow_shift, config.num_train_timesteps) == (kept.config.shift, 1000)
    assert config.use_dynamic_shifting is (own == "shifting")
    firsts = []
    for mu in (0.5, 1.5):  # a shift by the size of the image is for those that have it
        scheduler.set_timesteps(sigmas=[1.0, 0.5, 0.2], mu=mu)
        assert len(scheduler.timesteps) == 3
        firsts.append(scheduler.timesteps[1].item())
    assert (firsts[0] != firsts[1]) is (own == "shifting")
    scheduler.set_timesteps(5, sigmas=[1.0, 0.5], mu=1.0)
    assert len(scheduler.timesteps) == 5
    sample, noise = torch.ones(1, 4, 2, 2), torch.zeros(1, 4, 2, 2)
    first = scheduler.timesteps[:1]
    assert torch.equal(scheduler.scale_noise(sample, first, noise), scheduler.add_noise(sample, noise, first))


def test_a_run_begins_at_its_first_step():
    scheduler = made(own_scheduler("sd1"), "dpmpp_2m", "karras")
    scheduler.set_timesteps(MANY)
    assert scheduler.begin_index == 0
