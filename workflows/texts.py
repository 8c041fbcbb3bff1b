"""What people read, in Korean and English. One table; a missing key is an error at once, not at a disaster."""

from __future__ import annotations

_TEXTS: dict[str, dict[str, str]] = {
    "severity_title": {
        "en": "Severity decision: critical declares, major asks again, minor stands down",
        "ko": "재해 판단: critical 선포, major 재확인, minor 종결",
    },
    "approval_title": {"en": "Executive approval: {what}", "ko": "임원진 승인: {what}"},
    "step_held": {"en": "Step held: {step}: {reason}", "ko": "단계 보류: {step}: {reason}"},
    "paused": {"en": "Held by {by}", "ko": "{by} 님이 보류함"},
    "then_escalate": {"en": "then {people} are asked too", "ko": "이후 {people}에게도 요청"},
    "then_wait": {"en": "then the run goes on waiting and asks again", "ko": "이후 계속 대기하며 다시 요청"},
    "then_stand_down": {"en": "then the run stands down", "ko": "이후 종결"},
    "declare_what": {
        "en": "declare a disaster of {old}, go to {new}",
        "ko": "{old} 재해 선포, {new}(으)로 전환",
    },
    "lift_what": {
        "en": "abort: lift the fence of {old} and leave the services there",
        "ko": "중단: {old} 차단 해제, 업무는 그대로 유지",
    },
    "may_write_on": {
        "en": "No writers' fence of {old} is confirmed: it may go on writing, and what it writes from now on is lost.",
        "ko": "{old}의 쓰기 차단이 확인되지 않음: 계속 기록될 수 있으며 이후 기록분은 유실됩니다.",
    },
    "old_looks_healthy": {
        "en": "{old} looks healthy from: {places}.",
        "ko": "{old} 정상으로 보임: {places}.",
    },
    "new_blind": {
        "en": "The worker of {new} does not answer or sees no neutral target: is {new} itself alive?",
        "ko": "{new} 워커가 응답하지 않거나 중립 대상을 보지 못함: {new} 자체가 정상인지 확인하십시오.",
    },
    "do_fence": {"en": "fence {old} ({devices})", "ko": "{old} 강제 차단 ({devices})"},
    "do_promote": {"en": "promote {datasets} at {new}", "ko": "{new}에서 {datasets} 승격"},
    "do_start": {"en": "start {services} at {new}", "ko": "{new}에서 {services} 기동"},
    "do_traffic": {"en": "point {names} to {new}", "ko": "{names}을(를) {new}(으)로 변경"},
    "do_tell": {"en": "tell {audiences}", "ko": "{audiences}에 상황 전파"},
    "stop_all": {
        "en": "everything of {old}: {services}, and every program there",
        "ko": "{old} 전체: {services} 및 모든 프로그램",
    },
    "notice_started_title": {
        "en": "[{estate}] disaster declaration started",
        "ko": "[{estate}] 재해 선포 절차 시작",
    },
    "notice_started": {
        "en": "{by} started the declaration: {reason}. A severity decision is awaited from {people}. Token {token}.",
        "ko": "{by} 님이 재해 선포 절차를 시작함: {reason}. {people}의 재해 판단을 기다립니다. 토큰 {token}.",
    },
    "notice_approve_title": {
        "en": "[{estate}] approval needed: {what}",
        "ko": "[{estate}] 승인 요청: {what}",
    },
    "notice_approve": {
        "en": "{quorum} of {people} must agree. Estimated loss: {loss}. Token {token}. "
        "Open the run {run} in the Temporal Web UI, or: muster approve {run}.",
        "ko": "{people} 중 {quorum}명의 승인이 필요합니다. 예상 유실: {loss}. 토큰 {token}. "
        "Temporal Web UI에서 {run} 실행을 열거나: muster approve {run}.",
    },
    "notice_held_title": {"en": "[{estate}] held: {step}", "ko": "[{estate}] 보류: {step}"},
    "notice_held": {
        "en": "{step} needs an operator: {reason}. Then: muster retry {run} {step_name}, or muster abort {run}.",
        "ko": "{step} 단계에 운영자가 필요합니다: {reason}. 조치 후: muster retry {run} {step_name} 또는 muster abort {run}.",
    },
    "notice_done_title": {"en": "[{estate}] services run at {new}", "ko": "[{estate}] {new}에서 업무 재개"},
    "notice_done": {
        "en": "{services} run at {new}, traffic goes there. {old} is fenced. "
        "From approval to service: {seconds} s. Estimated loss: {loss}.",
        "ko": "{services} 업무가 {new}에서 재개되었고 접속도 전환되었습니다. {old}은(는) 차단 상태입니다. "
        "승인부터 재개까지 {seconds}초. 예상 유실: {loss}.",
    },
    "notice_customers": {
        "en": "Service is available again after a disruption.",
        "ko": "장애가 복구되어 서비스를 다시 이용하실 수 있습니다.",
    },
    "notice_ended_title": {
        "en": "[{estate}] declaration ended: {state}",
        "ko": "[{estate}] 선포 절차 종료: {state}",
    },
    "loss_unknown": {"en": "unknown ({reason})", "ko": "알 수 없음 ({reason})"},
    "loss": {"en": "{lower} to {upper} s", "ko": "{lower}~{upper}초"},
    "none": {"en": "none", "ko": "없음"},
}


def text(language: str, key: str, **values: object) -> str:
    """The text of `key` in `language` (ko or en; English for any other), filled in."""
    found = _TEXTS[key]
    return found.get(language, found["en"]).format(**values)
