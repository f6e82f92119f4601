"""Who sees, changes and judges vendors, and who manages their members. Owners hold the grant `own` beside all others."""

from django.db.models import Q

from core.rules import NO_ROWS, Actor, Policy, Rows, either, granted, signed_in


def verified(_actor: Actor) -> Q:
    """Vendors on the storefront."""
    return Q(status="verified")


def staff(actor: Actor) -> Q:
    """All, for whoever works in operations at all."""
    return Q() if (actor.grants and not actor.is_narrow) or actor.is_system else NO_ROWS


def own(actor: Actor) -> Q:
    """Vendors one is a member of, in every state."""
    return Q(pk__in=actor.tenants_where())


def own_to_edit(actor: Actor) -> Q:
    """Vendors whose profile one may change."""
    return Q(pk__in=actor.tenants_where("edit_vendor"))


def own_to_staff(actor: Actor) -> Q:
    """Vendors whose members one manages."""
    return Q(pk__in=actor.tenants_where("manage_members"))


def colleagues(actor: Actor) -> Q:
    """Members of vendors one is a member of."""
    return Q(vendor__in=actor.tenants_where())


def managed(actor: Actor) -> Q:
    """Members one manages, who are not owners."""
    return Q(vendor__in=actor.tenants_where("manage_members"), is_owner=False)


def owned(actor: Actor) -> Q:
    """Members of vendors one owns."""
    return Q(vendor__in=actor.tenants_where("own"))


def oneself(actor: Actor) -> Q:
    """One's own memberships."""
    return Q(user=actor.user_id) if actor.is_signed_in else NO_ROWS


VENDOR = Policy(
    storefront=Rows(view=verified),
    vendor=Rows(
        view=own, create=signed_in, change=own_to_edit, verbs={"submit": own_to_edit, "add_member": own_to_staff}
    ),
    operations=Rows(
        view=staff,
        change=granted("edit_vendors"),
        verbs={
            **dict.fromkeys(("verify", "reject", "suspend", "reopen"), granted("verify_vendors")),
            "add_member": granted("edit_vendors"),
        },
    ),
)
MEMBER = Policy(
    vendor=Rows(
        view=colleagues,
        verbs={"change_grants": either(managed, owned), "make_owner": owned, "remove": either(managed, owned, oneself)},
    ),
    operations=Rows(
        view=either(granted("view_people"), granted("edit_vendors"), granted("verify_vendors")),
        verbs=dict.fromkeys(("change_grants", "make_owner", "remove"), granted("edit_vendors")),
    ),
)
