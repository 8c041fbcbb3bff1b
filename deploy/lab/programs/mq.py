"""The component `mq` of the second service: greets whoever connects."""

from __future__ import annotations

import socketserver


class Greeting(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"220 mq ready\r\n")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


if __name__ == "__main__":
    Server(("", 5672), Greeting).serve_forever()
