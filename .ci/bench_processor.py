"""Processor time of single requests, asked within a process: what is Python's, without a server, a network or the database.

    DATABASE_URL=postgres://... .venv/bin/python .ci/bench_processor.py [another working copy]

Each application is one process that answers by its WSGI callable; rounds are interleaved, and what is told is the median of the
rounds, in microseconds of the thread's own time for each request, as a ratio to this tree. The database must hold a grown market
(`manage.py grow_market 20000`). SOKO_BENCH_ROUNDS (9) says how many rounds of SOKO_BENCH_REQUESTS (60) there are. The response
cache is off. SOKO_BENCH_PROFILE names one operation that is profiled instead. With another working copy,
such as the tree before a change, its time is told beside. Creating leaves listings behind.
"""

import io
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = int(os.environ.get("SOKO_BENCH_ROUNDS", "9"))
REQUESTS = int(os.environ.get("SOKO_BENCH_REQUESTS", "60"))
OPERATIONS = ("detail", "list of 24", "list with vendor and category", "the page after it", "create")


class Application:
    """One process that is told what to ask of itself, and answers with how long that took."""

    def __init__(self, name: str, folder: Path, settings: str) -> None:
        more = {
            "DJANGO_SETTINGS_MODULE": settings,
            "PYTHONPATH": f"{folder}{os.pathsep}{folder / '.ci'}",
            "SOKO_PUBLIC_CACHE_SECONDS": "0",
            "SOKO_LIMITS_FACTOR": "1000000",
            "SOKO_DEMO": "1",
            "SOKO_ACCESS_MINUTES": "600",
        }
        command = [sys.executable, str(Path(__file__).resolve()), "--within"]
        self.name, self.process = (
            name,
            subprocess.Popen(
                command, cwd=folder, env=os.environ | more, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            ),
        )

    def ask(self, **question: object) -> dict:
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name} ended")
        return json.loads(line)


def requests_of(told: dict, *, ours: bool) -> dict[str, list[dict]]:
    """What each operation asks, as an application takes it: path, query, and what is posted."""
    place = "/api/v1/listings" if ours else "/api/listings"
    made = {"title": "A bench to sit on", "description": "Made of wood, for two.", "category_id": told["leaf"]}
    made |= {"vendor_id": told["vendor"]}
    ours_too = {"price": {"amount": 5_000, "currency": "KES"}, "modes": ["contact"]}
    made |= ours_too if ours else {"price_minor": 5_000}
    expanded = "limit=24&expand=vendor,category" if ours else "limit=24"
    return {
        "detail": [{"path": f"{place}/{key}"} for key in told["keys"]],
        "list of 24": [{"path": place, "query": "limit=24"}],
        "list with vendor and category": [{"path": place, "query": expanded}],
        "the page after it": [{"path": place, "query": "limit=24", "follow": True}]
        if ours
        else [{"path": place, "query": "limit=24&offset=24"}],
        "create": [{"path": "/api/vendor/v1/listings" if ours else place, "body": made, "token": told["token"]}],
    }


def within() -> None:
    """Answer questions from standard input, each by asking the application so often; the first says what to ask."""
    import time

    import django

    django.setup()
    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()

    def once(request: dict) -> float:
        if request.pop("follow", False):
            request["query"] += f"&cursor={json.loads(asked(request)[1])['next']}"
        return asked(request)[0]

    def asked(request: dict) -> tuple[float, bytes]:
        body = json.dumps(request["body"]).encode() if "body" in request else b""
        headers = {
            "REQUEST_METHOD": "POST" if body else "GET", "PATH_INFO": request["path"], "SCRIPT_NAME": "",
            "QUERY_STRING": request.get("query", ""), "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "127.0.0.1", "REMOTE_ADDR": "127.0.0.1",
            "HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "wsgi.input": io.BytesIO(body), "wsgi.url_scheme": "http", "wsgi.errors": sys.stderr,
        }  # fmt: skip
        if body:
            headers |= {"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body))}
            headers["HTTP_AUTHORIZATION"] = f"Bearer {request['token']}"
        said: list[str] = []
        begun = time.thread_time()
        answer = application(headers, lambda status, *_more: said.append(status))
        content = b"".join(answer)
        answer.close()
        took = time.thread_time() - begun
        if said[0][:3] not in ("200", "201"):
            raise SystemExit(f"{request['path']}: {said[0]} {content[:300]!r}")
        return took, content

    def profiled(requests: list[dict]) -> str:
        import cProfile
        import pstats

        profile, text = cProfile.Profile(), io.StringIO()
        profile.enable()
        for each in requests:
            once(each)
        profile.disable()
        found = pstats.Stats(profile, stream=text)
        found.sort_stats("cumulative").print_stats(110)
        found.sort_stats("tottime").print_stats(35)
        return text.getvalue()

    for line in sys.stdin:
        question = json.loads(line)
        count, requests = question["count"], question["requests"]
        these = [requests[number % len(requests)] for number in range(count)]
        told = {"profile": profiled(these)} if question.get("profile") else {"seconds": sum(map(once, these)) / count}
        print(json.dumps(told), flush=True)


def main() -> None:
    sys.path.insert(0, str(ROOT / ".ci"))
    from bench import ARRANGE, manage

    told = json.loads(manage(ROOT / "var", "shell", "--no-imports", "--command", ARRANGE).strip().splitlines()[-1])
    told["keys"] = told["keys"][: REQUESTS // 2]
    applications = [Application("soko", ROOT, "core.settings")]
    if len(sys.argv) > 1:
        applications.append(Application("before", Path(sys.argv[1]).resolve(), "core.settings"))
    applications += [
        Application("ninja", ROOT, "afternoon.settings"),
        Application("drf", ROOT, "afternoon.drf_settings"),
    ]
    if wanted := os.environ.get("SOKO_BENCH_PROFILE"):
        requests = requests_of(told, ours=True)[wanted]
        applications[0].ask(count=REQUESTS, requests=requests)
        print(applications[0].ask(count=200, requests=requests, profile=True)["profile"])
        return
    times: dict[tuple[str, str], list[float]] = {}
    for number in range(ROUNDS + 2):
        for operation in OPERATIONS:
            for each in applications:
                requests = requests_of(told, ours=each.name in ("soko", "before"))[operation]
                took = each.ask(count=REQUESTS, requests=requests)["seconds"]
                if number > 1:  # the first two warm up
                    times.setdefault((operation, each.name), []).append(took)
    for operation in OPERATIONS:
        found = {each.name: statistics.median(times[operation, each.name]) * 1e6 for each in applications}
        ratios = (f"{name} {took:,.0f} us ({took / found['soko']:.2f})" for name, took in found.items())
        print(f"{operation}: {', '.join(ratios)}")


if __name__ == "__main__":
    within() if sys.argv[1:] == ["--within"] else main()
