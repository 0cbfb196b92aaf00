"""Names of browsers and systems."""

import pytest

from sdsite.accounts.sessions.agents import browser_of, system_of

MOZILLA = "Mozilla/5.0"
CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"
AGENTS = {
    f"{MOZILLA} (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0": ("Firefox", "Windows"),
    f"{MOZILLA} (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15": (
        "Safari",
        "macOS",
    ),
    f"{MOZILLA} (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 CriOS/140.0 Mobile Safari/604.1": (
        "Chrome",
        "iPhone",
    ),
    f"{MOZILLA} (X11; Linux x86_64) {CHROME} Safari/537.36": ("Chrome", "Linux"),
    f"{MOZILLA} (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36 Edg/140.0.0.0": ("Edge", "Windows"),
    f"{MOZILLA} (Linux; Android 15; SM-S921B) SamsungBrowser/28.0 Chrome/130.0 Mobile Safari/537.36": (
        "Samsung Internet",
        "Android",
    ),
    f"{MOZILLA} (X11; CrOS x86_64 16093.0.0) {CHROME} Safari/537.36": ("Chrome", "ChromeOS"),
    "curl/8.7.1": ("curl", ""),
    "": ("", ""),
    f"{MOZILLA} (compatible)": ("", ""),
}


@pytest.mark.parametrize("number", range(len(AGENTS)))
def test_a_header_is_put_in_words(number):
    agent, words = list(AGENTS.items())[number]
    assert (browser_of(agent), system_of(agent)) == words
