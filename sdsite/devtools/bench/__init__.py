"""Measurements of a real site in a temporary folder: `manage.py bench NAME`."""
