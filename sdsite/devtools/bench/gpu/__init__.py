"""Measurements of an accelerator with checkpoints of real shapes and random weights: `manage.py bench gpu`."""
