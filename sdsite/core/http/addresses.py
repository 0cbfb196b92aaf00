"""Network addresses to which the site may connect for its users: public ones, and those that its owner allows.

An allow-list by kind: IPv4 addresses that IANA calls globally reachable, and IPv6 addresses of the global unicast
block. Addresses with an IPv4 address inside (mapped, NAT64) are judged by that; old tunnels (6to4, Teredo) are refused
entirely, because their operators decide where they lead.
"""

import ipaddress
from collections.abc import Iterable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_GLOBAL_6 = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address
# From RFC 6890 and the IANA registries, where `is_global` is wrong in some Python versions.
_REFUSED = tuple(
    ipaddress.ip_network(name)
    for name in (
        "100.64.0.0/10",  # shared address space of carriers (CGNAT)
        "192.0.0.0/24",  # protocol assignments
        "192.88.99.0/24",  # 6to4 relays
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
    )
)


def is_public(address: Address) -> bool:
    """Tell whether `address` is a host on the public internet."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = _ipv4_inside(address)
        if inner is not None:
            return is_public(inner)
        if address not in _GLOBAL_6:
            return False
    if address.is_multicast or address.is_reserved or address.is_unspecified or not address.is_global:
        return False
    return not any(address in network for network in _REFUSED)


def _ipv4_inside(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None


class Allowed:
    """Hosts and networks that are allowed although they are not public.

    `entries`: host names ("images.lan"), addresses ("10.0.0.7") or networks ("10.1.0.0/16", "fd00::/8").
    """

    def __init__(self, entries: Iterable[str]) -> None:
        """Sort `entries` into names and networks; an entry that is no network is a name."""
        self.names: set[str] = set()
        self.networks: list[Network] = []
        for entry in (one.strip().strip("[]") for one in entries):
            try:
                self.networks.append(ipaddress.ip_network(entry, strict=False))
            except ValueError:
                if entry:
                    self.names.add(entry.rstrip(".").lower())

    def host(self, name: str) -> bool:
        """Tell whether the host `name` is allowed, whatever its addresses are."""
        return name.rstrip(".").lower() in self.names

    def address(self, address: Address) -> bool:
        """Tell whether `address` lies in an allowed network."""
        inner = _ipv4_inside(address) if isinstance(address, ipaddress.IPv6Address) else None
        return any(one in network for network in self.networks for one in (address, inner) if one is not None)
