"""What does a look-up's form ask? What the policy decides is not decided here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django import forms

from apps.core.types import Window

LOOK_BACKS = [
    (1, "the last 24 hours"),
    (3, "the last 3 days"),
    (7, "the last 7 days"),
    (14, "the last 14 days"),
    (30, "the last 30 days"),
]


class PlateForm(forms.Form):
    """Reason, case and offence may be left blank here: then the policy refuses, and the refusal is on record."""

    plate = forms.CharField(
        label="License plate",
        max_length=40,
        help_text="The whole plate.",
        widget=forms.TextInput(attrs={"data-first-field": "", "spellcheck": "false", "autocapitalize": "characters"}),
    )
    days = forms.TypedChoiceField(label="Time", choices=LOOK_BACKS, coerce=int, initial=7)
    purpose = forms.ChoiceField(label="Purpose", required=False)
    offence = forms.ChoiceField(label="Offence", required=False)
    case_number = forms.CharField(label="Case number", max_length=64, required=False)
    reason = forms.CharField(
        label="Reason",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What links this plate to the case?",
    )

    def __init__(
        self,
        *args: object,
        purposes: Sequence[tuple[str, str]],
        offences: Sequence[tuple[str, str]],
        **kwargs: object,
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["purpose"].choices = [("", "Choose a purpose"), *purposes]  # type: ignore[attr-defined]
        self.fields["offence"].choices = [("", "Choose an offence"), *offences]  # type: ignore[attr-defined]

    def get_window(self, now: datetime) -> Window:
        return Window(start=now - timedelta(days=self.cleaned_data["days"]), end=now)

    def get_days_label(self) -> str:
        return dict(LOOK_BACKS)[self.cleaned_data["days"]]
