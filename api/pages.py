"""Pages for people who hold nothing but a link, outside of the three APIs: a form may be sent to them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from marketplace.engagement import actions, links


@csrf_exempt  # the link is the right to do it, and a mail program that sends it has no cookie of ours (RFC 8058)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, and changes nothing: programs follow links. POST ends the alerts of the link, at once; again changes nothing.

    A link that we did not sign is a 404.
    """
    wanted = links.read(token)
    if wanted is None:
        return render(request, "api/unsubscribe.html", {"state": "unknown"}, status=404)
    if request.method != "POST":
        return render(request, "api/unsubscribe.html", {"state": "asked", "all": wanted.search_id is None})
    actions.unsubscribe(wanted.user_id, by=links.WHO, search_id=wanted.search_id)
    return render(request, "api/unsubscribe.html", {"state": "done", "all": wanted.search_id is None})


urlpatterns = [path("unsubscribe/<str:token>", unsubscribe, name="unsubscribe")]
