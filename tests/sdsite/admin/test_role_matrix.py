"""Rows and cells of the matrix of roles."""

import pytest
from django.http import QueryDict

from sdsite.accounts.models import Role
from sdsite.admin.role_matrix import changes_of, columns, limit_table, permission_table, seen

pytestmark = pytest.mark.django_db


def test_each_cell_has_a_name_that_says_row_and_column():
    found = columns()
    cells = [cell for row in (*permission_table(found), *limit_table(found)) for cell in row.cells]
    assert "Submit jobs: Member" in {cell.label for cell in cells}
    assert all(cell.label and cell.name for cell in cells)
    keys = [(cell.name, cell.value) for cell in cells if cell.kind == "tick"]
    assert len(keys) == len(set(keys))


def test_an_unknown_deed_is_no_tick():
    member = Role.objects.get(key="member")
    change = changes_of(QueryDict(f"p:{member.pk}=auth.delete_user&p:{member.pk}=gallery.share_link"), columns())
    assert change[member.pk].permissions == ["gallery.share_link"]


def test_the_digest_follows_each_change():
    before = seen(columns())
    assert seen(columns()) == before
    Role.objects.filter(key="member").update(opens_admin=True)
    assert seen(columns()) != before
