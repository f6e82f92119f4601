"""Makes the admin's templates, static files and template tags known; list it before `unfold`, whose templates it extends."""

from django.apps import AppConfig


class FrameConfig(AppConfig):
    name = "core.admin"
    label = "frame"
    verbose_name = "Admin"
