"""What an internet address tells of who asks: a device as nearly as it can, and the network that it is in."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final, NamedTuple

IPV4_NETWORK_BITS: Final = 24
"""The smallest block that is routed on its own: what one owner holds at least, and one person seldom has two
of."""
IPV6_NETWORK_BITS: Final = 48
"""The most that one site is given (RFC 6177); who has one can send from 65,536 subnets of it."""
IPV6_DEVICE_BITS: Final = 64
"""One subnet; the rest of its address a device changes at will (RFC 8981)."""
NAT64: Final = ip_network("64:ff9b::/96")
"""IPv4 as an IPv6-only machine sees it (RFC 6052)."""

_WITH_PORT: Final = re.compile(r"\[(?P<long>[^\]]*)\](?::\d*)?|(?P<short>[\d.]+):\d*")


class Origin(NamedTuple):
    """What tells who asks from others, in two grains."""

    device: str
    """The IPv4 address or the IPv6 subnet: one phone, one home, or all that share an address with them."""
    network: str
    """The IPv4 /24 or the IPv6 /48: what one person can send from without effort."""


UNKNOWN: Final = Origin("unknown", "unknown")
"""All that is no address counts as one: a name that can be made up must not make a new device."""


def origin(address: str) -> Origin:
    """Tell devices and networks apart by what a server or a proxy says of who asks.

    IPv4 stays IPv4 in whatever it is wrapped: mapped (``::ffff:192.0.2.1``), NAT64, 6to4 or Teredo. A port,
    brackets and a zone (``%eth0``) tell nothing and are left out.

    Parameters
    ----------
    address
        Anything: ``192.0.2.1``, ``[2001:db8::1]:443``, the path of a socket, nothing.

    Returns
    -------
    Origin
        `UNKNOWN` for what is no address.
    """
    known = _read(address)
    if known is None:
        return UNKNOWN
    if isinstance(known, IPv4Address):
        return Origin(str(known), _block(known, IPV4_NETWORK_BITS))
    return Origin(_block(known, IPV6_DEVICE_BITS), _block(known, IPV6_NETWORK_BITS))


def is_from_inside(address: str) -> bool:
    """Tell whether an address, written as `origin` takes it, is one that the internet does not reach.

    What is no address, such as the path of a socket, is on this machine.
    """
    known = _read(address)
    return known is None or not known.is_global


def _read(address: str) -> IPv4Address | IPv6Address | None:
    parts = _WITH_PORT.fullmatch(address.strip())
    bare = (parts["long"] or parts["short"] or "") if parts else address.strip()
    try:
        return _unwrapped(ip_address(bare))
    except ValueError:
        return None


def _unwrapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that one of version 6 stands for, or the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if IPv6Address(int(address)) in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else address)


def _block(address: IPv4Address | IPv6Address, bits: int) -> str:
    return str(ip_network((address.packed, bits), strict=False))  # the bytes leave out the zone
