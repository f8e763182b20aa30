"""The address that a browser on this machine opens a service at."""

from __future__ import annotations

from ipaddress import ip_address


def browser_url(host: str, port: int) -> str:
    """Write the address of the first page.

    Parameters
    ----------
    host
        What the service listens on: a name, an IPv4 or an IPv6 address, the last with or without brackets. Nobody
        can open ``0.0.0.0`` and ``::``, which stand for all addresses of a machine: they become its own.
    port
        Left out where it is the usual one, 80.
    """
    host = host.removeprefix("[").removesuffix("]")
    try:
        address = ip_address(host)
    except ValueError:  # a name
        shown = host
    else:
        # The zone of a link-local address, fe80::1%eth0, is escaped: RFC 6874.
        shown = host if address.version == 4 else f"[{host.replace('%', '%25', 1)}]"
        if address.is_unspecified:
            shown = "127.0.0.1" if address.version == 4 else "[::1]"
    return f"http://{shown}/" if port == 80 else f"http://{shown}:{port}/"
