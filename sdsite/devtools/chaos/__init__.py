"""A bad day on purpose: a site of its own, many jobs, and one disaster after the other (`manage.py chaos`)."""
