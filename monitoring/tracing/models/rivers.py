"""Tables of river reaches. A revision is frozen; what has changed since is another revision."""

import pgtrigger
from django.db import models
from django.db.models import F, Q

FROZEN = pgtrigger.Protect(name="frozen", operation=pgtrigger.Update | pgtrigger.Delete)
PLACES = [("STATION", "station"), ("OUTFALL", "outfall")]


def _band(name: str, *, given: bool = False) -> models.CheckConstraint:
    """Both ends above zero and in order, or none of them."""
    low, high = f"{name}_low", f"{name}_high"
    # A comparison with NULL is neither true nor false, and a check constraint lets it pass.
    told = Q(**{f"{low}__isnull": False, f"{high}__isnull": False, f"{low}__gt": 0, f"{high}__gte": F(low)})
    none = Q(**{f"{low}__isnull": True, f"{high}__isnull": True})
    return models.CheckConstraint(name=f"river_{name}_is_a_band", condition=told if given else told | none)


class RiverReach(models.Model):
    """A stretch of even flow between two places of a river, as one revision says it, from when to when, by whose word."""

    network = models.OneToOneField("monitoring.WaterNetwork", models.PROTECT, primary_key=True, related_name="reach")
    source = models.CharField(max_length=200)  # of the numbers: survey, gauging, estimate
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)  # first day on which it no longer holds
    length_m = models.FloatField()
    slope = models.FloatField()  # m/m
    width_m = models.FloatField()
    depth_m = models.FloatField()  # mean
    # Bands hold the truth with 90 %. Speed or flow is told, or both.
    speed_low = models.FloatField(null=True)  # mean over the cross-section [m/s]
    speed_high = models.FloatField(null=True)
    flow_low = models.FloatField(null=True)  # [m3/s]
    flow_high = models.FloatField(null=True)
    dispersion_low = models.FloatField(null=True)  # along the river [m2/s]; by Fischer's estimate where not told
    dispersion_high = models.FloatField(null=True)

    class Meta:
        constraints = [
            *(models.CheckConstraint(name=f"river_{name}_is_positive", condition=Q(**{f"{name}__gt": 0})) for name in ("length_m", "slope", "width_m", "depth_m")),
            _band("speed"), _band("flow"), _band("dispersion"),
            models.CheckConstraint(name="river_speed_or_flow_is_told", condition=Q(speed_low__isnull=False) | Q(flow_low__isnull=False)),
            models.CheckConstraint(name="river_reach_is_valid_for_a_time", condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from"))),
            models.CheckConstraint(name="river_reach_has_source", condition=~Q(source="")),
        ]  # fmt: skip
        triggers = [
            FROZEN,
            pgtrigger.Trigger(
                name="of_a_river", when=pgtrigger.Before, operation=pgtrigger.Insert,
                func="""
                    IF (SELECT kind FROM monitoring_waternetwork WHERE id = NEW.network_id) IS DISTINCT FROM 'RIVER' THEN
                        RAISE EXCEPTION 'a reach belongs to a revision of a river' USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"reach {self.network_id}"


class RiverPlace(models.Model):
    """A station or a registered outfall on a reach."""

    reach = models.ForeignKey(RiverReach, models.PROTECT, related_name="places")
    kind = models.CharField(max_length=8, choices=PLACES)
    code = models.CharField(max_length=60)
    chainage_m = models.FloatField()  # from the upper end of the reach, downstream
    enterprise = models.ForeignKey("parks.Enterprise", models.PROTECT, null=True, related_name="+")  # of an outfall
    substances = models.JSONField(null=True)  # codes that an outfall may hold; anything where it is null

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_river_place_of_a_code", fields=["reach", "code"]),
            models.UniqueConstraint(
                name="one_river_station_at_a_chainage", fields=["reach", "chainage_m"], condition=Q(kind="STATION")
            ),
            models.CheckConstraint(name="river_place_has_code", condition=~Q(code="")),
            models.CheckConstraint(name="river_chainage_is_not_negative", condition=Q(chainage_m__gte=0)),
            models.CheckConstraint(
                name="river_station_discharges_nothing", condition=~Q(kind="STATION") | Q(enterprise__isnull=True, substances__isnull=True)
            ),
        ]  # fmt: skip
        triggers = [
            FROZEN,
            pgtrigger.Trigger(
                name="within_the_reach", when=pgtrigger.Before, operation=pgtrigger.Insert,
                func="""
                    IF NEW.chainage_m > (SELECT length_m FROM monitoring_riverreach WHERE network_id = NEW.reach_id) THEN
                        RAISE EXCEPTION 'the chainage lies beyond the end of the reach' USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.code


class RiverDecay(models.Model):
    """How fast a substance decays in a reach."""

    reach = models.ForeignKey(RiverReach, models.PROTECT, related_name="decays")
    substance = models.CharField(max_length=12)
    per_day = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_river_decay_of_a_substance", fields=["reach", "substance"]),
            models.CheckConstraint(name="river_decay_is_not_negative", condition=Q(per_day__gte=0)),
        ]
        triggers = [FROZEN]

    def __str__(self) -> str:
        return self.substance
