"""Moderation: decisions about images and people, each written down with what it did, and undoing them."""

from gallery.actions.moderation.decisions import (
    Decided,
    decide,
    delete_for_good,
    dismiss_reports,
    note_held,
    quarantine,
    release,
)
from gallery.actions.moderation.wording import describe_conflict

__all__ = [
    "Decided",
    "decide",
    "delete_for_good",
    "describe_conflict",
    "dismiss_reports",
    "note_held",
    "quarantine",
    "release",
]
