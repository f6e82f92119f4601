"""Limits as a client meets them: headers on every answer, 429 with the seconds left."""

from core.limits import LIMITS
from marketplace.cast import Person

ADDRESS = {"recipient": "Amina Odhiambo", "phone": "0712345678", "street": "12 Moi Avenue", "town": "Nairobi"}


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


def test_ordering_and_paying_share_a_limit_of_which_repeats_spend_nothing(customer: Person, buyer: Person) -> None:
    api, quota = customer.api(), LIMITS["checkout"].quota
    orders = [
        api.post("/orders", ADDRESS, Idempotency_Key=f"one-of-many-orders-{n}").json()["code"] for n in range(quota - 1)
    ]
    payment = {"order": "SK-7K3M-Q9XF-2DWP", "source": "tok_ok"}
    assert api.post("/payments", payment, Idempotency_Key="a-payment-of-nothing").status_code == 404
    assert orders == ["cart_empty"] * (quota - 1)
    again = api.post("/orders", ADDRESS, Idempotency_Key="one-of-many-orders-0")
    assert (again.status_code, again["Idempotent-Replayed"]) == (409, "true")
    refused = (
        api.post("/orders", ADDRESS, Idempotency_Key="one-order-too-many-01"),
        api.post("/payments", payment, Idempotency_Key="a-payment-too-many-01"),
    )
    for answer in refused:
        assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
        assert 1 <= int(answer["Retry-After"]) <= 60
    assert buyer.api().post("/orders", ADDRESS, Idempotency_Key="an-order-of-another-1").json()["code"] == "cart_empty"
