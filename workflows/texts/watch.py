"""What the watch over a fenced center says."""

from __future__ import annotations

TEXTS: dict[str, dict[str, str]] = {
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
    "watch_open_guarded": {
        "en": "No fence device holds {center}, only the expired guards of its writers ({guards}): {reason}.",
        "ko": "{center}을(를) 막고 있는 차단 장치가 없고 만료된 쓰기 감시기({guards})만 쓰기를 막고 있음: {reason}.",
    },
    "watch_guarded": {
        "en": "No fence device holds {center}; its writers ({guards}) were closed by their own guards, and a closed guard "
        "stays closed. Since {since}: {reason}. What answers without its data is no second writer; where it is a "
        "database, somebody there opened it: look at once. No device closed it ({why}); that is tried again and again, "
        "and told when more of it opens, or in a day. To close it for good: {ways}.",
        "ko": "{center}을(를) 막고 있는 차단 장치 없음. 쓰기({guards})는 자체 감시기가 멈췄으며 멈춘 감시기는 스스로 풀리지 "
        "않음. {since}부터: {reason}. 데이터 없이 응답하는 것은 이중 쓰기가 아니지만, 데이터베이스가 응답한다면 누군가 "
        "직접 기동한 것이므로 즉시 확인하십시오. 장치로 차단하지 못함({why}). 계속 다시 시도하며, 새로 열리는 것이 있거나 "
        "하루가 지나면 다시 알립니다. 완전히 차단하려면: {ways}.",
    },
    "watch_no_device": {
        "en": "take power or network from its machines",
        "ko": "해당 서버의 전원 또는 네트워크를 차단",
    },
    "watch_anew": {
        "en": "The watch over {center} had ended ({how}) although its fence stands; it is watched again.",
        "ko": "{center} 차단이 유지 중인데 감시가 종료되어 있었음({how}); 다시 감시를 시작함.",
    },
    "watch_left": {
        "en": "{center} is open ({reason}) and is not fenced again: {why}, and no run goes on. Its fence still stands "
        "in the estate: muster lift {estate} {center} --reason WHY --as NAME asks the approvers to lift it.",
        "ko": "{center} 차단이 풀려 있으나({reason}) 다시 차단하지 않음: {why}, 진행 중인 절차 없음. 차단 의무가 아직 "
        "기록에 남아 있음: muster lift {estate} {center} --reason 사유 --as 이름 으로 해제 승인을 요청하십시오.",
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
        "en": "the watch over {center} ends when its fence is cleared: by a failback, or, before a promotion, by an "
        "abort of the run that fenced it or by `muster lift`",
        "ko": "{center} 차단 감시는 차단이 해제될 때 끝남: 업무 복귀, 또는 승격 전 해당 절차의 중단(abort)이나 muster lift",
    },
}
