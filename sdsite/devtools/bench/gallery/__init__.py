"""Measurement of pages and queries of the gallery with many images."""
