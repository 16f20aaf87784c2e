"""Which host names mean this machine."""

from ipaddress import IPv4Address, IPv6Address, ip_address

_LOOPBACK_V6 = IPv6Address("::1")


def is_loopback(host: str) -> bool:
    """Whether ``host`` (lower case, without brackets) is this machine.

    It is for ``localhost``, ``127.0.0.0/8`` and ``::1`` (RFC 6761, section 6.3; RFC 1122,
    section 3.2.1.3; RFC 4291, section 2.5.3).
    """
    if host == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    # Releases of Python disagree on an IPv4 address inside an IPv6 one; it is not taken here.
    return address.is_loopback if isinstance(address, IPv4Address) else address == _LOOPBACK_V6
