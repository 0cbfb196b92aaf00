"""The app: manifest, service worker, and the page for when the site cannot be reached."""

import json

from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from sdsite.accounts import site_settings


def test_the_manifest_names_files_and_pages_that_are_there(db, as_alice):
    answer = as_alice.get(reverse("manifest"), headers={"accept-language": "de"})
    assert answer["Content-Type"] == "application/manifest+json"
    found = answer.json()
    assert found["lang"] == "de"
    assert all(finders.find(icon["src"].removeprefix("/static/")) for icon in found["icons"])
    assert {icon.get("purpose") for icon in found["icons"]} >= {"any", "maskable"}
    assert as_alice.get(found["start_url"]).status_code == 200


def test_the_offline_page_and_the_worker_are_named_as_the_site(db):
    def of_site():
        return [Client().get(reverse(page)).content.decode() for page in ("offline", "service_worker")]

    before = of_site()
    site_settings.change(actor=None, changes={"name": 'Night "Studio"'})
    page, worker = of_site()
    assert "Night &quot;Studio&quot;</title>" in page
    assert json.loads(worker.partition("siteName = ")[2].partition(";")[0]) == 'Night "Studio"'
    assert "sdsite" not in strip_tags(page)
    assert worker != before[1]  # so that browsers install it anew, with the page of the new name


def test_the_worker_keeps_nothing_of_a_person(as_alice):
    text = as_alice.get(reverse("service_worker")).content.decode()
    kept = json.loads(text.partition("= ")[2].partition(";")[0])
    assert kept[0] == reverse("offline")
    assert all(one.startswith("/static/") for one in kept[1:])
    assert as_alice.get(reverse("offline")).content == Client().get(reverse("offline")).content
