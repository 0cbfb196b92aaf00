"""Measurement of the site's rules."""
