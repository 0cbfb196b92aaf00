"""Terms of use and second factors in the admin."""

from django.contrib.auth.models import Group
from django.urls import reverse

from sdsite.accounts.models import AuditEvent, SecondFactorRole, TermsVersion
from sdsite.accounts.required_steps.terms import accept_terms

ADD = reverse("admin:accounts_termsversion_add")
VERSIONS = reverse("admin:accounts_termsversion_changelist")


def test_a_version_is_published_and_never_changed(as_root, root, alice):
    as_root.post(ADD, {"text": "Be kind."})
    version = TermsVersion.objects.get()
    assert (version.number, version.text, version.published_by) == (1, "Be kind.", root)
    assert AuditEvent.objects.filter(action="terms.published").count() == 1
    accept_terms(1, user=root)
    accept_terms(1, user=alice)
    change = reverse("admin:accounts_termsversion_change", args=[version.pk])
    assert as_root.post(change, {"text": "Be rude."}).status_code == 403
    assert as_root.post(reverse("admin:accounts_termsversion_delete", args=[version.pk])).status_code == 403
    assert TermsVersion.objects.get().text == "Be kind."
    listed = as_root.get(reverse("admin:accounts_termsacceptance_changelist")).content.decode()
    assert "alice" in listed


def test_a_new_version_begins_with_the_present_text_and_must_differ(as_root, root):
    as_root.post(ADD, {"text": "Be kind."})
    accept_terms(1, user=root)
    assert "Be kind." in as_root.get(ADD).content.decode()
    assert "holds already" in as_root.post(ADD, {"text": "Be kind. "}).content.decode()
    assert TermsVersion.objects.count() == 1


def test_the_tick_of_a_role_asks_for_a_second_factor(as_root):
    group = Group.objects.create(name="careful")
    page = reverse("admin:auth_group_change", args=[group.pk])
    as_root.post(page, {"name": "careful", "second_factor": "on"})
    assert SecondFactorRole.objects.get().group == group
    assert as_root.get(page).context["adminform"].form["second_factor"].value()
    as_root.post(page, {"name": "careful"})
    assert not SecondFactorRole.objects.exists()
