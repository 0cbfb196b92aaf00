"""The measurement of dialects sends the same requests to both APIs; durations are not tested."""

import json

import pytest

from generation.models import Job
from generation.queue.state import current_state
from sdsite.api.compat.registry import DIALECTS
from sdsite.devtools.bench.dialects import PAIRS, Client, compare, measure
from tests.support.clients.api_client import make_key

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_dialect_is_measured():
    assert set(PAIRS) == set(DIALECTS)


def test_the_overhead_is_that_of_rounds_and_not_of_a_host_that_slows_down():
    native = [0.1 + 0.01 * number for number in range(25)]
    found = compare(native, [seconds + 0.002 for seconds in native])
    assert (found["overhead_ms"], found["overhead_between_ms"]) == (2.0, [2.0, 2.0])
    noisy = compare([0.1] * 100, [0.1 + 0.001 * number for number in range(100)])
    assert noisy["overhead_ms"] == 49.5
    assert noisy["overhead_between_ms"] == [39.0, 60.0]  # ranks 40 and 61 of 100, as in tables of the sign test


def test_both_apis_are_measured_on_a_running_site(live_site, alice):
    api_client = Client(live_site.port, make_key(alice)[1])
    for name, pairs in PAIRS.items():
        for pair in pairs:
            before = Job.objects.count()
            found = measure(alice, api_client, pair, 1)
            made = Job.objects.count() - before
            assert found["native_ms"] > 0, (name, pair.title)
            low, high = found["overhead_between_ms"]
            assert low <= found["overhead_ms"] <= high
            # two rounds of two requests, each of which makes one job or none
            assert made == (4 if pair.title in ("generate", "submit") else 0), (name, pair.title)
    requests = Job.objects.exclude(status=Job.Status.CANCELLED)
    assert {requested["prompt"] for requested in requests.values_list("parameters", flat=True)} == {"a red heart"}
    for field in ("steps", "seed", "width", "height", "guidance_scale", "checkpoint"):
        assert (
            len({json.dumps(requested[field]) for requested in requests.values_list("parameters", flat=True)}) == 1
        ), field
    state = current_state()
    assert not state.paused
    assert not state.closed
