"""The platform: it knows neither the market nor its API."""
