"""The form by which a person sends a file for an enterprise."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy


class FileForm(forms.Form):
    """A file, and for which of the enterprises that the sender sees."""

    enterprise = forms.ChoiceField(label=gettext_lazy("Enterprise"))
    file = forms.FileField()

    def __init__(self, *args: Any, enterprises: Iterable[Any], accepts: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["enterprise"].choices = [(str(row.pk), row.name) for row in enterprises]
        fields["file"].label = accepts
