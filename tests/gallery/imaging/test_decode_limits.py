"""Turns of decoding: one image of a person at a time, in order; large ones wait for each other, small ones do not."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from gallery.imaging import decode_limits
from gallery.imaging.decode_limits import reserve_pixels, reserving_pixels
from gallery.imaging.open_image import open_image
from sdsite.accounts.models import User
from sdsite.core.rate_limits import RateLimited
from tests.support.site import wait_for

SECONDS = 20


def picture(side):
    buffer = io.BytesIO()
    Image.new("RGB", (side, side), "red").save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture(autouse=True)
def small_room(monkeypatch):
    monkeypatch.setattr(decode_limits, "MOST_PIXELS", 100 * 100)
    monkeypatch.setattr(decode_limits, "SMALL_PIXELS", 10 * 10)
    yield
    assert not decode_limits._decoding, "all reserved pixels were given back"
    assert not decode_limits._waiting


def peak_of(count, side):
    """Return how many of `count` pictures were decoded at one time, when each waits for another one to join it."""
    inside, most, lock, joined = 0, 0, threading.Lock(), threading.Event()

    def decode(_):
        nonlocal inside, most
        with reserve_pixels(picture(side)):
            with lock:
                inside += 1
                most = max(most, inside)
                if inside > 1:
                    joined.set()
            joined.wait(0.2)
            with lock:
                inside -= 1

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(decode, range(count), timeout=SECONDS))
    return most


def test_large_images_are_decoded_one_after_the_other():
    assert peak_of(4, side=90) == 1


def test_small_images_are_decoded_side_by_side():
    assert peak_of(4, side=50) > 1


def test_an_image_above_the_limit_is_decoded_alone():
    assert peak_of(3, side=300) == 1


def test_a_thread_with_a_reservation_does_not_wait_for_itself():
    with reserve_pixels(picture(90), picture(90)):
        assert open_image(picture(90)).size == (90, 90)
        with reserve_pixels(picture(90)):
            pass
        assert decode_limits._decoding, "the inner one gives nothing back"


def test_a_reservation_ends_with_an_exception():
    @reserving_pixels
    def fail(*, data, owner):
        raise ValueError(len(data))

    for _ in range(2):
        with pytest.raises(ValueError, match=r"\d"):
            fail(data=picture(90), owner=User(pk=1))


def test_a_file_that_is_not_an_image_reserves_nothing():
    with reserve_pixels(b"hello"):
        assert [turn.pixels for turn in decode_limits._decoding] == [0]


class Decoding:
    """Decodings in threads, each held until it is let go; `order` lists them as they begin."""

    def __init__(self):
        self.order, self.refused, self._go, self._threads = [], [], {}, []

    def begin(self, name, *, side, person):
        """Start one, and wait until it decodes, waits or was refused."""
        self._go[name] = threading.Event()
        before = len(decode_limits._waiting) + len(self.order) + len(self.refused)
        self._threads.append(threading.Thread(target=self._run, args=(name, side, person)))
        self._threads[-1].start()
        wait_for(lambda: len(decode_limits._waiting) + len(self.order) + len(self.refused) > before)

    def _run(self, name, side, person):
        try:
            with reserve_pixels(picture(side), person=person):
                self.order.append(name)
                self._go[name].wait(SECONDS)
        except RateLimited as error:
            self.refused.append((name, error.retry_after))

    def end(self, name):
        self._go[name].set()

    def finish(self):
        for event in self._go.values():
            event.set()
        for thread in self._threads:
            thread.join(SECONDS)


@pytest.fixture
def decoding():
    one = Decoding()
    yield one
    one.finish()


def test_a_person_has_one_image_decoded_at_a_time_in_order(decoding):
    for name in ("first", "second", "third"):
        decoding.begin(name, side=20, person=1)
    assert decoding.order == ["first"]
    decoding.end("first")
    wait_for(lambda: len(decoding.order) == 2)
    decoding.finish()
    assert decoding.order == ["first", "second", "third"]


def test_another_person_comes_before_the_many_of_one(decoding):
    for number in range(4):
        decoding.begin(f"many {number}", side=90, person=1)
    decoding.begin("other", side=90, person=2)
    decoding.end("many 0")
    wait_for(lambda: len(decoding.order) == 2)
    assert decoding.order[1] == "other"


def test_a_small_image_does_not_wait_for_large_ones_of_others(decoding):
    decoding.begin("large", side=100, person=1)
    decoding.begin("large too", side=100, person=2)
    decoding.begin("small", side=10, person=3)
    wait_for(lambda: "small" in decoding.order)
    assert decoding.order == ["large", "small"]


def test_more_than_a_few_waiting_images_of_a_person_are_refused(decoding):
    for number in range(decode_limits.MOST_WAITING + 2):
        decoding.begin(str(number), side=20, person=1)
    assert [name for name, _ in decoding.refused] == ["5"]
    assert decoding.refused[0][1] >= 1
    decoding.begin("other", side=20, person=2)
    assert "other" in decoding.order


def test_a_turn_that_does_not_come_is_given_up(decoding, monkeypatch):
    monkeypatch.setattr(decode_limits, "LONGEST_WAIT", 0.05)
    decoding.begin("held", side=90, person=1)
    decoding.begin("late", side=90, person=2)
    wait_for(lambda: decoding.refused)
    assert decoding.refused[0][0] == "late"
    monkeypatch.setattr(decode_limits, "LONGEST_WAIT", SECONDS)
    decoding.end("held")
    decoding.begin("next", side=90, person=2)
    wait_for(lambda: "next" in decoding.order)
