"""Leaving: a person has the own account deleted after a grace time, and keeps it by logging in."""
