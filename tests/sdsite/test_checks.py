"""A wrong origin in the settings is refused at the start."""

import pytest
from django.core.checks import run_checks

pytestmark = pytest.mark.django_db


PAGE = "https://app.example.org"


def test_invalid_origins_are_refused_at_the_start(settings):
    settings.CORS_ALLOWED_ORIGINS = [
        PAGE,
        "http://localhost:3000",
        "app.example.org",
        f"{PAGE}/",
        "https://*.example.org",
    ]
    [error] = [found for found in run_checks() if found.id == "sdsite.E002"]
    assert "app.example.org, https://app.example.org/, https://*.example.org" in error.msg
