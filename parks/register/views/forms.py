"""Input shapes of the register, and the words of its codes."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

WORDS = {
    "unit.PROCESS": _("process unit"),
    "unit.TREATMENT": _("treatment unit"),
    "unit.STORAGE": _("storage"),
    "medium.AIR": _("waste gas"),
    "medium.WATER": _("wastewater"),
    "medium.RAIN": _("rainwater"),
    "medium.NOISE": _("noise"),
    "medium.PROCESS": _("process"),
    "station.AMBIENT": _("ambient air station"),
    "station.FENCE": _("fence-line station"),
    "station.RIVER": _("station on a river"),
    "station.SEWER": _("station in the sewer"),
    "station.WEATHER": _("weather station"),
    "node.INLET": _("inlet"),
    "node.MANHOLE": _("manhole"),
    "node.PUMP": _("pump"),
    "node.PLANT": _("treatment plant"),
    "node.OUTFALL": _("outfall"),
    "label.START": _("start of the period"),
    "label.END": _("end of the period"),
    "crc.STANDARD": _("as the standard says"),
    "crc.MODBUS": _("Modbus"),
    "crc.NONE": _("not checked"),
    "layer.boundary": _("park boundary"),
    "layer.site": _("premises"),
    "layer.outlet": _("outlet"),
    "layer.station": _("station"),
    "layer.node": _("pipe node"),
    "layer.pipe": _("pipe"),
    "error.enterprise.credit_code": _(
        "This is no valid unified social credit code: it has 18 characters, and the last one must fit the others."
    ),
    "table.park": _("park"),
    "table.enterprise": _("enterprise"),
    "table.monitoring_channel": _("channel"),
    "table.outlet_handled": _("pollutants of an outlet"),
    "table.outlet_units": _("units of an outlet"),
    "table.unit_upstream": _("units before a unit"),
    "table.instrument_pollutants": _("factors of an instrument"),
    "table.unit": _("unit"),
    "table.outlet": _("outlet"),
    "table.station": _("station"),
    "table.logger": _("data logger"),
    "table.instrument": _("instrument"),
    "table.pipenode": _("pipe node"),
    "table.pipe": _("pipe"),
    "table.permit": _("permit"),
    "table.permitlimit": _("permit limit"),
    "table.quota": _("quota"),
    "table.specialperiod": _("special period"),
    "table.user": _("user"),
    "table.membership": _("role"),
    "table.apitoken": _("API key"),
}


def choices(family: str) -> list[tuple[str, Any]]:
    return [(code.partition(".")[2], word) for code, word in WORDS.items() if code.startswith(family + ".")]


class PositionForm(forms.Form):
    lon = forms.FloatField(label=_("Longitude (WGS 84)"), required=False, min_value=-180, max_value=180)
    lat = forms.FloatField(label=_("Latitude (WGS 84)"), required=False, min_value=-90, max_value=90)


class EnterpriseForm(PositionForm):
    name = forms.CharField(label=_("Name"), max_length=120)
    name_en = forms.CharField(label=_("English name"), max_length=160, required=False)
    uscc = forms.CharField(label=_("Unified social credit code"), min_length=18, max_length=18)
    industry_code = forms.CharField(label=_("Industry code (GB/T 4754)"), max_length=5)
    industry_name = forms.CharField(label=_("Industry"), max_length=60, required=False)
    contact_name = forms.CharField(label=_("Contact"), max_length=40, required=False)
    contact_phone = forms.CharField(label=_("Telephone"), max_length=30, required=False)
    field_order = ["name", "name_en", "uscc", "industry_code", "industry_name", "contact_name", "contact_phone"]


class OutletForm(PositionForm):
    code = forms.CharField(label=_("Outlet code (DA, DW or YS and digits)"), max_length=8)
    name = forms.CharField(label=_("Name"), max_length=80)
    name_en = forms.CharField(label=_("English name"), max_length=120, required=False)
    stack_height_m = forms.FloatField(label=_("Stack height [m]"), required=False, min_value=0)
    diameter_m = forms.FloatField(label=_("Inner diameter [m]"), required=False, min_value=0)
    gas_temperature_c = forms.FloatField(label=_("Gas temperature [°C]"), required=False)
    gas_velocity_m_per_s = forms.FloatField(label=_("Gas velocity [m/s]"), required=False, min_value=0)
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)
    handled = forms.MultipleChoiceField(
        label=_("Pollutants it may emit"), required=False, widget=forms.SelectMultiple(attrs={"size": 10}),
        help_text=_("Choose all of them, or none where it is not known. Source tracing rules an outlet out that emits other pollutants only."),
    )  # fmt: skip
    field_order = ["code", "name", "name_en"]

    def __init__(self, *args: Any, substances: list[tuple[Any, list[tuple[str, str]]]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["handled"].choices = substances  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        media = {"DA": "AIR", "DW": "WATER", "YS": "RAIN"}
        found["code"] = str(found.get("code", "")).strip().upper()
        found["medium"] = media.get(found["code"][:2], "AIR")
        return found


class UnitForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind"), choices=choices("unit"))
    code = forms.CharField(label=_("Code"), max_length=20)
    name = forms.CharField(label=_("Name"), max_length=80)
    name_en = forms.CharField(label=_("English name"), max_length=120, required=False)


class StationForm(PositionForm):
    kind = forms.ChoiceField(label=_("Kind"), choices=choices("station"))
    code = forms.CharField(label=_("Code"), max_length=16)
    name = forms.CharField(label=_("Name"), max_length=80)
    name_en = forms.CharField(label=_("English name"), max_length=120, required=False)
    height_m = forms.FloatField(label=_("Height above ground [m]"), required=False, min_value=0)
    field_order = ["kind", "code", "name", "name_en"]


class LoggerForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80, required=False)
    mn = forms.CharField(label=_("MN (equipment code)"), max_length=40)
    password = forms.CharField(
        label=_("Password (PW)"), max_length=32, required=False, help_text=_("Empty: the password is not checked.")
    )
    sm4_key = forms.CharField(
        label=_("SM4 key"), max_length=32, required=False, help_text=_("32 hexadecimal digits, for HJ 212-2025.")
    )
    crc_variant = forms.ChoiceField(label=_("Check sum"), choices=choices("crc"))
    label = forms.ChoiceField(label=_("DataTime marks the"), choices=choices("label"))
    minute_interval_min = forms.TypedChoiceField(
        label=_("Minute data every [min]"), coerce=int, choices=[(n, n) for n in (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30)]
    )
    realtime_interval_s = forms.IntegerField(label=_("Real-time data every [s]"), min_value=1, initial=60)
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)


class ImportForm(forms.Form):
    document = forms.FileField(label=_("GeoJSON file"))
    datum = forms.ChoiceField(
        label=_("Coordinates are in"),
        choices=[("WGS84", "WGS 84"), ("CGCS2000", "CGCS2000"), ("GCJ02", "GCJ-02")],
    )
