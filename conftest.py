"""Every test may call on the cast."""

pytest_plugins = ["marketplace.cast"]
