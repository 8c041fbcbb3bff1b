"""Where notices end: every POST becomes one JSON line with `at`, `path` and `body` in the file named."""

from __future__ import annotations

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Handler(BaseHTTPRequestHandler):
    path_of_record: str
    _lock = threading.Lock()

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode(errors="replace")
        try:
            body: Any = json.loads(text)
        except ValueError:
            body = text
        line = json.dumps({"at": time.time(), "path": self.path, "body": body}, ensure_ascii=False)
        with self._lock, open(self.path_of_record, "a") as file:
            file.write(line + "\n")
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_PUT = do_POST

    def log_message(self, format: str, *args: Any) -> None:
        return


if __name__ == "__main__":
    Handler.path_of_record = sys.argv[1]
    ThreadingHTTPServer(("", 8000), Handler).serve_forever()
