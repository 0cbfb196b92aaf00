"""The table of dialects: each can be switched off alone, and names of none are refused."""

import pytest
from django.core import checks

from sdsite.api.compat import registry

WAYS_IN = {  # an address or socket that only this dialect has
    "openai": "v1/models",
    "sdapi": "sdapi/v1/options",
    "stability": "images/generate-ws",
    "comfyui": "system_stats",
}


def addresses():
    """Return every address that the dialects add, sockets among them."""
    return [*registry.patterns("urlpatterns"), *registry.patterns("websocket_urlpatterns")]


def spoken(path):
    """Tell whether some dialect answers at `path`."""
    return any(pattern.resolve(path) for pattern in addresses())


def test_all_are_enabled_by_default():
    assert set(WAYS_IN) == set(registry.DIALECTS)
    assert all(spoken(path) for path in WAYS_IN.values())


@pytest.mark.parametrize("name", WAYS_IN)
def test_one_that_is_switched_off_leaves_the_others(settings, name):
    settings.DIALECTS = [other for other in WAYS_IN if other != name]
    assert [other for other, path in WAYS_IN.items() if spoken(path)] == settings.DIALECTS


def test_a_name_of_no_dialect_is_refused(settings):
    settings.DIALECTS = ["openai", "midjourney"]
    (error,) = [found for found in checks.run_checks() if found.id == "sdsite.E001"]
    assert "midjourney" in error.msg
    assert "comfyui" in error.msg
