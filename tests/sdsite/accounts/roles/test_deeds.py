"""Deeds: each has a permission that the site knows, and a refusal in plain words."""

import pytest
from django.contrib.auth.models import Permission

from sdsite.accounts.roles.deeds import DEEDS, SHIPPED, DeedRefused


@pytest.mark.django_db
def test_each_permission_of_the_tables_exists():
    known = {".".join(pair) for pair in Permission.objects.values_list("content_type__app_label", "codename")}
    named = {*DEEDS, *(permission for role in SHIPPED.values() for permission in role.permissions)}
    assert named <= known


def test_a_refusal_names_the_deed_and_its_permission():
    assert str(DeedRefused("gallery.share_link")) == (
        "Your role does not let you do this: Share by link (gallery.share_link)."
    )
