"""Laws of network addresses: what is of the public internet, and what a person opened."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storywire.addresses import PORTS, Gate, is_public, networks, plain
from storywire.errors import InputError

OPEN = ["8.8.8.8", "1.1.1.1", "11.0.0.1", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "192.0.3.1"]
OPEN += ["198.17.255.255", "198.20.0.1", "223.255.255.255", "168.63.129.15", "2606:4700::1111", "2a00:1450:4001::1"]
OPEN += ["2001:200::1", "2003::1", "64:ff9b::808:808", "::ffff:8.8.8.8"]

CLOSED = ["0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.9.9.9"]
CLOSED += ["169.254.169.254", "169.254.1.1", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.192", "192.0.2.1"]
CLOSED += ["192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1"]
CLOSED += ["239.255.255.250", "240.0.0.1", "255.255.255.255", "168.63.129.16"]
CLOSED += ["::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:0:7f00:1", "64:ff9b::7f00:1"]
CLOSED += ["64:ff9b::a9fe:a9fe", "64:ff9b::a00:1", "64:ff9b:1::808:808", "100::1", "2001::1", "2001:0:808:808::"]
CLOSED += [
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::",
    "3fff::1",
    "5f00::1",
]
CLOSED += ["fc00::1", "fd00:ec2::254", "fd20:ce::254", "fe80::1", "fe80::1%eth0", "fe80::5efe:7f00:1", "fec0::1"]
CLOSED += ["2606:4700::5efe:7f00:1", "2606:4700::200:5efe:a00:1", "ff02::1", "ff0e::1", "1::1", "4000::1", "8000::1"]

PERSONAL = ["127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16"]
PERSONAL += ["::1/128", "fc00::/7", "fe80::/10"]
METADATA = ["169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254"]
METADATA += ["fd20:ce::254"]


@pytest.mark.parametrize("address", OPEN)
def test_a_server_of_the_internet_may_be_asked(address: str) -> None:
    assert is_public(address)
    assert Gate().refusal(443, [address]) is None


@pytest.mark.parametrize("address", CLOSED)
def test_an_address_that_is_not_of_the_public_internet_may_not(address: str) -> None:
    assert not is_public(address)
    assert Gate().refusal(443, [address])
    assert Gate().refusal(443, ["8.8.8.8", address]), "one bad address is enough"


def test_a_refusal_says_what_the_address_is_and_how_to_open_it() -> None:
    assert Gate().refusal(80, ["10.0.0.5"]) == (
        "resolves to 10.0.0.5, a private address; set STORYWIRE_ALLOW_NETS=10.0.0.0/8 if you mean it"
    )


@pytest.mark.parametrize("address", ["169.254.169.254", "168.63.129.16", "224.0.0.1", "2002:7f00:1::"])
def test_nobody_is_told_how_to_open_what_nobody_can_mean(address: str) -> None:
    assert "STORYWIRE_ALLOW_NETS" not in str(Gate().refusal(80, [address]))


def test_an_opened_network_opens_no_other_and_an_ipv4_one_also_in_ipv6_form() -> None:
    gate = Gate(networks("10.0.0.0/8, fd12::/16"))
    assert [gate.refusal(80, [a]) for a in ("10.1.2.3", "::ffff:10.1.2.3", "fd12::1", "8.8.8.8")] == [None] * 4
    assert all(gate.refusal(80, [a]) for a in ("169.254.1.1", "127.0.0.1", "64:ff9b::a00:1", "fd13::1", "::10.1.2.3"))
    assert gate.refusal(80, ["10.1.2.3", "127.0.0.1"])


@pytest.mark.parametrize("address", CLOSED)
def test_opening_all_networks_opens_only_what_a_person_can_mean(address: str) -> None:
    everything = Gate(networks("0.0.0.0/0, ::/0"))
    meant = (ip_network(net) for net in PERSONAL)
    can_be_meant = any(plain(address) in net for net in meant) and address not in METADATA
    assert (everything.refusal(80, [address]) is None) is can_be_meant
    assert everything.refusal(80, ["8.8.8.8"]) is None


@pytest.mark.parametrize("address", METADATA)
def test_no_setting_opens_a_metadata_service(address: str) -> None:
    for nets in ("0.0.0.0/0, ::/0", "169.254.0.0/16, fc00::/7, 100.64.0.0/10", str(ip_network(address))):
        refusal = str(Gate(networks(nets)).refusal(80, [address]))
        assert "a cloud's metadata service" in refusal
    assert refusal.endswith("; STORYWIRE_ALLOW_NETS does not open it")


@pytest.mark.parametrize("port", [0, 1, 22, 25, 53, 81, 110, 143, 445, 3306, 5432, 6379, 9200, 11211, 27017])
def test_a_public_server_is_asked_on_the_ports_of_the_web_only(port: int) -> None:
    assert str(port) in str(Gate().refusal(port, ["8.8.8.8"]))
    assert all(Gate().refusal(port, ["8.8.8.8"]) is None for port in PORTS)


def test_in_an_opened_network_higher_ports_are_asked_too() -> None:
    gate = Gate(networks("127.0.0.0/8"))
    assert [gate.refusal(port, ["127.0.0.1"]) is None for port in (80, 443, 1024, 9000, 65535, 22, 25, 1023)] == [
        *[True] * 5,
        *[False] * 3,
    ]


@pytest.mark.parametrize("answer", ["", "localhost", "127.1", "0x7f000001", "1.2.3.4.5", "[::1]"])
def test_what_is_no_address_is_refused(answer: str) -> None:
    assert Gate(networks("0.0.0.0/0, ::/0")).refusal(80, [answer])


@given(st.ip_addresses(v=4).filter(lambda address: not address.is_global))
def test_what_python_calls_private_is_never_public(address: object) -> None:
    assert not is_public(str(address))
    assert not is_public(f"::ffff:{address}")


def test_a_list_of_networks_is_read() -> None:
    assert [str(net) for net in networks(" 10.0.0.0/8,192.168.1.7, ,fd00::/8 ")] == [
        "10.0.0.0/8",
        "192.168.1.7/32",
        "fd00::/8",
    ]
    assert networks("") == ()


@pytest.mark.parametrize("text", ["10.0.0.0/33", "localhost", "10.0.0.5/8", "10.0.0.0/8;fd00::/8"])
def test_what_is_no_network_is_named(text: str) -> None:
    with pytest.raises(InputError, match=r"STORYWIRE_ALLOW_NETS: .*give networks such as"):
        networks(text)
