"""Contacts: who pressed Call or WhatsApp on what, without knowing who they are."""

from django.apps import AppConfig


class ContactsConfig(AppConfig):
    name = "marketplace.contacts"
    label = "contacts"
    verbose_name = "Leads"
