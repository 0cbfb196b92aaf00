"""Styles and wildcards that a wish names."""

import pytest

from generation.errors import JobRefused
from generation.jobs.submission.prompt_library import wildcards_for, with_styles
from generation.models import Style, Wildcard
from generation.parameters.schema import GenerationParameters

pytestmark = pytest.mark.django_db


def styled(owner, *names, prompt="a fox"):
    requested = with_styles(GenerationParameters(prompt=prompt, styles=names), owner)
    return requested.prompt, requested.negative_prompt


def test_styles_join_the_prompts_in_the_order_of_the_wish(alice):
    Style.objects.create(owner=alice, name="ink", prompt="{prompt}, ink", negative_prompt="colour")
    Style.objects.create(name="night", prompt="at night")
    assert styled(alice, "night", "ink") == ("a fox, at night, ink", "colour")
    requested = GenerationParameters(prompt="a fox")
    assert with_styles(requested, alice) is requested


def test_ones_own_style_comes_before_a_shared_one_of_the_name(alice, charlie):
    Style.objects.create(name="ink", prompt="shared")
    Style.objects.create(owner=alice, name="ink", prompt="own")
    assert styled(alice, "ink")[0] == "a fox, own"
    assert styled(charlie, "ink")[0] == "a fox, shared"


def test_styles_of_others_and_prompts_that_grow_too_long_are_refused(alice, charlie):
    Style.objects.create(owner=alice, name="ink", prompt="{prompt} {prompt}")
    with pytest.raises(JobRefused, match="no 'ink'") as refused:
        styled(charlie, "ink")
    assert "styles" in refused.value.fields
    with pytest.raises(JobRefused, match="at most 10000"):
        styled(alice, "ink", prompt="x" * 6000)


def test_only_wildcards_that_prompts_reach_are_read(django_assert_num_queries):
    lists = {"animal": "__animals/cats__\nfox", "animals/cats": "lion\n# no\ntiger", "unused": "x", "off": "x"}
    for name, lines in lists.items():
        Wildcard.objects.create(name=name, lines=lines, enabled=name != "off")
    with django_assert_num_queries(2):
        found = wildcards_for(["a __Animal__ and __off__", "__nobody__"])
    assert found == {"animal": ["__animals/cats__", "fox"], "animals/cats": ["lion", "tiger"]}
    with django_assert_num_queries(0):
        assert wildcards_for(["a fox"]) == {}


def test_a_job_keeps_what_came_out(alice, checkpoint):
    from tests.support.factories import make_job

    Style.objects.create(owner=alice, name="night", prompt="at night", negative_prompt="{sun|day}")
    Wildcard.objects.create(name="cats", lines="lion\ntiger\npuma", entries=3)
    jobs = [make_job(alice, checkpoint, prompt="a __cats__", styles=["night"], count=8, seed=5) for _ in range(2)]
    drawn = [[image_parameters.prompt for image_parameters in job.resolved().images] for job in jobs]
    assert drawn[0] == drawn[1]
    assert set(drawn[0]) <= {f"a {cat}, at night" for cat in ("lion", "tiger", "puma")}
    assert len(set(drawn[0])) > 1
    assert jobs[0].resolved().styles == ()
    with pytest.raises(JobRefused, match="wildcard dogs is unknown"):
        make_job(alice, checkpoint, prompt="a __dogs__")
