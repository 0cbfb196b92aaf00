"""The table of dialects: each can be switched off alone, and names of none are refused."""

import pytest
from django.core import checks

from sdsite.api.compat import registry
from sdsite.env import VARIABLES

WAYS_IN = {  # an address or socket that only this dialect has
    "openai": "v1/models",
    "sdapi": "sdapi/v1/options",
    "stability": "images/generate-ws",
    "comfyui": "system_stats",
    "simple": "recent",
}


def addresses():
    """Return every address that the dialects add, sockets among them."""
    return [*registry.patterns("urlpatterns"), *registry.patterns("websocket_urlpatterns")]


def spoken(path):
    """Tell whether some dialect answers at `path`."""
    return any(pattern.resolve(path) for pattern in addresses())


def test_each_has_an_address_of_its_own():
    assert set(WAYS_IN) == set(registry.DIALECTS)
    assert all(spoken(path) for path in WAYS_IN.values())


def test_all_but_the_simple_one_are_on_by_default(settings):
    settings.DIALECTS = next(variable.default for variable in VARIABLES if variable.name == "SDSITE_DIALECTS")
    assert set(registry.enabled()) == set(registry.DIALECTS) - {"simple"}
    assert not spoken(WAYS_IN["simple"])


@pytest.mark.parametrize("name", WAYS_IN)
def test_one_that_is_switched_off_leaves_the_others(settings, name):
    settings.DIALECTS = [other for other in WAYS_IN if other != name]
    assert [other for other, path in WAYS_IN.items() if spoken(path)] == settings.DIALECTS


def test_a_name_of_no_dialect_is_refused(settings):
    settings.DIALECTS = ["openai", "midjourney"]
    (error,) = [found for found in checks.run_checks() if found.id == "sdsite.E001"]
    assert "midjourney" in error.msg
    assert "comfyui" in error.msg
