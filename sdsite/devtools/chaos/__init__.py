"""Fault injection (`manage.py chaos`): many jobs on a temporary site while its processes and services fail."""
