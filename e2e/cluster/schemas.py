# SPDX-License-Identifier: Apache-2.0
"""JSON schemas for kubeconform, from what the API server of KUBECONFIG says of itself; so no download, and ours are in it.

usage: schemas.py DIRECTORY     writes DIRECTORY/GROUP/KIND_VERSION.json, for kubeconform's
                                --schema-location 'DIRECTORY/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json'

Source: GET /openapi/v3 and /openapi/v3/{api/v1,apis/GROUP/VERSION} (Kubernetes API concepts, "OpenAPI V3"). Strict: an
object with known properties takes no others, unless the server says that it keeps unknown ones.
"""
import json
import pathlib
import subprocess
import sys

REFERENCE = "#/components/schemas/"


def raw(path):
    return json.loads(subprocess.run(["kubectl", "get", "--raw", path], check=True, capture_output=True, text=True).stdout)


def strict(schema):
    """OpenAPI 3.0's schema as JSON schema (draft 4 words that both know, and no others)."""
    if isinstance(schema, list):
        return [strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    out = {}
    for key, value in schema.items():
        if key == "properties":
            out[key] = {name: strict(part) for name, part in value.items()}
        elif key == "$ref":
            out[key] = "#/definitions/" + value.removeprefix(REFERENCE)
        elif key in ("items", "additionalProperties", "allOf", "anyOf", "oneOf", "not"):
            out[key] = strict(value)
        elif key in ("type", "required", "enum", "pattern", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems",
                     "minProperties", "maxProperties", "uniqueItems"):
            out[key] = value
    if schema.get("x-kubernetes-int-or-string"):
        out.pop("type", None)
    if schema.get("nullable") and "type" in out:
        out["type"] = [out["type"], "null"]
    if "properties" in out and "additionalProperties" not in out and not schema.get("x-kubernetes-preserve-unknown-fields"):
        out["additionalProperties"] = False
    return out


def needed(name, schemas, found):
    """The names of all schemas that one of them refers to, itself among them."""
    if name in found:
        return found
    found.add(name)
    for reference in references(schemas[name]):
        needed(reference, schemas, found)
    return found


def references(schema):
    if isinstance(schema, list):
        for part in schema:
            yield from references(part)
    elif isinstance(schema, dict):
        for key, value in schema.items():
            if key == "$ref" and isinstance(value, str):
                yield value.removeprefix(REFERENCE)
            else:
                yield from references(value)


def main():
    target, written = pathlib.Path(sys.argv[1]), 0
    paths = [path for path in raw("/openapi/v3")["paths"] if path == "api/v1" or path.count("/") == 2]
    for path in paths:
        schemas = raw("/openapi/v3/" + path).get("components", {}).get("schemas", {})
        for name, schema in schemas.items():
            for kind in schema.get("x-kubernetes-group-version-kind", []):
                group_version = "/".join(filter(None, [kind["group"], kind["version"]]))
                if not path.endswith("/" + group_version) or "metadata" not in schema.get("properties", {}):
                    continue
                whole = strict(schema)
                whole["properties"]["apiVersion"] = {"enum": [group_version]}
                whole["properties"]["kind"] = {"enum": [kind["kind"]]}
                whole["required"] = sorted({*whole.get("required", []), "apiVersion", "kind"})
                whole["definitions"] = {other: strict(schemas[other]) for other in needed(name, schemas, set()) - {name}}
                if name in set(references(schema)):
                    whole["definitions"][name] = strict(schema)
                file = target / (kind["group"] or kind["version"]) / f"{kind['kind'].lower()}_{kind['version']}.json"
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(json.dumps(whole), encoding="utf-8")
                written += 1
    print(f"{written} schemas of {len(paths)} groups and versions")
    return 0 if written else 1


if __name__ == "__main__":
    sys.exit(main())
