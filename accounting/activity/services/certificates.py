"""Green certificates and direct lines: retired once, for one line of one month, with their proof."""

from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from accounting.activity.models import Certificate
from parks.catalogue.domain.errors import Conflict, Invalid
from parks.people.services.audit import acting
from parks.register.selectors.places import park_of_enterprise


class CertificateTwice(Conflict):
    """The certificate is used already."""

    code = "energy.certificate_twice"


class CertificateWithoutProof(Invalid):
    """Non-fossil power counts as zero only with its acquisition, attribute and proof on file."""

    code = "energy.certificate_without_proof"


def retire(
    *, enterprise_id: int, month: date, line_code: str, number: str, mwh: Decimal, acquisition: str, attribute: str, proof: str,
    by_id: int | None, now: datetime,
) -> bool:  # fmt: skip
    """Use a certificate for a line. Returns whether it is new; the same once more changes nothing.

    Raises:
        CertificateTwice: it is used by another line, month or enterprise, or with other particulars.
        CertificateWithoutProof: a part of the proof is missing.
    """
    if not (number and acquisition and attribute and proof) or mwh <= 0:
        raise CertificateWithoutProof(field="certificates", value=number)
    content = {
        "enterprise_id": enterprise_id, "month": month, "line_code": line_code, "mwh": mwh, "acquisition": acquisition[:80],
        "attribute": attribute[:80], "proof": proof[:200],
    }  # fmt: skip
    try:
        with acting(user_id=by_id, action="certificate.retire"), transaction.atomic():
            Certificate.objects.create(
                park_id=park_of_enterprise(enterprise_id=enterprise_id) or 0, number=number[:80], entered_by_id=by_id,
                entered_at=now, **content,
            )  # fmt: skip
    except IntegrityError as error:
        known = Certificate.objects.filter(number=number[:80]).first()
        if known is None or any(getattr(known, name) != value for name, value in content.items()):
            raise CertificateTwice(field="certificates", value=number) from error
        return False
    return True
