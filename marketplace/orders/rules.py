"""Who sees and works orders: the buyer the whole, each vendor its own share, operations everything."""

from django.db.models import Q

from core.rules import NO_ROWS, Actor, Policy, Rows, either, granted


def bought(actor: Actor) -> Q:
    """One's own orders."""
    return Q(customer=actor.user_id) if actor.is_signed_in else NO_ROWS


def own_share(actor: Actor) -> Q:
    """The shares of vendors whose orders one works."""
    return Q(vendor__in=actor.tenants_where("work_orders"))


def in_own_share(actor: Actor) -> Q:
    """What belongs to the shares of vendors whose orders one works."""
    return Q(vendor_order__vendor__in=actor.tenants_where("work_orders"))


def still_draft(_actor: Actor) -> Q:
    """Draft orders that are neither placed nor dropped."""
    return Q(state="draft")


def in_draft(_actor: Actor) -> Q:
    """What belongs to a draft order that is neither placed nor dropped."""
    return Q(draft__state="draft")


def in_own_parcel(actor: Actor) -> Q:
    """What belongs to the parcels of vendors whose orders one works."""
    return Q(shipment__vendor_order__vendor__in=actor.tenants_where("work_orders"))


def brings(actor: Actor) -> Q:
    """The parcels that are one's own to bring."""
    return Q(courier=actor.user_id) if actor.is_signed_in else NO_ROWS


def of_what_one_brings(actor: Actor) -> Q:
    """What belongs to the parcels that are one's own to bring."""
    return Q(delivery__courier=actor.user_id) if actor.is_signed_in else NO_ROWS


def of_own_parcel(actor: Actor) -> Q:
    """What belongs to deliveries of the parcels of vendors whose orders one works."""
    return Q(delivery__shipment__vendor_order__vendor__in=actor.tenants_where("work_orders"))


def of_what_was_bought(actor: Actor) -> Q:
    """What belongs to deliveries of one's own orders."""
    return Q(delivery__shipment__vendor_order__order__customer=actor.user_id) if actor.is_signed_in else NO_ROWS


def of_bought_share(actor: Actor) -> Q:
    """What belongs to shares of one's own orders."""
    return Q(vendor_order__order__customer=actor.user_id) if actor.is_signed_in else NO_ROWS


SEES = granted("view_orders")
MANAGES = granted("manage_orders")

ORDER = Policy(
    storefront=Rows(view=bought, verbs=dict.fromkeys(("cancel", "cancel_items"), bought)),
    operations=Rows(view=SEES, verbs={"cancel": MANAGES, "refund": granted("refund")}),
)
VENDOR_ORDER = Policy(
    vendor=Rows(
        view=own_share, verbs=dict.fromkeys(("accept", "ship", "deliver", "cancel", "cancel_lines"), own_share)
    ),
    operations=Rows(
        view=SEES,
        verbs=dict.fromkeys(("accept", "ship", "deliver", "cancel"), MANAGES)
        | {"cancel_lines": either(MANAGES, granted("refund")), "refund_lines": granted("refund")},
    ),
)
ORDER_LINE = Policy(vendor=Rows(view=in_own_share), operations=Rows(view=SEES))
SHIPMENT = Policy(
    vendor=Rows(view=in_own_share, verbs={"deliver": in_own_share, "buy_label": in_own_share}),
    operations=Rows(
        view=SEES, verbs={"deliver": MANAGES, "assign": MANAGES, "buy_label": MANAGES, "give_label_up": MANAGES}
    ),
)
SHIPPING_LABEL = Policy(vendor=Rows(view=in_own_parcel), operations=Rows(view=SEES))
SHIPMENT_LINE = Policy(vendor=Rows(view=in_own_parcel), operations=Rows(view=SEES))
DELIVERY = Policy(
    vendor=Rows(view=in_own_parcel),
    operations=Rows(
        view=either(SEES, granted("deliver", brings)),
        verbs=dict.fromkeys(("pick_up", "hand_over", "fail"), granted("deliver", brings)),
    ),
)
DELIVERY_PHOTO = Policy(
    storefront=Rows(view=of_what_was_bought),
    vendor=Rows(view=of_own_parcel),
    operations=Rows(view=either(SEES, granted("deliver", of_what_one_brings))),
)
INVOICE = Policy(
    storefront=Rows(view=of_bought_share),
    vendor=Rows(view=in_own_share),
    operations=Rows(view=SEES),
)
CREDIT_NOTE = Policy(
    storefront=Rows(view=of_bought_share),
    vendor=Rows(view=in_own_share),
    operations=Rows(view=SEES),
)
REFUND_PART = Policy(vendor=Rows(view=in_own_share), operations=Rows(view=SEES))
COMPOSES = granted("manage_orders", still_draft)
COMPOSES_LINES = granted("manage_orders", in_draft)
DRAFT_ORDER = Policy(
    operations=Rows(
        view=SEES, create=COMPOSES, change=COMPOSES,
        verbs=dict.fromkeys(("accept_changes", "place", "drop"), MANAGES),
    )
)  # fmt: skip
DRAFT_ORDER_LINE = Policy(
    operations=Rows(view=SEES, create=COMPOSES_LINES, change=COMPOSES_LINES, delete=COMPOSES_LINES)
)


def of_own_order(actor: Actor) -> Q:
    """What belongs to a share of one's own orders."""
    return Q(vendor_order__order__customer=actor.user_id) if actor.is_signed_in else NO_ROWS


def in_own_return(actor: Actor) -> Q:
    """The lines of returns to vendors whose orders one works."""
    return Q(belongs_to__vendor_order__vendor__in=actor.tenants_where("work_orders"))


def about_own_share(actor: Actor) -> Q:
    """What was said in disputes with vendors whose orders one works."""
    return Q(dispute__vendor_order__vendor__in=actor.tenants_where("work_orders"))


def about_own_order(actor: Actor) -> Q:
    """What was shown in disputes about one's own orders."""
    return Q(dispute__vendor_order__order__customer=actor.user_id) if actor.is_signed_in else NO_ROWS


REFUNDS, APPROVES = granted("refund"), granted("approve_refund")
DECIDES = either(MANAGES, REFUNDS)

LINE_REDUCTION = Policy(vendor=Rows(view=in_own_share), operations=Rows(view=SEES))
REFUND_REQUEST = Policy(
    operations=Rows(view=SEES, verbs={"approve": APPROVES, "refuse": APPROVES, "withdraw": REFUNDS})
)
REFUND_REQUEST_LINE = Policy(operations=Rows(view=SEES))
RETURN = Policy(
    storefront=Rows(view=of_own_order, verbs={"withdraw": of_own_order}),
    vendor=Rows(view=in_own_share, verbs=dict.fromkeys(("approve", "refuse", "receive"), in_own_share)),
    operations=Rows(view=SEES, verbs=dict.fromkeys(("approve", "refuse", "receive", "close", "withdraw"), MANAGES)),
)
RETURN_LINE = Policy(vendor=Rows(view=in_own_return), operations=Rows(view=SEES))
DISPUTE = Policy(
    storefront=Rows(view=of_own_order, verbs=dict.fromkeys(("say", "withdraw"), of_own_order)),
    vendor=Rows(view=in_own_share, verbs=dict.fromkeys(("answer", "say", "concede"), in_own_share)),
    operations=Rows(
        view=SEES, verbs=dict.fromkeys(("say", "escalate", "win"), DECIDES) | {"lose": either(REFUNDS, APPROVES)}
    ),
)
DISPUTE_ENTRY = Policy(vendor=Rows(view=about_own_share), operations=Rows(view=SEES))
DISPUTE_FILE = Policy(
    storefront=Rows(view=about_own_order), vendor=Rows(view=about_own_share), operations=Rows(view=SEES)
)
