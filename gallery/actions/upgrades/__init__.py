"""Completion of images that older versions of the site stored, some at a time in the background."""
