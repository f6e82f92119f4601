"""The demo market: a lively place to look at, made by the market's own verbs. Nothing leans on it."""
