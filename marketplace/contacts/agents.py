"""User agents by family: what presses a button, a person's browser or a program; the agent itself is never kept."""

import re
from dataclasses import dataclass

# A maker of telephones whose name ends like a robot's.
_NOT_A_BOT = re.compile(r"cubot", re.IGNORECASE)

_BOTS: tuple[tuple[str, str], ...] = (
    ("Googlebot", r"googlebot|google-inspectiontool|adsbot-google|mediapartners-google|googleother"),
    ("Bingbot", r"bingbot|bingpreview|adidxbot"),
    ("Yandex", r"yandex(bot|images|mobilebot)"),
    ("Baidu", r"baiduspider"),
    ("DuckDuckBot", r"duckduckbot"),
    ("Applebot", r"applebot"),
    (
        "Link preview",
        r"facebookexternalhit|facebot|twitterbot|slackbot|linkedinbot|telegrambot|discordbot|^whatsapp/|skypeuripreview",
    ),
    ("Language model", r"gptbot|chatgpt-user|claudebot|claude-web|ccbot|perplexitybot|bytespider|amazonbot|cohere-ai"),
    ("Search tool", r"ahrefsbot|semrushbot|mj12bot|dotbot|petalbot|dataforseobot|seznambot"),
    ("Monitor", r"uptimerobot|pingdom|statuscake|site24x7|datadog|newrelicpinger|lighthouse|gtmetrix"),
    ("Headless browser", r"headlesschrome|phantomjs|puppeteer|selenium|playwright|electron"),
    (
        "Script",
        r"curl/|wget/|python|aiohttp|httpx|go-http-client|java/|apache-httpclient|libwww|perl|ruby|php/|guzzle"
        r"|scrapy|node-fetch|axios|postman|insomnia|powershell",
    ),
    ("Other bot", r"bot\b|bot/|crawl|spider|scrape|fetcher|archiver|slurp"),
)  # fmt: skip
_BROWSERS: tuple[tuple[str, str], ...] = (
    ("Opera Mini", r"opera mini|opios"),
    ("Opera", r"\bopr/|opera"),
    ("Edge", r"\bedg(e|a|ios)?/"),
    ("Samsung Internet", r"samsungbrowser/"),
    ("UC Browser", r"ucbrowser|ubrowser"),
    ("Firefox", r"firefox/|fxios/"),
    ("Chrome", r"chrome/|crios/|chromium/"),
    ("Safari", r"version/[\d.]+.*safari/"),
    ("App", r"okhttp/|cfnetwork/|dart/|darwin/|applewebkit"),
)
BOTS = tuple((family, re.compile(pattern, re.IGNORECASE)) for family, pattern in _BOTS)
BROWSERS = tuple((family, re.compile(pattern, re.IGNORECASE)) for family, pattern in _BROWSERS)
LONGEST = 512


@dataclass(frozen=True)
class Agent:
    """A family of user agents, and whether a program without a person stands behind it."""

    family: str
    is_bot: bool


NAMELESS = Agent("None", True)


def agent_of(header: str) -> Agent:
    """The family of a User-Agent header. One that says nothing is a bot: every browser says something."""
    words = _NOT_A_BOT.sub("", header[:LONGEST]).strip()
    if not words:
        return NAMELESS
    for family, pattern in BOTS:
        if pattern.search(words):
            return Agent(family, True)
    for family, pattern in BROWSERS:
        if pattern.search(words):
            return Agent(family, False)
    return Agent("Other", False)
