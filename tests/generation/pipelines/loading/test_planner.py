"""How checkpoints are loaded, over machines and histories that are made up."""

import logging

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generation.pipelines.loading.memory_budget import FORGET_SECONDS, GIB, GROWN, MOST_FORGET_SECONDS
from generation.pipelines.loading.memory_modes import LEAST_WORKING_BYTES, WORKING_BYTES
from tests.support.made_up_machine import WAYS, Card, needs

SLUGS = ("a", "b", "c")


@st.composite
def cards(draw):
    """Return a card with workers, other processes and checkpoints; all sizes in quarters of a GiB."""
    kind = draw(st.sampled_from(["cuda", "cuda", "cuda", "cpu", "mps"]))
    total = draw(st.integers(0, 200)) * GIB // 4
    host = total if kind == "cpu" else draw(st.integers(0, 400)) * GIB // 4
    card = Card(kind, total, host, workers=draw(st.integers(1, 3)))
    for slug in SLUGS:
        weights = draw(st.integers(1, 160)) * GIB // 4
        card.sizes[slug] = (weights, int(weights * draw(st.sampled_from([0.4, 0.7, 1.0]))) // 2 * 2)
    return card


STEPS = st.one_of(
    st.tuples(st.just("run"), st.integers(0, 2), st.sampled_from(SLUGS), st.integers(0, 24)),
    st.tuples(st.just("run"), st.integers(0, 2), st.sampled_from(SLUGS), st.integers(0, 24)),
    st.tuples(st.just("others"), st.floats(0, 1), st.floats(0, 1)),
    st.tuples(st.just("adapters"), st.integers(0, 2), st.floats(0, 1)),
    st.tuples(st.just("wait"), st.sampled_from([1.0, FORGET_SECONDS, MOST_FORGET_SECONDS])),
)
HISTORIES = st.lists(STEPS, min_size=1, max_size=12)


class Observer:
    """Compares what a worker loads with what it should, from the numbers of the card alone."""

    def __init__(self, card, cache):
        self.card, self.cache = card, cache
        self.failed = {}  # by slug: place of the mode that failed, what was usable, when
        self.loaded_at = {}

    def check(self, slug, way, usable):
        """Check one load: nothing better would have fitted, unless it failed and the shortage lasts."""
        ways, sizes = WAYS[self.card.kind], self.card.sizes[slug]
        place, (failed, before, at) = ways.index(way), self.failed.get(slug, (-1, 0, 0.0))
        if usable[0] <= before and self.card.now - at < FORGET_SECONDS:
            assert place > failed, "a memory mode that failed was chosen again"
        fitting = [i for i, one in enumerate(ways) if self.fits(one, sizes, usable, WORKING_BYTES)]
        forgotten = usable[0] > before * GROWN + 1 or self.card.now - at >= MOST_FORGET_SECONDS
        if forgotten and fitting:
            assert place == fitting[0], "not the best memory mode that fits"
        elif fitting:
            assert place in fitting or place > max(fitting), "a smaller mode was left out"
        else:
            assert place == max(i for i, one in enumerate(ways) if self.fits(one, sizes, usable, self.least))

    @property
    def least(self):
        return 0 if self.card.kind == "cpu" else LEAST_WORKING_BYTES

    def fits(self, way, sizes, usable, working):
        on_device, on_host = needs(way, *sizes)
        return on_device + working <= usable[0] and on_host <= usable[1]

    def has_outgrown(self, slug):
        """Return whether the mode in which a checkpoint is loaded is to be given up for a better one by now."""
        ways, usable, (_, before, at) = (
            WAYS[self.card.kind],
            self.card.usable(self.cache),
            self.failed.get(slug, (-1, 0, 0)),
        )
        loaded = [one.source for one in self.cache.loaded() if one.source.slug == slug]
        if not loaded or self.card.now - self.loaded_at[slug] < FORGET_SECONDS:
            return False
        if usable[0] <= before * GROWN + 1 and self.card.now - at < MOST_FORGET_SECONDS:
            return False
        better = ways[: ways.index((loaded[0].precision, loaded[0].memory_mode))]
        return any(self.fits(one, self.card.sizes[slug], usable, WORKING_BYTES) for one in better)

    def run(self, slug, working):
        """Run a job and check every load that it made; one that follows another follows a failure."""
        self.cache.loads.clear()
        outgrown = self.has_outgrown(slug)
        before = [(one.source.slug, (one.source.precision, one.source.memory_mode)) for one in self.cache.loaded()]
        ended = self.cache.run(slug, working)
        last = dict(before).get(slug)
        if last is not None and outgrown and ended == "done":
            assert self.cache.loads, "a smaller memory mode was kept although a better one fits again"
        for _, way, usable in self.cache.loads:
            ways = WAYS[self.card.kind]
            if last is not None and ways.index(way) > ways.index(last):
                self.failed[slug] = (ways.index(last), usable[0], self.card.now)
            self.check(slug, way, usable)
            last, self.loaded_at[slug] = way, self.card.now
        if ended == "checkpoint_too_large":
            usable = self.card.usable(self.cache)
            ways, failed = WAYS[self.card.kind], self.failed.get(slug, (-1, 0, 0))[0]
            left = [one for i, one in enumerate(ways) if self.fits(one, self.card.sizes[slug], usable, self.least)]
            assert not left or (failed >= 0 and all(ways.index(one) <= failed for one in left))


@pytest.fixture(autouse=True)
def quiet():
    """Log nothing: each of thousands of histories would."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def play(card, history):
    observers = [Observer(card, cache) for cache in card.caches]
    for what, *values in history:
        if what == "run":
            observers[values[0] % card.workers].run(values[1], values[2] * GIB // 4)
        elif what == "others":
            used = card.contexts + sum(cache.on_device for cache in card.caches)
            card.others = int(max(0, card.total - used) * values[0])
            card.host_others = int(max(0, card.host_total - sum(one.on_host for one in card.caches)) * values[1])
            if card.kind == "cpu":
                card.host_others = card.others
        elif what == "adapters":
            cache = card.caches[values[0] % card.workers]
            cache.adapters += int(card.free_for(cache) * values[1] * 0.5)
        else:
            card.now += values[0]


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(cards(), HISTORIES)
def test_plans_fit_are_the_best_that_fit_and_do_not_repeat_failures(card, history):
    play(card, history)


@pytest.mark.nightly
@settings(max_examples=10_000, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(cards(), HISTORIES)
def test_plans_over_ten_thousand_machines_and_histories(card, history):
    play(card, history)
