"""API routes of moderation: images to look at, decisions, and appeals."""
