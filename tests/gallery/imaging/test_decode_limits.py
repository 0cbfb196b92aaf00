"""Room for decoded pictures: many large ones at once wait for each other, small ones and one's own do not."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from gallery.imaging import decode_limits
from gallery.imaging.decode_limits import reserve_pixels, reserving_pixels
from gallery.imaging.open_image import open_image

SECONDS = 20


def picture(side):
    buffer = io.BytesIO()
    Image.new("RGB", (side, side), "red").save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture(autouse=True)
def small_room(monkeypatch):
    monkeypatch.setattr(decode_limits, "MOST_PIXELS", 100 * 100)
    yield
    assert decode_limits._reserved == 0, "all reserved pixels were given back"


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


def test_large_pictures_are_decoded_one_after_the_other():
    assert peak_of(4, side=90) == 1


def test_small_ones_side_by_side():
    assert peak_of(4, side=50) > 1


def test_one_that_is_larger_than_all_room_gets_in_alone():
    assert peak_of(3, side=300) == 1


def test_a_thread_with_room_opens_more_without_waiting_for_itself():
    with reserve_pixels(picture(90), picture(90)):
        assert open_image(picture(90)).size == (90, 90)
        with reserve_pixels(picture(90)):
            pass
        assert decode_limits._reserved > 0, "the inner one gives nothing back"


def test_room_is_given_back_by_whoever_fails():
    @reserving_pixels
    def fail(*, data):
        raise ValueError(len(data))

    for _ in range(2):
        with pytest.raises(ValueError, match=r"\d"):
            fail(data=picture(90))


def test_what_is_no_picture_takes_none():
    with reserve_pixels(b"hello"):
        assert decode_limits._reserved == 0
