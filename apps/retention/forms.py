"""What does somebody who destroys by hand fill in?"""

from __future__ import annotations

from django import forms


class DestroyForm(forms.Form):
    reason = forms.CharField(
        label="Why it is destroyed now",
        help_text="It is kept with the destruction; the certificate and the log hold only a commitment to it.",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why it is done now."},
    )
