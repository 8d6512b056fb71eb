"""Tables of the register: parks, enterprises, units, outlets, stations, pipes, instruments, loggers."""

from django.db import models
from django.db.models import F, Q

from parks.portal.audited import Audited
from parks.register.domain.identifiers import INDUSTRY_SHAPE, OUTLET_SHAPE, USCC_SHAPE

UNIT_KINDS = [("PROCESS", "process"), ("TREATMENT", "treatment"), ("STORAGE", "storage")]
OUTLET_MEDIA = [("AIR", "air"), ("WATER", "water"), ("RAIN", "rain")]
STATION_KINDS = [
    ("AMBIENT", "ambient"),
    ("FENCE", "fence line"),
    ("WEATHER", "weather"),
    ("SEWER", "in the sewer"),
    ("RIVER", "on a river"),
]
NODE_KINDS = [
    ("INLET", "inlet"),
    ("MANHOLE", "manhole"),
    ("PUMP", "pump"),
    ("PLANT", "treatment plant"),
    ("OUTFALL", "outfall"),
]
LABELS = [("START", "start of the period"), ("END", "end of the period")]
CRC_VARIANTS = [("STANDARD", "as the standard says"), ("MODBUS", "Modbus"), ("NONE", "not checked")]


def position_rules(name: str) -> list[models.BaseConstraint]:
    return [
        models.CheckConstraint(
            name=f"{name}_on_earth",
            # Without the two tests for NULL a position of one number only would pass: unknown is not false.
            condition=Q(lon__isnull=False, lat__isnull=False, lon__range=(-180, 180), lat__range=(-90, 90))
            | Q(lon=None, lat=None),
        )
    ]


class Park(Audited):
    code = models.SlugField(max_length=32, unique=True)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120, blank=True)
    province = models.CharField(max_length=20)
    area_class = models.CharField(max_length=16, default="GENERAL")  # which limits of the standards apply
    time_zone = models.CharField(max_length=40, default="Asia/Shanghai")
    boundary = models.JSONField(null=True, blank=True)  # GeoJSON geometry, WGS 84
    lon = models.FloatField(null=True, blank=True)
    lat = models.FloatField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta(Audited.Meta):
        abstract = False
        constraints = position_rules("park")

    def __str__(self) -> str:
        return self.name


class Enterprise(Audited):
    park = models.ForeignKey(Park, models.PROTECT, related_name="enterprises")
    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=160, blank=True)
    uscc = models.CharField(max_length=18)  # unified social credit code
    industry_code = models.CharField(max_length=5)  # GB/T 4754
    industry_name = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=32, blank=True)
    contact_name = models.CharField(max_length=40, blank=True)
    contact_phone = models.CharField(max_length=30, blank=True)
    lon = models.FloatField(null=True, blank=True)
    lat = models.FloatField(null=True, blank=True)
    site = models.JSONField(null=True, blank=True)  # GeoJSON geometry of the premises

    class Meta(Audited.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(name="one_enterprise_of_a_code", fields=["park", "uscc"]),
            models.CheckConstraint(name="uscc_shape", condition=Q(uscc__regex=USCC_SHAPE)),
            models.CheckConstraint(name="industry_shape", condition=Q(industry_code__regex=INDUSTRY_SHAPE)),
            *position_rules("enterprise"),
        ]

    def __str__(self) -> str:
        return self.name


class Unit(Audited):
    """A process or treatment unit; links to the outlets through which it emits."""

    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="units")
    kind = models.CharField(max_length=12, choices=UNIT_KINDS)
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120, blank=True)
    upstream = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="downstream")

    class Meta(Audited.Meta):
        abstract = False
        constraints = [models.UniqueConstraint(name="one_unit_of_a_code", fields=["enterprise", "code"])]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Outlet(Audited):
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="outlets")
    code = models.CharField(max_length=8)  # DA001 air, DW001 water, YS001 rain
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120, blank=True)
    medium = models.CharField(max_length=8, choices=OUTLET_MEDIA)
    stack_height_m = models.FloatField(null=True, blank=True)
    diameter_m = models.FloatField(null=True, blank=True)
    gas_temperature_c = models.FloatField(null=True, blank=True)
    gas_velocity_m_per_s = models.FloatField(null=True, blank=True)
    lon = models.FloatField(null=True, blank=True)
    lat = models.FloatField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    units = models.ManyToManyField(Unit, blank=True, related_name="outlets")
    # What it may emit. None listed: nobody has said, and nothing is ruled out.
    handled = models.ManyToManyField("parks.Pollutant", blank=True, related_name="+")

    class Meta(Audited.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(name="one_outlet_of_a_code", fields=["enterprise", "code"]),
            models.CheckConstraint(name="outlet_code_shape", condition=Q(code__regex=OUTLET_SHAPE)),
            models.CheckConstraint(
                name="outlet_code_says_medium",
                condition=Q(medium="AIR", code__startswith="DA") | Q(medium="WATER", code__startswith="DW")
                | Q(medium="RAIN", code__startswith="YS"),
            ),
            models.CheckConstraint(name="stack_height_positive", condition=Q(stack_height_m__isnull=True) | Q(stack_height_m__gt=0)),
            models.CheckConstraint(name="diameter_positive", condition=Q(diameter_m__isnull=True) | Q(diameter_m__gt=0)),
            models.CheckConstraint(
                name="gas_velocity_not_negative", condition=Q(gas_velocity_m_per_s__isnull=True) | Q(gas_velocity_m_per_s__gte=0)
            ),
            *position_rules("outlet"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Station(Audited):
    park = models.ForeignKey(Park, models.PROTECT, related_name="stations")
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, null=True, blank=True, related_name="stations")
    code = models.CharField(max_length=16)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=8, choices=STATION_KINDS)
    lon = models.FloatField(null=True, blank=True)
    lat = models.FloatField(null=True, blank=True)
    height_m = models.FloatField(null=True, blank=True)

    class Meta(Audited.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(name="one_station_of_a_code", fields=["park", "code"]),
            *position_rules("station"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class PipeNode(Audited):
    """A manhole, inlet, pump or outfall of the wastewater network."""

    park = models.ForeignKey(Park, models.PROTECT, related_name="pipe_nodes")
    code = models.CharField(max_length=20)
    kind = models.CharField(max_length=10, choices=NODE_KINDS, default="MANHOLE")
    outlet = models.ForeignKey(Outlet, models.PROTECT, null=True, blank=True, related_name="pipe_nodes")
    lon = models.FloatField(null=True, blank=True)
    lat = models.FloatField(null=True, blank=True)
    invert_m = models.FloatField(null=True, blank=True)

    class Meta(Audited.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(name="one_node_of_a_code", fields=["park", "code"]),
            *position_rules("pipe_node"),
        ]

    def __str__(self) -> str:
        return self.code


class Pipe(Audited):
    """A pipe; water runs from `start` to `end`."""

    park = models.ForeignKey(Park, models.PROTECT, related_name="pipes")
    code = models.CharField(max_length=20)
    start = models.ForeignKey(PipeNode, models.PROTECT, related_name="leaving")
    end = models.ForeignKey(PipeNode, models.PROTECT, related_name="arriving")
    length_m = models.FloatField()
    diameter_m = models.FloatField(null=True, blank=True)
    slope = models.FloatField(null=True, blank=True)

    class Meta(Audited.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(name="one_pipe_of_a_code", fields=["park", "code"]),
            models.CheckConstraint(name="pipe_has_two_ends", condition=~Q(start=F("end"))),
            models.CheckConstraint(name="pipe_length_positive", condition=Q(length_m__gt=0)),
        ]

    def __str__(self) -> str:
        return self.code


class Logger(Audited):
    """A data logger that speaks HJ 212, with the habits of its dialect."""

    park = models.ForeignKey(Park, models.PROTECT, related_name="loggers")
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, null=True, blank=True, related_name="loggers")
    outlet = models.ForeignKey(Outlet, models.PROTECT, null=True, blank=True, related_name="loggers")
    station = models.ForeignKey(Station, models.PROTECT, null=True, blank=True, related_name="loggers")
    name = models.CharField(max_length=80, blank=True)
    mn = models.CharField(max_length=40, unique=True)
    password = models.CharField(max_length=32, blank=True)
    sm4_key = models.CharField(max_length=32, blank=True)  # hexadecimal
    crc_variant = models.CharField(max_length=10, choices=CRC_VARIANTS, default="STANDARD")
    label = models.CharField(max_length=5, choices=LABELS, default="START")
    minute_interval_min = models.SmallIntegerField(default=1)
    realtime_interval_s = models.IntegerField(default=60)
    is_active = models.BooleanField(default=True)
    installed_on = models.DateField(null=True, blank=True)

    class Meta(Audited.Meta):
        abstract = False
        constraints = [
            models.CheckConstraint(name="mn_not_blank", condition=Q(mn__regex=r"^\S{1,40}$")),
            models.CheckConstraint(
                name="sm4_key_shape", condition=Q(sm4_key="") | Q(sm4_key__regex=r"^[0-9A-Fa-f]{32}$")
            ),
            models.CheckConstraint(
                name="minute_interval_of_the_standard",
                condition=Q(minute_interval_min__in=[1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30]),
            ),
            models.CheckConstraint(name="realtime_interval_positive", condition=Q(realtime_interval_s__gt=0)),
            models.CheckConstraint(
                name="logger_at_one_place", condition=Q(outlet__isnull=True) | Q(station__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.mn


class Instrument(Audited):
    """An analyser behind a logger."""

    logger = models.ForeignKey(Logger, models.PROTECT, related_name="instruments")
    pollutants = models.ManyToManyField("parks.Pollutant", blank=True)
    name = models.CharField(max_length=80)
    maker = models.CharField(max_length=80, blank=True)
    model = models.CharField(max_length=60, blank=True)
    serial = models.CharField(max_length=60, blank=True)
    principle = models.CharField(max_length=60, blank=True)
    range_low = models.FloatField(null=True, blank=True)
    range_high = models.FloatField(null=True, blank=True)
    unit = models.CharField(max_length=24, blank=True)
    installed_on = models.DateField(null=True, blank=True)
    removed_on = models.DateField(null=True, blank=True)

    class Meta(Audited.Meta):
        abstract = False
        constraints = [
            models.CheckConstraint(
                name="instrument_removed_later",
                condition=Q(removed_on__isnull=True)
                | Q(installed_on__isnull=True)
                | Q(removed_on__gte=F("installed_on")),
            )
        ]

    def __str__(self) -> str:
        return self.name
