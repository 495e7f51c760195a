"""Which period shall a report cover?"""

from __future__ import annotations

from django import forms

PERIODS = (
    ("this-month", "This month so far"),
    ("last-month", "Last month"),
    ("this-year", "This year so far"),
    ("last-year", "Last year"),
)


class PeriodForm(forms.Form):
    period = forms.ChoiceField(choices=PERIODS, error_messages={"invalid_choice": "Choose one of the periods."})
