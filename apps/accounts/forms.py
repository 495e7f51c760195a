"""What does the sign-in page send?"""

from __future__ import annotations

from django import forms


class DemoSignInForm(forms.Form):
    person = forms.CharField(max_length=12)
    next = forms.CharField(max_length=2000, required=False)
