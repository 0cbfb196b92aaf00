"""Pages of moderation: the desk, what was decided, appeals, and decisions about oneself."""
