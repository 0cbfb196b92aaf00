#!/usr/bin/env python
"""Django's command line for sdsite."""

import os
import sys


def main() -> None:
    """Run the command named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sdsite.settings")
    # Before numpy is imported: its BLAS keeps a thread spinning on every core after each small product that a preview
    # needs, which doubled the time of a denoising step on two cores. It has no effect on torch's own threads.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from sdsite.core.imports import without_collections

    with without_collections():
        import django
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
        from environs import EnvValidationError

    try:
        with without_collections():
            django.setup()
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, EnvValidationError) as error:
        sys.exit(f"sdsite: {error}")  # an invalid setting of the operator needs no traceback


if __name__ == "__main__":
    main()
