"""A payment gateway to develop, show and test against: a server of its own that knows nothing of Soko, Django or its tables.

It keeps payments, refunds and a statement, answers one key with one result, signs its webhooks, and misbehaves on request.
docs/mock-gateway.md says how to use it.
"""
