"""What engagement refuses."""

from core.errors import Conflict


class TooManyFavourites(Conflict):
    code = "too_many_favourites"
    sentence = "You keep {most} listings already; take one out first."


class TooManySearches(Conflict):
    code = "too_many_searches"
    sentence = "You keep {most} searches already; delete one first."
