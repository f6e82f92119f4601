"""Possible duplicates, declared: for moderators."""

from core.audiences import OPERATIONS
from core.resources.declaration import ANY_OF, EXACT, RANGE, F, Look, Resource
from core.resources.types import text
from marketplace.duplicates import actions
from marketplace.duplicates.models import Duplicate


class Duplicates(Resource):
    model, group, icon = Duplicate, "Moderation", "content_copy"
    fields = {
        "listing": F(read=OPERATIONS, filter=EXACT, expand=True, help="The one that came later."),
        "original": F(read=OPERATIONS, filter=EXACT, expand=True, help="The one that was there before."),
        "score": F(read=OPERATIONS, filter=RANGE, order=True, help="How alike the two are altogether, in hundredths."),
        "words_score": F(read=OPERATIONS, help="The share of three words in a row that both have, in hundredths."),
        "pictures_alike": F(read=OPERATIONS, filter=RANGE, help="How many pictures of one are among the other's."),
        "is_same_price": F(read=OPERATIONS),
        "is_same_vendor": F(read=OPERATIONS, filter=EXACT),
        "why": F(
            read=OPERATIONS,
            compute=Duplicate.why,
            type=text(200),
            needs=("score", "words_score", "pictures_alike", "is_same_price", "is_same_vendor"),
            help="The same in a sentence.",
        ),
        "status": F(read=OPERATIONS, filter=ANY_OF, facet=True),
        "status_since": F(read=OPERATIONS, order=True),
        "judged_by": F(read=OPERATIONS),
        "created_at": F(read=OPERATIONS),
    }
    verbs = (actions.mark_same, actions.mark_different)
    order = ("-score", "-id")
    transfer = False
    look = Look(
        header="head",
        columns=("original", "score", "is_same_vendor", "status", "status_since"),
        filters=("status", "is_same_vendor", "score", "listing"),
        facts=(
            "score",
            "words_score",
            "pictures_alike",
            "is_same_price",
            "is_same_vendor",
            "judged_by",
            "status_since",
        ),
        empty="No two listings are alike.",
        help="Listings that are alike in words or pictures. What you say of a pair is kept, and nobody is asked again.",
    )
