"""Limits as a client meets them: headers on every answer, 429 with the seconds left."""

from core.limits import LIMITS
from marketplace.cast import Person


def test_every_answer_says_what_is_left(nobody: Person) -> None:
    answer = nobody.api().get("/categories")
    quota = LIMITS["read_anonymous"].quota
    assert answer["RateLimit-Policy"] == f'"read_anonymous";q={quota};w=60'
    assert answer["RateLimit"].startswith(f'"read_anonymous";r={quota - 1};t=')


def test_over_the_quota_is_a_problem_with_retry_after_and_others_are_not_met_by_it(
    nobody: Person, customer: Person
) -> None:
    api = nobody.api()
    statuses = [api.get("/categories/pick").status_code for _ in range(LIMITS["read_anonymous"].quota + 1)]
    assert set(statuses[:-1]) == {200}
    assert statuses[-1] == 429
    refused = api.get("/categories")
    assert refused.json()["code"] == "rate_limited"
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert customer.api().get("/categories").status_code == 200
