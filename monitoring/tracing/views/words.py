"""Words of the incident pages."""

from typing import Any

from django.utils.translation import gettext_lazy

from monitoring.tracing.domain.inference.judging import PLANT, PLANTS
from parks.portal.errors import told_of

WORDS = {
    "error.tracing.nothing_to_trace": gettext_lazy("This cannot be traced."),
    "error.tracing.no_wind": gettext_lazy(
        "No station of the park has the wind of these minutes. Tracing needs speed and direction minute by minute; choose a time from which loggers have sent minutes."
    ),
    "error.tracing.too_few_stations": gettext_lazy(
        "Tracing needs minute readings of {pollutant} at two stations or more; in this time {stations} have them."
    ),
    "error.tracing.not_measured": gettext_lazy(
        "No station of the map has enough minute readings of {substance} in this time, so it cannot be traced together with the others."
    ),
    "error.tracing.counted_twice": gettext_lazy(
        "{part} is a part of {whole}: traced together its mass would count twice."
    ),
    "error.tracing.too_many_together": gettext_lazy(
        "{substances} substances are too many to be traced together; {most} are the most."
    ),
    "error.tracing.bad_incident": gettext_lazy("The incident cannot be entered so."),
    "error.tracing.no_time": gettext_lazy("The end lies after the beginning and not ahead of now."),
    "error.tracing.too_long": gettext_lazy("An incident lasts three days at most; open one for each event."),
    "error.tracing.decided": gettext_lazy("This incident was decided already; reopen it first."),
    "error.tracing.not_decided": gettext_lazy("This incident is open."),
    "error.tracing.no_words": gettext_lazy("Say why, in words."),
    "error.tracing.bad_case": gettext_lazy("The frozen case cannot be read at {path}: {problem}"),
    "error.tracing.too_short": gettext_lazy("Wind and readings share fewer than three steps."),
    "error.tracing.unknown_unit": gettext_lazy("Readings in {unit} cannot be turned into mass per volume."),
    "error.tracing.unknown_species": gettext_lazy(
        "The molar mass of {substance} is not known, so its readings by volume cannot be turned into mass."
    ),
    "error.tracing.file_kind": gettext_lazy(
        "“{name}” is no PDF, JPEG, PNG or XLSX, whatever its name says; nothing was sent."
    ),
    "error.tracing.file_size": gettext_lazy("“{name}” is empty or larger than {most} MB; nothing was sent."),
    "error.tracing.too_many_files": gettext_lazy("{files} files are too many; send up to {most} with one answer."),
    "error.tracing.broke_off": gettext_lazy("The computation broke off; the log of the worker says where."),
    "error.tracing.no_fence": gettext_lazy(
        "The register holds no boundary of the park, so nobody can say where its fence runs. Import it as GeoJSON under Register."
    ),
    "error.tracing.fence": gettext_lazy(
        "The boundary of the park encloses no ground: it has {corners} corners. Correct it in the register."
    ),
    "error.tracing.too_many_sites": gettext_lazy(
        "{sites} sites are too many to be weighed against each other; choose a larger distance, so that {most} remain at most."
    ),
    "error.tracing.bad_period": gettext_lazy(
        "The winds begin before they end, end in the past and cover four hundred days at most."
    ),
    "error.tracing.too_few_winds": gettext_lazy(
        "This station has {hours} hours of wind in this time; {least} are needed. Choose a longer time or another station."
    ),
    "error.tracing.nobody_emits": gettext_lazy(
        "The register holds no air outlet with coordinates that may emit {substance}. Enter coordinates and what outlets emit."
    ),
    "error.tracing.no_sites": gettext_lazy("No site is left on which a sensor could be built; leave out fewer."),
    "error.tracing.siting": gettext_lazy("The sites, costs and budget do not fit together."),
    "error.tracing.bad_track": gettext_lazy("The file is no track."),
    "error.tracing.track_header": gettext_lazy(
        "No row of the file names the columns. The first row names time, longitude and latitude (or east and north), value and unit; the template shows how."
    ),
    "error.tracing.track_short": gettext_lazy(
        "Only {taken} rows of the file hold, {least} are needed. The first that do not, by row, field and rule: {first}"
    ),
    "error.tracing.no_middle": gettext_lazy(
        "The park has no coordinates, so nobody can say whether the track lies near it. Enter them in the register."
    ),
    "error.tracing.drive_long": gettext_lazy(
        "The rows cover {hours} hours; a drive lasts {most} hours at most. Send each drive as a file of its own."
    ),
    "error.tracing.drive_short": gettext_lazy(
        "Only {readings} readings of the drive have a wind; {least} are needed. Were the minutes of the weather station sent?"
    ),
    "error.tracing.track": gettext_lazy("Times of the track do not rise."),
    "error.upload.unsafe": gettext_lazy("The file is not accepted."),
    "error.upload.unreadable": gettext_lazy("The file cannot be read."),
    "refused.track.height": gettext_lazy("A height of the inlet lies between 0 and 200 m."),
    "refused.track.time": gettext_lazy("The time lies in the future or more than five years back."),
    "refused.track.unit": gettext_lazy(
        "Not one of the units ug/m3, mg/m3, ng/m3, g/m3, ppb, ppm, or the molar mass of the substance is not known."
    ),
    "refused.track.far": gettext_lazy("The place lies more than 50 km from the park, or is none on earth."),
    "track_field.time": gettext_lazy("time"),
    "track_field.longitude": gettext_lazy("longitude"),
    "track_field.latitude": gettext_lazy("latitude"),
    "track_field.east": gettext_lazy("east"),
    "track_field.north": gettext_lazy("north"),
    "track_field.value": gettext_lazy("value"),
    "track_field.unit": gettext_lazy("unit"),
    "track_field.height": gettext_lazy("height"),
    "stage.rows": gettext_lazy("what every point would give at every position"),
    "siting_method.maximal covering location, HiGHS": gettext_lazy(
        "maximal covering location as a mixed-integer program, solved by HiGHS"
    ),
    "site_kind.FENCE": gettext_lazy("on the fence"),
    "site_kind.INSIDE": gettext_lazy("inside the park"),
    "site_kind.STATION": gettext_lazy("at a station that does not measure it yet"),
    "unseen.NO_WIND": gettext_lazy("the winds of this time carried its plume to no site"),
    "unseen.TOO_WEAK": gettext_lazy("reaches sites, always below what is noticed"),
    "unseen.SELDOM": gettext_lazy("noticed in less than one hour of a hundred even if all sites were built"),
    "unseen.NOT_CHOSEN": gettext_lazy("sites that would see it did not pay within the number or budget"),
    "stage.signals": gettext_lazy("what every site would see of every outlet in every wind"),
    "stage.plan": gettext_lazy("best sites for the number and budget"),
    "stage.curve": gettext_lazy("best sites for fewer and for more sensors"),
    "stage.map": gettext_lazy("map of what is noticed"),
    "incident_kind.ALARM": gettext_lazy("alarm"),
    "incident_kind.COMPLAINT": gettext_lazy("complaint"),
    "incident_kind.MANUAL": gettext_lazy("opened by hand"),
    "incident.OPEN": gettext_lazy("under inquiry"),
    "incident.CONFIRMED": gettext_lazy("source confirmed"),
    "incident.REJECTED": gettext_lazy("lead rejected"),
    "step.OPENED": gettext_lazy("opened"),
    "step.NOTE": gettext_lazy("note"),
    "step.ASKED": gettext_lazy("enterprise asked"),
    "step.ANSWER": gettext_lazy("answer of the enterprise"),
    "step.CONFIRMED": gettext_lazy("source confirmed"),
    "step.REJECTED": gettext_lazy("lead rejected"),
    "step.REOPENED": gettext_lazy("reopened"),
    "trace.WAITING": gettext_lazy("waiting for a worker"),
    "trace.RUNNING": gettext_lazy("computing"),
    "trace.DONE": gettext_lazy("done"),
    "trace.FAILED": gettext_lazy("failed"),
    "ground.HANDLED": gettext_lazy("handles it, says the register"),
    "ground.PERMITTED": gettext_lazy("its permit limits it"),
    "ground.NOT_HANDLED": gettext_lazy("emits other pollutants only, says the register"),
    "ground.DOUBTFUL": gettext_lazy("its outlets emit other pollutants only; a leak is possible"),
    "ground.UNKNOWN": gettext_lazy("not known what it emits"),
    "stage.background": gettext_lazy("background of each station"),
    "stage.search": gettext_lazy("search of the site"),
    "stage.sampling": gettext_lazy("wind, errors and sources drawn together"),
    "stage.places": gettext_lazy("likely places sought more sharply"),
    "stage.answer": gettext_lazy("probabilities and evidence summed up"),
    "stage.alone": gettext_lazy("the likely points, each tried alone"),
    "stage.starts": gettext_lazy("factors sought from many starts"),
    "stage.bootstrap": gettext_lazy("samples drawn anew and factors mapped"),
    "stage.displaced": gettext_lazy("shares displaced one by one"),
    "stage.factor_wind": gettext_lazy("winds of each factor"),
    "stage.balance": gettext_lazy("balance with the source profiles"),
    "profile_origin.MEASURED": gettext_lazy("sampled at the point"),
    "profile_origin.UNVERIFIED": gettext_lazy("entered for the point, unverified"),
    "profile_origin.MONITORED": gettext_lazy("mass rates of its own instruments"),
    "profile_origin.PERMITTED": gettext_lazy("permitted annual amounts of its only air outlet"),
    "profile_origin.PERMITTED_WHOLE": gettext_lazy("permitted annual amounts of all air outlets of the enterprise"),
    "profile_origin.SINGLE": gettext_lazy("may emit one of them only, so it needs no profile"),
    "profile.UNVERIFIED": gettext_lazy("unverified"),
    "profile.SOURCED": gettext_lazy("source stated"),
    "fingerprint_missing.DROP": gettext_lazy("hours that lack a substance are left out"),
    "fingerprint_missing.MEDIAN": gettext_lazy("missing values are medians, uncertain by four medians"),
    "error.tracing.fingerprints": gettext_lazy("The numbers of factors do not go from a smaller to a larger one."),
    "error.tracing.fingerprint_samples": gettext_lazy(
        "{samples} hours hold all substances; at least {least} are needed. Choose more days, fewer substances or another station."
    ),
    "error.tracing.fingerprint_many": gettext_lazy(
        "{samples} samples are more than the {most} that are computed at once. Choose fewer days or stations."
    ),
    "error.tracing.fingerprint_work": gettext_lazy(
        "This would take some {minutes} minutes of computing; {most} are allowed. Choose fewer starts, bootstrap runs, factors or hours."
    ),
    "error.tracing.fingerprint_substances": gettext_lazy(
        "{substances} substances do not carry {factors} factors: at least three substances are needed, and more of them than factors."
    ),
    "error.tracing.fingerprint_limit": gettext_lazy(
        "Every substance needs a detection limit above zero and an error fraction of 0 to 100 percent, and their source has to be stated."
    ),
    "error.tracing.fingerprint_period": gettext_lazy(
        "The hours begin before they end, end in the past and cover 92 days at most."
    ),
    "error.tracing.profile": gettext_lazy(
        "A profile needs a name, two substances or more, shares above zero that come to at most 100 percent, and an end after its beginning. These are {substances} substances with {total} percent."
    ),
    "error.tracing.profile_header": gettext_lazy(
        "No row of the file names the columns. The first row names code, share and deviation."
    ),
    "refused.profile.code": gettext_lazy("The catalogue has no such substance of the air."),
    "refused.profile.twice": gettext_lazy("An earlier row has the same substance."),
    "refused.profile.percent": gettext_lazy("The number lies between 0 and 100 percent."),
    "doubt.unstable": gettext_lazy(
        "Factors {factors} came back in fewer than 80 percent of the bootstrap runs: they are unstable."
    ),
    "doubt.starts": gettext_lazy(
        "Only {near} of {starts} starts came within one percent of the least Q (largest over least {spread}): there are several minima, and another one would tell another story."
    ),
    "doubt.not_converged": gettext_lazy("The best start had not come to rest after {steps} steps."),
    "doubt.ratio_high": gettext_lazy(
        "Q is {ratio} times the expected: too few factors, or the stated errors are too small."
    ),
    "doubt.ratio_low": gettext_lazy(
        "Q is {ratio} times the expected: too many factors, or the stated errors are too large."
    ),
    "doubt.turned": gettext_lazy(
        "Main shares of factors {factors} can be moved by more than half of themselves at hardly any cost: they may be turned into each other."
    ),
    "doubt.alike": gettext_lazy(
        "Contributions of factors {pairs} rise and fall together: they may be one source, or two in the same wind."
    ),
    "doubt.few": gettext_lazy("{samples} samples are few; {wanted} or more are wanted."),
    "doubt.faint": gettext_lazy("More than half of the values lie below the detection limit: {substances}."),
    "doubt.missed": gettext_lazy(
        "More than five percent of the values are missed by over three uncertainties: {substances}."
    ),
    "score.RIGHT": gettext_lazy("right"),
    "score.PARTLY": gettext_lazy("in part"),
    "score.WRONG": gettext_lazy("wrong"),
    "score.NOT_TOLD": gettext_lazy("not told"),
    "error.tracing.network": gettext_lazy("The file is no network that can be traced."),
    "error.tracing.table": gettext_lazy("The table cannot be read."),
    "error.tracing.too_few_readings": gettext_lazy("The readings do not make a series."),
    "error.sewers.network": gettext_lazy("The pipes of the file do not make a sewer."),
    "error.sewers.pipe": gettext_lazy("A dimension of a pipe is not above zero."),
    "refused.node.unknown": gettext_lazy("The network has no such node."),
    "refused.unit.unknown": gettext_lazy("Not one of the units mg/L, ug/L, g/L, g/m3, mg/m3, kg/m3."),
    "water_kind.SEWER": gettext_lazy("gravity sewer"),
    "water_kind.PRESSURE": gettext_lazy("network under pressure"),
    "water_kind.RIVER": gettext_lazy("reach of a river"),
    "river_verdict.named": gettext_lazy("one outfall is likely"),
    "river_verdict.several": gettext_lazy("several outfalls are likely"),
    "river_verdict.unregistered": gettext_lazy("it entered where nobody is registered for it"),
    "river_verdict.located": gettext_lazy("a place was found; no outfall is entered to compare it with"),
    "river_verdict.cannot tell": gettext_lazy("cannot tell"),
    "river_stage.rough": gettext_lazy("first draws, to learn the errors"),
    "river_stage.first": gettext_lazy("place, start, mass and flow drawn together"),
    "river_stage.second": gettext_lazy("drawn once more, to compare"),
    "river_stage.outfalls": gettext_lazy("outfalls held against the draws"),
    "error.tracing.reach": gettext_lazy("The reach cannot be taken."),
    "error.tracing.reach_not_valid": gettext_lazy(
        "The readings are of {day}; this revision of the reach holds from {first} until {end}. Choose another revision or enter one for that time."
    ),
    "refused.number.positive": gettext_lazy("The number is above zero."),
    "refused.number.negative": gettext_lazy("The number is not below zero."),
    "refused.band.end": gettext_lazy("A band has a low and a high end; this one is missing."),
    "refused.band.order": gettext_lazy("The high end does not lie below the low one."),
    "refused.speed.or_flow": gettext_lazy("Tell the band of the mean speed or that of the flow."),
    "refused.validity.order": gettext_lazy("It ends after it begins."),
    "refused.too_long": gettext_lazy("Sixty characters at most."),
    "refused.kind.unknown": gettext_lazy("One of station, outfall, decay."),
    "refused.id.duplicate": gettext_lazy("An earlier row has the same id."),
    "refused.chainage.outside": gettext_lazy("The chainage lies between 0 and the length of the reach."),
    "refused.station.discharges": gettext_lazy("A station has neither enterprise nor substances."),
    "refused.station.none": gettext_lazy("The table holds no station, so nothing could be read."),
    "refused.station.same_place": gettext_lazy("Two stations stand at one chainage."),
    "refused.enterprise.unknown": gettext_lazy("The register of the park has no enterprise of this name."),
    "refused.substance.unknown": gettext_lazy("The catalogue has no such code among the factors of water."),
    "excluded.It lies below the first station that read it.": gettext_lazy(
        "It lies below the first station that read it."
    ),
    "excluded.It lies above the stretch that was searched.": gettext_lazy(
        "It lies above the stretch that was searched."
    ),
    "excluded.No release from there gives these curves.": gettext_lazy("No release from there gives these curves."),
    "water_verdict.named": gettext_lazy("one node is likely"),
    "water_verdict.several": gettext_lazy("several nodes are likely"),
    "water_verdict.unregistered": gettext_lazy("it entered where nobody is registered for it"),
    "water_verdict.cannot tell": gettext_lazy("cannot tell"),
    "excluded.The water needs longer than the readings cover.": gettext_lazy(
        "The water needs longer than the readings cover."
    ),
    "excluded.Its flow is too small to carry what was read.": gettext_lazy(
        "Its flow is too small to carry what was read."
    ),
    "excluded.An inspection has ruled it out.": gettext_lazy("An inspection has ruled it out."),
    "error.tracing.no_gauge": gettext_lazy(
        "None of the stations bound to nodes of this network has four valid readings of {pollutant} in this time; {gauges} of them measure it. Choose another time, or bind stations on the page of the network."
    ),
    "error.tracing.no_solver": gettext_lazy("The unit responses of this network cannot be computed."),
    "error.tracing.network_too_large": gettext_lazy(
        "The unit responses of this network would take about {hours} hours on this machine ({runs} runs of {seconds} s each), more than the {most} hours that are allowed. Send a network with fewer nodes, for example the part around the places that were read."
    ),
    "water_stage.upstream": gettext_lazy("nodes upstream and in time"),
    "water_stage.responses": gettext_lazy("what a release from each of them gives"),
    "water_stage.search": gettext_lazy("start, duration and mass sought at each node"),
    "water_stage.answer": gettext_lazy("probabilities summed up"),
    "verdict.named": gettext_lazy("one point is likely"),
    "verdict.several": gettext_lazy("several points are likely"),
    "verdict.unregistered": gettext_lazy("a point that is not registered is likely"),
    "verdict.outside": gettext_lazy("the air came from outside the park"),
    "verdict.cannot tell": gettext_lazy("cannot tell"),
}
# The engine's reasons, as people read them.
REASONS = {
    "A lead, not proof.": gettext_lazy("This is a lead and no proof."),
    "No sensor rose above its background.": gettext_lazy("No station rose above its background."),
    "The air was calm nearly throughout; calm air points nowhere.": gettext_lazy(
        "The air was calm nearly throughout; calm air points nowhere."
    ),
    "No candidate and no place explains the readings; the wind or the widths are not as assumed.": gettext_lazy(
        "No point and no place explains the readings; the wind or the dispersion was not as assumed."
    ),
    "A point that is not in the register explains the readings best.": gettext_lazy(
        "A point that is not in the register explains the readings best."
    ),
    "All sensors rose together with wind from one sector.": gettext_lazy(
        "All stations rose together with wind from one direction."
    ),
    "Several candidates explain the readings equally well; together they are likely.": gettext_lazy(
        "Several points explain the readings equally well; together they are likely."
    ),
    "No sensor stood where it could have seen any candidate.": gettext_lazy(
        "No station stood where it could have seen any point in this wind."
    ),
    "The chains do not agree on who it was; more rounds may tell.": gettext_lazy(
        "The chains do not agree on who it was; a longer computation may tell."
    ),
    "Of many points only the likeliest were looked at, and the model errs too much to be sure that the true one is among them.": gettext_lazy(
        "Of many points only the likeliest were looked at, and the model errs too much to be sure that the true one is among them."
    ),
    "No sensor read clearly above its floor.": gettext_lazy("No reading rose clearly above its noise."),
    "No manhole upstream remains.": gettext_lazy("No manhole upstream remains."),
    "No node of the network can have caused what was read.": gettext_lazy(
        "No node of the network can have caused what was read."
    ),
    "No node reaches the probability a name needs.": gettext_lazy("No node reaches a probability of 60 %."),
    "The demands of the day are not known, so the water may have flowed otherwise than in the model.": gettext_lazy(
        "The demands of the day are not known, so the water may have flowed otherwise than in the model."
    ),
    "No station read clearly above its background.": gettext_lazy(
        "No station read clearly above what is always there."
    ),
    "One station alone read above its background: an early spill far away and a late one near by look alike.": gettext_lazy(
        "One station alone read it: an early spill far away and a late one near by look alike, so place and time cannot be told apart."
    ),
    "The best sudden release explains too little: it lasted, there were several, or the river flowed otherwise.": gettext_lazy(
        "The best sudden release explains too little: it lasted, there were several, or the river flowed otherwise."
    ),
    "The search ends where likely places or starts do not; widen it.": gettext_lazy(
        "The search ends where likely places or starts do not: let it begin earlier, or enter a longer reach."
    ),
    "The two populations of guesses do not agree on the place.": gettext_lazy(
        "Two sets of draws do not agree on the place."
    ),
    "The readings point to a place where no registered outfall may hold the substance.": gettext_lazy(
        "The readings point to a place where no registered outfall may hold the substance."
    ),
    "No outfall reaches the probability a name needs.": gettext_lazy("No outfall reaches a probability of 60 %."),
    "No candidate reaches a probability of 0.6.": gettext_lazy("No point reaches a probability of 60 %."),
    PLANT: gettext_lazy(
        "One enterprise is likely as a whole, see the table of plants; which of its points it was cannot be told."
    ),
    PLANTS: gettext_lazy(
        "Enterprises are likely as a whole, see the table of plants; which of their points it was cannot be told."
    ),
}


def refusal(*, row: Any) -> str:
    """Why a trace failed, in the language of the page."""
    return told_of(code=row.error_code, details=row.error_details, text=row.error)


def doubt_said(doubt: dict[str, Any]) -> str:
    """What speaks against a factorisation, in the language of the page."""
    return str(WORDS[f"doubt.{doubt['code']}"]).format_map(doubt["details"])


# Reasons that go on with names or numbers, by how they begin.
BEGINNINGS = {
    "These nodes cannot be told apart by the sensors there are": gettext_lazy("These nodes cannot be told apart by the places that were read"),
    "Place and start lie on a ridge": gettext_lazy("Place and time trade off, see the chart."),
    "The river is not mixed across yet": gettext_lazy("The first station that read it lies so near the likely place that the river may not be mixed across there; the computation takes it for mixed."),
    "The best release explains": gettext_lazy("The best release explains too little: there were several, or the water flowed otherwise"),
}  # fmt: skip


def said(reasons: list[str]) -> list[str]:
    return [_said(one) for one in reasons]


def _said(reason: str) -> str:
    for begin, word in BEGINNINGS.items():
        if reason.startswith(begin):
            if begin.startswith("These"):
                return f"{word}: {reason.split(':', 1)[1].strip()}"
            return str(word) if str(word).endswith((".", "。")) else f"{word}."
    return str(REASONS.get(reason, reason))
