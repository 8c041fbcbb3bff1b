"""How a run ends."""

from __future__ import annotations

TEXTS: dict[str, dict[str, str]] = {
    "end_nothing": {
        "en": "no service is active at {old}: there is nothing to declare",
        "ko": "{old}에서 운영 중인 업무가 없어 선포할 것이 없음",
    },
    "end_no_decision": {
        "en": "no severity decision in time: the plan says stand down",
        "ko": "기한 내 재해 판단이 없어 계획에 따라 종결",
    },
    "end_minor": {"en": "severity minor: no disaster is declared", "ko": "minor 판단: 재해를 선포하지 않음"},
    "end_no_approval": {"en": "no approval in time", "ko": "기한 내 승인 없음"},
    "estate_silent": {
        "en": "the Estate does not answer, and nothing is opened without its word",
        "ko": "전사 시스템 기록이 응답하지 않으며, 확인 없이는 차단을 해제하지 않음",
    },
    "end_overtaken": {
        "en": "overtaken, nothing more is changed: {why}",
        "ko": "다른 실행에 점유가 넘어가 더 이상 변경하지 않음: {why}",
    },
    "former_fenced": {
        "en": "before its reset this run had begun to fence {center}, and that fence stands",
        "ko": "이 실행은 재설정 전에 {center} 강제 차단을 시작했으며 차단이 유지되고 있음",
    },
    "former_unknown": {
        "en": "this run was reset, and the Estate does not say what it had fenced before: "
        "see `muster estate {estate}` before anything is done by hand",
        "ko": "이 실행은 재설정되었고 그 전에 무엇을 차단했는지 전사 시스템 기록이 응답하지 않음: "
        "수작업 전에 muster estate {estate} 확인",
    },
    "lift_way": {
        "en": "to ask for its lift: muster lift {estate} {center} --reason WHY --as NAME",
        "ko": "해제를 요청하려면: muster lift {estate} {center} --reason 사유 --as 이름",
    },
    "undo_lifted": {
        "en": "{center} is not fenced: {run} has lifted its fence, and nothing is left to be undone there",
        "ko": "{center}은(는) 차단 상태가 아님: {run} 절차로 이미 차단이 해제되어 원복할 것이 없음",
    },
    "undo_too_late": {
        "en": "{old} stays fenced: {datasets}. If {new} is the right side there is only forward: start the declaration "
        "anew, or, where the estate does not know of it, end {estate}/estate in Temporal and say it (muster apply PLAN "
        "--active {new}); if not, stop that database first; {again}",
        "ko": "{old} 강제 차단 유지: {datasets}. {new} 쪽이 맞으면 전진만 가능: 재해 선포를 다시 시작하거나, 전사 시스템 기록에 "
        "없으면 Temporal에서 {estate}/estate 를 종료하고 다시 등록하십시오 (muster apply PLAN --active {new}). 아니면 해당 "
        "데이터베이스를 먼저 중지하십시오; {again}",
    },
    "end_service_up": {"en": "{service} is up at {center}", "ko": "{center}에서 {service} 기동 완료"},
    "end_service_down": {"en": "{service} is down at {center}", "ko": "{center}에서 {service} 중지 완료"},
    "end_refused": {"en": "the approval was refused", "ko": "승인이 거부됨"},
    "end_done": {"en": "{services} run at {new}", "ko": "{new}에서 {services} 업무 운영 중"},
    "end_terminated": {
        "en": "terminated in Temporal by {by}: {reason}",
        "ko": "{by}에 의해 Temporal에서 강제 종료됨: {reason}",
    },
    "end_continued": {"en": "goes on as run {run_id}", "ko": "다음 실행으로 이어짐: {run_id}"},
    "end_by_server": {
        "en": "ended by the server, {status}: {reason}",
        "ko": "서버가 종료함, {status}: {reason}",
    },
    "ended_waiting": {"en": "it waited for: {waits}", "ko": "대기 중이던 항목: {waits}"},
    "round_cut": {"en": "the run was ended from outside", "ko": "실행이 외부에서 종료됨"},
    "step_cut": {
        "en": "the run was ended while it went on: look at its target",
        "ko": "작업 도중 실행이 종료됨: 대상을 직접 확인하십시오",
    },
    "left_undone": {"en": "left undone: {what}", "ko": "원복되지 않음: {what}"},
    "record_lost": {
        "en": "No worker could tell what this run did: its histories in the archive do.",
        "ko": "이 실행의 내용을 복원할 수 없음: 보관소의 이력을 확인하십시오.",
    },
    "somebody": {"en": "somebody without a name", "ko": "이름 없는 사용자"},
    "without_reason": {"en": "no reason given", "ko": "사유 없음"},
}
