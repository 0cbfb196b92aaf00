"""The limit of decoded pixels: large images wait for each other, small ones do not."""

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
        assert decode_limits._reserved > 0, "the inner one gives nothing back"


def test_a_reservation_ends_with_an_exception():
    @reserving_pixels
    def fail(*, data):
        raise ValueError(len(data))

    for _ in range(2):
        with pytest.raises(ValueError, match=r"\d"):
            fail(data=picture(90))


def test_a_file_that_is_not_an_image_reserves_nothing():
    with reserve_pixels(b"hello"):
        assert decode_limits._reserved == 0
