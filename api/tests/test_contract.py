"""The contracts judged by outside tools: validators, linters, generated clients, a fuzzer."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from openapi_spec_validator import validate

from api.tests.served import ROOT, Served
from core.audiences import AUDIENCES
from core.testing.sizes import IS_WHOLE

pytestmark = pytest.mark.contract
CONTRACTS = ROOT / "api" / "contracts"
TOOLS = ROOT / "node_modules" / ".bin"
WORDS = [audience.word for audience in AUDIENCES]
BASES = {"storefront": "/api/v1", "vendor": "/api/vendor/v1", "operations": "/api/operations/v1"}


def run(
    *command: str | Path, cwd: Path = ROOT, seconds: int = 600, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"} | environment,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def contract(word: str) -> dict:
    return json.loads((CONTRACTS / f"{word}.json").read_text())


@pytest.mark.parametrize("word", WORDS)
def test_a_contract_is_valid_openapi_3_1(word: str) -> None:
    document = contract(word)
    assert document["openapi"] == "3.1.0"
    validate(document)


@pytest.mark.parametrize("word", WORDS)
def test_the_linter_has_nothing_to_say(word: str) -> None:
    done = run(
        TOOLS / "redocly", "lint", CONTRACTS / f"{word}.json", "--config", ".ci/redocly.yaml", REDOCLY_TELEMETRY="off"
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]


@pytest.mark.parametrize("word", WORDS)
def test_every_operation_says_what_it_does_and_refuses(word: str) -> None:
    operations = [each for path in contract(word)["paths"].values() for each in path.values() if "operationId" in each]
    assert [each["operationId"] for each in operations if not each.get("description")] == []


@pytest.mark.parametrize("word", WORDS)
def test_no_schema_name_ends_in_a_digit(word: str) -> None:
    assert [name for name in contract(word)["components"]["schemas"] if name[-1].isdigit()] == []


@pytest.mark.parametrize("word", WORDS)
def test_every_operation_has_a_name_of_its_own_and_documents_its_refusals(word: str) -> None:
    seen: set[str] = set()
    for methods in contract(word)["paths"].values():
        for operation in methods.values():
            assert operation["operationId"] not in seen
            seen.add(operation["operationId"])
            assert {"401", "422", "429"} <= set(operation["responses"])
    assert seen


@pytest.mark.parametrize("word", WORDS)
def test_everything_a_client_may_send_is_bounded(word: str) -> None:
    document = contract(word)
    faults: list[str] = []
    seen: set[str] = set()

    def walk(schema: object, place: str) -> None:
        if not isinstance(schema, dict):
            return
        name = schema.get("$ref", "").rsplit("/", 1)[-1]
        if name:
            if name not in seen:
                seen.add(name)
                walk(document["components"]["schemas"][name], name)
            return
        kind = schema.get("type")
        if kind == "string" and not ({"maxLength", "enum", "const", "format", "contentMediaType"} & set(schema)):
            faults.append(f"{place}: string without maxLength")
        if kind == "array" and "maxItems" not in schema:
            faults.append(f"{place}: array without maxItems")
        if kind == "integer" and not ({"maximum", "exclusiveMaximum", "enum", "const"} & set(schema)):
            faults.append(f"{place}: integer without maximum")
        for key, inner in schema.get("properties", {}).items():
            walk(inner, f"{place}.{key}")
        walk(schema.get("items"), f"{place}[]")
        for union in ("anyOf", "oneOf", "allOf"):
            for inner in schema.get(union, []):
                walk(inner, place)

    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for parameter in operation["parameters"]:
                walk(parameter["schema"], f"{method} {path} ?{parameter['name']}")
            for content in operation.get("requestBody", {}).get("content", {}).values():
                walk(content["schema"], f"{method} {path}")
    assert faults == []
    assert seen


def test_a_typescript_storefront_compiles_strictly_and_runs(market: Served) -> None:
    folder = ROOT / "var" / "client"  # below the root, so that node finds its modules
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    made = run(TOOLS / "openapi-typescript", CONTRACTS / "storefront.json", "-o", folder / "schema.d.ts")
    assert made.returncode == 0, made.stderr
    source = (ROOT / "api" / "tests" / "clients" / "storefront.ts").read_text()
    (folder / "storefront.ts").write_text(source)
    (folder / "process.d.ts").write_text("declare const process: { argv: string[] };\n")
    (folder / "package.json").write_text('{"type": "module"}')
    options = ["--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess", "--skipLibCheck"]
    options += ["--target", "es2022", "--lib", "es2022,dom", "--module", "nodenext", "--moduleResolution", "nodenext"]
    options += ["--allowImportingTsExtensions", "--rewriteRelativeImportExtensions"]
    done = run(TOOLS / "tsc", *options, "--outDir", "out", "storefront.ts", "process.d.ts", cwd=folder)
    assert done.returncode == 0, done.stdout
    for right, wrong in (
        ('order: ["-price"]', 'order: ["-staff_note"]'),
        ('channel: "call"', 'channel: "telegram"'),
        ("slug: first.slug", "slug: first.staff_note"),
    ):
        spoilt = source.replace(right, wrong) if right in source else source.replace("first.slug", "first.staff_note")
        assert spoilt != source
        (folder / "spoilt.ts").write_text(spoilt)
        refused = run(TOOLS / "tsc", *options, "--noEmit", "spoilt.ts", "process.d.ts", cwd=folder)
        assert refused.returncode != 0, f"compiled although it says {wrong}"
    ran = run("node", folder / "out" / "storefront.js", market.base)
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    assert (said["count"], said["refused"]) == (3, "unknown_parameter")
    assert said["title"]


#: A photo and a document are bytes to a client; the generator has to be told which kinds of content are.
BYTES = {
    "content_type_overrides": {"image/jpeg": "application/octet-stream", "application/pdf": "application/octet-stream"}
}


def test_a_python_client_is_generated_whole_and_runs(market: Served, tmp_path: Path) -> None:
    (tmp_path / "client.json").write_text(json.dumps(BYTES))
    for word in WORDS:
        made = run(
            Path(sys.executable).parent / "openapi-python-client", "generate", "--path", CONTRACTS / f"{word}.json",
            "--output-path", tmp_path / word, "--meta", "none", "--overwrite", "--config", tmp_path / "client.json",
        )  # fmt: skip
        assert made.returncode == 0, made.stdout + made.stderr
        assert "Warning" not in made.stdout + made.stderr, made.stdout + made.stderr
    script = (
        "import sys, json\n"
        "from storefront import Client\n"
        "from storefront.api.catalogue import list_listings\n"
        "page = list_listings.sync(client=Client(base_url=sys.argv[1]), limit=5)\n"
        "print(json.dumps([item.title for item in page.items]))\n"
    )
    ran = run(sys.executable, "-c", script, market.base, PYTHONPATH=str(tmp_path))
    assert ran.returncode == 0, ran.stderr
    assert len(json.loads(ran.stdout)) == 5


@pytest.mark.parametrize("page", ["", *(f"{word}/{kind}" for word in WORDS for kind in ("swagger", "redoc"))])
def test_documentation_pages_ask_no_outside_host(market: Served, page: str) -> None:
    answer = httpx.get(f"{market.base}/api/docs/{page}", timeout=60)
    assert answer.status_code == 200
    assert re.findall(r"""(?:src|href)=["'](?:https?:)?//[^"']+""", answer.text) == []
    for asset in re.findall(r"""(?:src|href)=["'](/static/[^"']+)""", answer.text):
        assert httpx.get(f"{market.base}{asset}", timeout=60).status_code == 200, asset


@pytest.mark.parametrize("word", WORDS)
def test_the_served_document_is_the_committed_one(market: Served, word: str) -> None:
    assert httpx.get(f"{market.base}{BASES[word]}/openapi.json", timeout=60).json() == contract(word)


FUZZ = {"storefront": ("customer", "owner"), "vendor": ("owner", "rival"), "operations": ("admin", "moderator")}
#: The longest document in parts, so that both workers have work to the end: which paths below the base, by their first letter.
#: Parts of about a hundred operations, so that those who run them side by side end together.
PARTS = [
    *(("operations", part) for part in ("a-c", "d-l", "m-r", "s-z")), ("vendor", "a-l"), ("vendor", "m-z"), ("storefront", "a-z"),
]  # fmt: skip
#: `make test` asks a sample: examples of each operation and what links them, and each bound of each field of the storefront.
#: `make storm` asks more examples, and each bound of all three: some seventy requests for each of eight hundred operations.
EXAMPLES = "100" if IS_WHOLE else "10"


def phases(word: str) -> str:
    """What the fuzzer asks of a document. Its coverage is the bounds: they are counted up, not drawn."""
    return "examples,coverage,fuzzing,stateful" if IS_WHOLE or word == "storefront" else "examples,fuzzing,stateful"


def test_the_parts_hold_every_path_once() -> None:
    for word in WORDS:
        letters = [re.match(f"{BASES[word]}/([a-z])", path) for path in contract(word)["paths"]]
        for letter in letters:
            assert letter is not None
            assert sum(re.match(f"[{part}]", letter[1]) is not None for name, part in PARTS if name == word) == 1


@pytest.mark.parametrize(("word", "part"), PARTS)
def test_the_fuzzer_finds_nothing(arena: Served, word: str, part: str, tmp_path: Path) -> None:
    """All checks, two identities as peers: what one owns, the other must not be answered."""
    first, second = FUZZ[word]
    settings = (ROOT / ".ci" / "schemathesis.toml").read_text()
    config = tmp_path / "schemathesis.toml"
    config.write_text(settings)
    people = {
        "users": [
            {"name": name, "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {arena.token(name)}"}]}
            for name in (first, second)
        ]
    }
    (tmp_path / "people.json").write_text(json.dumps({"auth": people["users"]}))
    httpx.get(f"{arena.base}{BASES[word]}/openapi.json", timeout=120)  # written when it is first asked for
    done = run(
        Path(sys.executable).parent / "schemathesis", "--config-file", config, "run", f"{arena.base}{BASES[word]}/openapi.json",
        "--checks", "all", "--phases", phases(word),
        "--max-examples", EXAMPLES, "--seed", "20261121", "-H", f"Authorization: Bearer {arena.token(first)}",
        "--include-path-regex", f"^{BASES[word]}/[{part}]",
        "--report", "junit", "--report-junit-path", tmp_path / "report.xml", "--workers", "2",
        cwd=tmp_path, seconds=3600,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-12000:]
