"""The wiring: the only module, with the server doors, that may see the API."""

from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponseRedirect
from django.urls import include, path
from django.utils._os import safe_join

from core.admin.site import site
from core.health import healthz
from core.metrics import metrics

KINDS = {".avif": "image/avif", ".webp": "image/webp", ".jpg": "image/jpeg", ".png": "image/png"}


def media(request: HttpRequest, place: str) -> FileResponse:
    """Uploaded pictures, in the embedded profile. Only what the image pipeline wrote is public; never run as a page."""
    try:
        found = safe_join(settings.MEDIA_ROOT, place)
        if not place.startswith("listings/") and not place.startswith("vendors/"):
            raise Http404
        response = FileResponse(Path(found).open("rb"))  # noqa: SIM115  the response closes it
    except (OSError, ValueError):
        raise Http404 from None
    response["Content-Type"] = KINDS.get(Path(found).suffix, "application/octet-stream")
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


urlpatterns = [
    path("", lambda request: HttpResponseRedirect("/admin/")),
    path("admin/", site.urls),
    path("api/", include("api.urls")),
    path("", include("api.pages")),
    path("healthz", healthz),
    path("metrics", metrics),
]
handler500 = "core.health.fault"
if settings.EMBEDDED:
    urlpatterns.append(path("media/<path:place>", media))
