"""Questions and signed updates to one DNS server, each with a hard end. The one file that imports dnspython.

Servers are asked themselves, without recursion: a cache's answer proves nothing.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
import dns.tsig
import dns.update

from activities.errors import BadOrder, DnsRefused, ServerUnreachable

ANSWER_S = 1.5
TRIES = 2  # a datagram may be lost
EPOCH_TTL_S = 60


@dataclass(frozen=True)
class Server:
    address: str
    port: int

    def __str__(self) -> str:
        return self.address if self.port == 53 else f"{self.address}:{self.port}"


@dataclass(frozen=True)
class RecordSet:
    """One name and type, with its values in the form that DNS compares. No values: it is not there."""

    name: dns.name.Name
    type: str
    values: frozenset[str]


@dataclass(frozen=True)
class Swap:
    """Replace record sets, if others are just as they were read (RFC 2136 section 2.4.2)."""

    zone: dns.name.Name
    only_if: Sequence[RecordSet]
    put: Sequence[tuple[RecordSet, int]]  # with the seconds to live


def absolute(name: str, zone: str = ".") -> dns.name.Name:
    """A name within a zone; "@" is the zone itself."""
    try:
        return dns.name.from_text(name, dns.name.from_text(zone))
    except dns.exception.DNSException as error:
        raise BadOrder(f"not a DNS name: {name}: {error}") from None


def record_set(name: dns.name.Name, type_: str, values: Sequence[str], zone: dns.name.Name) -> RecordSet:
    """Raises BadOrder for values that are none of the type."""
    if not values:
        return RecordSet(name, type_, frozenset())
    try:
        parsed = dns.rdataset.from_text_list("IN", type_, 0, values, origin=zone, relativize=False)
    except (dns.exception.DNSException, ValueError) as error:
        raise BadOrder(f"{name} {type_} {', '.join(values)}: {error}") from None
    return RecordSet(name, type_, frozenset(value.to_text().lower() for value in parsed))


def key_of(secret: str, name: str) -> dns.tsig.Key:
    """The TSIG key in a secret of the form ALGORITHM:NAME:BASE64. The secret's text is in no message."""
    try:
        algorithm, owner, material = secret.split(":")
        return dns.tsig.Key(owner, material, algorithm)
    except ValueError:
        raise BadOrder(f"secret {name}: a DNS key is ALGORITHM:NAME:BASE64 (hmac-sha256:ddns:…)") from None


async def ask(server: Server, name: dns.name.Name, type_: str) -> RecordSet:
    """What the server itself holds. Raises DnsRefused, or ServerUnreachable when there is no answer on time."""
    query = dns.message.make_query(name, type_, flags=0)
    answer = await _datagram(server, query)
    rcode = answer.rcode()
    if rcode == dns.rcode.SERVFAIL:
        raise ServerUnreachable(f"DNS server {server} cannot answer for {name}: SERVFAIL")
    if rcode not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        raise DnsRefused(f"DNS server {server} refuses {name} {type_}: {dns.rcode.to_text(rcode)}")
    if not answer.flags & dns.flags.AA:
        raise DnsRefused(
            f"DNS server {server} does not hold the zone of {name}: its answer is from elsewhere"
        )
    alias = answer.get_rrset(answer.answer, name, dns.rdataclass.IN, dns.rdatatype.CNAME)
    if alias is not None and type_ not in ("CNAME", "TXT"):
        raise DnsRefused(f"{name} at {server} is a CNAME of {alias[0]}: it cannot have {type_} records too")
    found = answer.get_rrset(answer.answer, name, dns.rdataclass.IN, dns.rdatatype.from_text(type_))
    return RecordSet(name, type_, frozenset(value.to_text().lower() for value in found or []))


async def swap(server: Server, change: Swap, key: dns.tsig.Key) -> bool:
    """Whether it was done; False: something is not as it was read. Raises DnsRefused with the server's rcode."""
    message = dns.update.UpdateMessage(change.zone, keyring=key)
    for found in change.only_if:
        if found.values:
            message.present(found.name, _rdataset(found, 0))
        else:
            message.absent(found.name, found.type)
    for wanted, ttl_s in change.put:
        message.replace(wanted.name, _rdataset(wanted, ttl_s))
    rcode = await _signed(server, message)
    if rcode in _NOT_AS_READ:
        return False
    if rcode == dns.rcode.SERVFAIL:
        raise ServerUnreachable(f"DNS server {server} could not update {change.zone}: SERVFAIL")
    if rcode != dns.rcode.NOERROR:
        raise DnsRefused(f"DNS server {server} refuses to update {change.zone}: {dns.rcode.to_text(rcode)}")
    return True


_NOT_AS_READ = {dns.rcode.NXRRSET, dns.rcode.YXRRSET, dns.rcode.NXDOMAIN, dns.rcode.YXDOMAIN}


def _rdataset(records: RecordSet, ttl_s: int) -> dns.rdataset.Rdataset:
    return dns.rdataset.from_text_list("IN", records.type, ttl_s, sorted(records.values))


async def _datagram(server: Server, query: dns.message.Message) -> dns.message.Message:
    where = await _address(server)
    for _ in range(TRIES):
        try:
            answer, _ = await dns.asyncquery.udp_with_fallback(
                query, where, timeout=ANSWER_S, port=server.port, ignore_unexpected=True
            )
            return answer
        except (dns.exception.DNSException, OSError, EOFError) as error:
            trouble = error
    raise _unreachable(server, trouble)


async def _signed(server: Server, message: dns.update.UpdateMessage) -> dns.rcode.Rcode:
    """By TCP: a lost datagram would leave open whether the update was taken."""
    where = await _address(server)
    try:
        answer = await dns.asyncquery.tcp(message, where, timeout=2 * ANSWER_S, port=server.port)
    except (dns.tsig.PeerError, dns.tsig.BadSignature, dns.tsig.BadTime, dns.tsig.BadKey) as error:
        said = type(error).__name__.removeprefix("Peer").upper()
        raise DnsRefused(f"DNS server {server} refuses the key: NOTAUTH, {said}: {error}") from None
    except (dns.exception.DNSException, OSError, EOFError) as error:
        raise _unreachable(server, error) from None
    if answer.rcode() == dns.rcode.NOERROR and not answer.had_tsig:
        raise ServerUnreachable(f"DNS server {server} answered an update without a signature")
    return answer.rcode()


async def _address(server: Server) -> str:
    try:
        async with asyncio.timeout(ANSWER_S):
            loop = asyncio.get_running_loop()
            found = await loop.getaddrinfo(server.address, server.port, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError) as error:
        raise _unreachable(server, error) from None
    return str(found[0][4][0])


def _unreachable(server: Server, error: BaseException) -> ServerUnreachable:
    return ServerUnreachable(
        f"DNS server {server} does not answer: {' '.join(str(error).split()) or type(error).__name__}"
    )
