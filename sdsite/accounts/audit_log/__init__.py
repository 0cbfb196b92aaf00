"""The audit log in the administration; apart from `audit`, which the base of all pages there writes with."""
