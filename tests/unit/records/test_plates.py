"""Two spellings of one plate are one plate; what is no whole plate is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.records.rules import LONGEST_PLATE, PlateInvalid, normalise_plate


@pytest.mark.parametrize(
    ("sent", "plate"),
    [
        ("Z900001", "Z900001"),
        ("9zzb11", "9ZZB11"),
        ("ABC-1234", "ABC1234"),
        (" abc 1234 ", "ABC1234"),
        ("TÖLZZ001", "TÖLZZ001"),
        ("ＡＢＣ１２３", "ABC123"),
        ("AB·12", "AB12"),
    ],
)
def test_spellings_of_one_plate_are_one(sent: str, plate: str) -> None:
    assert normalise_plate(sent) == plate


def test_the_letter_o_and_zero_are_different_plates() -> None:
    assert normalise_plate("AO1") != normalise_plate("A01")


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("", "PLATE_EMPTY"),
        (" - ", "PLATE_EMPTY"),
        ("A" * 200, "PLATE_TOO_LONG"),
        ("ABC*", "PLATE_PARTIAL"),
        ("A?C123", "PLATE_PARTIAL"),
        ("AB%", "PLATE_PARTIAL"),
        ("🚗🚗", "PLATE_MALFORMED"),
        ("AB🚗12", "PLATE_MALFORMED"),
        ("';DROP--", "PLATE_MALFORMED"),
        ("#READ#", "PLATE_MALFORMED"),
        ("AB\x00C", "PLATE_MALFORMED"),
    ],
)
def test_what_is_no_whole_plate_is_refused(sent: str, code: str) -> None:
    with pytest.raises(PlateInvalid) as refusal:
        normalise_plate(sent)
    assert refusal.value.code == code
    assert refusal.value.remedy


@given(st.text(max_size=40))
def test_a_plate_is_stable_short_and_upper_case(text: str) -> None:
    try:
        plate = normalise_plate(text)
    except PlateInvalid:
        return
    assert 0 < len(plate) <= LONGEST_PLATE
    assert plate.isalnum()
    assert normalise_plate(plate) == plate
