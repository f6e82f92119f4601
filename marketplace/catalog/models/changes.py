"""Changes of definitions that reach into listings: proposed with their effect, run as a job, undone as one."""

from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from core.models import Fact, Moment, Record
from core.resources import patterns
from core.resources.definitions import BOUNDED, CHOOSING, Definition, Kind
from core.resources.definitions import Option as Choice
from marketplace.catalog import narrowing, rules, states
from marketplace.catalog.models.attributes import CODE, Attribute, Option
from marketplace.catalog.models.categories import Category
from marketplace.catalog.models.listings import Listing
from marketplace.catalog.models.placements import CategoryAttribute
from marketplace.catalog.models.shelves import defined
from marketplace.catalog.redefining import ABSENT, Rewriting, code_of, read_lines

#: What of an attribute a change may change, and what undoing it puts back.
CHANGED = ("kind", "unit", "minimum", "maximum", "pattern", "is_integer", "index_low", "index_high")
#: What of an attribute's place in a category a change narrows, and what undoing it puts back.
NARROWED = ("minimum", "maximum", "only_options", "is_required")
#: Listings in these states have been complete once: what becomes required is missing in them. A draft may lack it.
COMPLETE = ("pending", "approved", "paused", "expired")


class DefinitionChange(Record):
    """A change of an attribute that its listings feel: other bounds, another pattern, a renamed option, another kind.

    Nothing happens until it is applied: then the definition changes at once, and a job rewrites the listings by the mapping. What
    each held is kept, so that it can be undone. `former` is the definition as it was.
    """

    class What(models.TextChoices):
        BOUNDS = "bounds", "Other bounds"
        PATTERN = "pattern", "Another pattern"
        OPTION = "option", "Rename or merge an option"
        KIND = "kind", "Another kind"
        NARROW = "narrow", "Narrower in a category"

    attribute = models.ForeignKey(Attribute, models.PROTECT, related_name="changes")
    what = models.CharField(max_length=8, choices=What.choices)
    minimum = models.FloatField(null=True, blank=True, help_text="For bounds, and for a kind that has them.")
    maximum = models.FloatField(null=True, blank=True)
    pattern = models.CharField(max_length=200, blank=True)
    option = models.ForeignKey(Option, models.PROTECT, null=True, blank=True, related_name="changes")
    new_code = models.CharField(
        max_length=48,
        blank=True,
        validators=[CODE],
        help_text="The option's new code; that of another option merges the two.",
    )
    to_kind = models.CharField(max_length=16, blank=True, choices=[(each.value, each.value) for each in Kind])
    to_unit = models.CharField(max_length=16, blank=True)
    category = models.ForeignKey(
        Category,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="changes",
        help_text="Where it becomes narrower, and everywhere below: for that change only.",
    )
    only_options = models.TextField(
        "options there", blank=True, max_length=20_000, help_text="Codes with commas between; empty for all."
    )
    is_required = models.BooleanField("required there", default=False)
    mapping = models.TextField(
        max_length=20_000,
        blank=True,
        help_text="A line for each value that changes: old = new. Nothing after the sign drops it; * = new takes the rest, "
        f"{ABSENT} = new gives it to listings that lack what becomes required. "
        "Left empty, it is filled with what suggests itself.",
    )
    status = states.CHANGE.field()
    status_since = Moment(auto_now_add=True, editable=False)
    former = models.JSONField(default=dict, editable=False)
    job_id = models.BigIntegerField(null=True, editable=False)

    policy = rules.CHANGE
    moves = states.CHANGE

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("attribute",),
                condition=models.Q(status__in=("running", "undoing")),
                name="change_one_runs",
                violation_error_message="Another change of this attribute is running.",
            ),
            states.CHANGE.constraint("change_status_known"),
        ]
        indexes = [models.Index(fields=("-status_since", "-id"), name="change_newest")]

    def __str__(self) -> str:
        if self.what == self.What.NARROW and self.category is not None:
            return f"{self.attribute.label}: narrower in {self.category}"
        return f"{self.attribute.label}: {self.get_what_display().lower()}"

    def clean(self) -> None:
        """Refuse what does not fit the attribute, and a mapping that cannot be read."""
        faults: dict[str, Any] = {}
        attribute = Attribute.objects.filter(pk=self.attribute_id).first()
        if attribute is None:
            return
        try:
            read_lines(self.mapping)
        except ValueError as fault:
            faults["mapping"] = str(fault)
        if self.what == self.What.NARROW:
            faults |= narrowing.faults_of(self.link()) if self.category_id else {"category": "Choose where."}
        if self.what == self.What.BOUNDS and attribute.kind not in BOUNDED:
            faults["what"] = "Only numbers, ranges and money have bounds."
        if self.what == self.What.PATTERN:
            try:
                patterns.read(self.pattern) if self.pattern else None
            except patterns.PatternFault as fault:
                faults["pattern"] = str(fault)
        if self.what == self.What.OPTION and (self.option is None or self.option.attribute_id != attribute.pk):
            faults["option"] = "Choose an option of this attribute."
        if self.what == self.What.OPTION and (not self.new_code or (self.option and self.option.code == self.new_code)):
            faults["new_code"] = "Say the new code."
        if (
            self.what == self.What.KIND
            and self.to_kind in ("", attribute.kind)
            and self.to_unit in ("", attribute.unit)
        ):
            faults["to_kind"] = "Say what it becomes."
        if not faults:
            faults = self._faults_of(attribute)
        if faults:
            raise ValidationError(faults)

    def _faults_of(self, attribute: Attribute) -> dict[str, Any]:
        """What the attribute itself would refuse."""
        for name, value in self.target(attribute).items():
            setattr(attribute, name, value)
        try:
            attribute.clean()
        except ValidationError as fault:
            known = {"kind": "to_kind", "unit": "to_unit"}
            return {
                known.get(name, name if name in ("minimum", "maximum", "pattern") else "what"): each
                for name, each in fault.message_dict.items()
            }
        if None not in (attribute.minimum, attribute.maximum) and attribute.minimum > attribute.maximum:  # type: ignore[operator]
            return {"maximum": "The minimum must not be above the maximum."}
        return {}

    def link(self) -> CategoryAttribute:
        """How the category would ask for the attribute. Never saved; made after the nearest above where it says nothing itself."""
        assert self.category is not None
        link = CategoryAttribute.objects.filter(category=self.category, attribute=self.attribute_id).first()
        link = link or narrowing.like_above(CategoryAttribute(category=self.category, attribute=self.attribute))
        link.is_hidden = False
        for name in NARROWED:
            setattr(link, name, getattr(self, name))
        return link

    def rows(self) -> models.QuerySet:
        """The listings that it may rewrite: those that hold a value; where one becomes required and is given, those without, too."""
        code, rows = self.attribute.code, Listing.objects.all()
        if self.what == self.What.NARROW and self.category_id:
            rows = rows.filter(category__in=Category.subtree_keys(self.category_id))
            if self.is_required and ABSENT in read_lines(self.mapping):
                return rows.filter(models.Q(attributes__has_key=code) | models.Q(status__in=COMPLETE))
        return rows.filter(attributes__has_key=code)

    def target(self, attribute: Attribute) -> dict[str, Any]:
        """What of the attribute becomes what."""
        if self.what == self.What.BOUNDS:
            return {"minimum": self.minimum, "maximum": self.maximum}
        if self.what == self.What.PATTERN:
            return {"pattern": self.pattern}
        if self.what == self.What.KIND:
            kind = self.to_kind or attribute.kind
            bounds = (
                {"minimum": self.minimum, "maximum": self.maximum}
                if kind in BOUNDED
                else {"minimum": None, "maximum": None}
            )
            index = (
                {"index_low": self.minimum, "index_high": self.maximum}
                if kind in BOUNDED
                else {"index_low": None, "index_high": None}
            )
            unit = self.to_unit if kind in BOUNDED else ""
            return {"kind": kind, "unit": unit, "pattern": "", "is_integer": False, **bounds, **index}
        return {}

    def rewriting(self) -> Rewriting:
        """From the definition as it was to what it becomes, whether it has been applied or not."""
        attribute = self.attribute
        mapping = read_lines(self.mapping)
        options = tuple(
            Choice(each.pk, each.code, each.label, each.position, each.is_archived)
            for each in attribute.options.order_by("position", "pk")
        )
        if self.what == self.What.NARROW:
            whole = defined(attribute, options)
            return Rewriting(whole, narrowing.offered(self.link(), whole), mapping)
        was = self.former.get("attribute", {name: getattr(attribute, name) for name in CHANGED})
        before = self.former.get("options", [[each.id, each.code] for each in options])
        old_codes: dict[int, str] = dict(before)
        old = _with(
            attribute, was, tuple(replace(each, code=old_codes[each.id]) for each in options if each.id in old_codes)
        )
        if self.what == self.What.OPTION and self.option is not None:
            return Rewriting(old, self._recoded(old), mapping | {old_codes[self.option.pk]: self.new_code})
        new = _with(attribute, {**was, **self.target(attribute)}, old.options)
        if self.what == self.What.KIND and new.kind in CHOOSING:
            labels = dict.fromkeys(each for each in mapping.values() if each)
            known = {each.code for each in new.options} | {each.label for each in new.options}
            made = tuple(Choice(0, code_of(each), each) for each in labels if each not in known)
            new = replace(new, options=(*new.options, *made))
        return Rewriting(old, new, mapping)

    def _recoded(self, old: Definition) -> Definition:
        key = self.option_id or 0
        if old.option(self.new_code):
            return replace(old, options=tuple(each for each in old.options if each.id != key))
        return replace(
            old, options=tuple(replace(each, code=self.new_code) if each.id == key else each for each in old.options)
        )


def _with(attribute: Attribute, values: dict[str, Any], options: tuple[Choice, ...]) -> Definition:
    """The definition of an attribute that had these values. Never saved."""
    shadow = Attribute(pk=attribute.pk, code=attribute.code, label=attribute.label, help=attribute.help, **values)
    return defined(shadow, options)


class ChangedValue(Fact):
    """What a change made of a listing's value: before and after, null where there is none."""

    change = models.ForeignKey(DefinitionChange, models.PROTECT, related_name="values", db_index=False)
    listing = models.ForeignKey(Listing, models.CASCADE, related_name="changed_values")
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("change", "listing"), name="changed_value_once")]

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"
