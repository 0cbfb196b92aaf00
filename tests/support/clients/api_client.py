"""Client of the JSON API with a key, and the check of its errors."""

import json

from django.test import Client


class ApiClient(Client):
    """Django's client, speaking JSON under /api/v1."""

    def api(self, method, path, body=None, **extra):
        """Send a request; `body` is encoded as JSON unless it is text or bytes already."""
        if body is None:
            return self.generic(method, f"/api/v1{path}", **extra)
        data = body if isinstance(body, str | bytes) else json.dumps(body)
        extra.setdefault("content_type", "application/json")
        return self.generic(method, f"/api/v1{path}", data, **extra)


def make_key(owner, *scopes):
    """Return (row, whole key) of a fresh key."""
    from sdsite.accounts.api_keys import create_key

    return create_key(owner=owner, name="tests", scopes=list(scopes or ("generate", "read", "write")))


def knocking_as(user, *scopes):
    """Return a client that sends a key of `user` as a bearer token; all scopes unless named."""
    return ApiClient(headers={"Authorization": f"Bearer {make_key(user, *scopes)[1]}"})


def error_of(response, status, code):
    """Return the error's fields, having checked status, code and shape."""
    assert response.status_code == status, response.content[:500]
    error = response.json()["error"]
    assert set(error) == {"code", "message", "fields"}
    assert error["code"] == code
    assert error["message"]
    return error["fields"]
