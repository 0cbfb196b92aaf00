"""API routes of the site itself: what everybody may know of it, and the settings that administrators change."""
