"""The words around a record, in English and Korean. A key without a word stands for itself."""

from __future__ import annotations

from starter.documents import times

_WORDS: dict[str, tuple[str, str]] = {
    # scenarios, states, outcomes
    "declaration": ("disaster declaration", "재해 선포"),
    "fence-watch": ("fence watch", "차단 감시"),
    "watch": ("watch", "감시"),
    "estate": ("estate", "전사 시스템"),
    "cleanup": ("cleanup", "원복"),
    "service": ("service", "업무 그룹"),
    "running": ("running", "진행 중"),
    "waiting": ("waiting", "대기"),
    "held": ("held", "보류"),
    "done": ("done", "완료"),
    "stood down": ("stood down", "종결"),
    "aborted": ("aborted", "중단"),
    "failed": ("failed", "실패"),
    "terminated": ("terminated", "강제 종료"),
    "continued": ("continued", "이어짐"),
    "already": ("already", "이미 완료"),
    "skipped": ("skipped", "건너뜀"),
    "forced": ("forced", "강제 처리"),
    "unknown": ("unknown", "알 수 없음"),
    "going on": ("going on", "진행 중"),
    # phases
    "detect": ("detect", "감지"),
    "decide": ("decide", "재해 판단"),
    "approve": ("approve", "승인"),
    "fence": ("fence", "강제 차단"),
    "verify": ("verify", "데이터 확인"),
    "promote": ("promote", "승격"),
    "start": ("start", "기동"),
    "stop": ("stop", "종료"),
    "switch": ("switch", "접속 전환"),
    "commit": ("commit window", "수용 확인"),
    "tell": ("tell", "상황 전파"),
    "undo": ("undo", "원복"),
    # kinds of journal lines
    "phase": ("phase", "단계"),
    "step": ("step", "작업"),
    "gate": ("gate", "승인 지점"),
    "voice": ("voice", "의견"),
    "refused": ("refused", "거부된 메시지"),
    "order": ("order", "지시"),
    "override": ("override", "우회"),
    "changed": ("changed", "명령 변경"),
    "by hand": ("by hand", "수작업"),
    "hold": ("hold", "보류"),
    "notice": ("notice", "전파"),
    "fact": ("fact", "사실"),
    "warning": ("warning", "경고"),
    "end": ("end", "종료"),
    # headings
    "waits": ("Waits", "대기 중"),
    "clocks": ("Clocks", "소요 시간"),
    "evidence": ("Evidence", "근거"),
    "losses": ("Estimated loss", "예상 유실"),
    "warnings": ("Warnings", "경고"),
    "will_do": ("Will do", "수행할 작업"),
    "will_stop": ("Will stop", "중단될 것"),
    "overrides": ("Overridden", "우회 승인됨"),
    "guards": ("Guards of writers", "쓰기 감시기"),
    "not_ready": ("Not ready", "준비되지 않음"),
    "steps": ("Steps", "작업"),
    "journal": ("Journal", "진행 기록"),
    "late": ("After the record was kept", "기록 보관 이후"),
    "rounds": ("Rounds and voices", "승인 회차와 의견"),
    "not_followed": (
        "Overridden, forced, skipped, by hand, changed, refused",
        "우회, 강제, 건너뜀, 수작업, 명령 변경, 거부",
    ),
    # columns
    "seen_from": ("seen from", "관측 지점"),
    "domain": ("failure domain", "장애 영역"),
    "target": ("target", "대상"),
    "state": ("state", "상태"),
    "detail": ("detail", "내용"),
    "data": ("data", "데이터"),
    "loss": ("loss", "유실"),
    "bytes": ("at least", "최소"),
    "sample_age": ("sample age", "표본 경과"),
    "against_rpo": ("against the RPO", "RPO 대비"),
    "what": ("what", "내용"),
    "outcome": ("outcome", "결과"),
    "attempt": ("attempt", "시도"),
    "seconds": ("seconds", "초"),
    "settling": ("of which settling", "안정 확인"),
    "began": ("began", "시작"),
    "time": ("time", "시각"),
    "kind": ("kind", "구분"),
    "who": ("who", "누가"),
    "round": ("round", "회차"),
    "token": ("token", "토큰"),
    "with_code": ("with a one-time code", "일회용 코드 필요"),
    "verified": ("code verified", "코드 확인됨"),
    "opened": ("opened", "시작"),
    "closed": ("closed", "종료"),
    "voices": ("voices", "의견"),
    "sum": ("sum until traffic moved", "접속 전환까지 합계"),
    "sum_so_far": ("sum so far", "현재까지 합계"),
    # values
    "serves": ("serves", "정상 응답"),
    "silent": ("does not serve", "응답 없음"),
    "blind": ("blind, does not count", "관측 불가, 제외"),
    "within": ("within", "이내"),
    "over": ("over", "초과"),
    "no_sample": ("no sample", "표본 없음"),
    "yes": ("yes", "찬성"),
    "no": ("no", "반대"),
    "nobody": ("nobody", "없음"),
    "none": ("none", "없음"),
    "open": ("open", "진행 중"),
    "message": ("message", "메시지"),
    "nobody_known": ("nobody whom the plan names", "계획에 없는 사람"),
    "unreadable": ("unreadable", "읽을 수 없음"),
    "unknown name": ("of an unknown name", "알 수 없는 이름"),
    "stranger": ("by a stranger", "계획에 없는 이름"),
    "forged": ("forged", "위조"),
    "no_reason": ("no reason given", "사유 없음"),
    # the first page of the report
    "report": ("Report", "결과서"),
    "happened": ("What happened", "경과"),
    "result": ("Result", "결과"),
    "direction": ("Direction", "전환 방향"),
    "services": ("Services", "업무"),
    "started_by": ("Started by", "시작한 사람"),
    "decided": ("Severity decision", "재해 판단"),
    "approved": ("Approval", "임원진 승인"),
    "committed": ("Commit window", "수용 확인"),
    "rto": ("RTO", "목표 복구 시간"),
    "plan": ("plan", "계획"),
    "epoch": ("epoch", "세대"),
    "run": ("Run", "실행"),
}

_LINES: dict[str, tuple[str, str]] = {
    "started": (
        "started {at} by {by}: {reason}",
        "{at} {by} 님이 시작: {reason}",
    ),
    "so_far": ("{span} so far", "현재까지 {span}"),
    "ended": ("ended {at}", "{at} 종료"),
    "ended_by_server": (
        "The server says that this run is {status}: it did not end by itself.",
        "서버 기록상 이 실행의 상태는 {status}이며 스스로 끝나지 않았습니다.",
    ),
    "of_people": ("from {people}", "{people}"),
    "votes": ("yes {yes} of {quorum}, no {no}", "찬성 {yes}/{quorum}, 반대 {no}"),
    "proving": ("{people} (being verified)", "{people} (확인 중)"),
    "pairs": ("{people} with two codes that follow each other", "{people}: 연속된 두 코드 필요"),
    "away": ("{person} is away until {until}", "{person} 부재 ({until}까지)"),
    "away_deputy": (
        "{person} is away until {until}, {deputy} may speak for {person}",
        "{person} 부재 ({until}까지), {deputy} 님이 대신 의견을 낼 수 있음",
    ),
    "since": ("since {at}", "{at}부터"),
    "until": ("until {at}, {then}", "{at}까지, {then}"),
    "left": ("{span} left, {then}", "{span} 남음, {then}"),
    "newest": (
        "newest {shown} of {all}; all: muster report {run}",
        "전체 {all}건 중 최근 {shown}건; muster report {run}",
    ),
    "no_answer": ("no answer since {at}, trying on: {why}", "{at}부터 응답 없음, 재시도 중: {why}"),
    "made_from": (
        "Made from the archived record with SHA-256 `{digest}`; the last notice of the run names its first letters.",
        "보관된 기록(SHA-256 `{digest}`)으로 작성했습니다. 실행의 마지막 알림에 같은 값의 앞부분이 있습니다.",
    ),
    "report_so_far": (
        "So far: the run goes on, or its record is not in the archive yet.",
        "진행 중이거나 아직 보관되지 않은 실행의 중간 기록입니다.",
    ),
    "not_sealed": (
        "The archive has this record and has not sealed it yet: until then only Temporal proves it.",
        "보관소에 있으나 아직 봉인되지 않은 기록입니다. 봉인 전에는 Temporal만이 이를 증명합니다.",
    ),
    "not_archived": (
        "This run is over, but its record is not in the archive: it was read from Temporal.",
        "종료된 실행이지만 보관소에 기록이 없어 Temporal에서 읽었습니다.",
    ),
    "archived_otherwise": (
        "The archive has another record of this run, which nothing proves: this one was read from Temporal.",
        "보관소에 이 실행의 다른 기록이 있으나 증명되지 않아 Temporal에서 읽었습니다.",
    ),
    "was_started": (
        "On {at} {by} started the {scenario} of {old}: {reason}.",
        "{at} {by} 님이 {old} {scenario} 절차를 시작했습니다: {reason}.",
    ),
    "was_started_plain": (
        "On {at} {by} started the {scenario}: {reason}.",
        "{at} {by} 님이 {scenario} 절차를 시작했습니다: {reason}.",
    ),
    "was_decided": (
        "The severity decision: {decided}; the approval: {approved}.",
        "재해 판단: {decided}. 임원진 승인: {approved}.",
    ),
    "has_ended": (
        "It ended after {span}: {state}, {conclusion}.",
        "{span} 만에 끝났습니다: {state}, {conclusion}.",
    ),
    "goes_on": ("It goes on: {state}, for {span} so far.", "진행 중입니다: {state}, 현재까지 {span}."),
    "decision": ("{severity} by {by} at {at} ({reason})", "{severity}, {by}, {at} ({reason})"),
    "agreed": ("{by} at {at} ({reason})", "{by}, {at} ({reason})"),
    "disagreed": ("{by} said no at {at} ({reason})", "{by} 반대, {at} ({reason})"),
    "against": ("{verdict} ({span} of {rto})", "{verdict} ({span} / {rto})"),
    "dataset_loss": (
        "{dataset}: {loss} ({verdict} the RPO of {rpo})",
        "{dataset}: {loss} (RPO {rpo} {verdict})",
    ),
    "loss_unknown": ("{dataset}: {loss}", "{dataset}: {loss}"),
    "refused_more": ("{count} more were counted and not kept", "그 밖에 {count}건은 건수만 기록"),
    "overridden": (
        "{without}. Overridden by {people} at {at}: {reason} (it had failed: {failed})",
        "{without}. {people} 님이 {at}에 우회 승인: {reason} (실패 사유: {failed})",
    ),
    "was_overridden": (
        "{people} went on although: {without}.",
        "{people} 님이 우회 승인하고 계속함: {without}.",
    ),
    "refused_of_a_kind": (
        "{count} × {kind}, {why}, from {by}, {first} to {last}",
        "{count}건 {kind}, {why}, {by}, {first}~{last}",
    ),
    "zone": ("All times are in {zone}.", "모든 시각은 {zone} 기준입니다."),
}

LANGUAGES = ("en", "ko")


class Words:
    """One language. `words("evidence")` is a word, `words.line("since", at=…)` a filled-in line."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else LANGUAGES[0]
        self._column = LANGUAGES.index(self.language)

    def __call__(self, key: str) -> str:
        """The word; a key that has none (a newer phase, a user's name) stands for itself."""
        return _WORDS[key][self._column] if key in _WORDS else key

    def line(self, key: str, **values: object) -> str:
        return _LINES[key][self._column].format(**values)

    def span(self, seconds: float) -> str:
        return times.span(seconds, self.language)

    def limit(self, seconds: float) -> str:
        """A committed figure."""
        return times.limit(seconds, self.language)
