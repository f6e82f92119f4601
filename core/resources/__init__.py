"""The low-code engine: one declaration per model gives its API, admin, transfer, history and tests."""
