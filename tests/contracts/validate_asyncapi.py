"""Checks an AsyncAPI document (JSON, from standard input) against AsyncAPI's own JSON Schema; says what is wrong and fails."""

import json
import pathlib
import sys

import fastjsonschema

schema = pathlib.Path(__file__).with_name("asyncapi-3.0.0.schema.json")
validate = fastjsonschema.compile(json.loads(schema.read_text("utf-8")))
try:
    validate(json.load(sys.stdin))
except fastjsonschema.JsonSchemaException as fault:
    sys.exit(f"{fault.message} ({fault.rule})")
