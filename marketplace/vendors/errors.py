"""Every way vendors refuse."""

from core.errors import Conflict


class NoAccount(Conflict):
    code = "no_account"
    sentence = "Nobody has registered with that e-mail address or phone number yet: ask them to register first."


class MemberAlready(Conflict):
    code = "member_already"
    sentence = "They are a member of this vendor already."


class LastOwner(Conflict):
    code = "last_owner"
    sentence = "A vendor always keeps one owner: make somebody else an owner first."


class OwnerHasAll(Conflict):
    code = "owner_has_all"
    sentence = "An owner may do everything; there is nothing to choose."


class OwnersOnly(Conflict):
    code = "owners_only"
    sentence = "Only an owner does this."


class TooManyVendors(Conflict):
    code = "too_many_vendors"
    sentence = "You own {count} vendors already; write to us if you need more."
