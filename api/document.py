"""Finishing an OpenAPI document: the refusals each operation may answer, optional security, links, no leftovers."""

import json
import re
from typing import Any

from core.audiences import STOREFRONT, Audience
from core.errors import REGISTRY

PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457. `code` is stable; further members are facts of the refusal.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "maxLength": 200},
        "title": {"type": "string", "maxLength": 200},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "maxLength": 4000},
        "code": {"$ref": "#/components/schemas/ProblemCode"},
        "instance": {"type": "string", "maxLength": 2000},
        "request_id": {"type": "string", "maxLength": 64},
        "errors": {
            "type": "array",
            "maxItems": 400,
            "items": {
                "type": "object",
                "required": ["pointer", "code", "message"],
                "properties": {
                    "pointer": {"type": "string", "maxLength": 300},
                    "code": {"type": "string", "maxLength": 100},
                    "message": {"type": "string", "maxLength": 2000},
                },
            },
        },
    },
    "additionalProperties": True,
}
WORDS = {
    400: "The request cannot be read", 401: "No valid access token", 403: "Seen, but not allowed", 404: "Absent, or not yours",
    409: "A business refusal", 412: "Changed since it was read", 413: "Too large", 415: "Wrong media type", 422: "Not valid",
    428: "If-Match is required", 429: "Too many requests", 503: "Not available at the moment",
}  # fmt: skip


class Document(dict):
    """An audience's OpenAPI 3.1 document."""

    def __init__(self, made: dict[str, Any], audience: Audience) -> None:
        super().__init__(json.loads(json.dumps(made, default=str)))
        self.audience = audience
        schemas = self["components"].setdefault("schemas", {})
        schemas["ProblemCode"] = {
            "type": "string",
            "enum": sorted(REGISTRY),
            "title": "ProblemCode",
            "description": "See /api/docs/errors.",
        }
        schemas["Problem"] = PROBLEM
        for path, methods in self["paths"].items():
            for method, operation in methods.items():
                self._finish(path, method, operation)
        self["servers"] = [{"url": "/"}]
        self["tags"] = [
            {"name": name} for name in sorted({tag for _p, _m, op in self.operations() for tag in op.get("tags", [])})
        ]
        self._tidy(self["paths"])
        self._tidy(self["components"])
        self._prune()

    def operations(self) -> list[tuple[str, str, dict[str, Any]]]:
        return [(path, method, op) for path, methods in self["paths"].items() for method, op in methods.items()]

    def _finish(self, path: str, method: str, operation: dict[str, Any]) -> None:
        operation.setdefault("parameters", [])
        operation.setdefault("security", [])  # said aloud: open to everybody
        if self.audience is STOREFRONT and operation.get("security") == [{"Visitor": []}]:
            operation["security"] = [{"Bearer": []}, {}]
        responses = operation["responses"]
        for status in self._refusals(path, method, operation):
            responses.setdefault(str(status), self._refusal(status))
        for status, response in responses.items():
            if status.startswith("2") and "content" in response:
                self._headers(method, response)
        if "requestBody" in operation:
            operation["requestBody"].setdefault("required", True)

    def _refusals(self, path: str, method: str, operation: dict[str, Any]) -> list[int]:
        found = [401, 422, 429]
        if operation.get("security") and {} not in operation["security"]:
            found.append(403)
        names_one = operation.pop("x-names-one", False)  # said by a route whose thing is named in the query
        if "{" in path or names_one or "cursor" in {each["name"] for each in operation["parameters"]}:
            found.append(404)
        if method != "get":
            found += [403, 404, 409]
            if any(each["name"] == "If-Match" for each in operation["parameters"]):
                found += [412, 428]
            elif "{" in path:
                found.append(412)
        if "requestBody" in operation:
            found += [400, 413, 415]
        if any(each["name"] == "Idempotency-Key" for each in operation["parameters"]):
            found.append(400)
        return sorted(set(found))

    def _refusal(self, status: int) -> dict[str, Any]:
        response: dict[str, Any] = {
            "description": WORDS[status],
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        if status == 401:
            response["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}, "required": True}}
        if status in (429, 503):
            response["headers"] = {"Retry-After": {"schema": {"type": "integer", "minimum": 1}, "required": True}}
        return response

    @staticmethod
    def _headers(method: str, response: dict[str, Any]) -> None:
        headers = response.setdefault("headers", {})
        headers.setdefault("X-Request-ID", {"schema": {"type": "string", "maxLength": 64}})
        if method in ("get", "patch"):
            headers.setdefault("ETag", {"schema": {"type": "string", "maxLength": 80}})

    def _tidy(self, node: Any) -> None:
        """Drop what generators choke on: titles that repeat the name, `default: null` on types that are not null."""
        if isinstance(node, dict):
            if node.get("default", ...) is None:
                del node["default"]
            if isinstance(node.get("title"), str) and "properties" not in node and "enum" not in node:
                del node["title"]
            for each in node.values():
                self._tidy(each)
        elif isinstance(node, list):
            for each in node:
                self._tidy(each)

    def _prune(self) -> None:
        """Keep only the schemas that something refers to."""
        schemas = self["components"]["schemas"]
        while True:
            rest = json.dumps({"paths": self["paths"], "schemas": schemas})
            used = set(re.findall(r'"#/components/schemas/([^"]+)"', rest))
            unused = set(schemas) - used
            if not unused:
                break
            for name in unused:
                del schemas[name]
        self["components"]["schemas"] = dict(sorted(schemas.items()))
        security = self["components"].get("securitySchemes", {})
        if "Visitor" in security:
            security["Bearer"] = security.pop("Visitor")
