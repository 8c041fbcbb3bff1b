"""What each host runs: its services, programs and settings on a fresh disk."""

from __future__ import annotations

from collections.abc import Callable

from deploy.lab.database import Database
from deploy.lab.disks import Disk, Service
from deploy.lab.layout import ZONE, Host, Layout
from deploy.lab.secrets import Secrets

_PYTHON = "/usr/bin/python3 -I"
NOTICES = "srv/notices.jsonl"
KNOT_CONF = "srv/knot/knot.conf"
APP_DATABASE = "srv/app/database.conf"
LOCAL_LOG = "var/log/local-writer.log"
LOCAL_RATE = "srv/local-writer.rate"
_KNOT = """server:
    rundir: "/run/knot"
    listen: {address}@53
database:
    storage: "/var/lib/knot"
log:
  - target: stderr
    any: info
key:
  - id: {key}
    algorithm: {algorithm}
    secret: {secret}
acl:
  - id: changes
    key: {key}
    action: [update, transfer]
zone:
  - domain: {zone}
    file: "/var/lib/knot/zone"
    acl: changes
"""
_ZONE = """$ORIGIN {zone}
$TTL 1
@ 1 SOA dns.{zone} ops.{zone} 1 60 60 3600 1
@ 1 NS dns.{zone}
dns 1 A {dns}
www 1 A {www}
"""


class Roles:
    """Prepares the disks of one lab."""

    def __init__(self, layout: Layout, secrets: Secrets, database: Database) -> None:
        self._layout = layout
        self._secrets = secrets
        self._database = database
        self._makers: dict[str, Callable[[Disk, Host], None]] = {
            "postgres": self._postgres,
            "was": self._was,
            "web": self._web,
            "mq": self._mq,
            "edge": self._edge,
            "pdu": self._pdu,
            "knot": self._knot,
            "sink": self._sink,
        }

    def prepare(self, host: Host) -> None:
        """A fresh disk with all that the host is for."""
        disk = Disk(self._layout, host)
        disk.prepare(self._authorized(host))
        for role in host.roles:
            self._makers[role](disk, host)

    def _authorized(self, host: Host) -> dict[str, str]:
        if host.site in self._layout.centers:
            return {"muster": self._secrets.public(f"{host.site}-ssh")}
        keys = {"edge-ctl": "edge-ssh", "pdu-ctl": "pdu-ssh"}
        return {"netops": self._secrets.public(keys[host.name])} if host.name in keys else {}

    def _serves(self, host: Host) -> bool:
        """In normal times the first center serves; the other one's services are installed and down."""
        return host.site == self._layout.centers[0]

    def _postgres(self, disk: Disk, host: Host) -> None:
        self._database.place(disk, host)
        disk.install("local_writer.py", "srv/local_writer.py")
        disk.write(LOCAL_RATE, "50\n")
        words = f"local-{host.site}- $(cat /{LOCAL_RATE}) /{LOCAL_LOG}"
        run = f"exec {_PYTHON} /srv/local_writer.py {words}"
        disk.add(Service("local-writer", run, enabled=False, counted=False))

    def _was(self, disk: Disk, host: Host) -> None:
        disk.install("was.py", "srv/app/was.py")
        disk.write(APP_DATABASE, app_database(self._layout, host.site))
        run = f"exec chpst -u wasadm {_PYTHON} /srv/app/was.py /{APP_DATABASE} >> /var/log/was.log 2>&1"
        disk.add(Service("was", run, _healthy(8080), enabled=self._serves(host)))

    def _web(self, disk: Disk, host: Host) -> None:
        disk.install("web.py", "srv/web/web.py")
        tier = " ".join(f"{h.address}:8080" for h in self._layout.hosts_of(host.site) if "was" in h.roles)
        run = f"exec chpst -u wasadm {_PYTHON} /srv/web/web.py {tier} >> /var/log/web.log 2>&1"
        disk.add(Service("web", run, _listens(80), enabled=self._serves(host)))

    def _mq(self, disk: Disk, host: Host) -> None:
        disk.install("mq.py", "srv/mq/mq.py")
        run = f"exec chpst -u wasadm {_PYTHON} /srv/mq/mq.py >> /var/log/mq.log 2>&1"
        disk.add(Service("mq", run, _listens(5672), enabled=self._serves(host)))

    def _edge(self, disk: Disk, host: Host) -> None:
        for verb in ("block", "unblock", "status", "vip"):
            disk.install("edgectl", f"bin/{verb}")
        disk.write("srv/edge/centers", "".join(f"{center}\n" for center in self._layout.centers))
        disk.write("srv/edge/vip", f"{self._layout.centers[0]}\n")
        for center in self._layout.centers:
            disk.write(f"srv/edge/said-{center}", "open\n", 0o666)
        (disk.root / "srv/edge").chmod(0o777)

    def _pdu(self, disk: Disk, host: Host) -> None:
        for verb in ("on", "off", "status"):
            disk.install("pductl", f"bin/{verb}")

    def _knot(self, disk: Disk, host: Host) -> None:
        disk.write(KNOT_CONF, _knot_conf(self._layout, self._secrets), 0o600)
        www = self._layout.web(self._layout.centers[0])
        disk.write("var/lib/knot/zone", _ZONE.format(zone=ZONE, dns=self._layout.dns, www=www))
        disk.add(Service("knot", f"exec /usr/sbin/knotd -c /{KNOT_CONF} >> /var/log/knot.log 2>&1"))

    def _sink(self, disk: Disk, host: Host) -> None:
        disk.install("sink.py", "srv/sink.py")
        disk.add(Service("sink", f"exec {_PYTHON} /srv/sink.py /{NOTICES} >> /var/log/sink.log 2>&1"))


def app_database(layout: Layout, center: str, database: str = "ledger") -> str:
    """The application's connection: the database of its own center."""
    address = layout.host(f"{center}/db-1").address
    return (
        f"host={address} dbname={database} user=app connect_timeout=2 tcp_user_timeout=1000 "
        "options='-c statement_timeout=2000'\n"
    )


def _knot_conf(layout: Layout, secrets: Secrets) -> str:
    algorithm, name, secret = secrets.read("dns-key").split(":")
    return _KNOT.format(address=layout.dns, key=name, algorithm=algorithm, secret=secret, zone=ZONE)


def _healthy(port: int) -> str:
    return (
        f"exec 3<>/dev/tcp/127.0.0.1/{port} || exit 1\n"
        "printf 'GET /health HTTP/1.0\\r\\n\\r\\n' >&3\n"
        "read -r -t 3 _ code _ <&3\n"
        '[ "$code" = 200 ]'
    )


def _listens(port: int) -> str:
    return f"exec 3<>/dev/tcp/127.0.0.1/{port}"
