"""Routers, links and the management network; cutting and throttling them.

machine ── edge router ── seoul router ── hosts
   │        │  │     └─── busan router ── hosts       wan joins the two center routers
  mgmt ─────┘  └── client
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from deploy.lab import kernel
from deploy.lab.errors import LabError
from deploy.lab.layout import THIRD, Host, Layout

LINKS = ("seoul-edge", "busan-edge", "wan")
# Dropped, never answered: a link that goes down would end connections at once, and lose static routes.
_EDGE_RULES = """
table inet edge {
  set blocked { type ifname; }
  chain into { type filter hook input priority 0; iifname @blocked drop; }
  chain from { type filter hook output priority 0; oifname @blocked drop; }
  chain through { type filter hook forward priority 0; iifname @blocked drop; oifname @blocked drop; }
}
"""
_CUT_RULES = """
table inet cut {
  set links { type ifname; }
  chain into { type filter hook prerouting priority -300; iifname @links drop; }
  chain from { type filter hook postrouting priority 300; oifname @links drop; }
}
"""


class Network:
    """The links of one lab."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._routers = {center: layout.namespace(f"{center}/router") for center in layout.centers}
        self._edge = layout.namespace("edge")
        self._client = layout.namespace("client")

    def why_not_free(self) -> str | None:
        """Why the address ranges cannot be taken: something else on this machine has a route into them."""
        layout = self._layout
        wanted = [ipaddress.ip_network(f"{layout.network(s)}.0.0/16") for s in (THIRD, *layout.centers)]
        for route in kernel.ip_json("route", "show", "table", "all"):
            if (
                ":" in route["dst"]
                or route["dst"] == "default"
                or route.get("dev", "").startswith(layout.link(""))
            ):
                continue
            taken = ipaddress.ip_network(route["dst"], strict=False)
            if taken.prefixlen and any(taken.overlaps(network) for network in wanted):
                return (
                    f"{taken} is already routed by {route.get('dev', 'this machine')}: choose another --base"
                )
        return None

    def up(self) -> None:
        """All but the hosts' own links (see `plug`)."""
        kernel.ip(f"netns add {name}" for name in (*self._routers.values(), self._edge, self._client))
        self._connect_machine()
        self._connect_client()
        for number, center in enumerate(self._layout.centers):
            self._connect_center(number, center)
        self._connect_wan()
        for namespace in (self._edge, *self._routers.values()):
            kernel.run(kernel.inside(namespace, ["sysctl", "-qw", "net.ipv4.ip_forward=1"]))
        kernel.nft(self._edge, _EDGE_RULES)
        for router in self._routers.values():
            kernel.nft(router, _CUT_RULES)

    def _connect_machine(self) -> None:
        layout, third = self._layout, self._layout.network(THIRD)
        edge, bridge, port = layout.link("edge"), layout.link("mgmt"), layout.link("edgem")
        kernel.ip(
            [
                f"link add {edge} type veth peer name machine netns {self._edge}",
                f"addr add {third}.0.1/30 dev {edge}",
                f"link add {bridge} address {self._mac(THIRD, 1)} type bridge",
                f"addr add {layout.mgmt(1)}/24 dev {bridge}",
                f"link set {bridge} up",
                f"link add {port} type veth peer name mgmt address {self._mac(THIRD, 2)} netns {self._edge}",
                f"link set {port} master {bridge}",
            ]
        )
        kernel.ip(
            [
                "link set lo up",
                f"addr add {third}.0.2/30 dev machine",
                "link set machine up",
                f"addr add {layout.mgmt(2)}/24 dev mgmt",
                "link set mgmt up",
            ],
            self._edge,
        )
        kernel.ip([f"link set {edge} up", f"link set {port} up"])
        kernel.ip(
            [f"route add {layout.network(c)}.0.0/16 via {third}.0.2 src {third}.0.1" for c in layout.centers]
            + [f"route add {third}.16.0/24 via {third}.0.2"]
        )

    def _connect_client(self) -> None:
        third = self._layout.network(THIRD)
        kernel.ip(
            [
                f"link add client type veth peer name eth0 netns {self._client}",
                f"addr add {third}.16.1/24 dev client",
                "link set client up",
            ],
            self._edge,
        )
        kernel.ip(
            [
                "link set lo up",
                f"addr add {self._layout.client}/24 dev eth0",
                "link set eth0 up",
                f"route add default via {third}.16.1",
            ],
            self._client,
        )

    def _connect_center(self, number: int, center: str) -> None:
        """The edge router's leg to the center has the center's name: that is what `block CENTER` drops."""
        between, network = f"{self._layout.network(THIRD)}.{number + 1}", self._layout.network(center)
        router = self._routers[center]
        kernel.ip(
            [
                f"link add {center} type veth peer name edge netns {router}",
                f"addr add {between}.1/30 dev {center}",
                f"link set {center} up",
            ],
            self._edge,
        )
        kernel.ip(
            [
                "link set lo up",
                f"addr add {between}.2/30 dev edge",
                "link set edge up",
                f"link add br0 address {self._mac(center, 1)} type bridge",
                f"addr add {network}.0.1/16 dev br0",
                "link set br0 up",
                f"route add default via {between}.1",
            ],
            router,
        )
        kernel.ip([f"route add {network}.0.0/16 via {between}.2"], self._edge)

    def _connect_wan(self) -> None:
        first, second = self._layout.centers
        third = self._layout.network(THIRD)
        kernel.ip(
            [f"link add wan type veth peer name wan netns {self._routers[second]}"], self._routers[first]
        )
        for number, (here, there) in enumerate(((first, second), (second, first))):
            kernel.ip(
                [
                    f"addr add {third}.9.{number + 1}/30 dev wan",
                    "link set wan up",
                    f"route add {self._layout.network(there)}.0.0/16 via {third}.9.{2 - number}",
                ],
                self._routers[here],
            )

    def _mac(self, site: str, number: int) -> str:
        # Fixed, because neighbours remember it: a host that was powered off must come back with the same one.
        return f"02:{self._layout.network(site)[3:].zfill(3)[-2:]}:00:00:00:{number:02x}"

    # --- links of hosts

    def plug(self, site: str, ports: Iterable[tuple[str, str, int]]) -> None:
        """Make namespace and link of each (namespace, port name, last byte of the address)."""
        wanted = list(ports)
        router = self._routers.get(site)  # None: the machine itself, whose bridge is the management network
        bridge = "br0" if router else self._layout.link("mgmt")
        kernel.ip(f"netns add {namespace}" for namespace, _, _ in wanted)
        kernel.ip(
            [
                f"link add {port} type veth peer name eth0 address {self._mac(site, n)} netns {namespace}"
                for namespace, port, n in wanted
            ]
            + [f"link set {port} master {bridge}" for _, port, _ in wanted],
            router,
        )
        for namespace, _, number in wanted:
            kernel.ip(self._addresses(site, number), namespace)
        # Last: with the carrier already on, the bridge forwards at once instead of up to a second later.
        kernel.ip([f"link set {port} up" for _, port, _ in wanted], router)

    def _addresses(self, site: str, number: int) -> list[str]:
        if site == THIRD:
            address, gateway = f"{self._layout.mgmt(number)}/24", self._layout.mgmt(2)
        else:
            network = self._layout.network(site)
            address, gateway = f"{network}.0.{number}/16", f"{network}.0.1"
        return [
            "link set lo up",
            f"addr add {address} dev eth0",
            "link set eth0 up",
            f"route add default via {gateway}",
        ]

    def silence(self, site: str, ports: Iterable[str]) -> None:
        """Router side down: nothing that dies behind these ports can send a FIN or a RST any more."""
        kernel.ip([f"link set {port} down" for port in ports], self._routers.get(site), force=True)

    def unplug(self, site: str, ports: Iterable[str], namespaces: Iterable[str]) -> None:
        # The link first: a namespace is deleted later than asked, and would still hold it at a power-on.
        kernel.ip([f"link del {port}" for port in ports], self._routers.get(site), force=True)
        kernel.ip([f"netns del {namespace}" for namespace in namespaces], force=True)

    def port(self, host: Host) -> str:
        return self._layout.link(host.name) if host.site == THIRD else f"p-{host.name}"

    # --- cuts

    def cut(self, target: str) -> None:
        """Drop everything on a link, or on both links of a center."""
        self._each_end(target, "add element inet cut links {{ {0} }}\n")

    def heal(self, target: str) -> None:
        # `delete` refuses what is not there: added first, in the same transaction, healing twice is harmless.
        self._each_end(
            target, "add element inet cut links {{ {0} }}\ndelete element inet cut links {{ {0} }}\n"
        )

    def is_cut(self, link: str) -> bool:
        router, device = self._end(link)
        return device in kernel.nft_set(router, "cut", "links")

    def _each_end(self, target: str, rules: str) -> None:
        links = (f"{target}-edge", "wan") if target in self._layout.centers else (target,)
        for link in links:
            router, device = self._end(link)
            kernel.nft(router, rules.format(device))

    def _end(self, link: str) -> tuple[str, str]:
        if link not in LINKS:
            raise LabError(f"no link {link!r}; there are {', '.join((*self._layout.centers, *LINKS))}")
        if link == "wan":
            return self._routers[self._layout.centers[0]], "wan"
        return self._routers[link.removesuffix("-edge")], "edge"

    def open_edge(self) -> None:
        """Let the edge router pass everything again, whatever its device was told."""
        kernel.nft(self._edge, "flush set inet edge blocked\n")

    def is_blocked(self, center: str) -> bool:
        return center in kernel.nft_set(self._edge, "edge", "blocked")

    def throttle(self, rate: str) -> None:
        """Bound the wan in both directions to a rate as `tc` writes it (2mbit); `off` frees it."""
        for router in self._routers.values():
            if rate == "off":
                kernel.run(["tc", "-n", router, "qdisc", "replace", "dev", "wan", "root", "pfifo"])
            else:
                bound = ["tbf", "rate", rate, "burst", "16kb", "latency", "400ms"]
                kernel.run(["tc", "-n", router, "qdisc", "replace", "dev", "wan", "root", *bound])

    def throttled(self) -> str:
        """The wan's rate as `tc` prints it, or "off"."""
        text = kernel.run(["tc", "-n", self._routers[self._layout.centers[0]], "qdisc", "show", "dev", "wan"])
        words = text.split()
        return words[words.index("rate") + 1] if "rate" in words else "off"

    def down(self) -> None:
        """Delete every namespace and link whose name is this lab's."""
        kernel.ip([f"link del {name}" for name in kernel.links(self._layout.link(""))], force=True)
        kernel.ip([f"netns del {name}" for name in kernel.namespaces(self._layout.prefix)], force=True)
