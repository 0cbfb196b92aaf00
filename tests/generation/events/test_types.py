"""Events are declared once, one for every status, and documented."""

import pytest

from generation.events.types import EVENT_OF_STATUS, EVENTS, JobProgress
from tests.support.site import ROOT

DOCS = ROOT / "docs" / "events.md"


def test_an_event_is_declared_once_with_name_and_payload():
    assert JobProgress("j", 3, 1, 20).message() == {
        "event": "job.progress",
        "job": "j",
        "sequence": 3,
        "data": {"step": 1, "total": 20, "eta_seconds": None},
    }


def test_every_status_has_an_event():
    from generation.models import Job

    assert set(EVENT_OF_STATUS) == {status.value for status in Job.Status}


def test_every_event_is_documented_and_nothing_else():
    sections = {
        line.removeprefix("### `").rstrip("`") for line in DOCS.read_text().splitlines() if line.startswith("### `")
    }
    assert sections == set(EVENTS)


@pytest.mark.parametrize("event", EVENTS.values())
def test_the_docstring_of_an_event_is_its_documentation(event):
    text = " ".join(DOCS.read_text().split())
    assert " ".join(event.__doc__.split()) in text
