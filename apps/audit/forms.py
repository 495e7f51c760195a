"""What can the trail be narrowed by? Dates are the agency's days, the last one included."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from django import forms

from apps.audit.types import TrailFilters
from apps.core import clock
from apps.core.types import Window

# The log begins no earlier and ends no later than these.
FIRST, LAST = date(2000, 1, 1), date(2100, 1, 1)


class TrailForm(forms.Form):
    case_number = forms.CharField(label="Case number", max_length=64, required=False)
    person = forms.CharField(label="Person", max_length=32, required=False, help_text="A reference such as P-0012.")
    purpose = forms.ChoiceField(label="Purpose", required=False)
    outcome = forms.ChoiceField(
        label="Outcome",
        required=False,
        choices=[("", "Any"), ("PERMITTED", "Permitted"), ("REFUSED", "Refused")],
    )
    since = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="To", required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: object, purposes: Sequence[tuple[str, str]], **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.fields["purpose"].choices = [("", "Any"), *purposes]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, object]:
        values = super().clean() or {}
        since, until = values.get("since"), values.get("until")
        if any(day and not FIRST <= day < LAST for day in (since, until)):
            raise forms.ValidationError("These days are outside the log.")
        if since and until and until < since:
            raise forms.ValidationError("The last day is before the first.")
        return values

    def get_filters(self) -> TrailFilters:
        """What a valid form asks for."""
        values = self.cleaned_data
        since, until = values["since"], values["until"]
        window = None
        if since or until:
            window = Window(start=_midnight(since or FIRST), end=_midnight((until or LAST) + timedelta(days=1)))
        return TrailFilters(
            case_number=values["case_number"],
            person=values["person"].upper() if values["person"].lower().startswith("p-") else values["person"],
            purpose=values["purpose"],
            outcome=values["outcome"],
            window=window,
        )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=clock.get_local_zone()).astimezone(UTC)
