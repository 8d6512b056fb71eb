"""Fills an empty installation with one park, its people and one logger; prints what the tests need as JSON."""

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings.dev")


def main() -> None:
    import django

    django.setup()
    from monitoring.series.services.channels import create_channel
    from parks.people.domain import Role
    from parks.people.services import accounts
    from parks.register.services import register
    from tests.factories.permits import make_permit_limit
    from tests.factories.register import credit_code

    now = datetime.now(UTC)
    square = {
        "type": "Polygon",
        "coordinates": [[[121.2, 30.7], [121.3, 30.7], [121.3, 30.8], [121.2, 30.8], [121.2, 30.7]]],
    }
    names = {"name": "测试化工园区", "name_en": "Test Park", "province": "上海市"}
    park = register.create_park(by_id=None, now=now, code="test", boundary=square, **names)
    admin, password = accounts.create_user(by_id=None, username="admin", display_name="管理员")
    accounts.add_membership(by_id=None, user=admin, role=Role.PARK_ADMIN, park_id=park.pk)
    firm = register.create_enterprise(
        by_id=None,
        park_id=park.pk,
        name="测试化工有限公司",
        uscc=credit_code(7),
        industry_code="2614",
        lon=121.25,
        lat=30.75,
    )
    outlet = register.create_outlet(
        by_id=None, enterprise_id=firm.pk, code="DA001", name="工艺废气排放口", medium="AIR", lon=121.25, lat=30.75
    )
    place = {"enterprise_id": firm.pk, "outlet_id": outlet.pk}
    logger = register.create_logger(by_id=None, park_id=park.pk, mn="TESTMN0001", password="123456", **place)
    channel = create_channel(logger=logger, factor="a21026", by_id=None, now=now)
    make_permit_limit(outlet=outlet)
    reporter, reporter_password = accounts.create_user(by_id=None, username="reporter")
    accounts.add_membership(by_id=None, user=reporter, role=Role.REPORTER, park_id=park.pk, enterprise_id=firm.pk)
    _, secret = accounts.create_token(
        by=admin,
        park_id=park.pk,
        enterprise_id=firm.pk,
        name="test",
        scopes=["observations:write", "observations:read"],
        now=now,
    )
    print(
        json.dumps(
            {
                "park": park.pk, "enterprise": firm.pk, "outlet": outlet.pk, "logger": logger.pk, "channel": channel.pk,
                "mn": logger.mn, "secret": secret, "people": {"admin": password, "reporter": reporter_password},
            }
        )
    )  # fmt: skip


if __name__ == "__main__":
    main()
