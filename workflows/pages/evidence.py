"""Evidence and loss estimates on the page of a run: what was seen, from where, and what it would cost."""

from __future__ import annotations

from activities.models import LossClass, LossEstimate, ProbeResult, Sighting
from workflows.pages.markdown import code, line, table
from workflows.pages.page import Page
from workflows.texts import text


def loss(estimate: LossEstimate, language: str = "en") -> str:
    if estimate.loss_class is LossClass.UNKNOWN or estimate.upper_s is None:
        reason = estimate.reason or text(language, "page_no_sample")
        return text(language, "loss_unknown", reason=reason)
    return text(language, "loss", lower=f"{estimate.lower_s or 0:.1f}", upper=f"{estimate.upper_s:.1f}")


def loss_against(page: Page, estimate: LossEstimate) -> str:
    """One line for people who decide: the interval, and what the plan allows."""
    shown = loss(estimate, page.record.language)
    if estimate.loss_class is LossClass.UNKNOWN:
        return line(f"{estimate.dataset}: {shown}")
    verdict = page.word(estimate.loss_class)
    against = page.say("page_against", loss=shown, verdict=verdict, rpo=page.limit(estimate.rpo_s))
    return line(f"{estimate.dataset}: {against}")


def evidence(page: Page) -> str:
    """A row for each target, a column for each vantage point that counts; the others are told below."""
    seen = page.record.evidence
    if not seen:
        return ""
    counting = [one for one in seen if not one.error and not one.blind]
    title = "### " + page.say("page_evidence", at=page.at(max(one.at for one in seen)))
    parts = [
        title,
        *_matrix(page, counting),
        *(_not_counted(page, one) for one in seen if one not in counting),
    ]
    return "\n\n".join(parts)


def _matrix(page: Page, seen: list[Sighting]) -> list[str]:
    urls = list(dict.fromkeys(result.url for one in seen for result in one.results))
    if not urls:
        return []
    centers = page.record.targets
    columns = [{result.url: result for result in one.results} for one in seen]
    head = [page.say("page_target"), *(_from(page, one) for one in seen)]
    rows = [[code(url), *(_state(column.get(url)) for column in columns)] for url in urls]
    if centers:
        head = [page.say("page_center"), *head]
        rows = [[line(centers.get(url, "")), *row] for url, row in zip(urls, rows, strict=True)]
    return [page.say("page_marks"), table(head, rows)]


def _from(page: Page, seen: Sighting) -> str:
    apart = "" if seen.failure_domain == seen.vantage else f" ({seen.failure_domain})"
    return line(page.say("page_sees", vantage=f"{seen.vantage}{apart}"))


def _state(result: ProbeResult | None) -> str:
    """Silence and a refusal look alike here: unreachable is not "off" (law 1)."""
    if result is None:
        return "—"
    return f"✓ {result.seconds * 1000:.0f} ms" if result.serves else f"✗ {line(result.error)}"


def _not_counted(page: Page, seen: Sighting) -> str:
    why = seen.error or page.say("page_blind")
    return line(page.say("page_not_counted", vantage=seen.vantage, why=why))


def estimates(page: Page) -> str:
    found = page.record.estimates
    if not found:
        return ""
    head = [
        page.say("page_data"),
        page.say("page_loss"),
        page.say("page_bytes"),
        page.say("page_sample_age"),
        "RPO",
        page.say("page_verdict"),
    ]
    return f"### {page.say('page_losses')}\n\n" + table(head, [_estimate(page, one) for one in found])


def _estimate(page: Page, one: LossEstimate) -> list[str]:
    aged = one.sample_age_s is not None
    return [
        line(one.dataset),
        line(loss(one, page.record.language)),
        f"{one.lower_bytes:,} B" if one.lower_bytes is not None else "?",
        page.seconds(one.sample_age_s or 0.0, 1) if aged else page.say("page_no_sample"),
        page.limit(one.rpo_s),
        page.word(one.loss_class),
    ]
