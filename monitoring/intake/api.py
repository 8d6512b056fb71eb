"""The upload API: batches and files in, receipts out."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from monitoring.intake import tasks
from monitoring.intake.domain import SubmissionKind
from monitoring.intake.selectors import receipt_of, refused_rows
from monitoring.intake.services import spreadsheets, uploads
from monitoring.series.domain.readings import Interval
from parks.catalogue.domain.errors import Forbidden, Invalid
from parks.people.access import require, require_key, scope_of
from parks.people.domain import Capability
from parks.portal.bodies import RawJson
from parks.register.selectors.places import park_of_enterprise

ERRORS: dict[int, Any] = {
    401: OpenApiResponse(description="no key, or a wrong one"),
    403: OpenApiResponse(description="the key does not allow this"),
    409: OpenApiResponse(description="this Idempotency-Key was used for another body"),
    422: OpenApiResponse(description="the body as a whole cannot be read"),
    429: OpenApiResponse(description="too many requests"),
}
KEY_HEADER = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="the same key and body give the same receipt"
)
LONGEST_KEY = 100
REFUSED_SHOWN = 1_000


class ObservationIn(serializers.Serializer[Any]):
    """For the description only: rows are checked one by one by the worker, so that one bad row refuses itself alone."""

    outlet = serializers.CharField(help_text="code of the outlet, for example DA001")
    factor = serializers.CharField(help_text="HJ 212 code, for example a21026")
    interval = serializers.ChoiceField(choices=[i.name.lower() for i in Interval if i is not Interval.MONTH])
    time = serializers.DateTimeField(help_text="start of the period")
    value = serializers.FloatField(required=False, allow_null=True)
    minimum = serializers.FloatField(required=False, allow_null=True)
    maximum = serializers.FloatField(required=False, allow_null=True)
    total = serializers.FloatField(required=False, allow_null=True)
    converted = serializers.FloatField(required=False, allow_null=True)
    flag = serializers.CharField(required=False, allow_blank=True, max_length=1)


class BatchIn(serializers.Serializer[Any]):
    observations = ObservationIn(many=True)


class RefusedOut(serializers.Serializer[Any]):
    row = serializers.IntegerField()
    field = serializers.CharField()
    rule = serializers.CharField()
    value = serializers.CharField()
    message = serializers.CharField()


class ReceiptOut(serializers.Serializer[Any]):
    receipt = serializers.IntegerField(source="pk")
    state = serializers.ChoiceField(choices=["WAITING", "RUNNING", "DONE", "FAILED"])
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    done_rows = serializers.IntegerField(help_text="rows looked at so far")
    received = serializers.IntegerField()
    new = serializers.IntegerField()
    same = serializers.IntegerField()
    changed = serializers.IntegerField()
    refused = serializers.IntegerField()
    error = serializers.CharField(allow_blank=True)


class ReceiptWithRowsOut(ReceiptOut):
    refused_rows = RefusedOut(many=True, help_text=f"the first {REFUSED_SHOWN}")


class FileIn(serializers.Serializer[Any]):
    file = serializers.FileField(help_text="CSV or XLSX with the columns of the template")
    enterprise = serializers.IntegerField(required=False, help_text="needed only for people of the park")


def sender_of(request: Request, *, enterprise: int | None = None) -> uploads.Sender:
    """For which enterprise the caller uploads. A key names one; a person of the park says which."""
    scope = scope_of(viewer=request.user)
    require_key(scope=scope, names=["observations:write"])
    require(scope=scope, capability=Capability.UPLOAD_DATA)
    own = sorted(scope.enterprise_ids)
    chosen = enterprise or (own[0] if len(own) == 1 else None)
    if chosen is None:
        raise Invalid("Say for which enterprise: ?enterprise=NUMBER.", field="enterprise")
    park_id = park_of_enterprise(enterprise_id=chosen)
    if park_id is None or not (chosen in scope.enterprise_ids or park_id in scope.park_ids):
        raise Forbidden("This enterprise is not yours.")
    require(scope=scope, capability=Capability.UPLOAD_DATA, park_id=park_id)
    return uploads.Sender(park_id, chosen, request.user.pk, getattr(request.user, "token_id", None))


def take(request: Request, *, sender: uploads.Sender, kind: SubmissionKind, data: bytes, name: str) -> Response:
    """Journal, receipt, work: 202 when it is safe."""
    key = request.headers.get("Idempotency-Key", "").strip()
    if len(key) > LONGEST_KEY or not key.isprintable():
        raise Invalid(f"An Idempotency-Key has at most {LONGEST_KEY} printable characters.", field="Idempotency-Key")
    receipt, new = uploads.accept(
        sender=sender, kind=kind, data=data, name=name, key=key, peer=request.META.get("REMOTE_ADDR", ""),
        now=timezone.now(),
    )  # fmt: skip
    if new:
        transaction.on_commit(lambda: tasks.wake_uploads(job_id=receipt.job_id or 0))
    return Response(ReceiptOut(receipt).data, status=202, headers={"Location": f"/api/v1/receipts/{receipt.pk}/"})


def number_of(text: Any) -> int | None:
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 16 else None


class Batches(APIView):
    """Batches of observations in."""

    parser_classes = [RawJson]

    @extend_schema(
        request=BatchIn, responses={202: ReceiptOut, **ERRORS}, operation_id="observations_upload",
        parameters=[KEY_HEADER, OpenApiParameter("enterprise", int, description="needed only for people of the park")],
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Up to 10,000 observations; gzip is accepted. The answer is a receipt: the rows are safe, and are read next."""
        sender = sender_of(request, enterprise=number_of(request.query_params.get("enterprise")))
        body: Any = request.data
        data: bytes = body if isinstance(body, bytes) else b""
        if request.headers.get("Content-Encoding", "").lower() == "gzip":
            data = spreadsheets.gunzip(data)
        spreadsheets.listed(data)
        return take(request, sender=sender, kind=SubmissionKind.JSON, data=data, name="")


class Files(APIView):
    """CSV and XLSX files in."""

    parser_classes = [MultiPartParser]

    @extend_schema(
        request={"multipart/form-data": FileIn}, responses={202: ReceiptOut, **ERRORS}, parameters=[KEY_HEADER],
        operation_id="files_upload",
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """A file with the columns of the template. Looked into before it is parsed; the answer is a receipt."""
        file = request.FILES.get("file")
        if file is None:
            raise Invalid("Send the file in the field `file`.", field="file")
        if (file.size or 0) > spreadsheets.LARGEST_FILE:
            raise spreadsheets.UnsafeFile("The file is too large.", bytes=file.size)
        form: Any = request.data
        given = form.get("enterprise") or request.query_params.get("enterprise")
        sender = sender_of(request, enterprise=number_of(given))
        data = file.read()
        name = str(file.name or "")
        return take(request, sender=sender, kind=spreadsheets.kind_of(name=name, data=data), data=data, name=name)


class Receipt(APIView):
    """How far an upload is, and what was refused."""

    @extend_schema(responses={200: ReceiptWithRowsOut}, operation_id="receipts_read")
    def get(self, request: Request, receipt_id: int) -> Response:
        found = receipt_of(scope=scope_of(viewer=request.user), receipt_id=receipt_id)
        rows = refused_rows(receipt_id=found.pk)[:REFUSED_SHOWN]
        return Response({**ReceiptOut(found).data, "refused_rows": RefusedOut(rows, many=True).data})


class Schema(SpectacularAPIView):
    """The description of this API."""

    permission_classes = [AllowAny]
    throttle_classes: list[Any] = []
