"""What the stand-ins of real gateways cannot decide, and why: each case by name, each reason a sentence."""

KEYS = "It ignores Idempotency-Key: a repetition makes a second payment."
NO_TIME = "It decides everything at once, or by its payer."
NO_DROP = "It always replies."
NO_HOLD = "It calls off whatever waits."
NO_POOR = "Its payer decides; it has no word for a card without money."
NO_SOURCES = "Its payer chooses on its page what to pay from."
CHARGES = "It knows charges, and no intents: nothing waits there."
SILENT = "It sends no webhooks."
NOT_DOWN = "It cannot be made to refuse one question."
CAP = "It gives back more than was captured."
DAYS = "A refund is begun, and arrives days later: the verification tells."

LOCALSTRIPE: dict[str, str] = {
    "test_what_takes_time_is_ended_and_no_money_comes_of_it": NO_TIME,
    "test_what_the_gateway_does_not_let_go_of_is_told_as_it_is": NO_HOLD,
    "test_a_decline_is_an_answer_with_a_sentence_and_moves_nothing": "It has one word for every decline, and not ours.",
    "test_one_key_charges_once_also_when_sent_eight_times_at_once": KEYS,
    "test_a_repetition_by_another_request_is_the_same_payment": KEYS,
    "test_a_key_that_is_used_for_something_else_moves_nothing_and_the_first_answer_stands": KEYS,
    "test_a_payment_that_needs_its_payer_waits_for_the_word": "It asks a payer through Stripe's script only: it has no page.",
    "test_a_payment_that_takes_time_is_decided_later": NO_TIME,
    "test_a_reply_that_is_lost_leaves_the_outcome_unknown_and_the_key_tells_it": NO_DROP,
    "test_sending_the_key_of_a_lost_reply_again_moves_no_more": NO_DROP,
    "test_a_gateway_that_could_not_do_it_knows_nothing_of_the_key": NOT_DOWN,
    "test_a_gateway_that_is_down_answers_no_question_and_loses_nothing": NOT_DOWN,
    "test_refunds_give_back_up_to_what_was_captured_and_then_no_more": CAP,
    "test_eight_refunds_at_once_give_back_what_was_captured_and_not_more": CAP,
    "test_one_key_refunds_once_also_when_sent_eight_times_at_once": KEYS,
    "test_the_key_of_a_refund_that_is_used_for_another_amount_gives_nothing_back": KEYS,
    "test_what_was_not_captured_is_not_given_back": "It breaks down where nothing was captured.",
    "test_what_takes_time_is_not_given_back_before": NO_TIME,
    "test_a_refund_whose_reply_is_lost_is_found_by_its_key_and_moves_once": NO_DROP,
    "test_a_refund_that_takes_time_holds_its_amount_until_it_is_decided": NO_TIME,
    "test_a_genuine_webhook_of_a_refund_says_which_one": "It tells nothing of refunds.",
    "test_each_happening_has_an_event_of_its_own_and_a_repeated_one_keeps_it": "It tells each thing once, and nothing of what waits.",
}
STATEFUL: dict[str, str] = {
    "test_what_takes_time_is_ended_and_no_money_comes_of_it": CHARGES,
    "test_what_waits_for_its_payer_is_ended_and_no_money_comes_of_it": CHARGES,
    "test_whose_payer_was_faster_has_paid": CHARGES,
    "test_what_has_ended_stays_as_it_is_however_often_it_is_called_off": CHARGES,
    "test_what_the_gateway_does_not_let_go_of_is_told_as_it_is": CHARGES,
    "test_a_source_that_nobody_knows_is_a_decline": "It breaks down over a token that it does not know.",
    "test_a_payment_that_needs_its_payer_waits_for_the_word": CHARGES,
    "test_a_payment_that_takes_time_is_decided_later": CHARGES,
    "test_what_is_decided_is_not_decided_again": CHARGES,
    "test_a_reply_that_is_lost_leaves_the_outcome_unknown_and_the_key_tells_it": NO_DROP,
    "test_sending_the_key_of_a_lost_reply_again_moves_no_more": NO_DROP,
    "test_a_gateway_that_is_down_answers_no_question_and_loses_nothing": NOT_DOWN,
    "test_what_was_not_captured_is_not_given_back": "It gives back what was declined, too.",
    "test_what_takes_time_is_not_given_back_before": CHARGES,
    "test_a_refund_whose_reply_is_lost_is_found_by_its_key_and_moves_once": NO_DROP,
    "test_a_refund_that_takes_time_holds_its_amount_until_it_is_decided": NO_TIME,
    "test_a_genuine_webhook_says_what_happened_to_which_payment": SILENT,
    "test_a_genuine_webhook_of_a_refund_says_which_one": SILENT,
    "test_each_happening_has_an_event_of_its_own_and_a_repeated_one_keeps_it": SILENT,
    "test_a_forged_webhook_is_refused": SILENT,
    "test_a_body_that_was_read_and_written_again_is_refused": SILENT,
    "test_the_signature_of_another_webhook_is_refused": SILENT,
    "test_while_secrets_change_one_signature_that_fits_is_enough": SILENT,
}
CHAPA: dict[str, str] = {
    "test_one_key_charges_once_also_when_sent_eight_times_at_once": (
        "A page is opened once for each reference, and nobody is told of it a second time; a claim sees to it that one asks."
    ),
    "test_what_takes_time_is_ended_and_no_money_comes_of_it": NO_TIME,
    "test_what_the_gateway_does_not_let_go_of_is_told_as_it_is": NO_HOLD,
    "test_a_decline_is_an_answer_with_a_sentence_and_moves_nothing": NO_POOR,
    "test_a_source_that_nobody_knows_is_a_decline": NO_SOURCES,
    "test_a_payment_that_needs_its_payer_waits_for_the_word": "It says once where to pay: the page of a key that is sent again is lost.",
    "test_a_payment_that_takes_time_is_decided_later": NO_TIME,
    "test_a_reply_that_is_lost_leaves_the_outcome_unknown_and_the_key_tells_it": "A reply that is lost takes its page along.",
    "test_sending_the_key_of_a_lost_reply_again_moves_no_more": "A reply that is lost takes its page along.",
    "test_a_gateway_that_could_not_do_it_knows_nothing_of_the_key": NO_SOURCES,
    "test_refunds_give_back_up_to_what_was_captured_and_then_no_more": DAYS,
    "test_eight_refunds_at_once_give_back_what_was_captured_and_not_more": DAYS,
    "test_one_key_refunds_once_also_when_sent_eight_times_at_once": DAYS,
    "test_what_takes_time_is_not_given_back_before": NO_TIME,
    "test_a_genuine_webhook_of_a_refund_says_which_one": "Its webhook of a refund names the payment.",
    "test_each_happening_has_an_event_of_its_own_and_a_repeated_one_keeps_it": "It tells nothing of a payment that waits.",
    "test_while_secrets_change_one_signature_that_fits_is_enough": "It signs with one secret.",
}
PAYPAL: dict[str, str] = {
    "test_what_takes_time_is_ended_and_no_money_comes_of_it": NO_TIME,
    "test_what_waits_for_its_payer_is_ended_and_no_money_comes_of_it": "It ends no order: what is not captured does not move.",
    "test_what_the_gateway_does_not_let_go_of_is_told_as_it_is": NO_HOLD,
    "test_a_decline_is_an_answer_with_a_sentence_and_moves_nothing": NO_POOR,
    "test_a_source_that_nobody_knows_is_a_decline": NO_SOURCES,
    "test_a_payment_that_takes_time_is_decided_later": NO_TIME,
    "test_a_reply_that_is_lost_leaves_the_outcome_unknown_and_the_key_tells_it": "It finds no order by a key of ours.",
    "test_a_gateway_that_could_not_do_it_knows_nothing_of_the_key": NO_SOURCES,
    "test_what_takes_time_is_not_given_back_before": NO_TIME,
    "test_each_happening_has_an_event_of_its_own_and_a_repeated_one_keeps_it": "It tells nothing of a payment that waits.",
    "test_while_secrets_change_one_signature_that_fits_is_enough": "It is asked itself whether it signed.",
}
