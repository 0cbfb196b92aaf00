"""The page of the audit log in the administration."""

import json

import pytest
from django.urls import reverse

from sdsite.accounts.audit import record
from sdsite.accounts.audit.origin import Origin, coming_from

LIST = reverse("admin:accounts_auditevent_changelist")


@pytest.fixture
def events(alice, root):
    with coming_from(Origin("admin", "192.0.2.7")):
        record(actor=root, action="signup.changed", target="open", before="closed", after={"mode": "open"})
    record(actor=alice, action="style.created", target="<b>ink</b>")


def listed(page):
    return page.context["cl"].result_list.count()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 2),
        ("actor_name=root", 1),
        ("action=style.created&actor_name=root", 0),
        ("address=192.0.2.7", 1),
        ("target=open", 1),
        ("key_lookup=nothing", 0),
        ("q=signup", 1),
        ("q=%3Cb%3Eink", 1),
        ("q=nothing", 0),
    ],
)
def test_filters_and_search(as_root, events, query, found):
    assert listed(as_root.get(f"{LIST}?{query}")) == found


def test_an_event_shows_before_and_after_and_is_not_changed(as_root, events):
    page = as_root.get(f"{LIST}?action=signup.changed")
    [event] = page.context["cl"].result_list
    url = reverse("admin:accounts_auditevent_change", args=[event.pk])
    text = as_root.get(url).content.decode()
    assert "192.0.2.7" in text
    assert "&quot;mode&quot;: &quot;open&quot;" in text
    assert as_root.post(url, {"action": "other"}).status_code == 403
    event.refresh_from_db()
    assert event.action == "signup.changed"


def test_what_people_wrote_is_no_markup(as_root, events):
    assert "<b>ink</b>" not in as_root.get(LIST).content.decode()


def test_all_that_match_are_exported_as_json_lines(as_root, events):
    rows = as_root.get(LIST).context["cl"].result_list
    chosen = {"action": "export_selected", "_selected_action": [rows[0].pk], "select_across": "1"}
    answer = as_root.post(f"{LIST}?actor_name=root", chosen)
    assert answer["Content-Disposition"] == 'attachment; filename="audit.jsonl"'
    lines = [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]
    assert [(line["actor"], line["before"], line["after"]) for line in lines] == [("root", "closed", {"mode": "open"})]
