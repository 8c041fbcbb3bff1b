"""What people are asked, and what they are shown with it."""

from __future__ import annotations

TEXTS: dict[str, dict[str, str]] = {
    "severity_title": {
        "en": "Severity decision: critical declares, major asks again, minor stands down",
        "ko": "재해 판단: critical 선포, major 재확인, minor 종결",
    },
    "severity_again": {
        "en": "Severity major: the severity is asked again",
        "ko": "재해 판단 major: 재해 판단을 다시 요청할 예정",
    },
    "approval_title": {"en": "Executive approval: {what}", "ko": "임원진 승인: {what}"},
    "step_held": {"en": "Step held: {step}: {reason}", "ko": "단계 보류: {step}: {reason}"},
    "forced_word": {
        "en": "counts as up by {by}'s word; {then}",
        "ko": "{by} 님의 말에 따라 기동된 것으로 간주; {then}",
    },
    "forced_proof": {
        "en": "the proof of {service} will tell",
        "ko": "{service} 업무의 기록 조회 시험에서 드러남",
    },
    "forced_unproven": {
        "en": "nothing in the plan proves {service}",
        "ko": "계획에 {service} 업무를 시험하는 항목이 없음",
    },
    "paused": {"en": "Held by {by}", "ko": "{by} 님이 보류함"},
    "then_escalate": {"en": "then {people} are asked too", "ko": "이후 {people}에게도 요청"},
    "then_wait": {"en": "then the run goes on waiting and asks again", "ko": "이후 계속 대기하며 다시 요청"},
    "then_stand_down": {"en": "then the run stands down", "ko": "이후 종결"},
    "then_accept": {
        "en": "then it counts as accepted by the plan, unless somebody refused",
        "ko": "이후 반대가 없으면 계획에 따라 수용된 것으로 처리",
    },
    "declare_what": {
        "en": "declare a disaster of {old}, go to {new}",
        "ko": "{old} 재해 선포, {new}(으)로 전환",
    },
    "lift_what": {
        "en": "abort: lift the fence of {old} and leave the services there",
        "ko": "중단: {old} 차단 해제, 업무는 그대로 유지",
    },
    "lift_since": {
        "en": "{old} is fenced since {at} ({by}).",
        "ko": "{old}: {at}부터 차단 상태 ({by}).",
    },
    "lift_begun": {
        "en": "The fence of {old} was begun at {at} ({by}) and not confirmed: parts of it may stand.",
        "ko": "{old} 차단: {at}에 시작됨 ({by}), 확인되지 않음. 일부만 차단되어 있을 수 있습니다.",
    },
    "lift_opens": {
        "en": "A yes opens, one after the other: {devices}.",
        "ko": "승인 시 차례로 해제: {devices}.",
    },
    "lift_serves": {
        "en": "{services} then serve at {old} again, as before; by the estate's record nothing was promoted at {new}, no "
        "name was moved.",
        "ko": "이후 {services} 업무는 이전과 같이 {old}에서 계속됩니다. 전사 시스템 기록상 {new}에서 승격된 것은 없고 접속도 "
        "옮겨지지 않았습니다.",
    },
    "lift_writable": {"en": "{label} takes writes at {host}", "ko": "{host}에서 {label} 쓰기 가능"},
    "lift_silent": {"en": "no answer", "ko": "응답 없음"},
    "lift_unknown": {
        "en": "Whether {label} takes writes at {host} is not known ({why}): it may have been promoted there.",
        "ko": "{host}의 {label} 쓰기 가능 여부 확인 불가 ({why}): 이미 승격되었을 수 있습니다.",
    },
    "lift_no": {
        "en": "A no leaves {old} fenced; {again}.",
        "ko": "거부 시 {old} 차단 유지; {again}.",
    },
    "lift_others": {"en": "Also active: {runs}.", "ko": "함께 진행 중: {runs}."},
    "lift_alone": {"en": "No other run is active.", "ko": "다른 진행 중인 실행 없음."},
    "lift_unseen": {
        "en": "The estate's record does not answer: who else is active is not known.",
        "ko": "전사 시스템 기록 응답 없음: 다른 진행 중인 실행을 알 수 없습니다.",
    },
    "lift_half": {
        "en": "{devices} of {center} had been lifted by then: close {center} at once, by hand: {ways}",
        "ko": "그때까지 {center}의 {devices} 차단은 이미 해제됨. {center}을(를) 즉시 수동으로 차단하십시오: {ways}",
    },
    "lift_again": {
        "en": "to ask for it again: muster lift {estate} {center} --reason WHY --as NAME",
        "ko": "다시 요청하려면: muster lift {estate} {center} --reason 사유 --as 이름",
    },
    "cleanup_lift_what": {
        "en": "{run} is over: lift the fence of {old} and leave the services there",
        "ko": "{run} 종료됨: {old} 차단 해제, 업무는 그대로 유지",
    },
    "cleanup_forward": {
        "en": "{center} stays fenced: {earlier}. There is only forward: start a new declaration, it goes on from there",
        "ko": "{center} 차단 유지: {earlier}. 전진만 가능합니다. 새 재해 선포를 시작하면 이어서 진행합니다",
    },
    "cleanup_by_hand": {
        "en": "nobody here can undo {id} ({note}): do it by hand",
        "ko": "{id} ({note}) 자동 원복 불가: 수동으로 처리하십시오",
    },
    "cleanup_left": {"en": "what {run} left stays as it is", "ko": "{run}이(가) 남긴 것은 그대로 유지"},
    "lift_asked_what": {
        "en": "{by} asks for it ({reason}): lift the fence of {old} and leave the services there",
        "ko": "{by} 님의 요청({reason}): {old} 차단 해제, 업무는 그대로 유지",
    },
    "lift_not_owed": {
        "en": "the estate knows of no fence of {center}: nothing is to be lifted there",
        "ko": "{center}에 해제할 차단이 전사 시스템 기록에 없음",
    },
    "lift_failback": {
        "en": "{center} stays fenced: {why}. Only a failback opens it",
        "ko": "{center} 차단 유지: {why}. 업무 복귀로만 해제할 수 있습니다",
    },
    "cleanup_nothing": {"en": "nothing is left to be undone", "ko": "원복할 것이 없음"},
    "override_title": {"en": "Override: go on without {step}", "ko": "우회 승인: {step} 없이 계속"},
    "override_asked": {"en": "{by} asks for it: {reason}", "ko": "{by} 님의 요청: {reason}"},
    "override_failed": {"en": "It failed: {reason}", "ko": "실패 사유: {reason}"},
    "override_without": {"en": "{step}: not proven.", "ko": "{step}: 확인되지 않음."},
    "without_fence": {
        "en": "No writers' fence of {center} was confirmed: both centers may accept writes, and what {center} writes is lost.",
        "ko": "{center}의 쓰기 차단이 확인되지 않음: 양쪽 센터에서 기록이 이루어질 수 있으며 {center}의 기록분은 유실됩니다.",
    },
    "without_drain": {
        "en": "{label} at {center} may not have replayed all that it received: that is lost.",
        "ko": "{center}의 {label}이(가) 수신분을 모두 반영하지 못했을 수 있음: 미반영분은 유실됩니다.",
    },
    "without_check": {
        "en": "{label} at {center} was not found good: data that was not checked takes over.",
        "ko": "{center}의 {label} 데이터 검사가 통과되지 않음: 검사되지 않은 데이터로 전환됩니다.",
    },
    "without_promote": {
        "en": "{label} at {center} was not seen to take writes: services start on data that may not.",
        "ko": "{center}의 {label}이(가) 쓰기 가능한지 확인되지 않음: 그 상태로 업무를 기동합니다.",
    },
    "without_prove": {
        "en": "No write through {service} was read at {center}: traffic moves to a service that may write elsewhere.",
        "ko": "{service} 업무의 기록을 {center}에서 조회하지 못함: 다른 곳에 기록할 수 있는 업무로 접속이 전환됩니다.",
    },
    "bind_estate": {
        "en": "without the estate's record nobody knows which center is the old one",
        "ko": "전사 시스템 기록 없이는 현행 센터를 알 수 없음",
    },
    "bind_lease": {
        "en": "without the lease another run may change the estate too, and hosts take no job: "
        "end the run that holds it",
        "ko": "점유 없이는 다른 절차가 함께 변경할 수 있고 서버가 작업을 거부함: 점유 중인 절차를 먼저 종료하십시오",
    },
    "may_write_on": {
        "en": "No writers' fence of {old} is confirmed: it may go on writing, and what it writes from now on is lost.",
        "ko": "{old}의 쓰기 차단이 확인되지 않음: 계속 기록될 수 있으며 이후 기록분은 유실됩니다.",
    },
    "old_looks_healthy": {
        "en": "{old} looks healthy from: {places}.",
        "ko": "{old} 정상으로 보임: {places}.",
    },
    "worker_silent": {"en": "its worker does not answer", "ko": "워커가 응답하지 않음"},
    "new_blind": {
        "en": "The worker of {new} does not answer or sees no neutral target: is {new} itself alive?",
        "ko": "{new} 워커가 응답하지 않거나 중립 대상을 보지 못함: {new} 자체가 정상인지 확인하십시오.",
    },
    "new_fenced": {
        "en": "{new} itself is still fenced by {run}, and nothing lifts that fence here: nothing can start there.",
        "ko": "{new} 자체가 {run}에 의해 차단되어 있으며 여기서는 해제되지 않음: 그곳에서는 아무것도 기동할 수 없습니다.",
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
    "stop_run": {"en": "the run {run}", "ko": "실행 {run}"},
    "begun_before": {
        "en": "An earlier run was not brought to its end: {earlier}. From there on there is only forward.",
        "ko": "이전 실행이 완료되지 않음: {earlier}. 이후에는 전진만 가능합니다.",
    },
    "promoted_before": {
        "en": "it is promoted already, by {run}; what was lost then stands in its report",
        "ko": "{run}에서 이미 승격됨. 당시 유실은 해당 결과서에 있음",
    },
    "unfenced": {
        "en": "no writers' fence of {old} was confirmed, {people} overrode it",
        "ko": "{old}의 쓰기 차단이 확인되지 않았고 {people} 님이 우회를 승인함",
    },
    "is_fenced": {"en": "{old} is fenced", "ko": "{old}은(는) 차단 상태"},
    "commit_title": {
        "en": "Commit window: {new} serves; is it accepted?",
        "ko": "수용 확인: {new}에서 업무 재개됨, 수용 여부",
    },
    "commit_state": {
        "en": "{services} run at {new}, traffic goes there, {old} is fenced",
        "ko": "{services} 업무가 {new}에서 재개되고 접속도 전환됨, {old}은(는) 차단 상태",
    },
    "commit_yes": {"en": "Accepting tells: {audiences}", "ko": "수용 시 전파 대상: {audiences}"},
    "commit_no": {
        "en": "Refusing holds the run with the reason: data was promoted, there is only forward, a retry asks again",
        "ko": "거부 시 사유와 함께 보류: 데이터가 승격되어 되돌릴 수 없으며 재시도하면 다시 요청",
    },
    "commit_accepted": {"en": "accepted by {people}", "ko": "{people} 수용"},
    "commit_by_default": {
        "en": "nobody decided in time: accepted by the plan",
        "ko": "기한 내 결정 없음: 계획에 따라 수용 처리",
    },
    "commit_refused": {
        "en": "not accepted ({reasons}); customers are not told. Put it right at the new center, then retry: it is asked again",
        "ko": "수용되지 않음 ({reasons}). 고객에게 전파하지 않습니다. 새 센터에서 조치 후 재시도하면 다시 요청합니다",
    },
}
