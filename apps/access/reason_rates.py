"""What does the reason check say of real reasons? Totals of a file, and the document that states them.

The real file names people, so it is not part of the project: `access_score_reasons PATH --write-docs` measures it and
keeps only totals, with a digest of the check that gave them. The document says so where the check was changed since.
"""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import msgspec

from apps.access import reasons
from apps.access.reasons import ReasonGrade, ReasonScore, score_reason
from apps.core.errors import InvalidInput

FLOOR = 0.405
TEMPLATE = Path(__file__).with_name("reason_document.md")
RATES = Path(__file__).with_name("reason_rates.json")
VAGUE = (ReasonGrade.BLANK, ReasonGrade.PROHIBITED, ReasonGrade.GENERIC, ReasonGrade.COPIED)
MEANINGS = {
    ReasonGrade.BLANK: "no word at all",
    ReasonGrade.PROHIBITED: "words of a prohibited purpose, from the policy's vocabulary",
    ReasonGrade.GENERIC: "only words that say that somebody works, not on what; or only a case number",
    ReasonGrade.COPIED: "the same words, numbers aside, on more than three cases of one person",
    ReasonGrade.NO_CASE: "says something (an offence counts), but names no case",
    ReasonGrade.SPECIFIC: "says something and names a case",
}


class ColumnMissing(InvalidInput):
    code = "COLUMN_MISSING"


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """Totals of one file.

    :param with_case: by grade, as if every row had named a case, as the product demands
    """

    file: str
    rows: int
    grades: dict[str, int]
    with_case: dict[str, int]
    check: str

    @property
    def vague(self) -> int:
        return sum(self.grades.get(grade.value, 0) for grade in VAGUE)

    @property
    def share_vague(self) -> float:
        return self.vague / self.rows if self.rows else 0.0

    def as_json(self) -> dict[str, Any]:
        return {
            "totals": {"rows": self.rows, **{grade.value: self.grades.get(grade.value, 0) for grade in ReasonGrade}},
            "vague": self.vague,
            "share_vague": round(self.share_vague, 4),
            "floor": FLOOR,
        }


@dataclass(frozen=True, kw_only=True)
class ScoredRow:
    """A row, counted from 1 after the heading; `grade_with_case` is its grade had it named a case."""

    row: int
    score: ReasonScore
    grade_with_case: ReasonGrade

    def as_json(self) -> dict[str, Any]:
        """Without the text: what comes out may go where the file may not."""
        score = self.score
        return {
            "row": self.row,
            "grade": score.grade.value,
            "score": score.score,
            "findings": list(score.findings),
            "is_vague": score.grade in VAGUE,
        }


def score_rows(file: TextIO, *, column: str, case_column: str) -> Iterator[ScoredRow]:
    """Score a CSV file's rows.

    :raises ColumnMissing: if the file has no such column
    """
    rows = csv.DictReader(file)
    if column not in (rows.fieldnames or ()):
        raise ColumnMissing(f"The file has no column {column!r}.", remedy="Name it with --column.")
    for number, row in enumerate(rows, 1):
        text, case_number = row[column] or "", row.get(case_column) or ""
        yield ScoredRow(
            row=number,
            score=score_reason(text, case_number=case_number),
            grade_with_case=score_reason(text, case_number="given").grade,
        )


class Tally:
    """Counts scored rows."""

    def __init__(self) -> None:
        self._grades: Counter[str] = Counter()
        self._with_case: Counter[str] = Counter()

    def add(self, scored: ScoredRow) -> None:
        self._grades[scored.score.grade.value] += 1
        self._with_case[scored.grade_with_case.value] += 1

    def get_rates(self, *, file: str) -> Rates:
        return Rates(
            file=file,
            rows=self._grades.total(),
            grades=dict(sorted(self._grades.items())),
            with_case=dict(sorted(self._with_case.items())),
            check=digest_check(),
        )


def digest_check() -> str:
    """Names the check by its code, words and thresholds included."""
    return hashlib.sha256(Path(reasons.__file__).read_bytes()).hexdigest()[:16]


def read_rates(path: Path) -> Rates:
    return msgspec.json.decode(path.read_bytes(), type=Rates)


def write_rates(path: Path, rates: Rates) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(rates), indent=2) + b"\n")


def render_table(rates: Rates) -> str:
    """The measured rates as Markdown."""
    every = max(rates.rows, 1)
    lines = [
        f"Measured on the {rates.rows:,} rows of `{rates.file}`:",
        "",
        "| grade | what it means | rows | share | share if each row named a case |",
        "| --- | --- | ---: | ---: | ---: |",
    ]
    for grade in ReasonGrade:
        count, with_case = rates.grades.get(grade.value, 0), rates.with_case.get(grade.value, 0)
        lines.append(
            f"| {grade.value} | {MEANINGS[grade]} | {count:,} | {count / every:.1%} | {with_case / every:.1%} |"
        )
    refused = rates.rows - rates.grades.get(ReasonGrade.SPECIFIC.value, 0)
    lines += [
        "",
        f"Vague without looking at the case number: **{rates.share_vague:.1%}** (the floor asked for is "
        f"{FLOOR:.1%}). With the case number asked for as well, {refused / every:.1%} of these searches would not "
        "have been made as they were typed.",
    ]
    if rates.check != digest_check():
        lines += ["", "**Stale:** the check was changed since this was measured. Measure again."]
    return "\n".join(lines) + "\n"


def get_document() -> str:
    """`docs/reasons.md`: its text is written by people, its table by the last measurement."""
    template = TEMPLATE.read_text(encoding="utf-8")
    return template.replace("{{ measured }}", render_table(read_rates(RATES)).strip())
