"""How does a policy document become Cedar text and a Cedar schema? Deterministic: the same document, the same bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence

import cedarpy
import msgspec

from apps.policy.document import Condition, PolicyDocument, PolicyInvalid, Rule

CONTEXT = """{
    agency: String,
    purpose: String,
    offence: String,
    case_status: String,
    reason_grade: String,
    training: Set<String>,
    look_back_days: Long,
    is_active: Bool
  }"""


def compile_schema(document: PolicyDocument) -> str:
    """The Cedar schema of the document: its roles, categories and actions, and what a rule may look at."""
    categories = [category.code for category in document.categories]
    return (
        "namespace Rtcc {\n"
        f"  entity Role enum {_strings(document.roles)};\n"
        f"  entity Category enum {_strings(categories)};\n"
        "  entity Actor in [Role];\n"
        f"  type Facts = {CONTEXT};\n"
        f"  action {', '.join(_string(action) for action in document.actions)} appliesTo {{\n"
        "    principal: Actor,\n"
        "    resource: Category,\n"
        "    context: Facts\n"
        "  };\n"
        "}\n"
    )


def compile_rules(document: PolicyDocument) -> str:
    """The Cedar text of the document's rules, in their order, each with its sentence above it."""
    return "\n".join(compile_rule(rule, document) for rule in document.rules)


def compile_grants(document: PolicyDocument) -> str:
    """Only who may do what at all, without conditions: it tells a wrong role from a wrong purpose."""
    permits = [msgspec.structs.replace(rule, when=()) for rule in document.rules if rule.effect == "PERMIT"]
    return "\n".join(compile_rule(rule, document) for rule in permits)


def compile_rule(rule: Rule, document: PolicyDocument) -> str:
    """The Cedar text of one rule, with its sentence above it."""
    annotations = [f"@id({_string(rule.id)})"]
    if rule.code is not None:
        annotations.append(f"@code({_string(rule.code)})")
    action = f"action in {_entities('Action', rule.actions)}" if rule.actions else "action"
    conditions = [*_scope(rule, document), *(_condition(condition, document) for condition in rule.when)]
    tail = " when {\n  " + " &&\n  ".join(conditions) + "\n}" if conditions else ""
    return (
        f"// {' '.join(rule.sentence.split())}\n{' '.join(annotations)}\n"
        f"{'permit' if rule.effect == 'PERMIT' else 'forbid'} (principal, {action}, resource){tail};\n"
    )


def check_rules(cedar: str, schema: str) -> None:
    """
    :raises PolicyInvalid: if the text does not parse or does not fit the schema
    """
    result = cedarpy.validate_policies(cedar, schema)
    if not result.validation_passed:
        raise PolicyInvalid("Cedar does not accept the rules: " + "; ".join(str(error) for error in result.errors))


def _scope(rule: Rule, document: PolicyDocument) -> Iterable[str]:
    if rule.effect == "PERMIT":
        yield f"{_strings(document.agencies)}.contains(context.agency)"
    if rule.roles:
        yield f"principal in {_entities('Role', rule.roles)}"
    if rule.categories:
        yield f"resource in {_entities('Category', rule.categories)}"


def _condition(condition: Condition, document: PolicyDocument) -> str:
    values = condition.values if condition.values_of is None else document.list_values(condition.values_of)
    fact = f"context.{condition.fact}"
    write: dict[str, Callable[[], str]] = {
        "IN": lambda: f"{_strings(values)}.contains({fact})",
        "NOT_IN": lambda: f"!{_strings(values)}.contains({fact})",
        "LACKS_ANY": lambda: f"!{fact}.containsAll({_strings(values)})",
        "IS_FALSE": lambda: f"!{fact}",
        "OVER_LIMIT": lambda: _over_limit(document),
    }
    return write[condition.test]()


def _over_limit(document: PolicyDocument) -> str:
    """Further back than the class of offence allows; an unknown class is a ground of its own."""
    by_days: dict[int, list[str]] = {}
    for offence in document.offences:
        by_days.setdefault(offence.look_back_days, []).append(offence.code)
    grounds = [
        f"{_strings(codes)}.contains(context.offence) && context.look_back_days > {days}"
        for days, codes in sorted(by_days.items())
    ]
    return "(" + " ||\n   ".join(grounds) + ")"


def _entities(kind: str, codes: Sequence[str]) -> str:
    return "[" + ", ".join(f"Rtcc::{kind}::{_string(code)}" for code in codes) + "]"


def _strings(values: Sequence[str]) -> str:
    return "[" + ", ".join(_string(value) for value in values) + "]"


def _string(value: str) -> str:
    """A Cedar string literal. Codes and slugs are ASCII, so JSON's escapes are Cedar's."""
    return json.dumps(str(value))
