"""What does somebody who brings in a file fill in?"""

from __future__ import annotations

from collections.abc import Sequence

from django import forms

from apps.ingestion.types import SourceView


class UploadForm(forms.Form):
    source = forms.ChoiceField(label="Source")
    file = forms.FileField(
        label="File",
        allow_empty_file=True,
        help_text="In the format of its source.",
        error_messages={"required": "Choose a file."},
    )

    def __init__(self, *args: object, sources: Sequence[SourceView], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["source"].choices = [  # type: ignore[attr-defined]
            (source.code, source.name if source.is_approved else f"{source.name} (waits for approval)")
            for source in sources
        ]
