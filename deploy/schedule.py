"""The timetable: when the clock does what. Each entry may run late or twice without harm."""

from typing import Any

from celery.schedules import crontab

SCHEDULE: dict[str, dict[str, Any]] = {
    # Jobs and periods whose message was lost with the broker, or whose worker died, are picked up again.
    "sweep the jobs": {"task": "monitoring.intake.tasks.sweep", "schedule": 5.0, "options": {"expires": 10}},
    "sweep uploads of activity data": {
        "task": "accounting.activity.tasks.sweep",
        "schedule": 5.0,
        "options": {"expires": 10},
    },
    "roll up what is due": {"task": "monitoring.alarms.tasks.follow_up", "schedule": 5.0, "options": {"expires": 10}},
    "watch the loggers": {"task": "monitoring.alarms.tasks.watch", "schedule": 30.0, "options": {"expires": 30}},
    "make next month's partitions": {"task": "monitoring.series.tasks.prepare_months", "schedule": 21_600.0},
    # Ten past one in Shanghai, after the last hour of the day was rolled up.
    "derive activity data": {"task": "accounting.activity.tasks.derive", "schedule": crontab(minute="10", hour="17")},
    "balance the park": {
        "task": "accounting.carbon.tasks.balance_due",
        "schedule": 3_600.0,
        "options": {"expires": 3_600},
    },
    "compute traces that wait": {
        "task": "monitoring.tracing.tasks.traces_due",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "compute water traces that wait": {
        "task": "monitoring.tracing.tasks.water_due",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "compute traces of drives that wait": {
        "task": "monitoring.tracing.tasks.drives_due",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "solve plans for sensors that wait": {
        "task": "monitoring.tracing.tasks.plans_due",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "compute factors of several substances that wait": {
        "task": "monitoring.tracing.tasks.fingerprints_due",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "compute networks under pressure that wait": {
        "task": "monitoring.tracing.tasks.hydraulics_due",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "issue what is due": {"task": "accounting.reports.tasks.issue_due", "schedule": 60.0, "options": {"expires": 60}},
}
