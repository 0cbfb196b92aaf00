"""Triggers of append-only tables: nobody changes or deletes a row, on SQLite and PostgreSQL."""

import uuid
from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import IntegerField, JSONField, QuerySet
from django.utils import timezone

from gallery.models import ModerationAction, RuleVersion
from sdsite.accounts.audit import record
from sdsite.accounts.models import AuditEvent
from tests.support.rules import make_rule

pytestmark = pytest.mark.django_db


def make_event(alice):
    return record(actor=alice, action="image.deleted", target="x", before=[1], after=[2])


def make_decision(alice):
    return ModerationAction.objects.create(deed="warn", moderator=alice, person=alice, image_id=uuid.uuid4())


def make_version(alice):
    return make_rule(alice).versions.get()


# Each protected model: a function that makes a row, fields that may be cleared, and the field of the age with its days.
PROTECTED = {
    AuditEvent: (make_event, {"actor"}, ("at", 90)),
    ModerationAction: (make_decision, set(), None),
    RuleVersion: (make_version, {"saved_by"}, None),
}


def refused(deed):
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        deed()


def other_value(field):
    """Return a value of the right type that no row of these tests has."""
    if field.is_relation:
        return None
    if isinstance(field, IntegerField):
        return 777
    if isinstance(field, JSONField):
        return {"another": "value"}
    kinds = {"DateTimeField": timezone.now(), "UUIDField": "00000000-0000-4000-8000-000000000000"}
    return kinds.get(field.get_internal_type(), "-")


@pytest.mark.parametrize("model", PROTECTED, ids=lambda model: model.__name__)
def test_no_column_can_be_changed(alice, model):
    make, cleared, _ = PROTECTED[model]
    row = QuerySet(model).filter(pk=make(alice).pk)  # what the model itself refuses is no matter
    for field in model._meta.concrete_fields:
        if field.name not in cleared:
            refused(partial(row.update, **{field.name: other_value(field)}))


@pytest.mark.parametrize("model", PROTECTED, ids=lambda model: model.__name__)
def test_no_row_can_be_deleted_or_replaced(alice, model):
    make, _, _ = PROTECTED[model]
    row = make(alice)
    refused(QuerySet(model).filter(pk=row.pk).delete)
    table = connection.ops.quote_name(model._meta.db_table)
    replace = {
        "sqlite": f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
        "postgresql": f"TRUNCATE {table} CASCADE",
    }
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE" if connection.vendor == "postgresql" else "SELECT 1")
        refused(lambda: cursor.execute(replace[connection.vendor]))
    assert model.objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("model", [model for model, (_, cleared, _) in PROTECTED.items() if cleared])
def test_links_to_people_may_be_cleared_but_not_given_to_others(alice, charlie, model):
    make, cleared, _ = PROTECTED[model]
    row = model.objects.filter(pk=make(alice).pk)
    for name in cleared:
        refused(partial(row.update, **{name: charlie}))
        assert row.update(**{name: None}) == 1
        assert getattr(row.get(), name) is None
        refused(partial(row.update, **{name: alice}))


def test_only_old_rows_can_be_deleted(alice):
    now = timezone.now()
    for days in (89, 91):
        AuditEvent.objects.create(actor=alice, action="old", target=str(days), at=now - timedelta(days=days))
    refused(AuditEvent.objects.filter(action="old").delete)
    assert AuditEvent.objects.filter(action="old", at__lt=now - timedelta(days=90)).delete()[0] == 1
    assert AuditEvent.objects.get(action="old").target == "89"
