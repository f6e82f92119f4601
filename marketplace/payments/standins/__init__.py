"""Stand-ins for Chapa and PayPal: one server, built from the shapes that they document, for tests and for a developer's desk.

Like the mock gateway it is a process of its own that knows nothing of Django or the market's tables, and it moves no money:
docs/gateways.md says what it judges. Production refuses addresses that are not the gateways' own.
"""
