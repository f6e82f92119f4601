"""What was bought keeps its picture: a line shows the one that the buyer saw, whatever becomes of the listing."""

from collections.abc import Collection

from marketplace.catalog.models import Image
from marketplace.catalog.showing import addresses_of, shows_pictures
from marketplace.orders.models import OrderLine


@shows_pictures
def bought(images: Collection[Image]) -> Collection[str]:
    """The addresses that lines of orders have kept."""
    kept = OrderLine.objects.filter(listing__in={image.listing_id for image in images})
    addresses = [address for image in images for address in addresses_of(image)]
    return set(kept.filter(image__in=addresses).values_list("image", flat=True))
