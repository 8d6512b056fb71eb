"""Kinds of stacks: design data, what is measured, typical concentrations, which limits apply.

Concentrations are mg/m3 dry at standard state; where a reference oxygen applies they hold at that oxygen.
"""

from dataclasses import dataclass, field

O2, FLOW, VELOCITY, TEMPERATURE, PRESSURE, MOISTURE = "a19001", "a00000", "a01011", "a01012", "a01013", "a01014"
PM, SO2, NOX, CO, NMHC, NH3, H2S = "a34013", "a21026", "a21002", "a21005", "a24088", "a21001", "a21028"
CO2 = "a05001"
HCL, CL2, HF, ACID_MIST, FURNACE = "a21024", "a21022", "a21018", "a34039", "a01901"
BENZENE, TOLUENE, XYLENES = "a25002", "a25003", "a25005"

# Standard and outlet class of the limit catalogue.
STANDARDS: dict[str, tuple[str, str]] = {
    "general": ("GB 16297-1996", "new source"),
    "resin": ("GB 31572-2015", "synthetic resin process"),
    "halogen": ("GB 31571-2015", "halogenated organics outlet"),
    "pharma": ("GB 37823-2019", "pharmaceutical process"),
    "heater": ("GB 31571-2015", "process heater"),
    "wwgas": ("GB 31571-2015", "wastewater gas outlet"),
    "coal": ("Ultra-low emission plan", "coal boiler"),
    "gasboiler": ("GB 13271-2014", "gas boiler"),
    "incin": ("GB 18484-2020", "hazardous waste incinerator"),
    "sru": ("GB 31570-2015", "acid gas recovery"),
}


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of stack."""

    typical: dict[str, float]
    standards: tuple[str, ...]
    height_m: float
    temperature_c: float
    moisture_percent: float
    velocity_m_per_s: float
    treatment: tuple[str, str]
    reference_o2: float | None = None
    o2_percent: float | None = None
    extra: tuple[str, ...] = field(default=())
    static_pa: float = -80.0
    sorbent_days: float = 0.0  # a filter that fills up and is replaced


PROFILES: dict[str, Profile] = {
    "coal": Profile({PM: 3.4, SO2: 15.0, NOX: 33.0, NH3: 1.3, CO2: 250_000.0}, ("coal",), 120.0, 52.0, 12.5, 10.5,
                    ("石灰石-石膏湿法脱硫、SCR脱硝、布袋除尘", "Wet limestone FGD, SCR, bag filter"), 6.0, 6.4),
    "gasboiler": Profile({PM: 2.3, SO2: 4.5, NOX: 46.0, CO: 9.0}, ("gasboiler",), 25.0, 96.0, 14.0, 8.5,
                         ("低氮燃烧", "Low-NOx burner"), 3.5, 4.2),
    "heater": Profile({PM: 4.2, SO2: 13.0, NOX: 72.0, CO: 12.0}, ("heater",), 60.0, 138.0, 13.0, 7.5,
                      ("低氮燃烧器", "Low-NOx burners"), 3.0, 3.9),
    "incin": Profile({PM: 5.5, SO2: 24.0, NOX: 142.0, CO: 17.0, HCL: 11.0, HF: 0.6}, ("incin",), 50.0, 134.0, 21.0, 12.0,
                     ("急冷、活性炭喷射、布袋除尘、湿法脱酸", "Quench, activated carbon, bag filter, wet scrubber"),
                     11.0, 9.4, (FURNACE,)),
    "rto": Profile({NMHC: 17.0, NOX: 24.0, SO2: 3.5, PM: 3.2}, ("general",), 25.0, 78.0, 4.5, 10.5,
                   ("蓄热式热力焚烧", "Regenerative thermal oxidiser")),
    "vent": Profile({NMHC: 27.0}, ("general",), 20.0, 31.0, 3.0, 8.5,
                    ("冷凝与活性炭吸附", "Condensation and activated carbon"), sorbent_days=24.0),
    "tankvent": Profile({NMHC: 48.0}, ("general",), 15.0, 24.0, 2.0, 5.0,
                        ("冷凝与膜分离回收", "Condensation and membrane recovery"), sorbent_days=40.0),
    "wwgas": Profile({NMHC: 13.0, BENZENE: 0.35, TOLUENE: 0.8, XYLENES: 0.7, H2S: 0.5, NH3: 1.6}, ("wwgas",), 15.0, 27.0, 3.5, 9.0,
                     ("碱洗与生物滤池", "Caustic scrubber and biofilter")),
    "acid": Profile({HCL: 6.0, CL2: 0.9}, ("halogen",), 25.0, 27.0, 3.0, 8.0, ("两级碱液吸收", "Two-stage caustic scrubber")),
    "fluoride": Profile({HF: 1.1, HCL: 4.0}, ("general",), 30.0, 28.0, 3.0, 8.0, ("水洗与碱洗", "Water and caustic scrubber")),
    "sulfuric": Profile({SO2: 88.0, ACID_MIST: 5.5}, ("general",), 45.0, 58.0, 2.0, 9.0,
                        ("双氧水脱硫与电除雾", "Hydrogen peroxide scrubber and mist precipitator")),
    "sru": Profile({SO2: 96.0, NOX: 48.0}, ("sru",), 60.0, 62.0, 8.0, 9.0, ("尾气加氢还原吸收与焚烧", "Tail gas hydrogenation, absorption, oxidiser")),
    "ammonia": Profile({NOX: 62.0, NH3: 4.0, PM: 5.0}, ("general",), 25.0, 88.0, 6.0, 9.0, ("SCR脱硝与水洗", "SCR and water scrubber")),
    "dust": Profile({PM: 7.0}, ("general",), 20.0, 42.0, 3.0, 11.0, ("袋式除尘", "Bag filter")),
}  # fmt: skip
