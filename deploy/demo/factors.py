"""Source profiles of some plants and a wish for factors at a station downwind of them. Workers answer it."""

from datetime import datetime, timedelta

from deploy.demo.facts import Story
from deploy.demo.loggers import FENCE_SPECIES
from deploy.demo.noise import key_of, one
from deploy.demo.plumes import shares_of
from deploy.demo.writing import Written
from monitoring.tracing.services import fingerprints, profiles
from parks.catalogue.domain.periods import day_bounds, day_of, park_zone
from parks.people.domain import Scope

STATION, DAYS = "F05", 30  # on the eastern fence, where benzene, styrene and olefins of several plants arrive
# Plants whose leaks somebody has sampled; the last without a report, so that it stays unverified.
SAMPLED = {
    "ethyl": "乙烯装置",
    "styren": "苯乙烯装置",
    "phenol": "苯酚丙酮装置",
    "vinyl": "氯乙烯装置",
    "aromat": "芳烃装置",
}
REPORT = "演示数据：泄漏组分检测报告（由种子生成，并非实测）"
OPTIONS = fingerprints.Options(
    most_factors=5, starts=10, bootstrap_runs=30
)  # fewer than usual: it computes while the park starts
ROUGH = 0.15  # relative error of a profile, and its stated deviation
LIMIT_UG, FRACTION = 0.3, 0.10
LIMITS = "演示数据：厂界自动监测系统验收报告（生成，并非实测），检出限0.3 μg/m³，误差10%"


def write_factors(*, story: Story, written: Written, now: datetime) -> None:
    """Keep the profiles and freeze thirty days of the substances of one station."""
    scope = Scope(user_id=written.people["officer"], park_ids=frozenset({written.park.pk}))
    today = day_bounds(day_of(now, park_zone()), park_zone())
    begin = today.start - timedelta(days=DAYS)
    for number, (slug, name) in enumerate(SAMPLED.items(), start=1):
        stack = next(one for one in story.outlets if one.slug == slug and one.medium == "AIR")
        profiles.keep_profile(
            scope=scope, park_id=written.park.pk, name=name, outlet_id=written.outlets[stack.key].pk, shares=sampled(story, slug),
            source=REPORT if number < len(SAMPLED) else "", valid_from=day_of(begin, park_zone()), valid_to=None, now=now,
        )  # fmt: skip
    stated = {code: fingerprints.Stated(LIMIT_UG, FRACTION) for code in sorted(FENCE_SPECIES)}
    fingerprints.ask_for_fingerprints(
        scope=scope, park_id=written.park.pk, title="演示：东厂界挥发性有机物因子", station_ids=[written.stations[STATION].pk], start=begin,
        end=today.start, stated=stated, errors_source=LIMITS, profile_ids=None, options=OPTIONS, zone=park_zone(), now=now,
    )  # fmt: skip


def sampled(story: Story, slug: str) -> dict[str, profiles.Share]:
    """What a sampler would have found of a plant: the true shares, each off by some of itself; toluene at the limit where there is one alone."""
    found = {}
    for code, share in shares_of(story, story.plant(slug)).items():
        rough = share * (1.0 + ROUGH * (2.0 * one(key_of(story.seed, "profile", slug, code)) - 1.0))
        found[code] = profiles.Share(round(rough, 4), round(ROUGH * rough, 4))
    if len(found) < 2:
        found["a25003"] = profiles.Share(0.002, 0.001)
    return found
