"""What the doctor asks of search: whether the engine that was set answers, and has what it is to have."""

from django.conf import settings
from django.db.models import Q

from core.doctor import Ill, examines
from marketplace.search import flows
from marketplace.search.backends import opensearch
from marketplace.search.models import Entry


@examines("search", "Start OpenSearch, or correct SOKO_OPENSEARCH_URL; meanwhile the database answers.")
def engine() -> str:
    """It answers, its index is there, and it was told of every entry."""
    if not opensearch.is_on():
        return "The database's own index answers."
    try:
        with opensearch.asking() as client:
            is_there = client.indices.exists_alias(name=opensearch.alias())
            version = opensearch.version_of(client)
    except opensearch.NoAnswer as fault:
        raise Ill(
            f"OpenSearch does not answer ({fault.why}); the database does instead.",
            "Start OpenSearch, or correct SOKO_OPENSEARCH_URL.",
        ) from None
    if not is_there:
        raise Ill(
            f"OpenSearch has no index {opensearch.alias()}; the database answers.",
            "Run `python manage.py search rebuild`.",
        )
    unsent = Entry.objects.filter(Q(sent=0) | Q(revision=0)).count()  # never, or not what changed while there was none
    if unsent:
        raise Ill(f"OpenSearch was not told of {unsent:,} entries.", "Run `python manage.py search rebuild`.")
    refused = flows.set_aside().order_by("listing_id")
    first = refused.first()
    if first is not None:
        raise Ill(
            f"OpenSearch refuses {refused.count():,} entries, that of listing {first.listing_id} first: {first.refusal}",
            "Mend the listings that Platform → Search entries names, or run `python manage.py search check --repair`.",
        )
    waiting = flows.waiting().count()
    name = f"OpenSearch {version} at prefix {settings.OPENSEARCH_PREFIX} answers"
    return f"{name}; {waiting:,} entries wait to be sent." if waiting else f"{name}, and has been told everything."
