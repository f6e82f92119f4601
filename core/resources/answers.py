"""HTTP answers of the engine: JSON bytes, strong ETags, what If-Match said, links of pages."""

from hashlib import blake2s
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse

from core.audiences import STOREFRONT
from core.errors import Stale, VersionRequired
from core.resources.declaration import Resource
from core.resources.paging import Page
from core.response_cache import mark, unless_known
from core.rules import Actor


def answer(request: HttpRequest, body: Any, *, status: int = 200, version: int | None = None) -> HttpResponse:
    """A JSON answer. With a version it carries a strong ETag, and a GET that already has it is answered 304."""
    content = orjson.dumps(body)
    response = HttpResponse(content, status=status, content_type="application/json; charset=utf-8")
    if version is not None:
        response["ETag"] = etag(version, request.actor, content)  # type: ignore[attr-defined]
        return _unless_known(request, response)
    return response


def _unless_known(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """304 to whoever has it already; whole where it is to be kept for others too, and is shortened after that."""
    if request.method not in ("GET", "HEAD") or getattr(request, "is_to_be_kept", False):
        return response
    return unless_known(request, response)


def etag(version: int, actor: Actor, content: bytes) -> str:
    """`"<version>-<hash>"`: writers compare the version, caches the whole."""
    digest = blake2s(content, digest_size=8, person=actor.audience.word.encode()[:8]).hexdigest()
    return f'"{version}-{digest}"'


def version_said(request: HttpRequest, *, required: bool) -> int | None:
    """The version of If-Match. Refuses with 428 when it is required and missing, with 412 when it is no version of ours."""
    header = request.headers.get("If-Match")
    if header is None:
        if required:
            raise VersionRequired()
        return None
    version = header.strip().removeprefix("W/").strip('"').split("-")[0]
    if not (version.isascii() and version.isdigit()) or len(version) > 10:
        raise Stale()
    return int(version)


def may_be_kept(request: HttpRequest, response: HttpResponse, resource: type[Resource]) -> HttpResponse:
    """Let caches keep a public answer to nobody in particular, for as long as the resource says; ours knows when it changes.

    What has no version, such as a list, carries a weak ETag of its content.
    """
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if (
        resource.public_max_age
        and actor.audience is STOREFRONT
        and not actor.is_signed_in
        and not request.headers.get("Cookie")
    ):
        response["Cache-Control"] = f"public, max-age={resource.public_max_age}, stale-while-revalidate=60"
        response["Vary"] = "Authorization, Cookie, Accept-Language, Origin"
        mark(response, resource.public_kept)
        if "ETag" not in response and response.status_code == 200:
            response["ETag"] = f'W/"{blake2s(response.content, digest_size=12).hexdigest()}"'
            return _unless_known(request, response)
    return response


def with_links(request: HttpRequest, response: HttpResponse, page: Page) -> HttpResponse:
    """RFC 8288 links to the neighbouring pages."""
    links = []
    for relation, cursor in (("next", page.next), ("prev", page.prev)):
        if cursor:
            query = request.GET.copy()
            query["cursor"] = cursor
            links.append(f'<{request.path}?{query.urlencode()}>; rel="{relation}"')
    if links:
        response["Link"] = ", ".join(links)
    return response
