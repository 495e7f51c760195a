"""What may a policy document say? Its shape, and what must hold between its parts before it can be compiled."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Literal

import msgspec

from apps.core.errors import InvalidInput
from apps.policy.types import RefusalCode

Code = Annotated[str, msgspec.Meta(pattern=r"^[A-Z][A-Z0-9_]{1,39}$")]
Slug = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]{1,59}$")]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
Days = Annotated[int, msgspec.Meta(ge=1, le=3660)]
Rows = Annotated[int, msgspec.Meta(ge=1, le=200)]

FactName = Literal["purpose", "offence", "case_status", "reason_grade", "training", "look_back_days", "is_active"]
Comparison = Literal["IN", "NOT_IN", "LACKS_ANY", "OVER_LIMIT", "IS_FALSE"]
ValueList = Literal["PERMITTED_PURPOSES", "PROHIBITED_PURPOSES", "KNOWN_PURPOSES", "KNOWN_OFFENCES"]

COMPARISONS_OF_FACT: dict[str, frozenset[str]] = {
    "purpose": frozenset({"IN", "NOT_IN"}),
    "offence": frozenset({"IN", "NOT_IN"}),
    "case_status": frozenset({"IN", "NOT_IN"}),
    "reason_grade": frozenset({"IN", "NOT_IN"}),
    "training": frozenset({"LACKS_ANY"}),
    "look_back_days": frozenset({"OVER_LIMIT"}),
    "is_active": frozenset({"IS_FALSE"}),
}
# A document without a rule for each of these would be weaker than the law it cites; it is not accepted.
GUARDED_CODES = frozenset(
    set(RefusalCode) - {RefusalCode.NO_POLICY_IN_FORCE, RefusalCode.POLICY_FAILED, RefusalCode.ROLE_NOT_PERMITTED}
)
EVERY_CATEGORY_CODES = frozenset({RefusalCode.ACCOUNT_INACTIVE, RefusalCode.TRAINING_EXPIRED})


class PolicyInvalid(InvalidInput):
    code = "POLICY_INVALID"


class Citation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A law or rule that an entry rests on. GENERAL_KNOWLEDGE has not been read at its source."""

    text: Text
    status: Literal["VERIFIED", "GENERAL_KNOWLEDGE", "DESIGN_CHOICE"]


class Category(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    code: Code
    label: Text
    sentence: Text
    is_justified: bool
    retention_days: Days
    most_rows: Rows
    citation: Slug


class Purpose(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    code: Code
    label: Text
    sentence: Text
    is_permitted: bool
    citation: Slug


class Offence(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A class of offences and how much a look-up for it may show. `covers` are the agency's own offence names."""

    code: Code
    label: Text
    covers: tuple[str, ...]
    look_back_days: Days
    most_rows: Rows
    citation: Slug


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    fact: FactName
    test: Comparison
    values: tuple[str, ...] = ()
    values_of: ValueList | None = None


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One line of the policy: whom it lets do what, or when nobody may."""

    id: Slug
    effect: Literal["PERMIT", "FORBID"]
    sentence: Text
    citation: Slug
    code: RefusalCode | None = None
    message: str = ""
    remedy: str = ""
    roles: tuple[Code, ...] = ()
    actions: tuple[Code, ...] = ()
    categories: tuple[Code, ...] = ()
    when: tuple[Condition, ...] = ()


class Vocabulary(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Words that give a prohibited purpose away in a reason. They match as whole words, whatever their case."""

    code: Code
    purpose: Code
    sentence: Text
    words: tuple[Text, ...]
    citation: Slug


class PolicyDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    title: Text
    jurisdiction: Text
    summary: Text
    agencies: tuple[Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9]{9}$")], ...]
    actions: tuple[Code, ...]
    roles: tuple[Code, ...]
    citations: dict[Slug, Citation]
    categories: tuple[Category, ...]
    purposes: tuple[Purpose, ...]
    offences: tuple[Offence, ...]
    rules: tuple[Rule, ...]
    vocabulary: tuple[Vocabulary, ...] = ()

    def list_values(self, name: str) -> tuple[str, ...]:
        """The codes that a rule means by a `values_of` name."""
        lists = {
            "PERMITTED_PURPOSES": tuple(purpose.code for purpose in self.purposes if purpose.is_permitted),
            "PROHIBITED_PURPOSES": tuple(purpose.code for purpose in self.purposes if not purpose.is_permitted),
            "KNOWN_PURPOSES": tuple(purpose.code for purpose in self.purposes),
            "KNOWN_OFFENCES": tuple(offence.code for offence in self.offences),
        }
        return lists[name]

    def get_offence_class(self, name: str) -> str:
        """The class that the agency's own offence name falls into, or an empty string."""
        wanted = name.strip().upper()
        return next((offence.code for offence in self.offences if wanted in offence.covers), "")


def read_document(content: bytes) -> PolicyDocument:
    """Decode and check a policy document.

    :raises PolicyInvalid: naming the first thing that is wrong
    """
    try:
        document = msgspec.json.decode(content, type=PolicyDocument)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PolicyInvalid(f"The policy document cannot be read: {error}.") from error
    for problem in _find_problems(document):
        raise PolicyInvalid(f"The policy document does not hold together: {problem}.")
    return document


def _find_problems(document: PolicyDocument) -> Iterable[str]:
    if not document.agencies:
        yield "it names no agency"
    yield from _find_doubles(document)
    parts = (document.categories, document.purposes, document.offences, document.rules, document.vocabulary)
    for part in parts:
        for entry in part:
            if entry.citation not in document.citations:
                yield f"{_name(entry)} cites {entry.citation!r}, which is not among the citations"
    for rule in document.rules:
        yield from _find_rule_problems(rule, document)
    if not any(rule.effect == "PERMIT" for rule in document.rules):
        yield "no rule permits anything"
    yield from _find_unguarded(document)
    prohibited = document.list_values("PROHIBITED_PURPOSES")
    for pack in document.vocabulary:
        if pack.purpose not in prohibited:
            yield f"vocabulary {pack.code} stands for {pack.purpose!r}, which is not a prohibited purpose"
        for word in pack.words:
            if not re.fullmatch(r"[a-z0-9][a-z0-9 '/-]*", word):
                yield f"vocabulary {pack.code} has a word that is not lower-case text: {word!r}"


def _name(entry: Category | Purpose | Offence | Rule | Vocabulary) -> str:
    return entry.id if isinstance(entry, Rule) else entry.code


def _find_doubles(document: PolicyDocument) -> Iterable[str]:
    for label, names in (
        ("category", [category.code for category in document.categories]),
        ("purpose", [purpose.code for purpose in document.purposes]),
        ("offence class", [offence.code for offence in document.offences]),
        ("offence name", [name for offence in document.offences for name in offence.covers]),
        ("rule", [rule.id for rule in document.rules]),
        ("vocabulary", [pack.code for pack in document.vocabulary]),
    ):
        doubles = sorted({name for name in names if names.count(name) > 1})
        if doubles:
            yield f"{label} {doubles[0]} appears twice"


def _find_rule_problems(rule: Rule, document: PolicyDocument) -> Iterable[str]:
    if rule.effect == "PERMIT":
        if not (rule.roles and rule.actions and rule.categories):
            yield f"{rule.id} permits without naming roles, actions and categories"
        if rule.code is not None:
            yield f"{rule.id} permits and must carry no refusal code"
    elif rule.code is None or not rule.message or not rule.remedy:
        yield f"{rule.id} forbids and must carry a code, a message and a remedy"
    elif not rule.when:
        yield f"{rule.id} forbids without a condition"
    categories = {category.code for category in document.categories}
    for label, named, known in (
        ("role", rule.roles, set(document.roles)),
        ("action", rule.actions, set(document.actions)),
        ("category", rule.categories, categories),
    ):
        unknown = sorted(set(named) - known)
        if unknown:
            yield f"{rule.id} names the unknown {label} {unknown[0]}"
    for condition in rule.when:
        if condition.test not in COMPARISONS_OF_FACT[condition.fact]:
            yield f"{rule.id} cannot test {condition.fact} by {condition.test}"
        needs_values = condition.test in {"IN", "NOT_IN", "LACKS_ANY"}
        if needs_values != (bool(condition.values) != (condition.values_of is not None)):
            yield f"{rule.id} must give {condition.fact} {'one list of values' if needs_values else 'no values'}"


def _find_unguarded(document: PolicyDocument) -> Iterable[str]:
    """Each ground must be guarded for every category it belongs to, whatever the role or action."""
    for category in document.categories:
        guarded = {
            rule.code
            for rule in document.rules
            if rule.effect == "FORBID"
            and not (rule.roles or rule.actions)
            and (not rule.categories or category.code in rule.categories)
        }
        needed = GUARDED_CODES if category.is_justified else EVERY_CATEGORY_CODES
        missing = sorted(needed - guarded)
        if missing:
            yield f"{category.code} has no rule for {missing[0]} that holds for every role and action"
