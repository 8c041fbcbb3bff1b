"""A person at the Temporal Web UI: reads a run and sends signals the way the page does, over its HTTP interface."""

from __future__ import annotations

import base64
import http.cookiejar
import json
import urllib.parse
import urllib.request
from typing import Any

ANSWER_WITHIN = 10.0  # seconds


class WebUi:
    """`address` of the page, such as http://127.0.0.1:8233."""

    def __init__(self, address: str, namespace: str = "default") -> None:
        self.address = address.rstrip("/")
        self._namespace = namespace
        self._cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._cookies))

    def page_of(self, workflow_id: str, run_id: str) -> str:
        """Where a person sees what the run awaits: the tab "User Metadata"."""
        run = f"{urllib.parse.quote(workflow_id, safe='')}/{run_id}"
        return f"{self.address}/namespaces/{self._namespace}/workflows/{run}/user-metadata"

    def signal(self, workflow_id: str, name: str, message: dict[str, Any]) -> None:
        """One JSON payload, with the token against forged requests that the page sends too."""
        data = base64.b64encode(json.dumps(message).encode()).decode()
        encoding = base64.b64encode(b"json/plain").decode()
        body = {
            "signalName": name,
            "workflowExecution": {"workflowId": workflow_id},
            "input": {"payloads": [{"metadata": {"encoding": encoding}, "data": data}]},
        }
        path = f"/api/v1/namespaces/{self._namespace}/workflows/{urllib.parse.quote(workflow_id, safe='')}"
        self._post(f"{path}/signal/{name}", body)

    def _post(self, path: str, body: dict[str, Any]) -> None:
        request = urllib.request.Request(  # noqa: S310  the address is the dev server's own
            self.address + path,
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "X-CSRF-TOKEN": self._csrf()},
        )
        with self._opener.open(request, timeout=ANSWER_WITHIN) as answer:
            answer.read()

    def _csrf(self) -> str:
        found = self._cookie()
        if not found:
            with self._opener.open(f"{self.address}/api/v1/settings", timeout=ANSWER_WITHIN) as answer:
                answer.read()
            found = self._cookie()
        return found

    def _cookie(self) -> str:
        return next((cookie.value or "" for cookie in self._cookies if cookie.name == "_csrf"), "")
