"""Largest bodies by address and caller."""

import pytest
from django.conf import settings

from gallery.actions.uploads import most_bytes
from sdsite.middleware.body_limits import MESSAGE_BYTES, PLAIN_BYTES, STRANGER_BYTES, find_caller, find_limit
from tests.support.clients.api_client import make_key

pytestmark = pytest.mark.django_db


def headers_of(client):
    return {"cookie": "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())}


@pytest.fixture
def key_of_alice(alice):
    return {"Authorization": f"Bearer {make_key(alice)[1]}"}


@pytest.mark.parametrize(
    "headers",
    [{}, {"X-API-Key": "sds_wrong_key"}, {"Authorization": "Digest x"}, {"Cookie": "sessionid=x"}, {"Cookie": "=;;"}],
)
def test_strangers_send_small_bodies_everywhere(headers):
    for path in ("/api/v1/jobs", "/api/v1/uploads", "/admin/generation/checkpoint/upload/", "/accounts/login/", "*"):
        assert find_limit(path, headers) == STRANGER_BYTES


def test_members_send_images_where_images_are_taken(key_of_alice):
    limits = {
        "/api/v1/jobs": settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
        "/sdapi/v1/img2img": settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
        "/generate": settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
        "/img2img": settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
        "/prompt": settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
        "/mcp": MESSAGE_BYTES,
        "/api/v1/jobs/cancel": PLAIN_BYTES,
        "/api/v1/presets": PLAIN_BYTES,
        "/accounts/login/": PLAIN_BYTES,
        "/admin/generation/checkpoint/upload/": PLAIN_BYTES,
    }
    assert {path: find_limit(path, key_of_alice) for path in limits} == limits
    for path in ("/api/v1/uploads", "/api/v1/settings-of", "/upload/image", "/api/upload/mask"):
        assert most_bytes() < find_limit(path, key_of_alice) < most_bytes() + PLAIN_BYTES, path
    assert 2 * most_bytes() < find_limit("/v1/images/edits", key_of_alice) < 2 * most_bytes() + PLAIN_BYTES


def test_only_administrators_send_weights(as_root, as_alice):
    path = "/admin/generation/checkpoint/upload/"
    assert find_limit(path, headers_of(as_root)) > settings.ENV["SDSITE_CHECKPOINT_GB"] * 2**30
    assert find_limit(path, headers_of(as_alice)) == PLAIN_BYTES


def test_a_session_that_ended_is_a_stranger(as_alice, alice):
    headers = headers_of(as_alice)
    assert find_caller(headers) == alice
    as_alice.logout()
    assert find_caller(headers) is None


def test_a_password_change_ends_other_sessions_here_too(as_alice, alice):
    headers = headers_of(as_alice)
    alice.set_password("another password of alice")
    alice.save()
    assert find_caller(headers) is None
