"""What people keep in view."""

from core.actions import action, locked
from core.errors import Missing, Unauthenticated
from core.resources.types import key_of
from core.rules import Actor, scope
from marketplace.accounts.models import User
from marketplace.catalog.models import Listing
from marketplace.engagement.errors import TooManyFavourites
from marketplace.engagement.models import MOST_FAVOURITES, Favourite


@action(label="Keep in view", audited=False)
def keep(place: str, /, *, by: Actor) -> tuple[Favourite, bool]:
    """Keep a listing (its key or slug) in view: the favourite, and whether it is new. Again changes nothing.

    Refuses with 404 a listing that is not on show, with 409 `too_many_favourites`.
    """
    user_id = held(by)
    key = key_of(place)
    known = {"handle": place.rpartition("-")[2]} if key is None else {"pk": key}
    listing = scope(by, Listing).filter(**known).only("pk").first()
    if listing is None:
        raise Missing()
    mine = Favourite.objects.filter(user_id=user_id)
    kept = mine.filter(listing=listing).first()
    if kept is not None:
        return kept, False
    if mine.count() >= MOST_FAVOURITES:
        raise TooManyFavourites(most=MOST_FAVOURITES)
    made = Favourite(user_id=user_id, listing=listing)
    made.save(force_insert=True)
    return made, True


@action(label="Keep no longer", audited=False)
def drop(listing_id: int, /, *, by: Actor) -> None:
    """Keep a listing no longer, whether it is still offered or not. Again changes nothing."""
    Favourite.objects.filter(user_id=held(by), listing_id=listing_id).delete()


def held(by: Actor) -> int:
    """Whose favourites they are; held until the end, so that two at once are one after the other."""
    if by.user_id is None:
        raise Unauthenticated()
    return locked(User).values_list("pk", flat=True).get(pk=by.user_id)
