"""Traffic moves only when a write through the service was read on the promoted side (law 17)."""

from __future__ import annotations

import pytest

from tests.lab.declaration.declaring import NEW, OLD, Declaring, for_a_while
from tests.lab.seen import address_of_www

pytestmark = pytest.mark.lab


async def test_a_healthy_application_at_the_wrong_database(declaring: Declaring) -> None:
    """Every check is well, the writes go elsewhere: held, the name stays; mended and retried it ends well."""
    lab = declaring.lab
    lab.break_("wrong-database")
    await declaring.load(seconds=0.5)
    declaring.lose()
    await declaring.declared()
    await declaring.wait_of("prove-core-banking")

    async def name_stays() -> None:
        assert address_of_www(lab) == lab.layout.web(OLD)

    await for_a_while(1.0, name_stays)
    assert all(len(times) == 1 for times in declaring.starts().values()), "it looked well, so it was started"
    lab.mend("wrong-database")
    lab.break_("dns-refuses")
    await declaring.retry("prove-core-banking")
    await declaring.wait_of("dns-www-A")
    await name_stays()
    lab.mend("dns-refuses")
    await declaring.retry("dns-www-A")
    result = await declaring.end()
    assert address_of_www(lab) == lab.layout.web(NEW)
    declaring.first_write()
    declaring.tell(result, declaring.truth())
    declaring.assert_once()
