"""The reason check on what officers really type, and on what was made to slip through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.access.reasons import ReasonGrade, find_prohibited, score_reason, split_words

LEXICON = {"IMMIGRATION": ("immigration", "ice detainer", "deportación"), "CARE": ("gender-affirming",)}
GENERIC = """
investigation | Investigation. | INV | inv. | invest | investigarion | inevst | invesigation | criminal
investigation | _investigation | susp | susp veh | supsect vehicle | suspect  vehicle | attempt to locate
vehicle | follow-up | follow up on tip | n/a | na | tbd | test | x | aaaa | 42 | bolo | intel | police
business | official use | per sgt | leo | case | crim inv | law enforcement | plate search | other felony |
wspd | 105 | 1056T | 2603290171 | 26-8627 | S18,5611,26-11612
"""
OFFENCES = """
211PC | 211 PC | pc 211 | PC211 | 245(a)(2)PC | 245(a)(1)p.c | 10851(a)CVC | vc10851 | 10851 | 459 |
664/187(a)PC | 273.5a | 273.5(a)PC | dv | dui | stolen vehicle | narcotics investigation | missing person |
hit and run | 2602702 245pc | 187sus | hit & run | burglary suspects | enlèvement d'enfant | кража
"""
SENTENCE = "Witness at 14th and U read the plate of the grey sedan"


def grade(text: str, case_number: str = "26017734") -> str:
    return score_reason(text, case_number=case_number, lexicon=LEXICON).grade.value


@pytest.mark.parametrize("text", ["", "   ", "\t\n", "...", "-", "_ _", "\u200b", "()"])
def test_no_word_is_blank(text: str) -> None:
    assert grade(text) == "BLANK"


@pytest.mark.parametrize(
    "text",
    [text.strip() for text in " ".join(GENERIC.split("\n")).split("|")],
)
def test_words_that_only_say_that_somebody_works_are_generic(text: str) -> None:
    assert grade(text) == "GENERIC"


@pytest.mark.parametrize(
    "text",
    [text.strip() for text in " ".join(OFFENCES.split("\n")).split("|")],
)
def test_an_offence_is_enough_beside_a_case_number_and_not_without(text: str) -> None:
    assert grade(text) == "SPECIFIC"
    number_in_text = "2602702" in text
    assert grade(text, case_number="") == ("SPECIFIC" if number_in_text else "NO_CASE")


def test_the_score_grows_with_what_is_said() -> None:
    scores = [score_reason(text, case_number="1").score for text in ("inv", "burglary", "burglary georgia", SENTENCE)]
    assert scores == [0.0, 0.25, 0.5, 1.0]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("immigration check", ("IMMIGRATION",)),
        ("IMMI GRATION", ("IMMIGRATION",)),
        ("i.m.m.i.g.r.a.t.i.o.n".replace(".", " "), ("IMMIGRATION",)),
        ("for ICE-detainer", ("IMMIGRATION",)),
        ("Deportacion", ("IMMIGRATION",)),
        ("gender affirming, immigration", ("IMMIGRATION", "CARE")),
        ("nice detainer", ()),
        ("police detain", ()),
    ],
)
def test_prohibited_vocabulary_is_found_however_it_is_spaced(text: str, codes: tuple[str, ...]) -> None:
    assert find_prohibited(split_words(text), LEXICON) == codes
    assert (grade(text) == "PROHIBITED") is bool(codes)


def test_an_empty_phrase_prohibits_nothing() -> None:
    assert find_prohibited(split_words("burglary"), {"EMPTY": ("", "...")}) == ()


def test_the_same_words_on_a_fourth_case_are_copied() -> None:
    recent = [f"{SENTENCE} 2601773{n}" for n in range(3)]
    assert score_reason(SENTENCE, recent=recent[:2], case_number="1").grade == ReasonGrade.SPECIFIC
    copied = score_reason(SENTENCE.upper() + "!!", recent=recent, case_number="1")
    assert (copied.grade, copied.findings) == (ReasonGrade.COPIED, ("REASON_COPIED",))


def test_every_ground_is_among_the_findings() -> None:
    score = score_reason("immigration inv", lexicon=LEXICON)
    assert score.findings == ("IMMIGRATION", "CASE_NUMBER_MISSING")
    assert score_reason("2603290171").findings == ("REASON_NUMBER_ONLY",)


@given(st.text(max_size=300), st.text(max_size=20))
def test_any_text_gets_a_grade(text: str, number: str) -> None:
    score = score_reason(text, case_number=number, lexicon=LEXICON, recent=[text])
    assert 0.0 <= score.score <= 1.0
    assert score.grade in ReasonGrade


@given(st.text(max_size=100))
def test_case_and_spacing_change_nothing(text: str) -> None:
    plain = text.lower()
    assert split_words(f"  {plain} ") == split_words(plain)
