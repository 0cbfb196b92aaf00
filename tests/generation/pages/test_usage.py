"""The settings page of one's usage."""

import pytest
from django.test import Client

from gallery.models import Image
from tests.support.factories import end_job, make_image, make_job
from tests.support.limits import limit

pytestmark = pytest.mark.django_db
ADDRESS = "/settings/usage/"


def test_it_lists_sources_of_ones_own_jobs(as_alice, alice, charlie, checkpoint):
    assert f'href="{ADDRESS}"' in as_alice.get("/settings/").content.decode()
    assert "No job of yours ended" in as_alice.get(ADDRESS).content.decode()
    end_job(make_job(alice, checkpoint, count=2), source="stability", used_seconds=12.34)
    end_job(make_job(charlie, checkpoint), source="openai", used_seconds=5)
    page = as_alice.get(ADDRESS)
    text = page.content.decode()
    assert "<td>1</td><td>2</td><td>12.3 s</td>" in text
    assert "Stability" in text
    assert "OpenAI" not in text
    assert "no-store" in page["Cache-Control"]
    assert Client().get(ADDRESS).status_code == 302


def test_it_tells_the_room_of_uploads_and_kept_steps(as_alice, alice):
    image = make_image(alice)
    Image.objects.filter(pk=image.pk).update(steps_file="steps/a.zip", steps={"kept": [2], "bytes": 3 * 1024**2})
    assert "<dd>3.0\xa0MB</dd>" in as_alice.get(ADDRESS).content.decode()
    limit(most_kept_mb=8)
    assert "<dd>3.0\xa0MB of 7.6\xa0MB</dd>" in as_alice.get(ADDRESS).content.decode()
