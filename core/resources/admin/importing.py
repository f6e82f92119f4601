"""The preview of an import: its mapping, what is constant, and the first rows with faults at their cells."""

from collections.abc import Mapping
from typing import Any

from core.resources import transfer
from core.resources.declaration import Resource
from core.resources.transfer_cells import Plan
from core.resources.transfer_columns import Column
from core.rules import Actor, scope
from core.transfers.mapping import CHECKED, PLACES, Understanding

SHOWN = 25


def plan_of(understood: Understanding, sent: Mapping[str, Any]) -> Plan:
    """How the file is understood: as sent by the form, else as remembered or guessed."""
    fixed = {
        name.removeprefix("constant:"): str(value)[:300]
        for name, value in sent.items()
        if name.startswith("constant:") and value
    }
    words = (
        [each.strip() for each in str(sent["empty_words"]).split(",") if each.strip()]
        if "empty_words" in sent
        else None
    )
    if "mapped" not in sent:
        return understood.usual(fixed or None, words)
    chosen = {header: str(sent.get(f"map:{place}", "")) for place, header in enumerate(understood.headers)}
    moved = sent.get("place_before") != place_text(
        understood.resource, fixed
    )  # another category brings other attributes
    return understood.said(chosen, fixed, words or (), more=moved)


def place_text(resource: type[Resource], constants: Mapping[str, str]) -> str:
    """Where the constants say that the rows stand."""
    return ",".join(constants.get(name, "") for name in getattr(resource.model, "document_depends_on", ()))


def preview(understood: Understanding, plan: Plan) -> dict[str, Any]:
    """Step 2: the mapping, what is constant, the first rows with faults at their cells, and counts over those that were checked."""
    resource, actor = understood.resource, understood.actor
    headers, sample, columns = understood.headers, understood.sample, understood.columns
    importer = transfer.Importer(resource, actor, plan)
    results = [each for chunk in transfer.chunks(sample) for each in importer.run(chunk, save=False)]
    faulty = [each for each in results if each.outcome == "refused"]
    shown = {each.number for each in faulty[:SHOWN]} | {each.number for each in results[: max(SHOWN - len(faulty), 5)]}
    attributes = understood.attributes(plan.constants, plan.mapping)
    return {
        "step": 2,
        "kept": understood.file,
        "plan": plan,
        "headers": headers,
        "rows_checked": len(sample),
        "is_whole": len(sample) < CHECKED,
        "is_remembered": understood.memory is not None,
        "dialect": understood.dialect,
        "mapping": [
            (place, header, plan.mapping.get(header, ""), sample[0].get(header, "") if sample else "")
            for place, header in enumerate(headers)
        ],
        "unused": [header for header in headers if header not in plan.mapping],
        "targets": [(each.header, each.title) for each in columns]
        + [(each.header, f"{each.title} (attribute)") for each in attributes],
        "constants": _constants(resource, actor, plan, columns),
        "place_before": place_text(resource, plan.constants),
        "empty_words": ",".join(plan.empty_words),
        "counts": {
            name: sum(each.outcome == name for each in results)
            for name in ("created", "updated", "unchanged", "skipped", "refused")
        },
        "sample": [_shown(headers, plan, sample[each.number - 1], each) for each in results if each.number in shown],
    }


def _shown(headers: list[str], plan: Plan, cells: Mapping[str, Any], result: transfer.Result) -> dict[str, Any]:
    faults = dict(result.faults)
    drawn = []
    for header in headers:
        ours = plan.mapping.get(header, "")
        drawn.append({"text": cells.get(header, ""), "fault": faults.pop(ours, "") if ours else "", "unused": not ours})
    rest = [f"{name}: {text}" if name else text for name, text in faults.items()]
    return {"number": result.number, "outcome": result.outcome, "cells": drawn, "rest": rest}


def _constants(resource: type[Resource], actor: Actor, plan: Plan, columns: list[Column]) -> list[dict[str, Any]]:
    """What the file lacks and may be said once for all of its rows: choices where there are few, else a text."""
    mapped = set(plan.mapping.values())
    found = []
    for column in columns:
        if column.header in mapped or column.header == "id":
            continue
        field = next((each for each in resource.model._meta.concrete_fields if each.name == column.field), None)
        choices = list(column.choices)
        if field is not None and field.is_relation:
            target: Any = field.related_model
            rows = list(scope(actor, target)[: PLACES + 1])
            choices = [(str(row.pk), str(row)) for row in rows] if len(rows) <= PLACES else []
        found.append(
            {
                "name": column.header,
                "title": column.title,
                "choices": choices,
                "value": plan.constants.get(column.header, ""),
                "decides": column.field in getattr(resource.model, "document_depends_on", ()),
            }
        )
    return found
