"""The plain app of an afternoon, on the same tables: what the engine's lists are compared with."""
