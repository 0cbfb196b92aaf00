"""Names of browsers and systems, read from User-Agent headers."""

# A name and what the header has, the first that is found: others' names are in most headers (Edge says Chrome, Chrome
# says Safari). What a browser hides, or a program makes up, is not known better by a longer table.
BROWSERS = (
    ("Edge", ("Edg/", "EdgA/", "EdgiOS/")),
    ("Opera", ("OPR/", "Opera")),
    ("Samsung Internet", ("SamsungBrowser/",)),
    ("Vivaldi", ("Vivaldi/",)),
    ("Firefox", ("Firefox/", "FxiOS/")),
    ("Chrome", ("Chrome/", "CriOS/", "Chromium/")),
    ("Safari", ("Safari/",)),
)
SYSTEMS = (
    ("Windows", ("Windows",)),
    ("Android", ("Android",)),
    ("iPhone", ("iPhone", "iPod")),
    ("iPad", ("iPad",)),
    ("ChromeOS", ("CrOS",)),
    ("macOS", ("Macintosh", "Mac OS X")),
    ("Linux", ("Linux", "X11")),
)


def browser_of(user_agent: str) -> str:
    """Return the browser's name, or that of the program (`curl`), or "" where the header has none."""
    if user_agent.startswith(("Mozilla/", "Opera/")):
        return _first(BROWSERS, user_agent)
    return user_agent.split("/", 1)[0].strip()[:40]


def system_of(user_agent: str) -> str:
    """Return the name of the system or device, or "" where the header has none that is known."""
    return _first(SYSTEMS, user_agent)


def _first(table: tuple[tuple[str, tuple[str, ...]], ...], user_agent: str) -> str:
    return next((name for name, parts in table if any(part in user_agent for part in parts)), "")
