"""Samplers and schedulers go by AUTOMATIC1111's names."""

import pytest

from generation.models import Job
from tests.sdsite.api.compat.sdapi.conftest import parameters_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_wait")]


@pytest.mark.parametrize(
    ("sent", "sampler", "schedule"),
    [
        ({"sampler_name": "DPM++ 2M Karras"}, "dpmpp_2m", "karras"),
        ({"sampler_name": "DPM++ 2M", "scheduler": "Karras"}, "dpmpp_2m", "karras"),
        ({"sampler_name": "k_dpmpp_2m_ka", "scheduler": "exponential"}, "dpmpp_2m", "exponential"),
        ({"sampler_name": None, "sampler_index": "Euler", "scheduler": "Uniform"}, "euler", "normal"),
        ({"sampler_name": None, "sampler_index": None, "scheduler": None}, "ddim", "normal"),
    ],
)
def test_samplers_and_schedulers_have_all_their_names(owner, sent, sampler, schedule):
    found = parameters_of(owner, **sent)
    assert (found["sampler"], found["schedule"]) == (sampler, schedule)


def test_an_unknown_sampler_is_not_found(owner):
    assert parameters_of(owner, status=404, sampler_name="Dream walk")["detail"] == "Sampler not found"
    assert not Job.objects.exists()


def test_an_unknown_scheduler_counts_as_automatic(owner):
    assert parameters_of(owner, sampler_name="DPM++ 2M Karras", scheduler="sideways")["schedule"] == "karras"
