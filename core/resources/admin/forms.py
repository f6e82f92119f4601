"""The form of a resource: the declared fields this actor may write now; what they must be is judged by the engine's operations."""

from typing import Annotated, Any, Literal, get_args, get_origin

from django import forms
from django.db import models
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from core.admin import words
from core.errors import DomainError, FieldError, Stale
from core.models import Audit
from core.money import Money
from core.resources.admin import attributes, columns
from core.resources.admin.fields import MoneyFormField
from core.resources.assigning import usual_currency
from core.resources.declaration import CHANGE, CREATE, Resource
from core.rules import Actor


class DeclaredForm(forms.ModelForm):
    """Shows, reads and keeps declared fields. It never touches its row: operations do, after it is clean."""

    resource: type[Resource]
    actor: Actor
    refusal: DomainError | None = None

    _version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        row = options.get("instance")
        initial = dict(options.get("initial") or {})
        if row is not None and row.pk:
            initial = {
                **initial_of(self.resource, row, self.actor, self.base_fields),
                **initial,
                "_version": getattr(row, "version", None),
            }
        else:
            initial = {**proposed(self.resource, self.actor, self.base_fields), **initial}
        options["initial"] = initial
        if isinstance(self.refusal, Stale) and arguments and arguments[0] is not None:
            data = arguments[0].copy()
            prefix = options.get("prefix")
            data[f"{prefix}-_version" if prefix else "_version"] = str(self.refusal.facts.get("version", ""))
            arguments = (data, *arguments[1:])
        super().__init__(*arguments, **options)

    @property
    def shown_version(self) -> Any:
        """The version that this form is about, for the page to send back."""
        return self["_version"].value() or ""

    def clean(self) -> dict[str, Any]:
        if self.refusal is not None:
            for name, sentence in placed(self.refusal, self.fields, self.instance):
                self.add_error(name, sentence)
        return self.cleaned_data

    def _get_validation_exclusions(self) -> set[str]:
        return {each.name for each in self._meta.model._meta.fields}

    def _post_clean(self) -> None:
        """The row stays as it is: operations check and change it."""

    def _save_m2m(self) -> None:
        """Operations have saved everything."""

    def values(self) -> dict[str, Any]:
        """The declared values that were changed here: {field: value}."""
        changed = [name for name in self.changed_data if name != "_version"] if self.instance.pk else list(self.fields)
        found: dict[str, Any] = {}
        for name in changed:
            if name.startswith(attributes.PREFIX) or name == "_version" or name not in self.cleaned_data:
                continue
            value = self.cleaned_data[name]
            if value is False and isinstance(self.fields[name], forms.FileField):
                value = ""
            elif not self.instance.pk and value in (None, "") and not self.fields[name].required:
                continue
            found[name] = value
        document = self.resource.document
        if document and any(name.startswith(attributes.PREFIX) for name in changed):
            found[document] = attributes.document_of(self)
        return found


def initial_of(resource: type[Resource], row: models.Model, actor: Actor, names: Any) -> dict[str, Any]:
    """What the form's fields hold at first."""
    found = {}
    for name in names:
        if name.startswith(attributes.PREFIX) or name == "_version":
            continue
        field = columns.column_of(resource.model, name)
        found[name] = getattr(row, field.attname) if isinstance(field, models.ForeignKey) else getattr(row, name)
    return found


def proposed(resource: type[Resource], actor: Actor, names: Any) -> dict[str, Any]:
    """What the form of a new row starts with: the columns' defaults, and what is preset where it may be chosen."""
    found = {name: value for name, value in initial_of(resource, resource.model(), actor, names).items() if value}
    for name in names:
        f = resource.fields.get(name)
        value = f.preset(actor) if f is not None and f.preset is not None else None
        if value is not None:
            found[name] = value.pk if isinstance(value, models.Model) else value
    return found


def form_for(
    admin: Any, request: HttpRequest, actor: Actor, row: models.Model | None, *, without: tuple[str, ...] = ()
) -> type[DeclaredForm]:
    """The form class for this actor and row."""
    resource = admin.resource
    on = CHANGE if row is not None and row.pk else CREATE
    declared: dict[str, Any] = {}
    for name in resource.writable(actor.audience, on):
        if name in without or name == resource.document:
            continue
        field = _field_for(admin, request, actor, name, row)
        if field is not None:
            declared[name] = field
    if resource.document and resource.document in resource.writable(actor.audience, on):
        declared |= attributes.form_fields(resource, actor, row, request)
    meta = type("Meta", (), {"model": resource.model, "fields": ()})
    members = {
        **declared,
        "Meta": meta,
        "resource": resource,
        "actor": actor,
        "refusal": getattr(request, "_refusal", None),
        "__module__": __name__,
    }
    return type(f"{resource.__name__}Form", (DeclaredForm,), members)


def _field_for(
    admin: Any, request: HttpRequest, actor: Actor, name: str, row: models.Model | None
) -> forms.Field | None:
    resource, f = admin.resource, admin.resource.fields[name]
    help_text = f.help
    choices = listed(f.type)
    if choices:
        return forms.MultipleChoiceField(
            choices=choices,
            required=False,
            label=admin.label_of(name),
            help_text=help_text,
            widget=UnfoldAdminCheckboxSelectMultipleWidget(),
        )
    money = getattr(resource.model, "money_fields", {}).get(name)
    if money is not None:
        return MoneyFormField(
            currency=_usual_currency(resource, actor, name, row),
            required=not money.null,
            label=admin.label_of(name),
            help_text=help_text,
        )
    column = columns.column_of(resource.model, name)
    if column is None or isinstance(column, models.ManyToManyField):
        return None
    found = admin.formfield_for_dbfield(column, request=request)
    if found is None:
        return None
    found.label = admin.label_of(name)
    found.help_text = help_text or found.help_text
    if isinstance(found.widget, forms.CheckboxSelectMultiple):
        found.widget = UnfoldAdminCheckboxSelectMultipleWidget(choices=found.choices)
    if isinstance(column, models.TextField) and column.max_length and isinstance(found.widget, forms.Textarea):
        found.widget.attrs["maxlength"] = column.max_length
    if f.preset is not None:
        found.required = False
    return found


def listed(kind: Any) -> list[tuple[str, str]]:
    """The choices of a declared type that is a list of words, or nothing."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    item = get_args(kind)[0] if get_origin(kind) is list else None
    return (
        [(each, str(each).replace("_", " ").capitalize()) for each in get_args(item)]
        if get_origin(item) is Literal
        else []
    )


def _usual_currency(resource: type[Resource], actor: Actor, name: str, row: models.Model | None) -> str:
    """The currency of the row, else the actor's usual one."""
    value = getattr(row, name, None) if row is not None else None
    return value.currency if isinstance(value, Money) else usual_currency(resource, actor, name)


def placed(refusal: DomainError, fields: Any, row: models.Model) -> list[tuple[str | None, str]]:
    """Each sentence of a refusal with the form field it belongs to; None is the whole form."""
    if isinstance(refusal, Stale):
        return [(None, stale_sentence(row))]
    found = [(_field_of(each, fields), _sentence(each, fields)) for each in refusal.errors]
    return found or [(None, refusal.detail)]


def _field_of(fault: FieldError, fields: Any) -> str | None:
    parts = fault.pointer.strip("/").split("/")
    name = parts[0]
    candidates = (
        name,
        name.removesuffix("_id"),
        f"{attributes.PREFIX}{parts[1]}" if len(parts) > 1 else "",
        f"{attributes.PREFIX}{name}",
    )
    return next((each for each in candidates if each in fields), None)


def _sentence(fault: FieldError, fields: Any) -> str:
    if _field_of(fault, fields) is not None or not fault.pointer.strip("/"):
        return fault.message
    return f"{fault.pointer.strip('/').replace('/', ' › ').replace('_', ' ').capitalize()}: {fault.message}"


def stale_sentence(row: models.Model) -> str:
    """Who was faster, in one sentence that says what saving again will do."""
    last = Audit.objects.filter(model=row._meta.label_lower, object_id=row.pk).order_by("-id").first()
    when = f" {words.age(last.at)} ago" if last else ""
    return (
        f"Somebody else changed this{when}, since you opened it. What you entered is kept below: "
        "save again to put it over theirs, or open the page anew to see theirs first."
    )
