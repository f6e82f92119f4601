"""On start: history signing is connected, and every app's resources and reactions are found."""

from django.apps import AppConfig
from django.core import checks
from django.utils.module_loading import autodiscover_modules

from core import logs
from core.checks import check_configuration


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = "Platform"

    def ready(self) -> None:
        # Signals are connected by import, once models exist.
        from core import connections, history, metrics, response_cache, worded  # noqa: F401
        from core.resources.checks import check_resources

        logs.configure()
        response_cache.watch()
        connections.watch()
        worded.watch()
        autodiscover_modules("reactions")
        autodiscover_modules("tasks")
        autodiscover_modules("resources")
        checks.register(check_configuration, "configuration")
        checks.register(check_resources, "resources")
