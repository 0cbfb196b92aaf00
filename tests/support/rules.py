"""Rules of the site for tests."""


def make_rule(actor=None, **content):
    """Return a stored rule; by default it refuses prompts with the word zeppelin."""
    from gallery.rules.changes import save_rule
    from gallery.rules.content import RuleContent

    values = {"name": "No airships", "scope": "prompt", "decision": "refuse", **content}
    if values["scope"] == "prompt" and not values.get("expression"):
        values.setdefault("words", "zeppelin")
    return save_rule(content=RuleContent(**values), actor=actor)
