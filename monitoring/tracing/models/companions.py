"""Substances that are traced together with the main one of an incident."""

import pgtrigger
from django.db import models

from monitoring.tracing.models.incidents import Incident

OTHER_THAN_MAIN = """
IF NEW.pollutant_id = (SELECT pollutant_id FROM monitoring_incident WHERE id = NEW.incident_id) THEN
    RAISE EXCEPTION 'the main substance of an incident is no companion of itself' USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;"""


class IncidentCompanion(models.Model):
    """A substance that the incident was opened to be traced together with. Another choice is made with another trace."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="companions")
    pollutant = models.ForeignKey("parks.Pollutant", models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(name="one_companion_of_a_substance", fields=["incident", "pollutant"])]
        triggers = [
            pgtrigger.Protect(name="frozen", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="other_than_main", when=pgtrigger.Before, operation=pgtrigger.Insert, func=OTHER_THAN_MAIN
            ),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.pollutant_id}"
