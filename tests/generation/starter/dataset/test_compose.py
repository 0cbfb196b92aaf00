"""The recipe of the starter checkpoint: artwork, captions, pictures, and every training from end to end."""

import json
import os
import random
import re
import sys
from collections import Counter

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionPipeline
from safetensors.torch import load_file
from torch.nn import functional

from generation.pipelines.upscaling import compact
from generation.starter.dataset import artwork as data
from generation.starter.dataset import captions, compose
from generation.starter.dataset.compose import Composer, Placed, Plan
from generation.starter.evaluation import classifier, evaluate, prompts
from generation.starter.training import autoencoder, common, denoiser, export, text_encoder, tokenizer, upscaler
from generation.starter.training import token_init as codes
from generation.starter.vocabulary import VOCABULARY_FILE


def run(module, monkeypatch, work, **options):
    """Run a script of the recipe as its user would."""
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    monkeypatch.setattr(sys, "argv", [module.__name__, "--work", str(work), "--threads", "1", *words])
    module.main()


def test_things_come_with_names_words_and_categories(work):
    found = {thing.name: thing for thing in data.things(work)}
    assert set(found) == {"fox", "cat face", "ghost", "red circle"}, "no flags, doubles or letters in boxes"
    assert found["cat face"].words == ("cat", "kitten face", "animal", "kitty")
    assert found["cat face"].codes == ("cat", "kitten face")
    assert found["cat face"].category == "animals and nature"


def test_every_package_is_fetched_in_one_exact_version(tmp_path, monkeypatch):
    npm = tmp_path / "npm"
    npm.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\n')
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    data.fetch(tmp_path / "work")
    packages = [word for word in (tmp_path / "asked").read_text().split() if "emoji" in word or "iconify" in word]
    assert len(packages) == len(data.STYLES) + len(data.UNSEEN_STYLES) + 1
    assert all(re.search(r"@\d+\.\d+\.\d+$", package) for package in packages)


def test_drawings_are_rendered_in_every_style_and_kept(work, artwork):
    assert len(artwork.icons) == 4 * len(data.STYLES), "an alias stands for its parent"
    assert artwork.icons.shape[1:] == (data.SIDE, data.SIDE, 4)
    circle = artwork.icons[(artwork.thing == 3) & (artwork.style == 0)][0]
    assert tuple(circle[64, 64]) == (224, 32, 48, 255)
    assert circle[1, 1, 3] == 0, "what nothing was drawn on is transparent"
    assert np.array_equal(data.render(work).icons, artwork.icons)


def test_a_planned_picture_shows_what_its_caption_says(artwork):
    composer = Composer(artwork, 64)
    circle = composer.by_thing[3][0]
    plain, blue, tinted, pair = composer.paint(
        [
            Plan("", [Placed(circle)]),
            Plan("", [Placed(circle)], ground="blue"),
            Plan("", [Placed(circle, tint="green")]),
            Plan("", [Placed(circle, 0.47, 0.26), Placed(composer.by_thing[1][0], 0.47, 0.74)]),
        ]
    )
    assert plain[:, 0, 0].tolist() == [1, 1, 1]
    assert torch.allclose(plain[:, 32, 32] * 255, torch.tensor([224.0, 32, 48]), atol=2)
    assert torch.allclose(blue[:, 0, 0] * 255, torch.tensor(captions.COLOURS["blue"]).float(), atol=1)
    red, green, _ = tinted[:, 32, 32]
    assert green > red + 0.2
    assert pair[0, 32, 17] > pair[1, 32, 17] + 0.3, "the red circle stands at the left"
    assert pair[:, 32, 32].min() > 0.9, "nothing in between"


def test_a_thing_stands_in_a_scene_as_it_does_alone(artwork):
    composer, rng = Composer(artwork, 64, kinds={"scene": 1.0}), random.Random(1)
    seen = set()
    for plan in (composer.plan(rng) for _ in range(100)):
        (one,) = plan.placed
        assert one == Placed(one.icon, any_style=one.any_style)
        assert plan.ground in plan.caption
        seen.add(plan.ground)
    assert seen == set(captions.SCENES)


def test_where_the_style_is_open_the_mean_of_all_is_what_a_regression_learns(artwork):
    composer = Composer(artwork, 32)
    fox, circle = composer.by_thing[0], composer.by_thing[3][0]
    shares = {style: compose.STYLE_SHARES[data.STYLES[style]] for style in fox}
    one_by_one = composer.paint([Plan("", [Placed(fox[style], tint="blue")], ground="red") for style in fox])
    expected = sum(share * picture for share, picture in zip(shares.values(), one_by_one, strict=True))
    open_style, stated, pair = composer.paint(
        [
            Plan("", [Placed(fox[2], tint="blue", any_style=True)], ground="red"),
            Plan("", [Placed(fox[2], tint="blue")], ground="red"),
            Plan("", [Placed(fox[1], 0.47, 0.26, any_style=True), Placed(circle, 0.47, 0.74)]),
        ],
        mean_of_styles=True,
    )
    assert torch.allclose(open_style, expected, atol=1e-3)
    assert torch.equal(stated, one_by_one[list(fox).index(2)])
    assert torch.equal(pair[:, :, 16:], composer.paint([Plan("", [Placed(circle, 0.47, 0.74)])])[0, :, :, 16:])


def test_captions_leave_the_style_open_or_name_it(artwork):
    composer, rng = Composer(artwork, 32), random.Random(1)
    words = [word for some in captions.STYLE_WORDS.values() for word in some]
    for plan in (composer.plan(rng) for _ in range(200)):
        named = any(plan.caption.endswith(word) for word in words)
        assert all(one.any_style != named for one in plan.placed), plan.caption


def thing(name, words, codes=()):
    """Return a thing of which only names matter."""
    return data.Thing(name, words, "things", name.replace(" ", "-"), codes)


def called(things, which, times=3000):
    """Return what one of `things` is called, and how often."""
    names, rng = captions.Names(things), random.Random(2)
    return Counter(names.choose(rng, things[which]) for _ in range(times))


def test_a_thing_is_called_by_what_people_call_it():
    car = thing("automobile", ("car", "vehicle", "thing"), codes=("car",))
    others = [thing(f"other {number}", ("thing", *["vehicle"] * (number < 9))) for number in range(99)]
    found = called([car, *others], 0)
    assert set(found) == {"automobile", "car", "vehicle"}, "a word of a hundred things tells too little"
    assert found["car"] > 4 * found["vehicle"], "a name of its own"


def test_a_word_that_is_the_name_of_another_thing_is_left_to_it():
    both = [thing("cat face", ("cat", "kitty"), codes=("cat",)), thing("cat", ("kitten",))]
    assert set(called(both, 0)) == {"cat face", "kitty"}
    assert set(called(both, 1)) == {"cat", "kitten"}


def test_a_short_code_of_one_thing_stands_for_no_other():
    apples = [thing("red apple", ("apple", "fruit"), codes=("apple",)), thing("green apple", ("apple", "fruit"))]
    assert set(called(apples, 0)) == {"red apple", "apple", "fruit"}
    assert set(called(apples, 1)) == {"green apple", "fruit"}


def test_common_words_are_codes_of_things_that_there_are(work, monkeypatch):
    known = {name for names in json.loads(VOCABULARY_FILE.read_text()).values() for name in names}
    assert set(data.ALSO_CALLED.values()) <= known
    assert not known & set(data.ALSO_CALLED), "a name of one thing is not given to another"
    monkeypatch.setitem(data.ALSO_CALLED, "spirit", "ghost")
    ghost = next(one for one in data.things(work) if one.name == "ghost")
    assert ghost.codes == ("spirit",)
    assert ghost.words == ("spirit", "spook")


def test_short_names_are_shown_more_often_but_to_the_judge(artwork):
    composer = Composer(artwork, 32)
    drawn = Counter(int(artwork.thing[plan.placed[0].icon]) for plan in plans_of(composer, 2000))
    assert drawn[0] > 3 * drawn[3], "fox, red circle: two words and a sign"
    even = Counter(int(artwork.thing[plan.placed[0].icon]) for plan in plans_of(Composer(artwork, 32, even=True), 2000))
    assert max(even.values()) < 1.3 * min(even.values())


def plans_of(composer, count):
    """Return random plans, always the same."""
    rng = random.Random(3)
    return [composer.plan(rng) for _ in range(count)]


def test_the_judge_sees_each_drawing_distorted_but_whole(artwork):
    torch.manual_seed(0)
    plain = Composer(artwork, 64).paint([Plan("", [Placed(0)])] * 64)
    seen = classifier.distorted(plain)
    assert (seen.shape, seen.min() >= 0, seen.max() <= 1) == (plain.shape, True, True)
    assert len({tuple(one.flatten().tolist()) for one in seen}) == 64
    ink = [float((1 - one).mean()) for one in (plain[0], *seen)]
    assert all(0.5 * ink[0] < one < 2 * ink[0] for one in ink)


def test_the_same_seed_plans_the_same_pictures(artwork):
    composer = Composer(artwork, 32)
    one, two = ([composer.plan(rng).caption for _ in range(50)] for rng in (random.Random(5), random.Random(5)))
    assert one == two
    assert len(set(one)) > 40


@pytest.mark.parametrize("size", [32, 128])
def test_every_effect_and_scene_can_be_painted(artwork, size):
    composer = Composer(artwork, size)
    plans = [Plan("", [Placed(0)], effect=effect) for effect in captions.EFFECTS]
    plans += [Plan("", [Placed(0)], ground=scene) for scene in captions.SCENES]
    painted = composer.paint(plans)
    assert painted.shape == (len(plans), 3, size, size)
    assert painted.isfinite().all()
    assert len({tuple(picture.flatten().tolist()) for picture in painted}) == len(plans)


def test_names_that_only_one_thing_has_are_tokens_of_their_own(artwork):
    words = tokenizer.train(artwork)
    taken_apart = [name for name in ("red circle", "kitten face") if len(words.tokenize(name)) > 1]
    assert not taken_apart
    assert words.tokenize("A Red Circle, on blue") == ["a</w>", "red circle", ",</w>", *words.tokenize("on blue")]
    assert words.tokenize("red circles")[0] == "red</w>", "only whole words"


def test_words_start_as_what_their_drawings_look_like(artwork):
    composer, words = Composer(artwork, 32), tokenizer.train(artwork)
    things = codes.of_things(composer, 256)
    tokens = codes.of_tokens(composer, words, 256)
    assert (things.shape, tokens.shape) == ((4, 256), (len(words), 256))
    for number, thing in enumerate(artwork.things):
        sums = tokens[words(thing.name, add_special_tokens=False).input_ids].sum(0)
        closest = functional.cosine_similarity(sums[None], things).argmax()
        assert closest == number, thing.name
    background = words("background", add_special_tokens=False).input_ids
    assert tokens[background].abs().max() < 1e-3, "what names no thing starts as it is"


def test_a_training_goes_on_where_it_was_left(work, monkeypatch, capsys):
    monkeypatch.setattr(common, "SAVE_SECONDS", 0.0)
    run(text_encoder, monkeypatch, work, samples=16, batch=8, name="resumed")
    run(text_encoder, monkeypatch, work, samples=32, batch=8, name="resumed")
    assert "goes on after 16 samples" in capsys.readouterr().out
    log = (work / "states" / "text_encoder-resumed.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in log]
    assert [row["samples"] for row in rows] == [16, 32]
    assert [row["rate"] for row in rows] == [1.8e-6, 2.5e-6], "the rate of the last step, as its training asked for it"


def test_the_whole_recipe_gives_a_checkpoint_that_draws_and_is_judged(work, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(denoiser, "KEPT", 16)
    run(autoencoder, monkeypatch, work, samples=16, batch=4)
    run(text_encoder, monkeypatch, work, samples=16, batch=8)
    run(denoiser, monkeypatch, work, samples=16, batch=8)
    run(classifier, monkeypatch, work, samples=16, batch=8)
    export.export(export.assemble(work), tmp_path / "model")
    sizes = [file.stat().st_size for file in (tmp_path / "model").rglob("*") if file.is_file()]
    assert max(sizes) < 16e6
    assert sum(sizes) < 40e6
    pipe = StableDiffusionPipeline.from_pretrained(tmp_path / "model", torch_dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    shown = evaluate.draw(pipe, ["a fox", "a ghost"], seeds=[1, 2], steps=2)
    assert shown.shape == (2, 3, 128, 128)
    assert torch.equal(shown, evaluate.draw(pipe, ["a fox", "a ghost"], seeds=[1, 2], steps=2))
    eye = evaluate.Eye(type("Options", (), {"work": work})())
    assert set(eye.judged(shown)[0]) <= {"fox", "cat face", "ghost", "red circle"}
    assert eye.nearest(eye.artwork_at(0))[0][0] == eye.names[int(eye.artwork.thing[0])]
    assert tokenizer.load(work).model_max_length == tokenizer.LENGTH


def test_what_one_can_ask_is_written_down_by_category(work, tmp_path):
    export.export_vocabulary(work, tmp_path / "vocabulary.json")
    written = json.loads((tmp_path / "vocabulary.json").read_text())
    assert next(iter(written)) == "animals and nature"
    assert written["animals and nature"] == ["fox", "cat face"], "the shortest first"
    assert (written["faces and hearts"], written["signs"]) == (["ghost"], ["red circle"])
    assert "on an orange background" in written["backgrounds"]
    assert {"in 3d style", "as pixel art"} <= set(written["styles"])
    assert "light blue" in written["colours"]


def test_the_upscaler_is_trained_on_pairs_and_fits_the_sites_networks(work, monkeypatch, tmp_path, capsys):
    run(autoencoder, monkeypatch, work, samples=16, batch=4)
    run(upscaler, monkeypatch, work, samples=8, batch=4)
    assert "Lanczos" in capsys.readouterr().out
    export.export_upscaler(work, tmp_path / "upscaler" / "starter-x4.safetensors")
    net = compact.from_weights(load_file(tmp_path / "upscaler" / "starter-x4.safetensors"))
    assert net.factor == 4
    assert net.model(torch.rand(1, 3, 16, 16)).shape == (1, 3, 64, 64)


def test_both_pictures_of_a_pair_show_the_same(work):
    options = type("Options", (), {"work": work})()
    pairs = upscaler.Pairs(options, torch.device("cpu"))
    small, large = pairs.paint(pairs.plans(random.Random(3), 4), clean=1.0)
    assert large.shape == (4, 3, 512, 512)
    assert (functional.interpolate(large, (128, 128), mode="area") - small).abs().mean() < 0.01
    seen, wanted = upscaler.cuts(random.Random(3), small, large)
    assert wanted.shape[-1] == 4 * seen.shape[-1]
    assert (functional.interpolate(wanted, seen.shape[-2:], mode="area") - seen).abs().mean() < 0.01


def test_backgrounds_are_read_from_the_border(artwork):
    composer = Composer(artwork, 128)
    for colour in prompts.BACKGROUND_COLOURS:
        assert evaluate.background(composer.paint([Plan("", [Placed(0)], ground=colour)])[0]) == colour


def test_the_lists_of_prompts_are_whole():
    assert len(prompts.MIXED) == len(prompts.PLAIN) == 100
    assert len(prompts.BACKGROUND_THINGS) * len(prompts.BACKGROUND_COLOURS) == 100
    assert len({prompt for prompt, _ in prompts.MIXED}) == 100
    assert set(prompts.BACKGROUND_COLOURS) <= set(captions.BACKGROUND_COLOURS)
