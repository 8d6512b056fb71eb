"""Activity data and months over the API."""

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounting.activity import tasks
from accounting.activity.access import enterprise_in_call
from accounting.activity.domain.months import Step
from accounting.activity.selectors import counts_by_month, lines_in_force, months_of, taken_rows
from accounting.activity.services import months, uploads
from monitoring.intake.domain import SubmissionKind
from monitoring.intake.selectors import receipt_of
from monitoring.intake.services import spreadsheets
from monitoring.intake.services.uploads import Sender
from parks.catalogue.domain.errors import Invalid, NotFound
from parks.people.access import require_key, scope_of
from parks.people.domain import Capability
from parks.portal.bodies import RawJson

MOST_LINES = 5_000
LONGEST_KEY = 100
ENTERPRISE = OpenApiParameter("enterprise", int, description="needed only for people of the park")
KEY_HEADER = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="the same key and body give the same receipt"
)
NEEDED: dict[Step, tuple[Capability, ...]] = {
    Step.CLOSE: (Capability.APPROVE_DATA, Capability.MANAGE_FACTORS),
    Step.REOPEN: (Capability.APPROVE_DATA, Capability.MANAGE_FACTORS),
    Step.VERIFY: (Capability.VERIFY_CARBON,),
}


class LineOut(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="pk")
    month = serializers.DateField(format="%Y-%m")
    code = serializers.CharField()
    version = serializers.IntegerField()
    kind = serializers.CharField()
    values = serializers.JSONField(help_text="field -> value, unit, uncertainty, meter, factor; numbers as text")
    choices = serializers.JSONField()
    groups = serializers.JSONField(help_text="repeated fields, such as feed and product")
    node = serializers.CharField(source="node.code", default=None, allow_null=True)
    stream = serializers.CharField(source="stream.code", default=None, allow_null=True)
    biogenic = serializers.BooleanField()
    source = serializers.CharField()  # type: ignore[assignment]
    quality = serializers.IntegerField()
    note = serializers.CharField()
    evidence_sha256 = serializers.CharField(source="evidence_digest")
    entered_at = serializers.DateTimeField()


class LinesOut(serializers.Serializer[Any]):
    enterprise = serializers.IntegerField()
    lines = LineOut(many=True)
    complete = serializers.BooleanField(help_text="false: there are more; narrow the months")


class LineIn(serializers.Serializer[Any]):
    """For the description only: lines are checked one by one by the worker, so that one bad line refuses itself alone."""

    month = serializers.CharField(help_text="2026-01")
    code = serializers.CharField(help_text="of the source within the enterprise")
    kind = serializers.CharField()
    values = serializers.JSONField(required=False)
    choices = serializers.JSONField(required=False)
    groups = serializers.JSONField(required=False)
    node = serializers.CharField(required=False)
    stream = serializers.CharField(required=False)
    biogenic = serializers.BooleanField(required=False)
    quality = serializers.IntegerField(required=False, min_value=1, max_value=5)
    note = serializers.CharField(required=False)
    certificates = serializers.JSONField(required=False, help_text="id, mwh, acquisition, attribute, proof of each")


class LinesIn(serializers.Serializer[Any]):
    lines = LineIn(many=True)


class TakenOut(serializers.Serializer[Any]):
    receipt = serializers.IntegerField(source="pk")
    state = serializers.CharField()


class MonthOut(serializers.Serializer[Any]):
    month = serializers.CharField()
    state = serializers.CharField(help_text="OPEN, CLOSED or VERIFIED")
    lines = serializers.IntegerField()
    closed_by = serializers.CharField(allow_null=True)
    verified_by = serializers.CharField(allow_null=True)


class StepIn(serializers.Serializer[Any]):
    step = serializers.ChoiceField(choices=[step.value for step in Step])
    reason = serializers.CharField(required=False, allow_blank=True, max_length=300, default="")
    comments = serializers.DictField(
        child=serializers.CharField(max_length=300), required=False, help_text="by key of each finding; needed to close"
    )


def asked_enterprise(request: Request, *, names: list[str], capability: Capability) -> Any:
    scope = scope_of(viewer=request.user)
    require_key(scope=scope, names=names)
    text = str(request.query_params.get("enterprise", ""))
    wanted = int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
    return enterprise_in_call(scope=scope, wanted=wanted, capability=capability)


def asked_month(request: Request, name: str, default: date) -> date:
    text = request.query_params.get(name)
    try:
        return date.fromisoformat(f"{text}-01") if text else default
    except ValueError as error:
        raise Invalid(f"{name}: write the month as 2026-01.", field=name) from error


def taken(request: Request, *, enterprise: Any, kind: SubmissionKind, data: bytes, name: str) -> Response:
    """Journal, receipt, work: 202 when it is safe."""
    key = request.headers.get("Idempotency-Key", "").strip()
    if len(key) > LONGEST_KEY or not key.isprintable():
        raise Invalid(f"An Idempotency-Key has at most {LONGEST_KEY} printable characters.", field="Idempotency-Key")
    sender = Sender(enterprise.park_id, enterprise.pk, request.user.pk, getattr(request.user, "token_id", None))
    receipt, new = uploads.accept(
        sender=sender,
        kind=kind,
        data=data,
        name=name,
        key=key,
        peer=request.META.get("REMOTE_ADDR", ""),
        now=timezone.now(),
    )
    if new:
        transaction.on_commit(lambda: tasks.wake(job_id=receipt.job_id or 0))
    return Response(TakenOut(receipt).data, status=202, headers={"Location": f"/api/v1/receipts/{receipt.pk}/"})


class Activity(APIView):
    """Lines of activity data out, batches of them in."""

    parser_classes = [RawJson]

    @extend_schema(
        parameters=[ENTERPRISE, OpenApiParameter("from", str, description="first month, 2026-01"), OpenApiParameter("to", str)],
        responses={200: LinesOut}, operation_id="activity_list",
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Lines in force by month and code."""
        found = asked_enterprise(request, names=["activity:read"], capability=Capability.VIEW_PARK)
        first, last = asked_month(request, "from", date(2005, 1, 1)), asked_month(request, "to", date(2100, 12, 1))
        rows = list(lines_in_force(enterprise_id=found.pk, first=first, last=last)[: MOST_LINES + 1])
        return Response(
            {
                "enterprise": found.pk,
                "lines": LineOut(rows[:MOST_LINES], many=True).data,
                "complete": len(rows) <= MOST_LINES,
            }
        )

    @extend_schema(
        request=LinesIn, responses={202: TakenOut, 422: OpenApiResponse(description="the body as a whole cannot be read")},
        parameters=[ENTERPRISE, KEY_HEADER], operation_id="activity_upload",
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Up to 5,000 lines; gzip is accepted. The answer is a receipt: the lines are safe, and are read next."""
        found = asked_enterprise(request, names=["activity:write"], capability=Capability.UPLOAD_DATA)
        body: Any = request.data
        data = body if isinstance(body, bytes) else b""
        if request.headers.get("Content-Encoding", "").lower() == "gzip":
            data = spreadsheets.gunzip(data)
        uploads.listed(data)
        return taken(request, enterprise=found, kind=SubmissionKind.JSON, data=data, name="")


class ActivityFiles(APIView):
    """Tables of activity data in."""

    parser_classes = [MultiPartParser]

    @extend_schema(
        request={"multipart/form-data": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}},
        responses={202: TakenOut}, parameters=[ENTERPRISE, KEY_HEADER], operation_id="activity_files_upload",
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """An XLSX, CSV or JSON file as the template has it. The answer is a receipt."""
        found = asked_enterprise(request, names=["activity:write"], capability=Capability.UPLOAD_DATA)
        file = request.FILES.get("file")
        if file is None:
            raise Invalid("Send the file in the field `file`.", field="file")
        if (file.size or 0) > spreadsheets.LARGEST_FILE:
            raise spreadsheets.UnsafeFile("The file is too large.", bytes=file.size)
        data, name = file.read(), str(file.name or "")
        return taken(request, enterprise=found, kind=uploads.kind_of(name=name, data=data), data=data, name=name)


class RowOut(serializers.Serializer[Any]):
    row = serializers.IntegerField()
    outcome = serializers.CharField(help_text="new, same or changed")
    line = serializers.IntegerField(source="line_id")
    month = serializers.DateField(source="line.month", format="%Y-%m")
    code = serializers.CharField(source="line.code")


class UploadRows(APIView):
    """What became of the rows of an upload that were taken; those refused stand in its receipt."""

    @extend_schema(responses={200: RowOut(many=True)}, operation_id="activity_rows")
    def get(self, request: Request, receipt_id: int) -> Response:
        """By row. 404 for the receipt of another enterprise."""
        scope = scope_of(viewer=request.user)
        require_key(scope=scope, names=["activity:read", "activity:write"])
        found = receipt_of(scope=scope, receipt_id=receipt_id)
        return Response(RowOut(taken_rows(receipt_id=found.pk), many=True).data)


class Months(APIView):
    """Months of an enterprise and their states."""

    @extend_schema(responses={200: MonthOut(many=True)}, parameters=[ENTERPRISE], operation_id="months_list")
    def get(self, request: Request) -> Response:
        """Months that have data or were moved, by month."""
        found = asked_enterprise(request, names=["activity:read"], capability=Capability.VIEW_PARK)
        return Response(month_rows(enterprise_id=found.pk))


def month_rows(*, enterprise_id: int) -> list[dict[str, Any]]:
    counts, states = counts_by_month(enterprise_id=enterprise_id), months_of(enterprise_id=enterprise_id)
    return [
        {
            "month": f"{month:%Y-%m}", "state": row.state if (row := states.get(month)) else "OPEN", "lines": counts.get(month, 0),
            "closed_by": str(row.closed_by) if row and row.closed_by else None,
            "verified_by": str(row.verified_by) if row and row.verified_by else None,
        }
        for month in sorted(counts.keys() | states.keys())
    ]  # fmt: skip


class MonthSteps(APIView):
    """Close, verify or reopen one month."""

    @extend_schema(
        request=StepIn, responses={200: MonthOut, 409: OpenApiResponse(description="the state does not allow the step")},
        operation_id="months_move",
    )  # fmt: skip
    def post(self, request: Request, enterprise_id: int, month: date) -> Response:
        """People only: a key neither closes nor verifies."""
        scope = scope_of(viewer=request.user)
        if scope.key_scopes is not None:
            require_key(scope=scope, names=[])
        asked = StepIn(data=request.data)
        asked.is_valid(raise_exception=True)
        step = Step(asked.validated_data["step"])
        capability = next((one for one in NEEDED[step] if scope.may(one)), NEEDED[step][0])
        found = enterprise_in_call(scope=scope, wanted=enterprise_id, capability=capability)
        months.move_month(
            enterprise_id=found.pk, month=month, step=step, by_id=request.user.pk or 0, now=timezone.now(),
            reason=asked.validated_data["reason"], comments=asked.validated_data.get("comments"),
        )  # fmt: skip
        rows = [row for row in month_rows(enterprise_id=found.pk) if row["month"] == f"{month:%Y-%m}"]
        if not rows:
            raise NotFound
        return Response(rows[0])
