"""The address at which a browser on this machine opens the service."""

from __future__ import annotations

from ipaddress import ip_address


def browser_url(host: str, port: int) -> str:
    """Return the address of the first page.

    Parameters
    ----------
    host
        What the service listens on: a name, an IPv4 address, or an IPv6 address with or without brackets.
        ``0.0.0.0`` and ``::`` mean all addresses of a machine and cannot be opened: they become the loopback
        address.
    port
        Left out if it is 80, the default of HTTP.
    """
    host = host.removeprefix("[").removesuffix("]")
    try:
        address = ip_address(host)
    except ValueError:  # a name
        shown = host
    else:
        # The % before the zone of a link-local address, fe80::1%eth0, is escaped (RFC 6874).
        shown = host if address.version == 4 else f"[{host.replace('%', '%25', 1)}]"
        if address.is_unspecified:
            shown = "127.0.0.1" if address.version == 4 else "[::1]"
    return f"http://{shown}/" if port == 80 else f"http://{shown}:{port}/"
