"""User agents are sorted into families, and programs are told from people."""

import pytest

from marketplace.contacts.agents import Agent, agent_of

CHROME = "Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"  # noqa: E501
CUBOT = "Mozilla/5.0 (Linux; Android 13; CUBOT_X70) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36"
GOOGLE = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Googlebot/2.1; +http://www.google.com/bot.html) Chrome/126.0.0.0 Safari/537.36"  # noqa: E501


@pytest.mark.parametrize(
    ("header", "agent"),
    [
        (CHROME, Agent("Chrome", False)),
        (SAFARI, Agent("Safari", False)),
        (CUBOT, Agent("Chrome", False)),
        (CHROME.replace("Chrome/126.0.0.0", "SamsungBrowser/25.0 Chrome/121.0.0.0"), Agent("Samsung Internet", False)),
        (CHROME + " EdgA/126.0.0.0", Agent("Edge", False)),
        (CHROME + " OPR/82.0", Agent("Opera", False)),
        (
            "Opera/9.80 (Android; Opera Mini/70.0/191.308; U; en) Presto/2.12.423 Version/12.16",
            Agent("Opera Mini", False),
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", Agent("Firefox", False)),
        ("okhttp/4.12.0", Agent("App", False)),
        ("SokoApp/1 CFNetwork/1494.0.7 Darwin/23.4.0", Agent("App", False)),
        (SAFARI.replace("Version/17.5 ", "") + " [FBAN/FBIOS;FBAV/470.0]", Agent("App", False)),
        ("Something quite new", Agent("Other", False)),
        (GOOGLE, Agent("Googlebot", True)),
        ("WhatsApp/2.23.20.0 A", Agent("Link preview", True)),
        ("facebookexternalhit/1.1", Agent("Link preview", True)),
        ("Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)", Agent("Language model", True)),
        (CHROME.replace("Chrome/", "HeadlessChrome/"), Agent("Headless browser", True)),
        ("curl/8.5.0", Agent("Script", True)),
        ("python-requests/2.32.3", Agent("Script", True)),
        ("python-httpx/0.27.0", Agent("Script", True)),
        ("Go-http-client/2.0", Agent("Script", True)),
        ("SomeNewBot/1.0", Agent("Other bot", True)),
        ("", Agent("None", True)),
        ("   ", Agent("None", True)),
    ],
)
def test_a_user_agent_belongs_to_one_family(header: str, agent: Agent) -> None:
    assert agent_of(header) == agent


def test_only_the_first_part_of_an_endless_header_is_read() -> None:
    assert agent_of("Firefox/127.0 " + "x" * 10_000 + " bot") == Agent("Firefox", False)
