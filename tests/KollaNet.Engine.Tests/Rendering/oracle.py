"""Renders templates with the real Jinja2, set up as Ansible sets it up, as the reference for our own engine.

Reads a JSON list of [template, variables] from stdin; writes a JSON list of [true, text] or [false, error] to stdout.
"""
import base64
import hashlib
import json
import re
import shlex
import sys

import jinja2
from jinja2.filters import do_unique


def to_bool(value):
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        value = value.lower()
    return value in ("yes", "on", "1", "true", 1)


def ternary(value, true_val, false_val, none_val=None):
    if value is None and none_val is not None:
        return none_val
    return true_val if value else false_val


def regex_replace(value, pattern="", replacement="", ignorecase=False, multiline=False):
    flags = (re.I if ignorecase else 0) | (re.M if multiline else 0)
    return re.compile(pattern, flags=flags).sub(replacement, str(value))


def regex_search(value, regex, *groups, ignorecase=False, multiline=False):
    flags = (re.I if ignorecase else 0) | (re.M if multiline else 0)
    match = re.search(regex, value, flags)
    if not match:
        return None
    if not groups:
        return match.group()
    return [match.group(int(g[1:]) if g[1:].isdigit() else g[3:-1]) for g in groups]


def combine(*terms, recursive=False, list_merge="replace"):
    def merge(a, b):
        out = dict(a)
        for key, value in b.items():
            if recursive and isinstance(out.get(key), dict) and isinstance(value, dict):
                out[key] = merge(out[key], value)
            elif isinstance(out.get(key), list) and isinstance(value, list) and list_merge == "append":
                out[key] = out[key] + value
            else:
                out[key] = value
        return out
    out = {}
    for term in terms:
        out = merge(out, term)
    return out


def flatten(items, levels=None, skip_nulls=True):
    out = []
    for item in items:
        if skip_nulls and item in (None, "None", "null"):
            continue
        if isinstance(item, list) and (levels is None or levels > 0):
            out.extend(flatten(item, None if levels is None else levels - 1, skip_nulls))
        else:
            out.append(item)
    return out


def extract(item, container, morekeys=None):
    keys = [] if morekeys is None else [morekeys] if isinstance(morekeys, str) else morekeys
    for key in [item, *keys]:
        container = container[key]
    return container


def put_address_in_context(address, context):
    forms = {"url": "[%s]", "memcache": "inet6:[%s]"}
    return forms[context] % address if ":" in address else address if forms[context] else None


env = jinja2.Environment(trim_blocks=True, keep_trailing_newline=True, undefined=jinja2.StrictUndefined)


def distinct(items, case_sensitive=None, attribute=None):
    return list(do_unique(env, items, bool(case_sensitive), attribute))


def listed(function):
    """Ansible turns the generators of these filters into lists."""
    if getattr(function, "jinja_pass_arg", None) is None:
        return lambda *a, **k: list(function(*a, **k))
    from functools import wraps

    @wraps(function)
    def wrapper(*a, **k):
        return list(function(*a, **k))
    return wrapper


for name in ("map", "select", "reject", "selectattr", "rejectattr"):
    env.filters[name] = listed(env.filters[name])

env.filters.update({
    "bool": to_bool,
    "ternary": ternary,
    "regex_replace": regex_replace,
    "regex_search": regex_search,
    "regex_escape": re.escape,
    "regex_findall": lambda value, regex: re.findall(regex, value),
    "to_json": lambda value: json.dumps(value),
    "to_nice_json": lambda value, indent=4: json.dumps(value, indent=indent, sort_keys=True, separators=(",", ": ")),
    "from_json": json.loads,
    "b64encode": lambda value: base64.b64encode(value.encode()).decode(),
    "b64decode": lambda value: base64.b64decode(value).decode(),
    "hash": lambda value, kind="sha1": hashlib.new(kind, value.encode()).hexdigest(),
    "combine": combine,
    "dict2items": lambda value, key_name="key", value_name="value": [{key_name: k, value_name: v} for k, v in value.items()],
    "items2dict": lambda value, key_name="key", value_name="value": {i[key_name]: i[value_name] for i in value},
    "flatten": flatten,
    "unique": distinct,
    "union": lambda a, b: distinct(a + b, True),
    "intersect": lambda a, b: distinct([x for x in a if x in b], True),
    "difference": lambda a, b: distinct([x for x in a if x not in b], True),
    "symmetric_difference": lambda a, b: distinct([x for x in a + b if (x in a) != (x in b)], True),
    "zip": lambda *lists: list(zip(*lists)),
    "split": lambda value, sep=None, most=-1: value.split(sep, most),
    "extract": extract,
    "quote": lambda value: shlex.quote("" if value is None else str(value)),
    "basename": lambda value: value.rpartition("/")[2],
    "dirname": lambda value: __import__("os").path.dirname(value),
    "splitext": lambda value: __import__("os").path.splitext(value),
    "put_address_in_context": put_address_in_context,
})
env.tests.update({
    "match": lambda value, pattern, ignorecase=False: bool(re.match(pattern, value, re.I if ignorecase else 0)),
    "search": lambda value, pattern, ignorecase=False: bool(re.search(pattern, value, re.I if ignorecase else 0)),
    "contains": lambda value, item: item in value,
    "subset": lambda a, b: set(a) <= set(b),
    "superset": lambda a, b: set(a) >= set(b),
    "truthy": bool,
    "falsy": lambda value: not value,
})


def render(template, variables):
    environment = env
    if template.startswith("#jinja2:"):
        line, template = template[len("#jinja2:"):].split("\n", 1)
        options = {key.strip(): value.strip() == "True" for key, value in (pair.split(":") for pair in line.split(","))}
        environment = env.overlay(**options)
        environment.keep_trailing_newline = options.get("keep_trailing_newline", True)
    try:
        return [True, environment.from_string(template).render(variables)]
    except Exception as e:  # any failure is an answer here
        return [False, "%s: %s" % (type(e).__name__, e)]


json.dump([render(template, variables) for template, variables in json.load(sys.stdin)], sys.stdout)
