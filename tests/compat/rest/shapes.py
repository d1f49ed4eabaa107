"""What is compared of an answer: its status, its kind, the names and types of its fields, and the values that are the same
on every cluster (states, types, names of errors and their words with ids taken out)."""
import re

KEPT = {"state", "finalStatus", "type", "trackingUI", "applicationType", "queue", "exception", "javaClassName", "message",
        "appAttemptState", "containerState", "executionType", "haState", "queueName", "queuePath", "operation", "accessType",
        "resourceType", "logAggregationType", "successfulAttempt", "counterGroupName", "applicationTags", "exitCode", "exportPorts",
        "remainingTimeInSeconds", "mapsTotal", "mapsCompleted", "reducesTotal", "reducesCompleted", "priority", "allowed"}
# Lists whose elements are of many kinds, of which not each must occur.
OPEN_LISTS = {"property", "counterGroup", "counter", "taskCounterGroup", "taskAttemptCounterGroup"}


def words(text):
    """Without what differs from run to run."""
    text = re.sub(r"(application|job|task|attempt|appattempt|container)_(e\d+_)?\d{10,}_\d+(_[mr])?(_\d+)*", r"\1_ID", text)
    return re.sub(r"127\.0\.0\.1:\d+|localhost:\d+", "HOST", text)


def shape(value, key=""):
    if isinstance(value, dict):
        return {name: shape(member, name) for name, member in value.items()}
    if isinstance(value, list):
        merged = None
        for each in value:
            merged = shape(each, key) if merged is None else merge(merged, shape(each, key))
        return [] if merged is None else [merged]
    kind = "null" if value is None else {bool: "bool", int: "int", float: "float", str: "string"}[type(value)]
    if key in KEPT and value is not None:
        return kind if kind == "int" and value > 1_000_000 else f"{kind} = {words(str(value))}"
    return kind


def merge(a, b):
    """What both may be; a field that one lacks gets '?'."""
    if isinstance(a, dict) and isinstance(b, dict):
        out = {}
        for name in list(a) + [name for name in b if name not in a]:
            plain = name.rstrip("?")
            mine = next((a[each] for each in (plain, plain + "?") if each in a), None)
            other = next((b[each] for each in (plain, plain + "?") if each in b), None)
            if mine is None or other is None:
                out[plain + "?"] = other if mine is None else mine
            else:
                optional = plain + "?" in a or plain + "?" in b
                out[plain + ("?" if optional else "")] = merge(mine, other)
        return out
    if isinstance(a, list) and isinstance(b, list):
        return [merge(a[0], b[0])] if a and b else a or b
    if a == b:
        return a
    if isinstance(a, str) and isinstance(b, str):
        kind, _, first = a.partition(" = ")
        other_kind, _, second = b.partition(" = ")
        if kind == other_kind:
            return f"{kind} = " + "|".join(sorted(set(first.split("|")) | set(second.split("|"))))
        return "|".join(sorted({kind, other_kind}))
    return "any"


def differences(golden, found, path=""):
    """Lines about what `found` lacks, adds or has otherwise."""
    if golden == "any":
        return
    if isinstance(golden, dict) and isinstance(found, dict):
        wanted = {name.rstrip("?"): (name.endswith("?"), member) for name, member in golden.items()}
        have = {name.rstrip("?"): (name.endswith("?"), member) for name, member in found.items()}
        for name, (optional, member) in wanted.items():
            if name in have:
                yield from differences(member, have[name][1], f"{path}.{name}")
            elif not optional:
                yield f"{path}.{name}: missing"
        for name in have:
            if name not in wanted:
                yield f"{path}.{name}: not Hadoop's"
        return
    if isinstance(golden, list) and isinstance(found, list):
        if golden and not found:
            yield f"{path}: empty"
        elif golden and found:
            yield from differences(golden[0], found[0], path + "[]")
        elif found:
            yield f"{path}: not empty"
        return
    if not isinstance(golden, str) or not isinstance(found, str):
        yield f"{path}: {type(found).__name__} instead of {type(golden).__name__}"
        return
    kinds, _, values = golden.partition(" = ")
    kind, _, value = found.partition(" = ")
    if not set(kind.split("|")) <= set(kinds.split("|")):
        yield f"{path}: {kind} instead of {kinds}"
    elif values and not set(value.split("|")) <= set(values.split("|")) and not any(f".{name}[]" in path for name in OPEN_LISTS):
        yield f"{path}: {value!r} instead of {values!r}"


def normal(answers):
    return {name: {"status": each["status"], "type": each["type"], "shape": shape(each["body"])} for name, each in answers.items()}
