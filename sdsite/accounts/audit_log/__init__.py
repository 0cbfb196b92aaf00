"""The audit log in the administration, and how long it is kept; apart from `audit`, with which others write."""
