"""Every refusal is a DomainError: a stable code, a status, facts, and one sentence a person can act on."""

from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class FieldError:
    """One fault of one input: where (a JSON pointer, or a parameter's name), its code and a sentence."""

    pointer: str
    code: str
    message: str


class DomainError(Exception):
    """A refusal. Keyword arguments fill the sentence and are sent to the client as facts: plain JSON values only."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    sentence: ClassVar[str] = "Something went wrong on our side."

    def __init__(self, *, errors: tuple[FieldError, ...] | list[FieldError] = (), **facts: Any) -> None:
        self.facts = facts
        self.errors = tuple(errors)
        self.detail = self.sentence.format(**facts)
        super().__init__(self.detail)

    @classmethod
    def title(cls) -> str:
        """The code as words: `out_of_stock` reads "Out of stock"."""
        return cls.code.replace("_", " ").capitalize()

    def __init_subclass__(cls) -> None:
        REGISTRY[cls.code] = cls


REGISTRY: dict[str, type[DomainError]] = {}


class BadRequest(DomainError):
    status, code, sentence = 400, "bad_request", "The request cannot be read."


class Unauthenticated(DomainError):
    status, code, sentence = 401, "unauthenticated", "Sign in first: this needs a valid access token."


class Denied(DomainError):
    status, code, sentence = 403, "denied", "You may see this but not do that."


class Missing(DomainError):
    status, code, sentence = 404, "not_found", "There is no such thing, or it is not yours."


class MethodNotAllowed(DomainError):
    status, code, sentence = 405, "method_not_allowed", "Allowed here: {allowed}."


class Conflict(DomainError):
    status, code, sentence = 409, "conflict", "That is not possible now."


class LengthRequired(DomainError):
    status, code, sentence = 411, "length_required", "Send Content-Length: a body of unknown size is not taken here."


class Stale(DomainError):
    status, code, sentence = 412, "stale_version", "Somebody changed this since you read it; read it again."


class VersionRequired(DomainError):
    status, code, sentence = 428, "version_required", "Send If-Match with the ETag that you read."


class TooLarge(DomainError):
    status, code, sentence = 413, "too_large", "The body is larger than the {limit} bytes that are taken here."


class WrongMediaType(DomainError):
    status, code, sentence = 415, "wrong_media_type", "Send {wanted}."


class Invalid(DomainError):
    status, code, sentence = 422, "invalid", "Some of what was sent is not valid."


class Limited(DomainError):
    status, code, sentence = 429, "rate_limited", "Too many requests; try again in {retry_after} seconds."


class Unavailable(DomainError):
    status, code, sentence = 503, "unavailable", "This is not available at the moment; try again soon."


class WrongState(Conflict):
    code = "wrong_state"
    sentence = "This is {state}, so it cannot {verb}."


class Duplicate(Conflict):
    code = "duplicate"
    sentence = "There is one like this already."


class InUse(Conflict):
    code = "in_use"
    sentence = "Other things still depend on this, so it cannot be deleted."


class Busy(Conflict):
    code = "busy"
    sentence = "Somebody else is changing this right now; try again."


class UnknownParameter(Invalid):
    code = "unknown_parameter"
    sentence = "There is no parameter called {parameter} here. Allowed: {allowed}."


def problem(error: DomainError, *, instance: str = "", request_id: str = "") -> dict[str, Any]:
    """The RFC 9457 body of a refusal. Facts become extension members; nothing the client sent is echoed."""
    body: dict[str, Any] = {
        "type": f"/api/docs/errors#{error.code}",
        "title": error.title(),
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
    }
    if instance:
        body["instance"] = instance
    if request_id:
        body["request_id"] = request_id
    if error.errors:
        body["errors"] = [{"pointer": e.pointer, "code": e.code, "message": e.message} for e in error.errors]
    return {**error.facts, **body}
