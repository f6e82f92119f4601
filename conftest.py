"""Every test may call on the cast. How long an example takes is the machine's business: no test of examples fails for being slow."""

from hypothesis import settings

pytest_plugins = ["core.testing.databases", "marketplace.cast"]

settings.register_profile("soko", deadline=None)
settings.load_profile("soko")
