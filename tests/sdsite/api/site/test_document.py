"""The document of the site, for everybody."""

import pytest

from sdsite.configuration.changes import change

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey_alone")]


def test_a_new_site_announces_nothing(stranger):
    answer = stranger.api("GET", "/site")
    assert answer.json() == {"name": "sdsite", "logo_url": None, "announcement": None, "maintenance": None}
    assert "ETag" in answer.headers


def test_strangers_read_announcement_and_maintenance(stranger, root):
    told = {"announcement": "<b>Friday</b>", "severity": "critical"}
    told |= {"maintenance": True, "maintenance_message": "Disks."}
    change(actor=root, changes=told)
    site = stranger.api("GET", "/site").json()
    assert (site["announcement"]["text"], site["announcement"]["severity"]) == ("<b>Friday</b>", "critical")
    assert site["maintenance"] == {"message": "Disks.", "until": None}
    change(actor=root, changes={"announcement": "", "maintenance": False})
    assert stranger.api("GET", "/site").json()["announcement"] is None


def test_unknown_query_names_are_refused(stranger):
    assert stranger.api("GET", "/site?name=x").status_code == 422
