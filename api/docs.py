"""Documentation pages, served by ourselves: no outside host is asked for anything."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from api.instances import PREFIX, TITLES
from core.audiences import AUDIENCES, Audience, audience_named
from core.errors import REGISTRY


@dataclass(frozen=True)
class Entry:
    """One API on the index page."""

    word: str
    title: str
    description: str
    base: str
    document: str


def _entry(audience: Audience) -> Entry:
    title, description = TITLES[audience]
    base = f"/api/{PREFIX[audience]}/"
    return Entry(audience.word, title, description, base, f"{base}openapi.json")


def _known(word: str) -> Entry:
    try:
        return _entry(audience_named(word))
    except KeyError:
        raise Http404 from None


def index(request: HttpRequest) -> HttpResponse:
    """The list of the three APIs."""
    return render(request, "api/docs.html", {"entries": [_entry(each) for each in AUDIENCES]})


def swagger(request: HttpRequest, audience: str) -> HttpResponse:
    """Swagger UI of one API."""
    return render(request, "api/swagger.html", {"entry": _known(audience)})


def redoc(request: HttpRequest, audience: str) -> HttpResponse:
    """ReDoc of one API."""
    return render(request, "api/redoc.html", {"entry": _known(audience)})


def errors(request: HttpRequest) -> HttpResponse:
    """Every refusal code, its status and its sentence: where a problem's `type` leads."""
    kinds = sorted(REGISTRY.values(), key=lambda kind: (kind.status, kind.code))
    return render(request, "api/errors.html", {"kinds": [(kind.code, kind.status, kind.sentence) for kind in kinds]})
