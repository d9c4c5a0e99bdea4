"""Requests about real objects: asks the supply (supply.ts) before each request, and counts what was answered."""

import atexit
import json
import os
from collections import Counter, defaultdict

import requests
import schemathesis
from schemathesis.core.parameters import ParameterLocation

SUPPLY = os.environ["PLIC_SUPPLY_URL"]
ANSWERS = os.environ["PLIC_ANSWERS_FILE"]

# Stands for a member's token until the supply says whose.
PLACEHOLDER = "Bearer of-a-member"

session = requests.Session()
answers = defaultdict(Counter)
used = set()
foreign = set()


@schemathesis.auth(refresh_interval=None)
class Member:
    def get(self, case, ctx):
        return PLACEHOLDER

    def set(self, case, data, ctx):
        case.headers["Authorization"] = data


def is_negative(case, location):
    return case.meta is not None and case.meta.is_negative_at(location)


def put(fields, given):
    for name, value in given.items():
        if value is None:
            fields.pop(name, None)
        else:
            fields[name] = value


@schemathesis.hook
def before_call(context, case, kwargs):
    label = case.operation.label
    is_member = case.headers.get("Authorization") == PLACEHOLDER
    needs_member = any(name.lower() == "authorization" for name in case.headers) or case._has_explicit_auth
    if needs_member and not is_member:
        return  # a probe by nobody
    if case.method.upper() != case.operation.method.upper():
        return  # a method that the path does not have
    answer = session.post(SUPPLY, json={"operation": label, "used": label in used}, timeout=90)
    answer.raise_for_status()
    used.discard(label)
    given = answer.json()
    if is_member:
        put(case.headers, {"Authorization": f"Bearer {given['token']}" if "token" in given else None})
    if not is_negative(case, ParameterLocation.PATH):
        put(case.path_parameters, given.get("path", {}))
        if given.get("isForeign"):
            foreign.add(case.id)
    if not is_negative(case, ParameterLocation.QUERY):
        put(case.query, given.get("query", {}))
    if not is_negative(case, ParameterLocation.HEADER):
        put(case.headers, given.get("headers", {}))
    if not is_negative(case, ParameterLocation.BODY):
        if "raw" in given:
            kwargs["data"] = given["raw"].encode()
        elif isinstance(case.body, dict):
            put(case.body, given.get("body", {}))


@schemathesis.hook
def after_call(context, case, response):
    label = case.operation.label
    if case.method.upper() != case.operation.method.upper():
        return
    answers[label][response.status_code] += 1
    if 200 <= response.status_code < 300:
        used.add(label)


@schemathesis.check
def closed_to_others(ctx, response, case):
    """Another payer's object is not there."""
    if case.id in foreign and 200 <= response.status_code < 300:
        raise AssertionError("another payer's object was answered")


@atexit.register
def tell():
    with open(ANSWERS, "w", encoding="utf-8") as file:
        json.dump(answers, file)
