"""Notes on a job: the negative prompt that came from its checkpoint."""

from dataclasses import replace

from generation.parameters.defaults import CheckpointDefaults
from generation.parameters.notes import notes
from generation.parameters.resolve import resolve
from generation.parameters.schema import GenerationParameters

PLAIN = CheckpointDefaults("tulip", "sd", 512, 512, 25, 7.0, "dpmpp_2m")


def requested(**fields):
    return GenerationParameters(**{"prompt": "a red heart", **fields})


def told(asked, defaults):
    return notes(asked, resolve(asked, defaults), defaults)


def test_a_wish_without_a_negative_prompt_has_the_checkpoints_and_says_so():
    defaults = replace(PLAIN, negative_prompt="blurry")
    assert resolve(requested(), defaults).negative_prompt == "blurry"
    assert told(requested(), defaults) == ["The negative prompt is that of tulip: blurry"]
    for own in ("", "hands"):
        assert resolve(requested(negative_prompt=own), defaults).negative_prompt == own
        assert told(requested(negative_prompt=own), defaults) == []
    assert resolve(requested(), PLAIN).negative_prompt == ""
    assert told(requested(), PLAIN) == []


def test_a_long_negative_prompt_is_cut_in_the_sentence_only():
    defaults = replace(PLAIN, negative_prompt="x" * 5000)
    assert len(resolve(requested(), defaults).negative_prompt) == 5000
    [sentence] = told(requested(), defaults)
    assert len(sentence) < 300
    assert sentence.endswith("…")


def test_what_a_sampler_does_not_take_is_said():
    assert told(requested(sampler="ddim", schedule="karras"), PLAIN) == [
        "DDIM has no schedule Karras here: Normal, the nearest, was used."
    ]
    assert told(requested(sampler="euler", schedule="gits"), PLAIN) == [
        "Schedule Align Your Steps GITS: Align Your Steps is nearest."
    ]
    assert told(requested(sampler="lcm", schedule="Simple"), PLAIN) == [
        "LCM has its own time steps: timestep spacing trailing was not used."
    ]
    assert told(requested(sampler="tcd", eta=2), PLAIN) == ["TCD adds all noise with eta 1: that was used, not 2."]


def test_what_is_generated_as_asked_needs_no_note():
    flux = CheckpointDefaults("flux", "flux", 1024, 1024, 20, 3.5, "euler")
    for schedule in ("Simple", "Normal", "KL Optimal"):
        assert told(requested(sampler="euler", schedule=schedule), flux) == []
    for name in ("Euler SGM Uniform", "DPM++ 2M Karras", "Euler a Karras", "Euler Polyexponential"):
        assert told(requested(sampler=name), PLAIN) == []
