"""Network addresses: decides which of them a request may go to, and on which ports.

Never resolves a name and never opens anything: it is told what a name was resolved to.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from storywire.errors import InputError

Address = IPv4Address | IPv6Address
Net = IPv4Network | IPv6Network

PORTS = frozenset({80, 443, 8080, 8443})  # of public servers; on others mail, databases and the like listen
_FREE_PORTS = 1024  # in networks that a person opened, these and higher ones too: below it, services of the system

# Python 3.11's `is_global` is not used: it says yes to multicast, to 168.63.129.16, and to most of the IPv6 forms in
# which an IPv4 address can be hidden. The ranges are those of IANA's two registries of special-purpose addresses
# (iana.org/assignments/iana-ipv4-special-registry and -ipv6-).
_PERSONAL = """
127.0.0.0/8         a loopback address
10.0.0.0/8          a private address
172.16.0.0/12       a private address
192.168.0.0/16      a private address
100.64.0.0/10       a private address (shared by the customers of a provider)
169.254.0.0/16      a link-local address
::1/128             a loopback address
fc00::/7            a private address
fe80::/10           a link-local address
"""
_NOBODYS = """
169.254.169.254/32  a cloud's metadata service
169.254.170.2/32    a cloud's metadata service
100.100.100.200/32  a cloud's metadata service
192.0.0.192/32      a cloud's metadata service
168.63.129.16/32    a cloud's metadata service
fd00:ec2::254/128   a cloud's metadata service
fd20:ce::254/128    a cloud's metadata service
0.0.0.0/8           an address of this host
192.0.0.0/24        an address set aside for protocols
192.0.2.0/24        an address for documentation
192.88.99.0/24      an address of a tunnel (6to4)
198.18.0.0/15       an address for measurements
198.51.100.0/24     an address for documentation
203.0.113.0/24      an address for documentation
224.0.0.0/4         a multicast address
240.0.0.0/4         a reserved address
::/128              an address of this host
::/96               an IPv4 address in an old form
::ffff:0:0:0/96     an IPv4 address in a translator's form
64:ff9b:1::/48      an IPv4 address in a translator's form
100::/64            an address that swallows all that is sent
2001::/32           an address of a tunnel (Teredo)
2001::/23           an address set aside for protocols
2001:db8::/32       an address for documentation
2002::/16           an address of a tunnel (6to4)
3fff::/20           an address for documentation
5f00::/16           an address of a segment route
fec0::/10           a private address of an old kind
ff00::/8            a multicast address
"""


@dataclass(frozen=True, slots=True)
class _Range:
    net: Net
    what: str
    openable: bool = False  # whether a person can mean it: then a setting opens it, and the message says which


def _ranges(table: str, openable: bool) -> list[_Range]:
    rows = [line.split(maxsplit=1) for line in table.split("\n") if line]
    return [_Range(ip_network(net), what, openable) for net, what in rows]


_RANGES = sorted(  # narrow ones before the wide ones that hold them
    [*_ranges(_NOBODYS, openable=False), *_ranges(_PERSONAL, openable=True)], key=lambda r: -r.net.prefixlen
)
_GLOBAL_V6 = IPv6Network("2000::/3")  # all that IANA has given out for use on the internet
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: how a host without IPv4 reaches a public IPv4 server
_ISATAP = (0x00005EFE, 0x02005EFE)  # RFC 5214, 6.1: the four bytes before the IPv4 address


@dataclass(frozen=True, slots=True)
class Gate:
    """What requests may go to: the public internet, and `nets`, networks that a person opened.

    Opening even all networks opens none that nobody can mean, as those of the metadata services of clouds.
    """

    nets: tuple[Net, ...] = ()

    def refusal(self, port: int, answers: Iterable[str]) -> str | None:
        """Why a connection to a host of these addresses is not made, to follow its address; None where it may be.

        One address that is not allowed is enough: a name that has public and private ones is a trick, and an opened
        network opens no other. What is no address at all is refused.
        """
        for answer in answers:
            try:
                address = plain(answer)
            except ValueError:
                return "resolves to what is no network address"
            closed, opened = _closed(address), any(address in net for net in self.nets)
            if closed is not None and not (opened and closed.openable):
                return f"resolves to {address}, {closed.what}{_advice(closed, opened)}"
            if opened and port not in PORTS and port < _FREE_PORTS:
                return f"asks for port {port}, where no web server is expected"
            if not opened and port not in PORTS:
                return f"asks for port {port}; of public servers only {', '.join(map(str, sorted(PORTS)))} are asked"
        return None


def plain(text: str) -> Address:
    """The address that a connection would go to: an IPv4 address in IPv6 form (::ffff:a.b.c.d) is that address.

    Raises ValueError where the text is no address.
    """
    address = ip_address(text)
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address


def is_public(text: str) -> bool:
    """Whether an address is one of a server of the public internet. Raises ValueError where it is no address."""
    return _closed(plain(text)) is None


def _closed(address: Address) -> _Range | None:
    """The range because of which an address is not of the public internet; None where it is."""
    if (within := _range(address)) is not None:
        return within
    if isinstance(address, IPv4Address):
        return None
    alone, inside = IPv6Network((int(address), 128)), IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _NAT64:
        hidden = _closed(inside)
        return _Range(alone, f"which stands for {inside}, {hidden.what}") if hidden is not None else None
    if int(address) >> 32 & 0xFFFFFFFF in _ISATAP:
        return _Range(alone, f"an address of a tunnel (ISATAP) to {inside}")
    return None if address in _GLOBAL_V6 else _Range(alone, "no address of the public internet")


def _range(address: Address) -> _Range | None:
    return next((r for r in _RANGES if address.version == r.net.version and address in r.net), None)


def _advice(closed: _Range, opened: bool) -> str:
    """What a person sets who means an address of this kind."""
    if closed.openable:
        return f"; set STORYWIRE_ALLOW_NETS={closed.net} if you mean it"
    return "; STORYWIRE_ALLOW_NETS does not open it" if opened else ""


def networks(text: str) -> tuple[Net, ...]:
    """The networks of a list as in `10.0.0.0/8, fd00::/8`. Raises InputError that names the one that is none."""
    found = []
    for part in filter(None, map(str.strip, text.split(","))):
        try:
            found.append(ip_network(part))
        except ValueError as error:
            raise InputError(
                f"STORYWIRE_ALLOW_NETS: {error}; give networks such as 10.0.0.0/8, separated by commas"
            ) from None
    return tuple(found)
