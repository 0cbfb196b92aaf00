"""Steps of prompt editing are counted by the steps that are taken."""

from generation.pipelines.encoding.conditioning_plan import Pass, get_pass, plan_conditioning


def test_steps_are_counted_by_what_is_really_taken():
    assert get_pass({"num_inference_steps": 20}) == Pass(20, 0, 20)
    assert get_pass({"num_inference_steps": 20, "strength": 0.5, "image": 1}) == Pass(10, 0, 10)
    assert get_pass({"num_inference_steps": 20, "denoising_end": 0.8}) == Pass(20, 0, 16)
    assert get_pass({"num_inference_steps": 20, "denoising_start": 0.8, "strength": 0.3, "image": 1}) == Pass(20, 16, 4)
    assert [Pass(4, 0, 4).step(done, 4) for done in range(4)] == [1, 2, 3, 4]
    # Of second order: a step is two calls, the last one of them alone.
    assert [Pass(4, 0, 4).step(done, 7) for done in range(7)] == [1, 1, 2, 2, 3, 3, 4]
    assert [Pass(20, 16, 4).step(done, 4) for done in range(4)] == [17, 18, 19, 20]


def test_an_edit_in_the_negative_prompt_and_in_parts_of_and():
    timed = plan_conditioning("[a:b:1] AND c:2", "[x|y]", 3)
    assert [end for end, _ in timed] == [1, 2, 3]
    assert timed[0].texts.negative == (("x", 1.0),)
    assert [mix[0][0] for mix, _ in timed[1].texts.positive] == ["b", "c"]
    assert [weight for _, weight in timed[1].texts.positive] == [1.0, 2.0]
