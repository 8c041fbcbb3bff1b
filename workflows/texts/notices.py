"""What is written to people by their channels."""

from __future__ import annotations

TEXTS: dict[str, dict[str, str]] = {
    "notice_cleanup_title": {"en": "[{estate}] cleanup after {run}", "ko": "[{estate}] {run} 원복"},
    "notice_cleanup": {
        "en": "{run} ended without giving back. To be undone: {owed}.",
        "ko": "{run}이(가) 반환 없이 종료됨. 원복 대상: {owed}.",
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
        "Open the run {run} in the Temporal Web UI, tab User Metadata, or: muster approve {run}.",
        "ko": "{people} 중 {quorum}명의 승인이 필요합니다. 예상 유실: {loss}. 토큰 {token}. "
        "Temporal Web UI에서 {run} 실행의 User Metadata 탭을 열거나: muster approve {run}.",
    },
    "notice_lift": {
        "en": "{quorum} of {people} must agree. {about} Token {token}. "
        "Open the run {run} in the Temporal Web UI, tab User Metadata, or: muster approve {run}.",
        "ko": "{people} 중 {quorum}명의 승인이 필요합니다. {about} 토큰 {token}. "
        "Temporal Web UI에서 {run} 실행의 User Metadata 탭을 열거나: muster approve {run}.",
    },
    "notice_held_title": {"en": "[{estate}] held: {step}", "ko": "[{estate}] 보류: {step}"},
    "notice_held": {
        "en": "{what}. Ways out: {ways} (muster WAY {run} {step}).",
        "ko": "{what}. 가능한 조치: {ways} (muster 조치 {run} {step}).",
    },
    "notice_or_abort": {"en": "Or: muster abort {run}.", "ko": "또는: muster abort {run}."},
    "notice_override_title": {
        "en": "[{estate}] approval needed: {what}",
        "ko": "[{estate}] 승인 요청: {what}",
    },
    "notice_override": {
        "en": "{quorum} of {people} must agree. {stakes} Token {token}. "
        "Open the run {run} in the Temporal Web UI, tab User Metadata, or: muster approve {run} --gate {gate}.",
        "ko": "{people} 중 {quorum}명의 승인이 필요합니다. {stakes} 토큰 {token}. "
        "Temporal Web UI에서 {run} 실행의 User Metadata 탭을 열거나: muster approve {run} --gate {gate}.",
    },
    "notice_done_title": {"en": "[{estate}] services run at {new}", "ko": "[{estate}] {new}에서 업무 재개"},
    "notice_done": {
        "en": "{services} run at {new}, traffic goes there. {fence}. "
        "From approval to service: {seconds} s. Estimated loss: {loss}.",
        "ko": "{services} 업무가 {new}에서 재개되었고 접속도 전환되었습니다. {fence}. "
        "승인부터 재개까지 {seconds}초. 예상 유실: {loss}.",
    },
    "notice_customers": {
        "en": "Service is available again after a disruption.",
        "ko": "장애가 복구되어 서비스를 다시 이용하실 수 있습니다.",
    },
    "notice_commit_title": {
        "en": "[{estate}] {new} serves: accept it?",
        "ko": "[{estate}] {new} 업무 재개: 수용 확인 요청",
    },
    "notice_commit": {
        "en": "{quorum} of {people} may accept; customers are told after it; {then}. Token {token}. "
        "Open the run {run} in the Temporal Web UI, tab User Metadata, or: muster approve {run}.",
        "ko": "{people} 중 {quorum}명이 수용하면 고객에게 전파합니다. {then}. 토큰 {token}. "
        "Temporal Web UI에서 {run} 실행의 User Metadata 탭을 열거나: muster approve {run}.",
    },
    "notice_kept_title": {
        "en": "[{estate}] record of the run, {state}",
        "ko": "[{estate}] 실행 기록 보관, {state}",
    },
    "notice_kept": {
        "en": "The record of {run}#{run_id} is kept at {path}, SHA-256 {digest}… The report shows the same digest: "
        "muster report {run} --run-id {run_id}.",
        "ko": "{run}#{run_id} 기록이 {path}에 보관되었습니다. SHA-256 {digest}… 결과서에 같은 값이 있습니다: "
        "muster report {run} --run-id {run_id}.",
    },
    "notice_not_kept": {
        "en": "The archive did not take the record of {run}#{run_id}: Temporal keeps it, and it is tried again.",
        "ko": "보관소가 {run}#{run_id} 기록을 받지 않았습니다. Temporal에 남아 있으며 다시 시도합니다.",
    },
    "notice_ended_title": {
        "en": "[{estate}] declaration ended: {state}",
        "ko": "[{estate}] 선포 절차 종료: {state}",
    },
    "notice_codes_title": {
        "en": "[{estate}] wrong one-time codes in the name of {person}",
        "ko": "[{estate}] {person} 명의로 잘못된 일회용 코드가 반복됨",
    },
    "notice_codes": {
        "en": "Run {run} was sent many wrong codes in the name of {person}. Somebody guesses, or a clock is off. "
        "{person} can still speak, with two codes that follow each other: the one shown now and the next.",
        "ko": "{run} 실행에 {person} 명의의 잘못된 코드가 여러 번 도착했습니다. 누군가 추측하고 있거나 시계가 맞지 않습니다. "
        "{person} 님은 연속된 두 코드(현재 코드와 다음 코드)로 계속 의견을 낼 수 있습니다.",
    },
    "notice_unverified_title": {
        "en": "[{estate}] one-time codes are not verified",
        "ko": "[{estate}] 일회용 코드 확인 불가",
    },
    "notice_unverified": {
        "en": "Run {run}: {why}. Voices and orders that carry codes wait until a control worker and the Estate answer.",
        "ko": "{run} 실행: {why}. 제어 워커와 전사 시스템 기록이 응답할 때까지 코드가 있는 승인과 지시는 대기합니다.",
    },
    "notice_watch_title": {
        "en": "[{estate}] fence of {center}",
        "ko": "[{estate}] {center} 차단 감시",
    },
}
