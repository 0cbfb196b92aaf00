"""The lock of an account: limits on what one person keeps hold when requests come at once."""

from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from gallery.actions import collections, sharing, uploads
from gallery.actions.bulk.run import run_action
from gallery.models import Collection, Upload
from gallery.search import saved
from generation import presets
from generation.errors import JobRefused
from generation.models import Preset, Style
from generation.webhooks import actions as webhooks
from sdsite.accounts import api_keys
from sdsite.accounts.credentials import Credentials
from sdsite.accounts.models import lock_user
from tests.support.at_once import SECONDS
from tests.support.factories import make_image
from tests.support.images import encoded, picture

LIMITS = (
    (collections, "MOST_COLLECTIONS"),
    (sharing, "MOST_LINKS"),
    (saved, "MOST_SEARCHES"),
    (presets, "MOST_OWN"),
    (webhooks, "MOST_WEBHOOKS"),
    (api_keys, "MOST_KEYS"),
)
REFUSALS = {
    "collection": collections.TooManyCollections,
    "link": sharing.TooManyLinks,
    "search": saved.TooManySearches,
    "style": JobRefused,
    "preset": JobRefused,
    "webhook": JobRefused,
    "key": ValidationError,
    "upload": uploads.UploadRefused,
}


@pytest.fixture
def makers(alice):
    """Functions that make one of each of what is limited, by kind; `name` tells two apart."""
    image, own = make_image(alice), {"credentials": Credentials(alice), "shared": False}
    return {
        "collection": lambda name: collections.create_collection(owner=alice, name=name),
        "link": lambda name: sharing.create_link(owner=alice, image=image),
        "search": lambda name: saved.save_search(owner=alice, name=name, query="q=fox"),
        "style": lambda name: presets.create(Style, **own, fields={"name": name, "prompt": "ink"}),
        "preset": lambda name: presets.create(Preset, **own, fields={"name": name, "parameters": {"steps": 8}}),
        "webhook": lambda name: webhooks.create_webhook(owner=alice, name=name, url="https://example.org/"),
        "key": lambda name: api_keys.create_key(owner=alice, name=name, scopes=["read"]),
        "upload": lambda name: uploads.store_upload(owner=alice, data=encoded(picture(size=(8, len(name))))),
    }


def at_once(held, *others):
    """Run `held` and keep its transaction open until all `others`, each on a connection of its own, had time to end.

    Returns what each of the others returned or raised.
    """

    def run(other):
        try:
            return other()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(others)) as pool:
        with transaction.atomic():
            held()
            running = [pool.submit(run, other) for other in others]
            done, _waiting = wait(running, timeout=SECONDS)
        assert not done, "somebody did not wait for the first transaction"
        return [one.result(30) for one in running]


@pytest.mark.django_db(transaction=True)
def test_no_limit_is_passed_by_requests_at_once(alice, makers, monkeypatch):
    for module, limit in LIMITS:
        monkeypatch.setattr(module, limit, 1)
    monkeypatch.setitem(settings.ENV, "SDSITE_UPLOADS_MB", 0.0001)  # one small file, not two

    def first():
        lock_user(alice.pk)
        for make in makers.values():
            make("first")

    outcomes = at_once(first, *(lambda make=make: make("another") for make in makers.values()))
    assert [type(one) for one in outcomes] == list(REFUSALS.values())
    assert Upload.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_collection_that_two_requests_name_at_once_is_created_once(alice):
    image = make_image(alice)

    def collect():
        return run_action(owner=alice, action="collect", value="Skies", ids=[image.pk])

    def first():
        lock_user(alice.pk)
        collections.create_collection(owner=alice, name="Skies")

    (outcome,) = at_once(first, collect)
    assert outcome.images == 1, outcome
    assert [one.items.count() for one in Collection.objects.all()] == [1]
