"""The VAPID key of the site."""

import base64

from sdsite.accounts.notices.push.keys import public_key


def test_it_follows_from_the_secret_key_and_stays_the_same(settings):
    settings.SECRET_KEY = "one site"
    first = public_key()
    # Pinned: another derivation would cut off every device that subscribed.
    assert first == "BOObZLsJK-hOASOxwprpIZHxjzoeFeX829fPKrmkyK2u2xtyNwt77kDCHSsls21hSvdUhf1fCE3JSDSkay6r4j8"
    settings.SECRET_KEY = "another site"
    assert public_key() != first
    settings.SECRET_KEY = "one site"
    assert public_key() == first


def test_browsers_take_it():
    point = base64.urlsafe_b64decode(public_key() + "=")
    assert (len(point), point[0]) == (65, 4)
