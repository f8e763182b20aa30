"""What an address tells of a device and its network, row by row."""

from __future__ import annotations

import pytest

from locator.feedback.networks import UNKNOWN, is_from_inside, origin

LONG = ("2001:db8:1:2::/64", "2001:db8:1::/48")
SHORT = ("192.0.2.1", "192.0.2.0/24")


@pytest.mark.parametrize(
    ("address", "device", "network"),
    [
        ("192.0.2.1", *SHORT),
        ("192.0.2.255", "192.0.2.255", "192.0.2.0/24"),
        ("192.0.3.1", "192.0.3.1", "192.0.3.0/24"),
        ("0.0.0.0", "0.0.0.0", "0.0.0.0/24"),  # noqa: S104 - an address like any other here
        ("255.255.255.255", "255.255.255.255", "255.255.255.0/24"),
        # IPv6: the second half is the device's own, and one site has 65,536 subnets.
        ("2001:db8:1:2::1", *LONG),
        ("2001:db8:1:2:ffff:ffff:ffff:ffff", *LONG),
        ("2001:DB8:0001:0002::A", *LONG),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64", "2001:db8:1::/48"),
        ("2001:db8:2:2::1", "2001:db8:2:2::/64", "2001:db8:2::/48"),
        ("::", "::/64", "::/48"),
        ("::1", "::/64", "::/48"),
        # A small number is not an IPv4 address.
        ("::102:304", "::/64", "::/48"),
        # IPv4 in IPv6 is IPv4.
        ("::ffff:192.0.2.1", *SHORT),
        ("::FFFF:C000:0201", *SHORT),
        ("0:0:0:0:0:ffff:192.0.2.1", *SHORT),
        ("64:ff9b::192.0.2.1", *SHORT),
        ("64:ff9b::c000:201", *SHORT),
        ("64:ff9b::1:192.0.2.1", "64:ff9b::/64", "64:ff9b::/48"),  # beyond the /96
        ("64:ff9b:1::192.0.2.1", "64:ff9b:1::/64", "64:ff9b:1::/48"),  # of whoever uses it
        ("2002:c000:201::1", *SHORT),
        ("2002:c000:201:ffff::1", *SHORT),
        # RFC 4380: the client's address is the last 32 bits, each turned round.
        ("2001:0:cb00:7109:0:0:3fff:fdfe", *SHORT),
        # What tells nothing.
        ("fe80::1%eth0", "fe80::/64", "fe80::/48"),
        ("fe80::1%wlan1", "fe80::/64", "fe80::/48"),
        ("::ffff:192.0.2.1%eth0", *SHORT),
        ("192.0.2.1:52211", *SHORT),
        ("[2001:db8:1:2::1]:52211", *LONG),
        ("[2001:db8:1:2::1]", *LONG),
        (" 192.0.2.1 ", *SHORT),
    ],
)
def test_a_device_and_its_network(address: str, device: str, network: str) -> None:
    """IPv4: the address and its /24. IPv6: the /64 and the /48."""
    assert origin(address) == (device, network)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "unknown",
        "/run/locator.sock",
        "192.0.2",
        "192.0.2.01",
        "192.0.2.256",
        "192.0.2.1, 192.0.2.2",
        "[192.0.2.1",
        "[]",
        "[]:80",
        "2001:db8::1::2",
        "fe80::1%",
        "::ffff:192.0.2.1:80",
        "１９２.0.2.1",
        "a" * 100_000,
        "192.0.2.1\n",
        "\ud83d",
    ],
)
def test_what_is_no_address_makes_no_new_device(address: str) -> None:
    """Whatever somebody sends in its place, it is one and the same."""
    expected = ("192.0.2.1", "192.0.2.0/24") if address.strip() == "192.0.2.1" else UNKNOWN
    assert origin(address) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", True),
        ("172.16.0.1:8000", True),
        ("[::1]:8000", True),
        ("fe80::1%eth0", True),
        ("::ffff:192.168.0.1", True),
        ("/run/locator.sock", True),
        ("", True),
        ("8.8.8.8", False),
        ("::ffff:8.8.8.8", False),
        ("64:ff9b::8.8.8.8", False),
        ("2400:3200::1", False),
    ],
)
def test_what_the_internet_does_not_reach_is_inside(address: str, expected: bool) -> None:
    """In whatever an IPv4 address is wrapped."""
    assert is_from_inside(address) is expected
