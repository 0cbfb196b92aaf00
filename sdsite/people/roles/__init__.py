"""Roles over all apps: what each one allows and limits, changing them, and why a person may do something."""
