"""The page of a run in the Web UI."""

from __future__ import annotations

TEXTS: dict[str, dict[str, str]] = {
    "loss_unknown": {"en": "unknown ({reason})", "ko": "알 수 없음 ({reason})"},
    "loss": {"en": "{lower} to {upper} s", "ko": "{lower}~{upper}초"},
    "none": {"en": "none", "ko": "없음"},
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
    "page_unverified": {
        "en": "One-time codes are not verified now: {why}. Voices and orders wait; a hold or an abort is followed soon.",
        "ko": "지금은 일회용 코드를 확인할 수 없습니다: {why}. 승인과 지시는 대기하며, 보류와 중단은 곧 실행됩니다.",
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
    "page_guards": {"en": "Guards of writers", "ko": "쓰기 감시기"},
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
    "page_flood": {
        "en": "A flood: Temporal takes 10,000 signals for one run. From then on what is sent in the Web UI does not "
        "reach it, nor do reports of its child runs: speak to it by muster, and look at the child runs themselves",
        "ko": "메시지 폭주: Temporal은 실행당 신호 10,000건까지만 받습니다. 그 뒤로는 Web UI에서 보낸 신호와 "
        "하위 실행의 보고가 전달되지 않으므로 muster 명령을 사용하고 하위 실행을 직접 확인하십시오",
    },
    "page_more": {"en": "… (more: {command})", "ko": "… (나머지: {command})"},
    "seconds": {"en": "{seconds} s", "ko": "{seconds}초"},
    "minutes": {"en": "{minutes} m {seconds} s", "ko": "{minutes}분 {seconds}초"},
}
