"""Configuration of the site over all apps: its settings as one set, its logo, and the document that pages read."""
