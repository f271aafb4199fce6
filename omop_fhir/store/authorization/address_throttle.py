"""Failed sign-ins by address, whatever the login, counted for all workers together.

A try is reserved before the password is looked at, so that tries at the same time count one another, and given back if it was
right: whoever signs in costs a ward behind one address nothing. A row holds one moment, when all failures will be forgotten,
which is all that a bucket of tokens needs (https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm).
"""

from __future__ import annotations

from ipaddress import IPv4Address, ip_address, ip_network

from ..own_database import OwnDatabase

MOST = 30
"""Failures that an address may have at once."""
FORGOTTEN = 2.0
"""Seconds after which one of them is forgotten."""
_LONGEST = 100

_RESERVE = """
INSERT INTO {schema}.address_throttle AS t (address, forgotten_at) VALUES ($1, clock_timestamp() + make_interval(secs => $2))
ON CONFLICT (address) DO UPDATE SET forgotten_at = greatest(t.forgotten_at, clock_timestamp()) + make_interval(secs => $2)
WHERE t.forgotten_at <= clock_timestamp() + make_interval(secs => $3)
RETURNING 1
"""
_GIVE_BACK = "UPDATE {schema}.address_throttle SET forgotten_at = forgotten_at - make_interval(secs => $2) WHERE address = $1"


class AddressThrottle:
    """Thirty failures at once, and one more every two seconds."""

    def __init__(self, database: OwnDatabase) -> None:
        self._database = database

    async def reserve(self, address: str) -> bool:
        """Take a try, as if it were to fail; False: the address has none left just now."""
        record = await self._database.first(_RESERVE, counted(address), FORGOTTEN, (MOST - 1) * FORGOTTEN)
        return record is not None

    async def give_back(self, address: str) -> None:
        """The try that was reserved did not fail."""
        await self._database.fetch(_GIVE_BACK, counted(address), FORGOTTEN)


def counted(address: str) -> str:
    """What counts as one address: of IPv6 the network of 64 bits, in which whoever has one has all.

    >>> counted("192.0.2.7"), counted("::ffff:192.0.2.7"), counted("2001:db8::7")
    ('192.0.2.7', '192.0.2.7', '2001:db8::/64')
    """
    try:
        found = ip_address(address)
    except ValueError:
        return address[:_LONGEST]
    if isinstance(found, IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ip_network((int(found), 64), strict=False))
