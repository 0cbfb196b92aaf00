"""Where a deed came from: door, address and key of the request, the command or the worker."""

import sys
from threading import Thread

import pytest

from sdsite.accounts.audit.origin import Origin, coming_from, get_origin, note_key
from tests.support.clients.api_client import make_key


@pytest.mark.parametrize(
    ("arguments", "door"),
    [
        (["/srv/manage.py", "tidy_accounts"], "command: tidy_accounts"),
        (["manage.py", "rqworker", "interactive"], "worker"),
        (["manage.py", "x" * 100], f"command: {'x' * 51}"),
        (["manage.py"], ""),
        (["pytest", "tests"], ""),
        ([], ""),
    ],
)
def test_without_a_request_the_process_is_the_door(monkeypatch, arguments, door):
    monkeypatch.setattr(sys, "argv", arguments)
    assert get_origin().door_name == door
    assert get_origin().address is None


def test_an_origin_ends_where_it_began_also_after_an_error(alice):
    key, _ = make_key(alice)
    found = []

    def fail():
        with coming_from(Origin("page", "192.0.2.1")):
            note_key(key)
            found.append(get_origin())
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert found == [Origin("page", "192.0.2.1", key)]
    assert get_origin().key is None
    assert get_origin().address is None


def test_a_thread_of_the_process_does_not_take_over_the_request():
    found = []
    with coming_from(Origin("page", "192.0.2.1")):
        thread = Thread(target=lambda: found.append(get_origin().address))
        thread.start()
        thread.join()
    assert found == [None]
