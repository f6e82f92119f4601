"""Every way accounts refuse."""

from core.errors import Conflict, Invalid, Unauthenticated


class WrongCredentials(Unauthenticated):
    code = "wrong_credentials"
    sentence = "That is not the right e-mail address or phone number with the right password."


class InvalidToken(Unauthenticated):
    code = "invalid_token"
    sentence = "That token is not valid, or no longer: sign in again."


class TokenReused(Unauthenticated):
    code = "token_reused"
    sentence = "That refresh token was used before. For safety this sign-in has ended; sign in again."


class TokenJustUsed(Unauthenticated):
    code = "token_just_used"
    sentence = "Another request has just renewed this sign-in: use the tokens that it was given."


class IdentityTaken(Conflict):
    code = "identity_taken"
    sentence = "Somebody has registered with that {kind} already. Sign in instead."


class NoIdentity(Invalid):
    code = "no_identity"
    sentence = "Give an e-mail address or a phone number."


class WeakPassword(Invalid):
    code = "weak_password"
    sentence = "Choose another password."


class WrongPassword(Invalid):
    code = "wrong_password"
    sentence = "That is not your current password."


class UnknownRole(Invalid):
    code = "unknown_role"
    sentence = "There is no role called {role}."


class HoldsRole(Conflict):
    code = "holds_role"
    sentence = "They hold that role already."


class HoldsRoleNot(Conflict):
    code = "holds_role_not"
    sentence = "They do not hold that role."


class LastSuperAdmin(Conflict):
    code = "last_super_admin"
    sentence = "This is the last active super admin: make another one first."


class OwnAccount(Conflict):
    code = "own_account"
    sentence = "Ask somebody else: nobody does this to their own account."


class AccountState(Conflict):
    code = "account_state"
    sentence = "This account is {state} already."


class TooManyAddresses(Conflict):
    code = "too_many_addresses"
    sentence = "You may keep {most} addresses; delete one first."
