"""Share links and reports in the admin: seen without their secrets, revoked, resolved."""

from django.urls import reverse

from gallery.actions.sharing import create_link, report_image
from gallery.models import Report, ShareLink
from sdsite.accounts.models import AuditEvent
from tests.support.factories import make_image

LINKS = reverse("admin:gallery_sharelink_changelist")
REPORTS = reverse("admin:gallery_report_changelist")


def test_a_link_is_revoked_and_its_address_is_not_shown(as_root, root, alice, act):
    shared = create_link(owner=alice, image=make_image(alice), password="sesame")
    for address in (LINKS, reverse("admin:gallery_sharelink_change", args=[shared.pk])):
        page = as_root.get(address)
        assert page.status_code == 200
        assert shared.token not in page.content.decode()
        assert shared.password not in page.content.decode()
    act(as_root, LINKS, "revoke_selected", shared)
    assert not ShareLink.objects.get().is_open()
    assert AuditEvent.objects.get(action="share_link.revoked").actor == root


def test_a_report_is_read_and_resolved_also_when_its_image_is_gone(as_root, root, alice, bob, act):
    image = make_image(alice, prompt="a red heart")
    report = report_image(reporter=bob, image=image, reason="rights", text="my logo")
    page = as_root.get(reverse("admin:gallery_report_change", args=[report.pk])).content.decode()
    assert all(words in page for words in ("my logo", "alice", "a red heart", "Copyright or trademark"))
    image.delete()
    assert "deleted" in as_root.get(REPORTS).content.decode()
    act(as_root, REPORTS, "resolve_selected", report)
    assert Report.objects.get().resolved_at is not None
    assert AuditEvent.objects.filter(action="report.resolved", actor=root).count() == 1
