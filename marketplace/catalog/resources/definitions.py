"""The attributes by which listings are described, declared."""

from core.audiences import OPERATIONS
from core.resources.declaration import ANY_OF, CREATE, EXACT, F, Look, Resource
from marketplace.catalog import actions, shapes
from marketplace.catalog.models import Attribute, AttributeGroup, CategoryAttribute, DefinitionChange, Option


class Attributes(Resource):
    model, group, icon = Attribute, "Catalogue", "tune"
    fields = {
        "label": F(read=OPERATIONS, write=OPERATIONS, search=True),
        "code": F(
            read=OPERATIONS,
            write=OPERATIONS,
            on=CREATE,
            search=True,
            filter=EXACT,
            help="Stays for ever: listings and addresses use it.",
        ),
        "kind": F(read=OPERATIONS, write=OPERATIONS, on=CREATE, filter=ANY_OF, help="Stays for ever."),
        "unit": F(read=OPERATIONS, write=OPERATIONS, on=CREATE),
        "minimum": F(read=OPERATIONS, write=OPERATIONS),
        "maximum": F(read=OPERATIONS, write=OPERATIONS),
        "is_integer": F(read=OPERATIONS, write=OPERATIONS, on=CREATE),
        "help": F(read=OPERATIONS, write=OPERATIONS),
        "pattern": F(read=OPERATIONS, write=OPERATIONS),
        "depends_on": F(read=OPERATIONS, write=OPERATIONS, filter=EXACT),
    }
    operations = {"update": actions.change_attribute}
    order = ("label", "id")
    key = ("code",)
    look = Look(
        columns=("label", "code", "kind", "unit", "minimum", "maximum"), filters=("kind",), inlines=("options",)
    )


class DefinitionChanges(Resource):
    model, group, icon = DefinitionChange, "Catalogue", "published_with_changes"
    fields = {
        "attribute": F(read=OPERATIONS, write=OPERATIONS, on=CREATE, filter=EXACT, expand=True),
        "what": F(read=OPERATIONS, write=OPERATIONS, on=CREATE, filter=ANY_OF),
        "status": F(read=OPERATIONS, filter=ANY_OF),
        "status_since": F(read=OPERATIONS),
        "minimum": F(read=OPERATIONS, write=OPERATIONS, on=CREATE),
        "maximum": F(read=OPERATIONS, write=OPERATIONS, on=CREATE),
        "pattern": F(read=OPERATIONS, write=OPERATIONS, on=CREATE),
        "option": F(read=OPERATIONS, write=OPERATIONS, on=CREATE),
        "new_code": F(read=OPERATIONS, write=OPERATIONS, on=CREATE),
        "to_kind": F(read=OPERATIONS, write=OPERATIONS, on=CREATE),
        "to_unit": F(read=OPERATIONS, write=OPERATIONS, on=CREATE),
        "category": F(read=OPERATIONS, write=OPERATIONS, on=CREATE, filter=EXACT, expand=True),
        "only_options": F(read=OPERATIONS, write=OPERATIONS, on=CREATE, card=False),
        "is_required": F(read=OPERATIONS, write=OPERATIONS, on=CREATE),
        "mapping": F(read=OPERATIONS, write=OPERATIONS, card=False),
        "effect": F(
            read=OPERATIONS,
            compute=shapes.effect,
            type=shapes.Effect | None,
            card=False,
            help="What applying it would do now; null once it has been applied or withdrawn.",
        ),
    }
    verbs = (actions.apply_change, actions.undo_change, actions.withdraw_change)
    operations = {"create": actions.propose_change, "update": actions.changes.change_mapping}
    order = ("-status_since", "-id")
    transfer = False
    look = Look(
        columns=("attribute", "what", "status", "status_since"),
        filters=("status", "what"),
        facts=(
            "attribute",
            "what",
            "minimum",
            "maximum",
            "pattern",
            "option",
            "new_code",
            "to_kind",
            "to_unit",
            "category",
            "only_options",
            "is_required",
        ),
        empty="No changes of definitions have been proposed.",
    )


class Options(Resource):
    model, group, icon = Option, "Catalogue", "list"
    fields = {
        "attribute": F(read=OPERATIONS, write=OPERATIONS, on=CREATE, filter=EXACT, expand=True),
        "label": F(read=OPERATIONS, write=OPERATIONS, search=True),
        "code": F(
            read=OPERATIONS,
            write=OPERATIONS,
            on=CREATE,
            search=True,
            filter=EXACT,
            help="Stays for ever: listings hold it.",
        ),
        "parent": F(read=OPERATIONS, write=OPERATIONS, filter=EXACT),
        "position": F(read=OPERATIONS, write=OPERATIONS),
        "is_archived": F(read=OPERATIONS, filter=EXACT),
    }
    verbs = (actions.archive_option, actions.restore_option)
    operations = {"delete": actions.delete_option}
    order = ("attribute_id", "position", "id")
    key = ("attribute", "code")
    look = Look(columns=("label", "attribute", "code", "position", "is_archived"), filters=("attribute", "is_archived"))


class AttributeGroups(Resource):
    model, group, icon = AttributeGroup, "Catalogue", "view_agenda"
    fields = {
        "name": F(read=OPERATIONS, write=OPERATIONS, search=True),
        "position": F(read=OPERATIONS, write=OPERATIONS),
    }
    order = ("position", "name", "id")
    key = ("name",)
    look = Look(
        columns=("name", "position"),
        empty="Attributes stand in no groups yet.",
        help="Headings of attributes in forms and on storefronts, in their order. Which attribute stands where is said in the categories.",
    )


class CategoryAttributes(Resource):
    model, group, icon = CategoryAttribute, "Catalogue", "rule"
    fields = {
        "category": F(read=OPERATIONS, write=OPERATIONS, on=CREATE, filter=EXACT, expand=True),
        "attribute": F(read=OPERATIONS, write=OPERATIONS, on=CREATE, filter=EXACT, expand=True),
        "is_required": F(read=OPERATIONS, write=OPERATIONS, filter=EXACT),
        "is_filterable": F(read=OPERATIONS, write=OPERATIONS, filter=EXACT),
        "is_facet": F(read=OPERATIONS, write=OPERATIONS),
        "facet_kind": F(read=OPERATIONS, write=OPERATIONS),
        "is_searchable": F(read=OPERATIONS, write=OPERATIONS, filter=EXACT),
        "group": F(read=OPERATIONS, write=OPERATIONS, filter=EXACT, expand=True),
        "minimum": F(read=OPERATIONS, write=OPERATIONS),
        "maximum": F(read=OPERATIONS, write=OPERATIONS),
        "only_options": F(read=OPERATIONS, write=OPERATIONS, card=False),
        "position": F(read=OPERATIONS, write=OPERATIONS),
        "visibility": F(read=OPERATIONS, write=OPERATIONS, filter=ANY_OF),
        "shown_if": F(read=OPERATIONS, write=OPERATIONS, filter=EXACT),
        "shown_if_values": F(read=OPERATIONS, write=OPERATIONS),
        "is_hidden": F(read=OPERATIONS, write=OPERATIONS, filter=EXACT),
    }
    operations = {"create": actions.place_attribute, "update": actions.change_placement}
    order = ("category_id", "position", "id")
    key = ("category", "attribute")
    look = Look(
        columns=("category", "attribute", "is_required", "is_filterable", "is_facet", "visibility"),
        filters=("category", "attribute"),
    )
