"""A carrier to develop and test against: it answers as MyDHL and FedEx document themselves, and carries nothing.

Standard library only: it knows neither Django nor the market, as any carrier.
"""
