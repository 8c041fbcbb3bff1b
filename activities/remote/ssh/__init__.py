"""SSH: the only package that knows asyncssh.

`pool` keeps a connection for each target, `session` is one exchange on it, `pins` are host keys.
"""

from __future__ import annotations

from activities.remote.ssh.pool import SshPool
from activities.remote.ssh.session import Answer

__all__ = ["Answer", "SshPool"]
