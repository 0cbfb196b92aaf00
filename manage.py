#!/usr/bin/env python
"""Django's command line for sdsite."""

import os
import sys


def main() -> None:
    """Run the command named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sdsite.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from environs import EnvValidationError

    try:
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, EnvValidationError) as error:
        sys.exit(f"sdsite: {error}")  # a setting of the operator's, so a sentence and not a traceback


if __name__ == "__main__":
    main()
