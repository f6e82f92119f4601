"""Manners under /api/: ids, sizes, kinds, problems whoever answers, and what browsers of other origins may read."""

import re

import pytest
from django.conf import settings as configured
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import path

from core import context
from core.middleware import ENVELOPE, ApiManners

pytestmark = pytest.mark.django_db
JSON = "application/json"
PROBLEM = "application/problem+json"


def broken(_request: HttpRequest) -> HttpResponse:
    raise RuntimeError("the password is hunter2")


def said(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(context.request_id.get())


class Pages:
    """Routes beside the real ones: one that fails, one that says the id it runs under."""

    urlpatterns = [path("api/broken", broken), path("api/said", said)]


@pytest.fixture
def pages(settings: object) -> Client:
    settings.ROOT_URLCONF = Pages  # type: ignore[attr-defined]
    return Client(raise_request_exception=False)


def test_a_well_formed_request_id_is_kept_and_known_inside(pages: Client) -> None:
    answer = pages.get("/api/said", headers={"X-Request-ID": "page-0001"})
    assert (answer["X-Request-ID"], answer.content) == ("page-0001", b"page-0001")
    assert context.request_id.get() == ""


@pytest.mark.parametrize("sent", ["", "short", "x" * 65, "with a space", "page-0001\n", "<script>alert(1)</script>"])
def test_any_other_is_replaced(pages: Client, sent: str) -> None:
    answer = pages.get("/api/said", headers={"X-Request-ID": sent})
    assert re.fullmatch(r"[0-9a-f]{32}", answer["X-Request-ID"])
    assert answer.content.decode() == answer["X-Request-ID"]


def test_a_fault_is_a_problem_that_says_nothing_but_its_id(pages: Client) -> None:
    answer = pages.get("/api/broken", headers={"X-Request-ID": "page-0002"})
    assert (answer.status_code, answer["Content-Type"]) == (500, PROBLEM)
    assert answer.json() == {
        "type": "/api/docs/errors#internal_error",
        "title": "Internal error",
        "status": 500,
        "detail": "Something went wrong on our side.",
        "code": "internal_error",
        "instance": "/api/broken",
        "request_id": "page-0002",
    }


def test_what_is_not_there_is_a_problem_under_api_and_a_page_elsewhere(client: Client) -> None:
    answer = client.get("/api/nowhere")
    assert (answer.status_code, answer["Content-Type"], answer.json()["code"]) == (404, PROBLEM, "not_found")
    assert client.get("/nowhere")["Content-Type"].startswith("text/html")


def test_a_method_that_is_not_for_the_address_is_told_which_are(client: Client) -> None:
    answer = client.put("/api/v1/listings", b"{}", content_type=JSON)
    assert (answer.status_code, answer["Content-Type"], answer.json()["code"]) == (405, PROBLEM, "method_not_allowed")
    assert answer["Allow"] == "GET"


def test_a_host_that_is_not_ours_is_a_400_in_body_and_in_status(client: Client) -> None:
    answer = client.get("/api/v1/listings", headers={"Host": "elsewhere.example"})
    assert (answer.status_code, answer.json()["status"], answer.json()["code"]) == (400, 400, "bad_request")


def manners(**meta: object) -> HttpResponse:
    """What the manners answer to a POST of which only the head has come."""
    request = RequestFactory().post(str(meta.pop("path", "/api/v1/contacts")), b"", content_type=JSON)
    request.META.update(meta)
    request.content_type = str(meta.get("CONTENT_TYPE", JSON)).split(";")[0]
    return ApiManners(lambda _request: HttpResponse("reached"))(request)


FORM = "multipart/form-data; boundary=b"
IMPORTS = "/api/vendor/v1/imports"


@pytest.mark.parametrize(
    ("meta", "status"),
    [
        ({"CONTENT_LENGTH": str(1_048_576)}, 200),
        ({"CONTENT_LENGTH": str(1_048_577)}, 413),
        ({"CONTENT_LENGTH": str(configured.UPLOAD_LIMIT + ENVELOPE), "CONTENT_TYPE": FORM}, 200),
        ({"CONTENT_LENGTH": str(configured.UPLOAD_LIMIT + ENVELOPE + 1), "CONTENT_TYPE": FORM}, 413),
        ({"CONTENT_LENGTH": str(configured.IMPORT_LIMIT + ENVELOPE), "CONTENT_TYPE": FORM, "path": IMPORTS}, 200),
        ({"CONTENT_LENGTH": str(configured.IMPORT_LIMIT + ENVELOPE + 1), "CONTENT_TYPE": FORM, "path": IMPORTS}, 413),
        ({"CONTENT_LENGTH": str(1_048_577), "path": IMPORTS}, 413),
        ({"CONTENT_LENGTH": "many"}, 413),
        ({"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}, 411),
        ({"CONTENT_LENGTH": "5", "CONTENT_TYPE": "text/plain"}, 415),
        ({"CONTENT_LENGTH": "5", "CONTENT_TYPE": "application/x-www-form-urlencoded"}, 415),
        ({"CONTENT_LENGTH": "0", "CONTENT_TYPE": ""}, 200),
    ],
)
def test_bodies_are_bounded_and_json_before_anybody_reads_them(meta: dict[str, str], status: int) -> None:
    answer = manners(**meta)
    assert answer.status_code == status
    assert (answer.content == b"reached") is (status == 200)


def test_what_one_person_was_told_is_kept_by_no_cache(client: Client) -> None:
    open_to_all = client.get("/api/v1/categories")
    private = client.get("/api/v1/categories", headers={"Authorization": "Bearer nonsense"})
    assert open_to_all["Cache-Control"].startswith("public, max-age=60")
    assert private["Cache-Control"] == "private, no-store"
    assert {"Authorization", "Cookie", "Accept-Language"} <= set(open_to_all["Vary"].split(", "))


def test_a_storefront_of_another_origin_may_write_with_our_headers_and_read_ours(client: Client) -> None:
    wanted = "authorization,content-type,if-match,idempotency-key"
    asked = {
        "Origin": "http://localhost:5173",
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": wanted,
    }
    preflight = client.options("/api/v1/listings", headers=asked)
    assert preflight.status_code == 200
    assert preflight["Access-Control-Allow-Origin"] == "http://localhost:5173"
    assert set(wanted.split(",")) <= set(preflight["Access-Control-Allow-Headers"].split(", "))
    assert "PATCH" in preflight["Access-Control-Allow-Methods"]
    answer = client.get("/api/v1/categories", headers={"Origin": "http://localhost:5173"})
    exposed = set(answer["Access-Control-Expose-Headers"].split(", "))
    assert {"ETag", "X-Request-ID", "RateLimit", "RateLimit-Policy", "Retry-After", "Idempotent-Replayed"} <= exposed
    assert "origin" in answer["Vary"].lower().split(", ")


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "http://localhost.elsewhere.example", "null"])
def test_an_origin_that_is_not_listed_may_read_nothing(client: Client, origin: str) -> None:
    assert "Access-Control-Allow-Origin" not in client.get("/api/v1/categories", headers={"Origin": origin})


def test_the_admin_answers_no_other_origin(client: Client) -> None:
    answer = client.get("/admin/login/", headers={"Origin": "http://localhost:5173"})
    assert "Access-Control-Allow-Origin" not in answer
    assert answer["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
