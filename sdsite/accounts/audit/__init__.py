"""The audit log: writing, where a deed came from, reading, and how long it is kept."""

from sdsite.accounts.audit.recording import record

__all__ = ["record"]
