"""Devices on which people are logged in."""

from itertools import count

import pytest
from django.test import Client

from tests.support.factories import PASSWORD

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.0 Mobile/15E148 Safari/604.1"
)


ADDRESSES = (f"198.18.{number // 256}.{number % 256}" for number in count())  # logins are limited by address


@pytest.fixture
def sign_in(db):
    """Return a function that signs a person in on a device of their own, and returns its client."""

    def on(person, user_agent=FIREFOX, address=None):
        device = Client(headers={"User-Agent": user_agent}, REMOTE_ADDR=address or next(ADDRESSES))
        device.post("/accounts/login/", {"login": person.username, "password": PASSWORD})
        assert is_in(device)
        return device

    return on


def is_in(device):
    """Tell whether the site knows who uses the device."""
    return device.get("/settings/").status_code == 200
