from django.apps import AppConfig


class DeployConfig(AppConfig):
    name = "deploy"

    def ready(self) -> None:
        # Tasks bind to the configured application only when it has been imported.
        from deploy import celery  # noqa: F401
