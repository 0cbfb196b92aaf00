"""Addresses that are public, and those that the site's owner allows."""

import ipaddress

import pytest

from sdsite.core.http.addresses import Allowed, is_public

PUBLIC = [
    "93.184.216.34",
    "8.8.8.8",
    "2606:2800:220:1::1",
    "64:ff9b::5db8:d822",
    "::ffff:8.8.8.8",
]


NOT_PUBLIC = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.5.5",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.127.255.255",
    "192.0.0.9",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "203.0.113.7",
    "224.0.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:808:808::1",
    "2001:0:7f00:1::",
    "2001:db8::1",
    "3fff::1",
    "fc00::1",
    "fd12::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "100::1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_public(address):
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_all_other_addresses_are_not(address):
    assert not is_public(ipaddress.ip_address(address))


def test_the_owner_allows_names_addresses_and_networks():
    allowed = Allowed(["Pictures.lan", "10.1.0.0/16", "[fd00::7]"])
    assert allowed.host("pictures.LAN.")
    assert not allowed.host("other.lan")
    for address, is_allowed in {"10.1.2.3": True, "10.2.0.1": False, "fd00::7": True, "::ffff:10.1.2.3": True}.items():
        assert allowed.address(ipaddress.ip_address(address)) is is_allowed
