from django.apps import AppConfig
from django.core import checks


class DeployConfig(AppConfig):
    name = "deploy"

    def ready(self) -> None:
        # Tasks bind to the configured application only when it has been imported.
        from deploy import celery  # noqa: F401
        from deploy.guard import check_production
        from deploy.hydraulics.responses import solved
        from monitoring.tracing.services import hydraulics

        hydraulics.use(solver=solved)

        # The gateway and the other commands look at it with Django's system checks before they run.
        checks.register(check_production, "production")
