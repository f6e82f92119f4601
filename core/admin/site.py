"""Our admin site: one ModelAdmin per declared resource, a sidebar by group, landing pages and a search that keep to the actor's rows."""

from collections.abc import Callable
from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.module_loading import autodiscover_modules
from unfold.forms import AuthenticationForm
from unfold.sites import UnfoldAdminSite

from core import limits, memo
from core.admin import palette, sidebar
from core.admin.actors import actor_of_user, admin_actor, may_enter
from core.admin.landing import landing_of
from core.errors import DomainError

NO_DESK = (
    "You signed in rightly, but nothing waits for this account here: it runs no part of the market and works for no vendor. "
    "Buyers are served in the shop. Should you work here, whoever runs the market gives you a role first."
)


class EntryForm(AuthenticationForm):
    """Sign-in for those with a right to something in the admin, as often a minute as in the API."""

    def clean(self) -> dict[str, Any]:
        """Refuse, before any password is looked at, who guesses: by address, and by address for one login."""
        try:
            limits.check("login", limits.address_of(self.request))
            limits.check(
                "login_account",
                f"{(self.cleaned_data.get('username') or '').lower()}|{limits.address_of(self.request)}",
            )
        except DomainError as refusal:
            raise ValidationError(refusal.detail, code=refusal.code) from None
        return super().clean()

    def confirm_login_allowed(self, user: Any) -> None:
        """Refuse the inactive with the same sentence as a wrong password; tell who signed in rightly that no work is here."""
        if user.is_active and not may_enter(actor_of_user(user)):
            raise ValidationError(NO_DESK, code="no_desk")
        if not user.is_active:
            raise ValidationError(
                AdminAuthenticationForm.error_messages["invalid_login"],
                code="invalid_login",
                params={"username": self.username_field.verbose_name},
            )


class SokoSite(UnfoldAdminSite):
    """The admin at /admin/. Who may enter is decided anew at each request, by rights and not by a flag."""

    login_form = EntryForm
    index_template = "soko/landing.html"
    login_template = "soko/login.html"
    site_url = None
    enable_nav_sidebar = True

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self._built = False
        self._pages: list[tuple[str, Callable[..., HttpResponse], str]] = []

    def add_page(self, route: str, view: Callable[..., HttpResponse], name: str) -> None:
        """Have a page that is of no model, at /admin/<route>. Whoever may enter the admin reaches it: the view refuses the others."""
        self._pages = [each for each in self._pages if each[2] != name] + [(route, view, name)]

    def build(self) -> None:
        """Register a generated admin for each declared resource; what a domain's `admin.py` registers itself comes first."""
        if self._built:
            return
        self._built = True
        from core.resources.admin import admin_of  # the engine's admin stands on this site
        from core.resources.registry import resources

        autodiscover_modules("admin", register_to=self)
        for resource in resources():
            if resource.model not in self._registry:
                self.register(resource.model, admin_of(resource))

    def get_urls(self) -> list[Any]:
        self.build()
        # The content-type redirect prints where any row lives; nothing here uses it.
        pages = [path(route, self.admin_view(view), name=name) for route, view, name in self._pages]
        return [*pages, *(each for each in super().get_urls() if getattr(each, "name", "") != "view_on_site")]

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        from core.resources.admin.base import ScopedAdmin

        if admin_class is None or not issubclass(admin_class, ScopedAdmin):
            raise TypeError(
                "Only the engine's own admin classes are registered here: subclass core.resources.admin.ScopedAdmin."
            )
        super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        return may_enter(admin_actor(request))

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context = super().each_context(request)
        context["admin_actor"] = admin_actor(request)
        return context

    def get_sidebar_list(self, request: HttpRequest) -> list[dict[str, Any]]:
        return sidebar.groups(self, request)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        with memo.block():
            return self._index(request, extra_context).render()

    def _index(self, request: HttpRequest, extra_context: dict[str, Any] | None) -> TemplateResponse:
        actor = admin_actor(request)
        landing = landing_of(actor)
        context = {
            **self.each_context(request),
            "title": landing.title if landing else "Today",
            "subtitle": None,
            "index": True,
            **(landing.draw(actor) if landing else {"landing_title": "Today", "groups": sidebar.groups(self, request)}),
            **(extra_context or {}),
        }
        request.current_app = self.name  # type: ignore[attr-defined]
        return TemplateResponse(request, self.index_template or "", context)

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The command palette. Nothing is kept between requests: a kept answer outlives the right to it."""
        return palette.answer(self, request)

    def app_index(self, request: HttpRequest, app_label: str, extra_context: Any = None) -> HttpResponse:
        raise Http404

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        return []

    def admin_of(self, model: type[models.Model]) -> Any:
        """The registered admin of a model, or None."""
        return self._registry.get(model)


site = SokoSite()
