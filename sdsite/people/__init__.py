"""What belongs to a person over all apps: the export of it, and its removal."""
