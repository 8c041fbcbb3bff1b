"""A fence by Redfish: the power of each machine of a center, asked of its management controller.

The only file that knows sushy (extra `redfish`). Its calls block: each runs in a thread of this file's own, bounded
in time by sushy and by the wait for it. No session is kept at a controller (they have room for a few): HTTP basic
authentication, which the Redfish specification (DSP0266) asks of every controller.
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Literal

from temporalio import activity

from activities.errors import BadOrder, HostUnreachable, SecretMissing
from activities.models import FenceOrder, Outcome, RedfishMachine, RedfishPower, StepResult
from activities.secrets import Secrets

CONNECT_S = 2.0
ANSWER_S = 4.0  # for one request of the two or three that a look or a change is made of
CONFIRM_WITHIN = 14.0  # seconds from the first request; the whole activity has 20
SETTLE = 1.0  # between two looks that agree: a policy of the controller may give power back at once (law 3)
PAUSE = 0.3
BEAT = 1.0
SIDE_BY_SIDE = 32
NOT_INSTALLED = "fences by Redfish need the extra redfish: pip install 'muster[redfish]' at this worker"

State = Literal["on", "off", "between", "unknown"]


@dataclass(frozen=True)
class Seen:
    """What the controller of one machine says. `why`: what hinders, when it is `unknown` or was refused."""

    name: str
    state: State
    why: str = ""
    refused: bool = False


def why_not_installed() -> str | None:
    return None if find_spec("sushy") else NOT_INSTALLED


class RedfishDevice:
    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._threads = ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="redfish")

    async def move(self, order: FenceOrder, *, fenced: bool) -> StepResult:
        """Power off (ForceOff) or on for each machine that is not so; those that answer do not wait for others.

        DONE and ALREADY: every machine says so, twice. FAILED: a controller refused. UNKNOWN: one did not confirm.
        """
        began = time.monotonic()
        power, wanted = self._power(order), _wanted(fenced)
        acted = await self._each(power, lambda login, ca, one: _change(power, login, ca, one, wanted))
        if any(seen.refused for seen in acted):
            return _result(Outcome.FAILED, f"{order.name}: {_rest(acted, wanted)}", began)
        if all(seen.state == wanted for seen in acted) and await self._stays(power, wanted, began):
            return _result(Outcome.ALREADY, f"{order.name} says so already", began)
        while time.monotonic() < began + CONFIRM_WITHIN:
            seen = await self._look(power)
            if all(one.state == wanted for one in seen) and await self._stays(power, wanted, began):
                return _result(Outcome.DONE, f"{order.name} confirms", began)
            await asyncio.sleep(PAUSE)
        missing = [one for one in await self._look(power) if one.state != wanted]
        told = _told(missing) or "it does not stay so"
        return _result(Outcome.UNKNOWN, f"{order.name} does not confirm that all is {wanted}: {told}", began)

    async def is_fenced(self, order: FenceOrder) -> bool:
        """Every machine is off, twice. Raises HostUnreachable with the machines that nobody could ask."""
        power = self._power(order)
        for look in range(2):
            if look:
                await asyncio.sleep(SETTLE)
            seen = await self._look(power)
            if silent := [one for one in seen if one.state == "unknown"]:
                raise HostUnreachable(f"{order.name} does not tell its state: {_told(silent)}")
            if any(one.state != "off" for one in seen):
                return False
        return True

    async def _stays(self, power: RedfishPower, wanted: State, began: float) -> bool:
        await asyncio.sleep(SETTLE)
        return all(seen.state == wanted for seen in await self._look(power))

    async def _look(self, power: RedfishPower) -> list[Seen]:
        return await self._each(power, lambda login, ca, one: _state(power, login, ca, one))

    async def _each(
        self, power: RedfishPower, ask: Callable[[str, str | None, RedfishMachine], Seen]
    ) -> list[Seen]:
        """All machines side by side; heartbeats while the threads are busy."""
        login = self._secrets.resolve(power.login)
        with _authority(self._secrets.resolve(power.tls_ca) if power.tls_ca else None) as ca:
            loop = asyncio.get_running_loop()
            asked = [loop.run_in_executor(self._threads, ask, login, ca, one) for one in power.machines]
            waiting: set[asyncio.Future[Seen]] = set(asked)
            while waiting:
                _, waiting = await asyncio.wait(waiting, timeout=BEAT)
                if activity.in_activity():
                    activity.heartbeat()
        return [one.result() for one in asked]

    def _power(self, order: FenceOrder) -> RedfishPower:
        if reason := why_not_installed():
            raise BadOrder(f"{order.name}: {reason}")
        if order.redfish is None or not order.redfish.machines:
            raise BadOrder(f"{order.name}: the order names no machine")  # all of none would be off
        if ":" not in self._secrets.resolve(order.redfish.login):
            raise SecretMissing(f"secret {order.redfish.login!r}: it is not USER:PASSWORD")
        return order.redfish


@contextlib.contextmanager
def _authority(certificates: str | None) -> Iterator[str | None]:
    """The certificates as a file, which is how the TLS library takes them."""
    if certificates is None:
        yield None
        return
    with tempfile.NamedTemporaryFile("w", prefix="muster-ca-", suffix=".pem") as file:
        file.write(certificates)
        file.flush()
        yield file.name


# --- in a thread


def _state(power: RedfishPower, login: str, ca: str | None, machine: RedfishMachine) -> Seen:
    return _asked(machine, lambda: Seen(machine.name, _power_of(_system(power, login, ca, machine))))


def _change(power: RedfishPower, login: str, ca: str | None, machine: RedfishMachine, wanted: State) -> Seen:
    """Looked at first; what is so already is left alone."""
    import sushy

    def change() -> Seen:
        system = _system(power, login, ca, machine)
        state = _power_of(system)
        if state != wanted:
            system.reset_system(sushy.RESET_FORCE_OFF if wanted == "off" else sushy.RESET_ON)
        return Seen(machine.name, state)

    return _asked(machine, change)


def _system(power: RedfishPower, login: str, ca: str | None, machine: RedfishMachine) -> Any:
    import sushy
    from sushy import auth

    user, _, password = login.partition(":")
    root = sushy.Sushy(
        machine.controller,
        auth=auth.BasicAuth(user, password),
        verify=False if power.insecure else (ca or True),
        connect_timeout=CONNECT_S,
        read_timeout=ANSWER_S,
        server_side_retries=1,  # its default sleeps and repeats for half a minute
        server_side_retries_delay=1,
    )
    return root.get_system(machine.path)


def _power_of(system: Any) -> State:
    """Only the plain words count: PoweringOff is not Off, and a missing state is unknown."""
    said = str(getattr(system.power_state, "value", system.power_state))
    states: dict[str, State] = {"On": "on", "Off": "off", "PoweringOn": "between", "PoweringOff": "between"}
    return states.get(said, "unknown")


def _asked(machine: RedfishMachine, ask: Callable[[], Seen]) -> Seen:
    """What a controller answers, or why it does not. Nothing is raised: one machine must not hide the others."""
    from sushy import exceptions

    try:
        return ask()
    except exceptions.AccessError as error:
        return Seen(
            machine.name, "unknown", f"{machine.controller} refuses the login ({_short(error)})", True
        )
    except (exceptions.ResourceNotFoundError, exceptions.InvalidParameterValueError) as error:
        return Seen(machine.name, "unknown", f"{machine.controller}: {_short(error)}", True)
    except exceptions.ConnectionError as error:
        return Seen(machine.name, "unknown", f"{machine.controller} does not answer: {_short(_first(error))}")
    except Exception as error:
        # Whatever a controller's firmware says that sushy did not expect.
        return Seen(machine.name, "unknown", f"{machine.controller}: {type(error).__name__}: {_short(error)}")


# --- words


def _wanted(fenced: bool) -> State:
    return "off" if fenced else "on"


def _told(seen: list[Seen]) -> str:
    return "; ".join(f"{one.name} {one.why or f'is {one.state}'}" for one in seen)


def _rest(acted: list[Seen], wanted: State) -> str:
    """What was refused or is unknown, and what was asked."""
    asked = ", ".join(one.name for one in acted if not one.why)
    return f"{_told([one for one in acted if one.why])}; asked to be {wanted}: {asked or 'no other machine'}"


def _first(error: BaseException) -> BaseException:
    """What began it: the layers above repeat the address and hide the reason."""
    while error.__context__ is not None:
        error = error.__context__
    return error


def _short(error: BaseException) -> str:
    return " ".join(str(error).split())[:160]


def _result(outcome: Outcome, summary: str, began: float) -> StepResult:
    return StepResult(outcome=outcome, summary=summary, seconds=time.monotonic() - began)
