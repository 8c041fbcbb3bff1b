"""What people read, in Korean and English. One table; a missing key is an error at once, not at a disaster."""

from __future__ import annotations

SUMMARY = 400  # bytes of a summary in a history; the server refuses more

_TEXTS: dict[str, dict[str, str]] = {
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
    "cleanup_nothing": {"en": "nothing is left to be undone", "ko": "원복할 것이 없음"},
    "notice_cleanup_title": {"en": "[{estate}] cleanup after {run}", "ko": "[{estate}] {run} 원복"},
    "notice_cleanup": {
        "en": "{run} ended without giving back. To be undone: {owed}.",
        "ko": "{run}이(가) 반환 없이 종료됨. 원복 대상: {owed}.",
    },
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
    "notice_held_title": {"en": "[{estate}] held: {step}", "ko": "[{estate}] 보류: {step}"},
    "notice_held": {
        "en": "{step} needs an operator: {reason}. Ways out: {ways} (muster WAY {run} {step_name}), or muster abort {run}.",
        "ko": "{step} 단계에 운영자가 필요합니다: {reason}. 가능한 조치: {ways} (muster 조치 {run} {step_name}) 또는 muster abort {run}.",
    },
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
    "unfenced": {
        "en": "no writers' fence of {old} was confirmed, {people} overrode it",
        "ko": "{old}의 쓰기 차단이 확인되지 않았고 {people} 님이 우회를 승인함",
    },
    "is_fenced": {"en": "{old} is fenced", "ko": "{old}은(는) 차단 상태"},
    "notice_customers": {
        "en": "Service is available again after a disruption.",
        "ko": "장애가 복구되어 서비스를 다시 이용하실 수 있습니다.",
    },
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
    "watch_title": {"en": "fence watch · {estate} · {center}", "ko": "차단 감시 · {estate} · {center}"},
    "watch_reason": {
        "en": "{center} is fenced by {run}, and watched until its failback",
        "ko": "{run} 절차로 {center}이(가) 차단됨, 업무 복귀까지 감시",
    },
    "watch_what": {
        "en": "fence {center} again ({devices}) as soon as it is found open",
        "ko": "{center}의 차단이 풀리면 즉시 다시 차단 ({devices})",
    },
    "watch_lifted": {"en": "its fence is being lifted", "ko": "차단을 해제하는 중"},
    "watch_missing": {
        "en": "Nobody watches the fence of {center}: {why}.",
        "ko": "{center} 차단을 감시하는 절차가 없음: {why}.",
    },
    "watch_open": {
        "en": "{center} is not fenced: {reason}.",
        "ko": "{center} 차단이 풀려 있음: {reason}.",
    },
    "watch_again": {
        "en": "{center} was found open ({reason}) and fenced again within {seconds} s: {how}.",
        "ko": "{center}의 차단이 풀린 것을 발견하여({reason}) {seconds}초 만에 다시 차단함: {how}.",
    },
    "watch_by_itself": {
        "en": "{center} was open for {seconds} s and is fenced again: {how}.",
        "ko": "{center}의 차단이 {seconds}초 동안 풀려 있었고 다시 차단됨: {how}.",
    },
    "watch_seen_closed": {"en": "nothing of it is seen any more", "ko": "더 이상 관측되지 않음"},
    "watch_cannot": {
        "en": "{center} is not fenced ({reason}) and could not be fenced again: {why}. It is tried again and again. "
        "By hand: {ways}.",
        "ko": "{center} 차단이 풀려 있으나({reason}) 다시 차단하지 못함: {why}. 계속 다시 시도합니다. "
        "수동 조치: {ways}.",
    },
    "watch_unknown": {
        "en": "Whether {center} is fenced is not fully known; no answer from: {what}.",
        "ko": "{center} 차단 상태를 모두 확인할 수 없음, 응답 없음: {what}.",
    },
    "watch_known": {
        "en": "All that tells whether {center} is fenced answers again.",
        "ko": "{center} 차단 상태를 다시 모두 확인할 수 있음.",
    },
    "watch_no_estate": {
        "en": "the Estate does not say which center is active ({reason})",
        "ko": "전사 시스템 기록에서 현행 센터를 확인할 수 없음 ({reason})",
    },
    "watch_held_back": {
        "en": "({count} more findings were not told one by one; they stand in the run.)",
        "ko": "(그 밖의 {count}건은 개별 통보하지 않았으며 실행 기록에 있습니다.)",
    },
    "watch_over": {
        "en": "the fence of {center} is watched no more: {why}",
        "ko": "{center} 차단 감시 종료: {why}",
    },
    "watch_no_end": {
        "en": "the watch over {center} ends when its fence is cleared: by a failback, "
        "or by an abort of the run that fenced it, before its promotion",
        "ko": "{center} 차단 감시는 차단이 해제될 때 끝남: 업무 복귀, 또는 승격 전 해당 절차의 중단(abort)",
    },
    "notice_watch_title": {
        "en": "[{estate}] fence of {center}",
        "ko": "[{estate}] {center} 차단 감시",
    },
    "loss_unknown": {"en": "unknown ({reason})", "ko": "알 수 없음 ({reason})"},
    "loss": {"en": "{lower} to {upper} s", "ko": "{lower}~{upper}초"},
    "none": {"en": "none", "ko": "없음"},
    # steps, and what else stands in the history
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
        "en": "the guard of {dataset} may have closed its writer: look at it, then by hand at {host}: {command}, and start the database",
        "ko": "{dataset} 감시기가 쓰기를 멈췄을 수 있음: 확인 후 {host}에서 직접 {command} 실행, 데이터베이스 기동",
    },
    "sum_archive": {"en": "archive the record", "ko": "기록 보관"},
    "sum_gate": {"en": "until gate {gate} is looked at again", "ko": "{gate} 승인 지점 재확인 대기"},
    "sum_ask_again": {"en": "until the severity is asked again", "ko": "재해 판단 재요청 대기"},
    "sum_stragglers": {"en": "for hosts that were not needed to go on", "ko": "나머지 서버 기동 대기"},
    # how a run ends
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
    "end_overtaken": {
        "en": "overtaken, nothing more is changed: {why}",
        "ko": "다른 실행에 점유가 넘어가 더 이상 변경하지 않음: {why}",
    },
    "undo_too_late": {
        "en": "{old} stays fenced: {datasets} takes writes at {new}, there is only forward; start the declaration anew",
        "ko": "{old} 강제 차단 유지: {new}에서 {datasets} 데이터가 쓰기 가능 상태이므로 되돌릴 수 없음, 재해 선포를 다시 시작",
    },
    "end_refused": {"en": "the approval was refused", "ko": "승인이 거부됨"},
    "end_done": {"en": "{services} run at {new}", "ko": "{new}에서 {services} 업무 운영 중"},
    "end_terminated": {
        "en": "terminated in Temporal by {by}: {reason}",
        "ko": "{by}에 의해 Temporal에서 강제 종료됨: {reason}",
    },
    "end_by_server": {
        "en": "ended by the server, {status}: {reason}",
        "ko": "서버가 종료함, {status}: {reason}",
    },
    "ended_waiting": {"en": "it waited for: {waits}", "ko": "대기 중이던 항목: {waits}"},
    "left_undone": {"en": "left undone: {what}", "ko": "원복되지 않음: {what}"},
    "record_lost": {
        "en": "No worker could tell what this run did: its histories in the archive do.",
        "ko": "이 실행의 내용을 복원할 수 없음: 보관소의 이력을 확인하십시오.",
    },
    "somebody": {"en": "somebody without a name", "ko": "이름 없는 사용자"},
    "without_reason": {"en": "no reason given", "ko": "사유 없음"},
    # what stands on the page from the start
    "intro_started": {"en": "Started by **{by}**: {reason}", "ko": "**{by}** 님이 시작: {reason}"},
    "intro_services": {"en": "services: {services}", "ko": "업무 그룹: {services}"},
    "intro_center": {"en": "lost center: **{center}**", "ko": "재해 센터: **{center}**"},
    "intro_how": {"en": "How to take part", "ko": "참여 방법"},
    "intro_read": {
        "en": "What is awaited, and from whom, stands under **Current Details**. Press **R** to see it anew.",
        "ko": "누구의 응답을 기다리는지는 **Current Details**에 있습니다. **R** 키를 누르면 새로 고칩니다.",
    },
    "intro_answer": {
        "en": "Answer with **More Actions** → **Send a Signal**, with the lines that stand there for you.",
        "ko": "**More Actions** → **Send a Signal**에서 본인 이름의 내용을 붙여 넣어 응답합니다.",
    },
    "intro_stop": {
        "en": "To stop the run send the signal **abort**. **Terminate** leaves everything half done.",
        "ko": "절차를 멈추려면 **abort** Signal을 보냅니다. **Terminate**는 모든 것을 중간 상태로 남깁니다.",
    },
    # the page of a run
    "page_waits": {"en": "Waiting: {title}", "ko": "대기 중: {title}"},
    "page_held": {"en": "Waiting for an operator", "ko": "운영자 대기 중"},
    "page_more_waits": {"en": "and {count} more wait", "ko": "그 밖에 {count}건 대기 중"},
    "page_asked": {"en": "{quorum} of: {people}", "ko": "{people} 중 {quorum}명"},
    "page_from": {"en": "From", "ko": "응답할 사람"},
    "page_heard": {"en": "Heard so far", "ko": "현재까지 의견"},
    "page_overridden": {
        "en": "{without} Overridden by {people}: {reason}",
        "ko": "{without} {people} 님이 우회 승인함: {reason}",
    },
    "page_until": {"en": "Until", "ko": "기한"},
    "page_until_then": {"en": "{at}, {then}", "ko": "{at}까지, {then}"},
    "page_since": {"en": "Since", "ko": "대기 시작"},
    "page_no_limit": {"en": "{at}, without a time limit", "ko": "{at}, 기한 없음"},
    "page_token": {"en": "Token", "ko": "토큰"},
    "page_answer": {"en": "To answer", "ko": "응답 방법"},
    "page_how": {
        "en": "above, **More Actions** → **Send a Signal**. Signal name: {signals}. "
        "Copy the lines of your name into **Data**, then **Submit**.",
        "ko": "위쪽 **More Actions** → **Send a Signal**. Signal name: {signals}. "
        "본인 이름의 내용을 복사하여 **Data**에 붙여 넣고 **Submit**.",
    },
    "page_how_here": {
        "en": "**More Actions** → **Send a Signal**, signal name {signal}, data:",
        "ko": "위쪽 **More Actions** → **Send a Signal**, Signal name {signal}, Data에 붙여 넣을 내용:",
    },
    "page_how_child": {
        "en": "open run {run}, **More Actions** → **Send a Signal**, signal name {signal}, data:",
        "ko": "{run} 실행을 열고 **More Actions** → **Send a Signal**, Signal name {signal}, Data에 붙여 넣을 내용:",
    },
    "page_severities": {
        "en": "As severity write critical, major or minor.",
        "ko": "severity에는 critical, major, minor 중 하나를 씁니다.",
    },
    "page_code": {
        "en": "In the place of YOUR CODE write the six digits that your authenticator shows now.",
        "ko": "YOUR CODE 자리에 인증 앱이 지금 보여 주는 6자리 숫자를 씁니다.",
    },
    "page_pairs": {
        "en": "Wrong codes came in the name of {people}: there two codes that follow each other are asked, "
        '"123456 234567", the one shown now and the next.',
        "ko": "{people} 명의로 잘못된 코드가 반복됨: 이 경우 현재 코드와 다음 코드를 연속으로 씁니다. "
        '"123456 234567"',
    },
    "page_proving": {"en": "{person} (being verified)", "ko": "{person} (확인 중)"},
    "page_for": {"en": "{by} for {seat}", "ko": "{by} ({seat} 대리)"},
    "page_absent": {"en": "{person} is away until {until}", "ko": "{person} 부재 ({until}까지)"},
    "page_absent_deputy": {
        "en": "{person} is away until {until}, {deputy} may speak for {person}",
        "ko": "{person} 부재 ({until}까지), {deputy} 님이 대신 의견을 낼 수 있음",
    },
    "page_too_long": {"en": "its JSON is too long to be shown", "ko": "JSON이 길어 표시하지 않음"},
    "page_loss_now": {"en": "Data lost if it is done now", "ko": "지금 시행할 때 데이터 유실"},
    "page_against": {"en": "{loss} ({verdict} the RPO of {rpo})", "ko": "{loss} (목표 RPO {rpo} {verdict})"},
    "page_service": {"en": "{services} at {center}", "ko": "{center}의 {services}"},
    "page_started": {"en": "Started {at} by {by}: {reason}", "ko": "{at} {by} 님이 시작: {reason}"},
    "page_as_of": {
        "en": "As of {at} ({zone}): {span}, phase **{phase}**",
        "ko": "{at} 현재 ({zone}): {span} 경과, **{phase}** 단계",
    },
    "page_ended": {"en": "Ended {at} ({zone}) after {span}", "ko": "{at} 종료 ({zone}), {span} 소요"},
    "page_plan": {"en": "plan {plan}", "ko": "계획 {plan}"},
    "page_epoch": {"en": "epoch {epoch}", "ko": "세대 {epoch}"},
    "page_will_do": {"en": "Will do", "ko": "수행할 작업"},
    "page_will_stop": {"en": "Will stop", "ko": "중단될 것"},
    "page_not_ready": {"en": "Not ready", "ko": "준비되지 않음"},
    "page_evidence": {"en": "Evidence, {at}", "ko": "근거, {at}"},
    "page_marks": {"en": "✓ serves · ✗ does not serve", "ko": "✓ 정상 응답 · ✗ 응답 없음"},
    "page_sees": {"en": "seen from {vantage}", "ko": "{vantage}에서 관측"},
    "page_not_counted": {"en": "{vantage} does not count: {why}", "ko": "{vantage} 관측은 제외: {why}"},
    "page_blind": {
        "en": "it is blind, no neutral target answers it",
        "ko": "관측 불가, 중립 대상도 응답 없음",
    },
    "page_center": {"en": "center", "ko": "센터"},
    "page_target": {"en": "target", "ko": "대상"},
    "page_losses": {"en": "Estimated loss", "ko": "예상 유실"},
    "page_data": {"en": "data", "ko": "데이터"},
    "page_loss": {"en": "loss", "ko": "유실"},
    "page_bytes": {"en": "at least", "ko": "최소"},
    "page_sample_age": {"en": "sample age", "ko": "표본 경과"},
    "page_verdict": {"en": "against the RPO", "ko": "RPO 대비"},
    "page_no_sample": {"en": "no sample", "ko": "표본 없음"},
    "page_clocks": {"en": "Clocks", "ko": "소요 시간"},
    "page_clocks_rto": {"en": "Clocks, RTO {rto}", "ko": "소요 시간, RTO {rto}"},
    "page_phase": {"en": "phase", "ko": "단계"},
    "page_began": {"en": "began", "ko": "시작"},
    "page_seconds": {"en": "seconds", "ko": "초"},
    "page_settling": {"en": "of which settling", "ko": "안정 확인"},
    "page_steps": {"en": "Steps", "ko": "작업"},
    "page_steps_newest": {
        "en": "Steps, newest {shown} of {all}",
        "ko": "작업, 전체 {all}건 중 최근 {shown}건",
    },
    "page_what": {"en": "what", "ko": "내용"},
    "page_outcome": {"en": "outcome", "ko": "결과"},
    "page_attempt": {"en": "{outcome}, attempt {attempt}", "ko": "{outcome}, {attempt}차 시도"},
    "page_detail": {"en": "detail", "ko": "상세"},
    "page_refused": {"en": "Messages not followed: {count}", "ko": "따르지 않은 메시지: {count}건"},
    "page_refused_kept": {
        "en": "Messages not followed: {count}, of which {kept} are kept",
        "ko": "따르지 않은 메시지: {count}건, {kept}건 보관",
    },
    "page_more": {"en": "… (more: {command})", "ko": "… (나머지: {command})"},
    "seconds": {"en": "{seconds} s", "ko": "{seconds}초"},
    "minutes": {"en": "{minutes} m {seconds} s", "ko": "{minutes}분 {seconds}초"},
}

# Values that the record holds as they are; the key is the value.
_WORDS: dict[str, dict[str, str]] = {
    "declaration": {"en": "disaster declaration", "ko": "재해 선포"},
    "cleanup": {"en": "cleanup", "ko": "원복"},
    "fence-watch": {"en": "fence watch", "ko": "차단 감시"},
    "watch": {"en": "watch", "ko": "감시"},
    "service": {"en": "service", "ko": "업무 그룹"},
    "running": {"en": "running", "ko": "진행 중"},
    "waiting": {"en": "waiting", "ko": "대기"},
    "held": {"en": "held", "ko": "보류"},
    "done": {"en": "done", "ko": "완료"},
    "stood down": {"en": "stood down", "ko": "종결"},
    "aborted": {"en": "aborted", "ko": "중단"},
    "failed": {"en": "failed", "ko": "실패"},
    "terminated": {"en": "terminated", "ko": "강제 종료"},
    "already": {"en": "already so", "ko": "이미 완료"},
    "skipped": {"en": "skipped", "ko": "건너뜀"},
    "forced": {"en": "forced", "ko": "강제 처리"},
    "unknown": {"en": "unknown", "ko": "알 수 없음"},
    "going on": {"en": "going on", "ko": "진행 중"},
    "detect": {"en": "detect", "ko": "감지"},
    "decide": {"en": "decide", "ko": "재해 판단"},
    "approve": {"en": "approve", "ko": "승인"},
    "fence": {"en": "fence", "ko": "강제 차단"},
    "verify": {"en": "verify", "ko": "데이터 확인"},
    "drain": {"en": "drain", "ko": "수신분 반영"},
    "check": {"en": "check", "ko": "데이터 검사"},
    "traffic": {"en": "traffic", "ko": "접속 전환"},
    "commit": {"en": "commit window", "ko": "수용 확인"},
    "promote": {"en": "promote", "ko": "승격"},
    "start": {"en": "start", "ko": "기동"},
    "stop": {"en": "stop", "ko": "종료"},
    "switch": {"en": "switch", "ko": "접속 전환"},
    "tell": {"en": "tell", "ko": "상황 전파"},
    "lift": {"en": "lift", "ko": "차단 해제"},
    "undo": {"en": "undo", "ko": "원복"},
    "within": {"en": "within", "ko": "이내"},
    "over": {"en": "over", "ko": "초과"},
    "yes": {"en": "yes", "ko": "찬성"},
    "unreadable": {"en": "unreadable", "ko": "읽을 수 없음"},
    "unknown name": {"en": "of an unknown name", "ko": "알 수 없는 이름"},
    "stranger": {"en": "by a stranger", "ko": "계획에 없는 사람"},
    "forged": {"en": "forged", "ko": "위조"},
    "refused": {"en": "refused", "ko": "거부"},
    "no": {"en": "no", "ko": "반대"},
    "nobody": {"en": "nobody", "ko": "없음"},
}


def text(language: str, key: str, **values: object) -> str:
    """The text of `key` in `language` (ko or en; English for any other), filled in."""
    found = _TEXTS[key]
    return found.get(language, found["en"]).format(**values)


def cut(shown: str, size: int = SUMMARY) -> str:
    """At most `size` bytes."""
    data = shown.encode(errors="replace")
    return shown if len(data) <= size else data[: size - 3].decode(errors="ignore") + "…"


def word(language: str, value: str) -> str:
    """A state, outcome, phase or class as people read it; a value that has no word stands for itself."""
    found = _WORDS.get(value, {})
    return found.get(language, found.get("en", value))
