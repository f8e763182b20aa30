"""Internet addresses as devices and networks: which requests may come from the same one."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final, NamedTuple

IPV4_NETWORK_BITS: Final = 24
"""The smallest block that is routed in the internet: one person seldom has addresses in two of them."""
IPV6_NETWORK_BITS: Final = 48
"""The most that one site is assigned (RFC 6177), with 65,536 subnets from which it can send."""
IPV6_DEVICE_BITS: Final = 64
"""One subnet; devices change the other 64 bits as they like (RFC 8981)."""
NAT64: Final = ip_network("64:ff9b::/96")
"""IPv4 addresses as an IPv6-only machine sees them (RFC 6052)."""

_WITH_PORT: Final = re.compile(r"\[(?P<long>[^\]]*)\](?::\d*)?|(?P<short>[\d.]+):\d*")


class Origin(NamedTuple):
    """The device and the network that an address stands for."""

    device: str
    """The IPv4 address or the IPv6 subnet: one phone, one home, or all that share an address with them."""
    network: str
    """The IPv4 /24 or IPv6 /48: the addresses that one person can use without effort."""


UNKNOWN: Final = Origin("unknown", "unknown")
"""Everything that is no address is one device: invented texts must not count as new ones."""


def origin(address: str) -> Origin:
    """Return the device and the network of an address as a server or a proxy writes it.

    IPv4 addresses are also found inside IPv6: mapped (``::ffff:192.0.2.1``), NAT64, 6to4 or Teredo. A port,
    brackets and a zone (``%eth0``) are ignored.

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
    """Return whether an address, written as `origin` takes it, is private, so that the internet cannot reach it.

    Anything that is no address, such as the path of a socket, is on this machine and counts as private.
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
    """Return the IPv4 address that an IPv6 address contains, or the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if IPv6Address(int(address)) in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else address)


def _block(address: IPv4Address | IPv6Address, bits: int) -> str:
    return str(ip_network((address.packed, bits), strict=False))  # `packed` has no zone
