"""Work of which each person may have one running at a time."""

import pytest

from sdsite.core.exclusive import AlreadyRunning, take_turn


@pytest.fixture(autouse=True)
def running(valkey):
    """The turns are in Redis."""


def test_the_second_is_refused_until_the_first_has_ended():
    turn = take_turn("test", 1, message="One at a time.")
    with pytest.raises(AlreadyRunning, match="One at a time"):
        take_turn("test", 1, message="One at a time.")
    take_turn("test", 2, message="").release()
    turn.renew()
    turn.release()
    take_turn("test", 1, message="").release()


def test_a_turn_that_was_lost_does_not_end_the_next():
    lost = take_turn("test", 3, message="")
    lost.release()
    take_turn("test", 3, message="")
    lost.release()
    with pytest.raises(AlreadyRunning):
        take_turn("test", 3, message="")


def test_without_redis_nobody_is_refused(settings, monkeypatch):
    from sdsite.core import rate_limits

    monkeypatch.setattr(rate_limits, "_paused_until", 0.0)
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    take_turn("test", 4, message="").release()
    take_turn("test", 4, message="")
    monkeypatch.setattr(rate_limits, "_paused_until", 0.0)
