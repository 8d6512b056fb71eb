"""System, command and return codes, and what each command carries."""

from dataclasses import dataclass
from enum import IntEnum

from monitoring.series.domain.readings import Interval


class Version(IntEnum):
    """Edition of the standard that a frame follows, as its Flag tells."""

    V2005 = 2005
    V2017 = 2017
    V2025 = 2025


@dataclass(frozen=True, slots=True)
class Command:
    """What a command number means: UPLOAD (answered 9014), NOTIFY (9013), LOGIN (9022), ANSWER, REQUEST."""

    kind: str
    interval: Interval | None = None
    note: str = ""


COMMANDS: dict[str, Command] = {
    "1001": Command("NOTIFY", note="hardware serials, asks for an MN"),
    "1013": Command("NOTIFY", note="asks for a clock calibration"),
    "1014": Command("NOTIFY", note="asks for a key"),
    "2011": Command("UPLOAD", Interval.REALTIME),
    "2013": Command("UPLOAD", None, "original data of periodic analysers"),
    "2021": Command("UPLOAD", Interval.REALTIME, "facility state"),
    "2031": Command("UPLOAD", Interval.DAY),
    "2041": Command("UPLOAD", Interval.DAY, "facility hours"),
    "2051": Command("UPLOAD", Interval.MINUTE),
    "2052": Command("UPLOAD", Interval.REALTIME, "single noise measurement"),
    "2061": Command("UPLOAD", Interval.HOUR),
    "2062": Command("UPLOAD", None, "automatic standard check"),
    "2071": Command("UPLOAD", None, "alarm record"),
    "2072": Command("NOTIFY", None, "alarm event"),
    "2081": Command("UPLOAD", None, "boot time of the logger"),
    "2111": Command("UPLOAD", Interval.MINUTE, "furnace temperature, five-minute mean"),
    "3015": Command("UPLOAD", None, "sample kept on exceedance"),
    "3019": Command("UPLOAD", None, "instrument serial"),
    "3020": Command("UPLOAD", None, "device information"),
    "9011": Command("ANSWER"),
    "9012": Command("ANSWER"),
    "9013": Command("ANSWER"),
    "9014": Command("ANSWER"),
    "9015": Command("NOTIFY", note="heartbeat"),
    "9021": Command("LOGIN", note="log-in of 2005 loggers"),
}
# Requests travel downwards only; one that comes up is an echo or a mistake, kept and not answered.
REQUESTS = frozenset(
    [
        "1000",
        "1002",
        "1011",
        "1012",
        "1021",
        "1022",
        "1031",
        "1032",
        "1041",
        "1042",
        "1061",
        "1062",
        "1063",
        "1064",
        "1072",
        "2012",
        "2022",
        "3011",
        "3012",
        "3013",
        "3014",
        "3016",
        "3017",
        "3018",
        "3021",
        "3022",
        "3024",
    ]
)

STATISTICS = {
    "rtd": "value",
    "avg": "value",
    "data": "value",
    "daydata": "value",
    "min": "minimum",
    "max": "maximum",
    "cou": "total",
    "zsrtd": "converted",
    "zsavg": "converted",
    "zsmin": "converted_min",
    "zsmax": "converted_max",
    "flag": "flag",
}
# Statistics that are kept in the raw frame and no reading of a series.
CARRIED = frozenset({"eflag", "sampletime", "info", "sn", "rs", "rt", "zscou", "nightdata", "completetime", "sampletype", "samplerd", "standardvalue", "resulttype", "calibrationtype"})  # fmt: skip
SCALARS = frozenset(
    [
        "systemtime",
        "datatime",
        "begintime",
        "endtime",
        "restarttime",
        "polid",
        "infoid",
        "vaseno",
        "cstarttime",
        "ctime",
        "stime",
        "newpw",
        "overtime",
        "recount",
        "rtdinterval",
        "mininterval",
        "qnrtn",
        "exertn",
        "skcreatetime",
        "newsk",
        "qn",
        "cn",
    ]
)
FLAGS_2017 = frozenset("NFMSDCTB")
FLAGS_2005 = frozenset("NFMSDCTP0123")
SYSTEMS = frozenset(
    [
        "21",
        "22",
        "23",
        "24",
        "25",
        "26",
        "27",
        "31",
        "32",
        "33",
        "34",
        "35",
        "36",
        "37",
        "38",
        "39",
        "41",
        "44",
        "45",
        "51",
        "52",
        "91",
    ]
)  # others are legal extensions: reported, not refused
