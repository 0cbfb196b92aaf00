"""Rebuilding of rows from files alone: of images and uploads whose rows are lost."""
