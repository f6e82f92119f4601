"""Production, really run: it starts, it is well, the main job works through every process, and what is stopped is answered for."""

import io
import json
import os
import re
import signal
import subprocess
import sys
from typing import Any

import httpx
import pytest
from PIL import Image
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from api.tests.beginning import PASSWORD, Market, hear, register
from api.tests.rehearsal import MarketRehearsal
from core.testing.production import ROOT
from core.testing.services import free_ports, until, wait_for

pytestmark = pytest.mark.production


def test_the_doctor_finds_nothing_wrong(production: MarketRehearsal) -> None:
    found = until(lambda: (told := production.doctor())["is_well"] and told, patience=30)
    assert {each["name"]: each["sentence"] for each in found["findings"]} == {
        "settings": "The production profile is configured.",
        "database": found["findings"][1]["sentence"],
        "migrations": "All migrations are applied.",
        "cache": "Redis answers.",
        "limits": "Counted in Redis, for all processes.",
        "sockets": "Told through Redis.",
        "worker": "1 Celery worker answers.",
        "scheduler": "The schedule is looked at.",
        "outbox": "Events are told on.",
        "storage": "Uploads can be kept.",
        "static": "Collected.",
        "mail": "The mail server takes mail.",
        "clock": "The database's clock agrees.",
        "carriers": "None is asked: methods cost what they say.",
        "tax": "The market's own table says what is tax.",
        "gateways": "Asked and answering: mock.",
        "search": "The database's own index answers.",
    }


def test_the_deployment_checks_find_nothing(production: MarketRehearsal) -> None:
    done = production.manage("check", "--deploy", "--fail-level", "WARNING")
    assert (done.returncode, done.stderr) == (0, "")


def test_health_pages_and_files_come_with_their_headers(production: MarketRehearsal) -> None:
    client = production.client()
    health = client.get("/healthz")
    assert (health.status_code, health.json()["status"], health.headers["Server"]) == (200, "ok", "nginx")
    page = client.get("/admin/login/")
    assert page.status_code == 200
    said = {name: page.headers[name] for name in ("Strict-Transport-Security", "X-Frame-Options", "Referrer-Policy")}
    assert said == {
        "Strict-Transport-Security": "max-age=31536000",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
    }
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert all("Secure" in cookie for cookie in page.headers.get_list("Set-Cookie"))

    address = re.findall(r'href="(/static/soko/admin\.\w{12}\.css)"', page.text)[0]
    sheet = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert (sheet.status_code, sheet.headers["Content-Encoding"]) == (200, "gzip")
    assert "immutable" in sheet.headers["Cache-Control"]
    assert sheet.headers["X-Content-Type-Options"] == "nosniff"
    for absent in (
        "/static/../settings.py",
        "/media/../soko.conf",
        "/media/jobs/secret.csv",
        "/static/",
        "/media/listings/",
    ):
        assert client.get(absent).status_code in (403, 404), absent


def test_plain_http_is_sent_to_https_and_other_hosts_are_not_answered(production: MarketRehearsal) -> None:
    plain = production.client(**{"X-Forwarded-Proto": "http"}).get("/admin/")
    assert (plain.status_code, plain.headers["Location"]) == (301, f"https://{production.base_url[7:]}/admin/")
    assert production.client(Host="evil.example").get("/api/v1/listings").status_code == 400


def test_what_nginx_refuses_under_api_is_a_problem_too(production: MarketRehearsal) -> None:
    answer = production.client().post("/api/v1/auth/login", content=b" " * 12_000_000)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"], answer.json()["limit"]) == (413, "too_large", 11 * 2**20)
    file = {"file": ("rows.csv", b" " * 12_000_000)}
    assert production.client().post("/api/vendor/v1/imports", files=file).status_code == 401, (
        "a file to import may be larger"
    )


def test_the_main_job_works_and_an_open_page_hears_of_it(production: MarketRehearsal, begun: Market) -> None:
    title = "Cargo bicycle with a bell"
    listing_id = begun.listing(title)
    picture = io.BytesIO()
    Image.new("RGB", (800, 600), "#336699").save(picture, "JPEG")
    sent = begun.owner.call(
        "POST", f"/vendor/v1/listings/{listing_id}/images", files={"file": ("bike.jpg", picture.getvalue())}, expect=201
    )
    until(lambda: begun.owner.call("GET", f"/vendor/v1/images/{sent['id']}")["progress"] == "ready")
    visitor = production.client()
    assert visitor.get("/api/v1/listings", params={"q": title}).json()["items"] == []

    with begun.owner.listening(production) as socket:
        with pytest.raises(TimeoutError):
            socket.recv(timeout=7)  # longer than a socket waits in Redis at a time: silence must not end it
        begun.approve(listing_id)
        heard = hear(socket)  # through outbox, scheduler, worker, Redis, uvicorn and nginx
    assert heard == {"type": "changed", "kind": "listing", "id": str(listing_id), "state": "approved"}

    found = until(lambda: visitor.get("/api/v1/listings", params={"q": title}).json()["items"])
    assert [each["title"] for each in found] == [title]
    shown = visitor.get(f"/api/v1/listings/{found[0]['slug']}").json()
    address = next(each for each in re.findall(r'"(/media/[^"]+)"', json.dumps(shown)))
    image = visitor.get(address)
    assert (image.status_code, image.headers["Content-Security-Policy"]) == (200, "default-src 'none'; sandbox")
    call = visitor.post("/api/v1/contacts", json={"listing": found[0]["slug"], "channel": "call"})
    assert call.json()["link"] == "tel:+254712345678"
    log = begun.owner.call("GET", f"/vendor/v1/contacts?listing={listing_id}")["items"]
    assert [each["channel"] for each in log] == ["call"]


def test_a_socket_opens_for_our_pages_only_and_ends_with_its_person(production: MarketRehearsal, begun: Market) -> None:
    for path, origin in (("updates", "https://evil.example"), ("elsewhere", None)):
        with (
            pytest.raises(InvalidStatus) as refused,
            connect(f"{production.sockets_url}/ws/{path}", origin=origin, proxy=None),
        ):
            pass
        assert refused.value.response.status_code == 403

    leaver = register(production, "lena")
    with leaver.listening(production) as socket:
        begun.admin.call("POST", f"/operations/v1/users/{leaver.user_id}/deactivate", {"reason": "rehearsal"})
        with pytest.raises(ConnectionClosed) as ended:
            hear(socket)
    assert ended.value.rcvd is not None
    assert ended.value.rcvd.code == 4401


def test_limits_count_the_client_and_not_who_stands_between(production: MarketRehearsal) -> None:
    # Two pages that nobody has asked for: what is answered from the cache counts against nobody.
    left = [
        int(re.findall(r"r=(\d+)", answer.headers["RateLimit"])[0])
        for number, forged in enumerate(("10.0.0.1", "10.0.0.2"), start=17)
        for answer in [production.client(**{"X-Forwarded-For": forged}).get(f"/api/v1/listings?limit={number}")]
    ]
    assert left[1] == left[0] - 1


def test_metrics_count_all_processes_and_want_the_token(production: MarketRehearsal) -> None:
    client = production.client()
    assert client.get("/metrics").status_code == 404
    told = client.get("/metrics", headers={"Authorization": f"Bearer {production.environment['SOKO_METRICS_TOKEN']}"})
    assert 'route="api/v1/listings"' in told.text


def test_a_web_process_that_dies_is_replaced(production: MarketRehearsal) -> None:
    master = production.processes.running["web"].pid
    children = subprocess.run(["pgrep", "-P", str(master)], capture_output=True, text=True, check=True).stdout.split()
    for each in children:
        os.kill(int(each), signal.SIGKILL)
    client = production.client()
    until(lambda: client.get("/healthz").status_code == 200, patience=20)
    assert production.processes.ended() == []


@pytest.fixture
def page(production: MarketRehearsal, begun: Market) -> httpx.Client:
    """A browser in which somebody is signed in to the admin. It keeps secure cookies, as if TLS ended at our door."""
    client = production.client(Origin=production.base_url)
    client.get("/admin/login/")
    token = client.cookies["csrftoken"]
    client.headers["Cookie"] = f"csrftoken={token}"
    form = {"username": "ada@soko.example", "password": PASSWORD, "csrfmiddlewaretoken": token, "next": "/admin/"}
    answer = client.post("/admin/login/", data=form)
    assert answer.status_code == 302, answer.text[:2000]
    client.headers["Cookie"] = f"sessionid={answer.cookies['sessionid']}"
    assert client.get("/admin/").status_code == 200
    return client


def test_without_redis_people_browse_and_staff_work_and_nobody_signs_in(
    production: MarketRehearsal, begun: Market, page: httpx.Client
) -> None:
    visitor = production.client()
    production.redis.stop()
    try:
        assert visitor.get("/api/v1/listings").status_code == 200
        assert page.get("/admin/").status_code == 200
        listing_id = begun.listing("Written while Redis was away")
        refused = visitor.post("/api/v1/auth/login", json={"login": "ada@soko.example", "password": PASSWORD})
        assert (refused.status_code, refused.json()["code"], refused.headers["Retry-After"]) == (
            503,
            "unavailable",
            "2",
        )
        health = visitor.get("/healthz")
        assert (health.status_code, health.json()["status"], health.json()["cache"]) == (200, "degraded", "unreachable")
        ill = [each["name"] for each in production.doctor()["findings"] if not each["is_well"]]
        assert ill == ["cache", "limits", "sockets", "worker"]
    finally:
        production.redis.start()
    until(lambda: visitor.get("/healthz").json()["status"] == "ok")
    signed = visitor.post("/api/v1/auth/login", json={"login": "ada@soko.example", "password": PASSWORD})
    assert signed.status_code == 200
    with begun.owner.listening(production) as socket:
        begun.approve(listing_id)
        assert hear(socket)["id"] == str(listing_id)  # the worker came back by itself


def test_what_happens_while_no_worker_runs_is_told_when_one_does(production: MarketRehearsal, begun: Market) -> None:
    listing_id = begun.listing("Approved while nobody worked")
    production.kill("worker")
    begun.approve(listing_id)
    ill = {each["name"]: each for each in production.doctor()["findings"] if not each["is_well"]}
    assert ill["worker"]["sentence"] == "No Celery worker answers."
    assert ill["worker"]["remedy"] == "Start `celery --app core.celery worker`, or look at its log."
    with begun.owner.listening(production) as socket:
        production.restart("worker")
        assert hear(socket)["id"] == str(listing_id)


def test_while_postgresql_restarts_everything_says_try_again_and_then_works(
    production: MarketRehearsal, begun: Market, page: httpx.Client
) -> None:
    visitor = production.client()
    production.postgres.stop("immediate")
    try:
        for answer in (
            visitor.get("/api/v1/listings"),
            visitor.post("/api/v1/auth/login", json={"login": "ada@soko.example", "password": PASSWORD}),
            begun.owner.client.get("/api/vendor/v1/listings", headers={"Authorization": f"Bearer {begun.owner.token}"}),
        ):
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
            assert (answer.headers["Content-Type"], answer.json()["code"]) == (
                "application/problem+json",
                "unavailable",
            )
        away = page.get("/admin/accounts/user/")
        assert (away.status_code, away.headers["Retry-After"]) == (503, "2")
        assert visitor.get("/healthz").json()["database"] == "unreachable"
    finally:
        production.postgres.start()
    until(lambda: visitor.get("/api/v1/listings").status_code == 200, patience=10)
    assert page.get("/admin/accounts/user/").status_code == 200
    assert begun.listing("Written after the restart") > 0


def test_without_gunicorn_nginx_says_try_again(production: MarketRehearsal) -> None:
    production.kill("web")
    client = production.client()
    api, page = client.get("/api/v1/listings"), client.get("/admin/")
    assert (api.status_code, api.json()["code"], api.headers["Retry-After"]) == (503, "unavailable", "2")
    assert (page.status_code, page.headers["Retry-After"]) == (503, "2")
    production.restart("web")
    until(lambda: client.get("/api/v1/listings").status_code == 200, patience=20)


def test_at_the_end_nothing_that_must_hold_is_broken(production: MarketRehearsal, begun: Market) -> None:
    production.manage("audit")


def test_the_script_starts_everything_and_term_ends_it_all(production: MarketRehearsal, tmp_path: Any) -> None:
    port = free_ports(3, first=production.processes.port + 6)[0]
    settings = tmp_path / "settings"
    settings.write_text("".join(f"{name}={value}\n" for name, value in production.environment.items()))
    words = [sys.executable, "deploy/processes.py", "--port", str(port), "--folder", str(tmp_path / "processes")]
    started = subprocess.Popen(
        [*words, "--settings", str(settings)], cwd=ROOT, env=dict(production.processes.inherited),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert started.stdout is not None
    try:
        assert started.stdout.readline().startswith(f"Soko answers at http://127.0.0.1:{port};")
        client = httpx.Client(
            base_url=f"http://127.0.0.1:{port}", headers={"X-Forwarded-Proto": "https"}, trust_env=False
        )
        assert client.get("/healthz").status_code == 200
        taken = subprocess.run(words, cwd=ROOT, env=production.processes.ground(), capture_output=True, text=True)
        assert (taken.returncode, taken.stderr) == (
            1,
            f"soko: Port {port} on 127.0.0.1 is taken; choose another with --port.\n",
        )
    finally:
        started.send_signal(signal.SIGTERM)
        said, _errors = started.communicate(timeout=60)
    assert (started.returncode, said) == (0, "Stopping.\n")
    for each in range(port, port + 3):
        wait_for(each, is_open=False)
    found = subprocess.run(["pgrep", "-f", str(tmp_path)], capture_output=True, text=True, check=False)
    assert found.stdout == ""
