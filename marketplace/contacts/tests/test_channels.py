"""Links open the telephone or WhatsApp."""

from marketplace.contacts.channels import call_link, whatsapp_link


def test_a_call_link_dials_the_number() -> None:
    assert call_link("+254712345678") == "tel:+254712345678"


def test_a_whatsapp_link_has_no_plus_and_asks_about_the_listing() -> None:
    assert whatsapp_link("+254712345678", title="Pixel 9 & case") == (
        "https://wa.me/254712345678?text=Hello%2C%20is%20%22Pixel%209%20%26%20case%22%20still%20available%3F"
    )
