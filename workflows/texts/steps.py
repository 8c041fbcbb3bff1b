"""Steps, and what else stands in a history."""

from __future__ import annotations

TEXTS: dict[str, dict[str, str]] = {
    "step_estate": {"en": "read the estate's record", "ko": "전사 시스템 기록 확인"},
    "step_lease": {"en": "take the estate's lease", "ko": "전사 시스템 점유"},
    "step_active": {"en": "record {center} as the active center", "ko": "{center}을(를) 현행 센터로 기록"},
    "step_fence": {
        "en": "fence {center} until its writers are stopped",
        "ko": "{center} 강제 차단, 쓰기가 멈출 때까지",
    },
    "step_lift": {"en": "lift {device} from {center}", "ko": "{center}의 {device} 차단 해제"},
    "step_healthy": {"en": "see {center} serve again", "ko": "{center} 정상 확인"},
    "step_data": {"en": "{verb} {label} at {center}", "ko": "{center}의 {label}: {verb}"},
    "step_prove": {
        "en": "write through {service}, read at {center}",
        "ko": "{service} 업무로 기록하고 {center}에서 조회",
    },
    "step_dns": {"en": "point {name} to {addresses}", "ko": "{name}을(를) {addresses}(으)로 변경"},
    "step_service": {"en": "start {service} at {center}", "ko": "{center}에서 {service} 기동"},
    "step_component": {
        "en": "{verb} {component} on {center}/{host}",
        "ko": "{center}/{host}의 {component} {verb}",
    },
    "sum_fence": {
        "en": "fence {center} by {device}, from {place}",
        "ko": "{place}에서 {device}(으)로 {center} 차단",
    },
    "step_fence_again": {"en": "fence {center} again", "ko": "{center} 다시 차단"},
    "step_stop_watch": {"en": "end the watch over {center}", "ko": "{center} 차단 감시 종료"},
    "sum_watches": {"en": "{vantage} watches {center}", "ko": "{vantage}에서 {center} 감시"},
    "sum_look_again": {"en": "until the fence is looked at again", "ko": "차단 재확인 대기"},
    "sum_release": {"en": "give the lease back", "ko": "점유 반환"},
    "sum_stop": {"en": "ask to stop: {runs}", "ko": "중지 요청: {runs}"},
    "sum_still": {"en": "until {run} moves no device", "ko": "{run}의 장치 조작 종료 대기"},
    "sum_epoch": {"en": "write the epoch to {host}", "ko": "{host}에 세대 기록"},
    "sum_epoch_again": {"en": "until hosts are told the epoch", "ko": "세대 기록 재시도 대기"},
    "sum_oblige": {"en": "register what must be undone: {what}", "ko": "원복 의무 등록: {what}"},
    "sum_clear": {"en": "clear what is undone: {what}", "ko": "원복 의무 해제: {what}"},
    "sum_intent": {"en": "record the intent: {what} {target}", "ko": "의도 기록: {target} {what}"},
    "sum_result": {"en": "record the result: {what} {target}", "ko": "결과 기록: {target} {what}"},
    "sum_notice": {"en": "notice to {audience}: {title}", "ko": "상황 전파, {audience}: {title}"},
    "sum_sees": {"en": "what {vantage} sees", "ko": "{vantage}에서 관측"},
    "sum_replica": {"en": "replica of {label} at {center}", "ko": "{center}의 {label} 복제 상태"},
    "sum_samples": {"en": "samples of {label} at {vantage}", "ko": "{vantage}의 {label} 표본"},
    "sum_hosts": {"en": "hosts of {center}", "ko": "{center} 서버 접속 확인"},
    "sum_device": {"en": "state of fence device {device}", "ko": "차단 장치 {device} 상태"},
    "step_commit": {"en": "accept {new} as it serves", "ko": "{new} 업무 재개 수용"},
    "sum_codes": {"en": "verify codes ({count})", "ko": "일회용 코드 확인 ({count}건)"},
    "sum_guards": {"en": "until the guards of {center} have expired", "ko": "{center} 쓰기 감시기 만료 대기"},
    "sum_renewers": {
        "en": "who may renew the guards of {center}",
        "ko": "{center} 쓰기 감시기를 갱신하는 곳 확인",
    },
    "sum_view_guards": {
        "en": "what {place} knows of the guards of {center}",
        "ko": "{place}에서 본 {center} 쓰기 감시기",
    },
    "guard_seen": {
        "en": "{dataset} at {host}: {place} heard {ago} s ago: {said}; not renewed from there any more it has run out by {ends}, margin included",
        "ko": "{host}의 {dataset}: {place}에서 {ago}초 전 확인: {said}; 갱신을 멈추면 여유 시간을 포함해 {ends}까지 만료",
    },
    "guard_never": {
        "en": "{dataset} at {host}: {place} never heard of it",
        "ko": "{host}의 {dataset}: {place}에서 응답을 받은 적 없음",
    },
    "guard_unknown": {
        "en": "{dataset} at {host}: what {place} knows of it is not known",
        "ko": "{host}의 {dataset}: {place}에서 아는 상태를 확인할 수 없음",
    },
    "guards_as_fence": {
        "en": "If no fence device confirms, the guards count as a fence of writers, about {seconds} s after renewing is stopped.",
        "ko": "차단 장치가 확인되지 않으면, 갱신을 멈추고 약 {seconds}초 뒤 쓰기 감시기가 쓰기 차단으로 인정됩니다.",
    },
    "guards_no_fence": {
        "en": "If no fence device confirms, the guards are no fence: {why}.",
        "ko": "차단 장치가 확인되지 않을 때 쓰기 감시기는 차단으로 인정되지 않습니다: {why}",
    },
    "sum_stop_renewing": {
        "en": "{place} stops renewing the guards of {center}",
        "ko": "{place}: {center} 쓰기 감시기 갱신 중지",
    },
    "sum_resume_renewing": {
        "en": "{place} renews the guards of {center} again",
        "ko": "{place}: {center} 쓰기 감시기 갱신 재개",
    },
    "guards_wait": {
        "en": "the guards of {datasets} close their writers by themselves and count as a fence at {at}; nothing is to be done for it",
        "ko": "{datasets} 쓰기 감시기가 스스로 쓰기를 멈추며, {at}에 강제 차단으로 인정됨 (별도 조치 불필요)",
    },
    "guards_fenced": {
        "en": "No fence device of {center} confirmed: its writers ({datasets}) were stopped by their own guards, which were not renewed. Its machines may have power: look at them before anything there is started.",
        "ko": "{center}의 차단 장치가 확인되지 않음: 쓰기({datasets})는 갱신되지 않은 자체 감시기가 멈춤. 서버 전원은 켜져 있을 수 있으니 기동 전에 확인할 것.",
    },
    "guard_rearm": {
        "en": "the guard of {dataset} may have closed its writer: look at it, then by hand at {host}: {command}; when it is armed again, a few seconds later, start the database",
        "ko": "{dataset} 감시기가 쓰기를 멈췄을 수 있음: 확인 후 {host}에서 직접 {command} 실행, 몇 초 뒤 다시 설정되면 데이터베이스 기동",
    },
    "sum_archive": {"en": "archive the record", "ko": "기록 보관"},
    "sum_gate": {"en": "until gate {gate} is looked at again", "ko": "{gate} 승인 지점 재확인 대기"},
    "sum_ask_again": {"en": "until the severity is asked again", "ko": "재해 판단 재요청 대기"},
    "sum_stragglers": {"en": "for hosts that were not needed to go on", "ko": "나머지 서버 기동 대기"},
}
