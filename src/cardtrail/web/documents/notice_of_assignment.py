"""The notice of assignment (债权转让通知) for cards that changed hands.

Judicial interpretation 法释〔2025〕4号 on prepaid consumption, in force from 2025-05-01, Art. 11: a consumer may assign
the prepaid claim, and the assignment binds the merchant once the notice has reached it. The log's entry is that notice;
this document tells a bank or a court so, in words, and says how to check it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from cardtrail.web.documents.fonts import Fonts
from cardtrail.web.documents.letter import BAR, MONO, VALUE, Both, Letter
from cardtrail.web.documents.paper import BEIJING, Issuer, moment
from cardtrail.wire.identifiers import group_digits
from cardtrail.wire.money import format_money

TITLE = Both("债权转让通知", "Notice of assignment")

_ANOTHER = "另一持卡人 Another holder"

_EXPLAINED = (
    Both(
        "持卡人转让预付卡，即转让其对发卡方的债权。以下各项写明：哪张卡、当时的余额、由谁转让给谁，"
        "以及通知何时到达发卡方。",
        "Whoever passes on a prepaid card assigns the claim it stands for against the issuer. Each item below says "
        "which card, its balance at that time, from whom to whom, and when the notice reached the issuer.",
    ),
    Both(
        "依据：《最高人民法院关于审理预付式消费民事纠纷案件适用法律若干问题的解释》（法释〔2025〕4号，"
        "自2025年5月1日起施行）第十一条。其大意：消费者可以转让预付式消费的债权；转让自通知到达经营者时起对经营者生效，"
        "此后受让人可以请求经营者履行，并变更记名信息、重设密码。此为转述，以原文为准。",
        "Basis: Supreme People's Court, Interpretation on Civil Disputes over Prepaid Consumption (法释〔2025〕4号, in "
        "force from 2025-05-01), Art. 11. In our words: a consumer may assign such a claim; the assignment "
        "binds the merchant from the moment the notice reaches it, and the assignee may then ask for performance, for "
        "a change of the registered name and for a new password. The original text prevails.",
    ),
    Both(
        "到达时间即发卡方日志写入该条目的时间。本文件与日志不一致的，以日志条目为准。",
        "The time of arrival is the time at which the issuer's log took in the entry. Where this document and the log "
        "differ, the log's entry counts.",
    ),
)

_CHECKING = (
    Both(
        "1. 取得条目的回执。持卡人可在卡片页面下载；回执含条目原文、包含证明和已签名的检查点。",
        "1. Get the entry's receipt. Its holder can download it from the card's page; it holds the entry, its "
        "inclusion proof and a signed checkpoint.",
    ),
    Both(
        "2. 核对下方的日志验证公钥：它应与发卡方公布的一致。",
        "2. Compare the log's verifier key below with the one that the issuer has published.",
    ),
    Both(
        "3. 运行 cardtrail verify 回执文件 --vkey 公钥文件，或使用任何支持 C2SP tlog-proof 格式的工具。"
        "条目编号和叶哈希应与上文一致。叶哈希是字节 0x00 与条目原文相连后的 SHA-256。",
        "3. Run cardtrail verify RECEIPT --vkey KEYFILE, or any other tool for C2SP's tlog-proof format. Index and "
        "leaf hash have to be those given above. The leaf hash is the SHA-256 of the byte 0x00 followed by the entry.",
    ),
)


@dataclass(frozen=True, slots=True)
class Assignment:
    """A card's change of holder, as the person the document is for may know it.

    assignor, assignee   a name, the person's own; none for another holder
    balance_minor        what the card held when it changed hands
    reached_ms           when the entry came into the issuer's log
    """

    card_number: str
    product: str
    balance_minor: int
    currency: str
    assignor: str | None
    assignee: str | None
    reached_ms: int
    entry_index: int
    leaf_hash: bytes


def notice_of_assignment(
    assignments: Sequence[Assignment],
    *,
    holder: str,
    issuer: Issuer,
    log_name: str,
    verifier_key: str,
    published_at: str,
    made_ms: int,
    zone: tzinfo = BEIJING,
    fonts: Fonts | None = None,
) -> bytes:
    """The PDF. Raises `ValueError` without assignments, `FontMissing`.

    holder         for whom the document is made
    log_name       the log's origin line
    published_at   the address at which the issuer publishes the log's verifier key
    """
    if not assignments:
        raise ValueError("there is no assignment to give notice of")
    letter = Letter(title=TITLE, issuer=issuer, made_ms=made_ms, zone=zone, fonts=fonts)
    letter.row(Both("致", "To the issuer"), issuer.party)
    letter.row(Both("出具给", "Made for"), holder)
    letter.row(Both("出具时间", "Made at"), moment(made_ms, zone))
    letter.row(Both("项数", "Items"), str(len(assignments)))
    letter.heading(Both("说明", "What this is"), keep=30)
    for paragraph in _EXPLAINED:
        letter.beside(paragraph)
    letter.heading(Both("转让事项", "The assignments"), keep=58)
    for number, assignment in enumerate(assignments, 1):
        _item(letter, number, assignment, log_name, zone)
    letter.heading(Both("如何验证", "How to check it"), keep=50)
    for step in _CHECKING:
        letter.beside(step)
    letter.row(Both("日志验证公钥", "Verifier key"), verifier_key, MONO)
    letter.row(Both("公布于", "Published at"), published_at, MONO)
    return letter.finish()


def _item(letter: Letter, number: int, assignment: Assignment, log_name: str, zone: tzinfo) -> None:
    amount = format_money(assignment.balance_minor, assignment.currency)
    reached = moment(assignment.reached_ms, zone, millis=True)
    index = assignment.entry_index
    rows = (
        (Both("转让人", "Assignor"), assignment.assignor or _ANOTHER, VALUE),
        (Both("受让人", "Assignee"), assignment.assignee or _ANOTHER, VALUE),
        (Both("产品", "Product"), assignment.product, VALUE),
        (Both("转让的余额", "Balance assigned"), f"{amount} {assignment.currency}", VALUE),
        (Both("通知到达时间", "Reached the issuer"), reached, VALUE.but(bold=True)),
        (Both("日志与条目", "Log and entry"), f"{log_name}，第 {index} 条 entry {index}", VALUE),
        (Both("条目叶哈希", "Leaf hash"), assignment.leaf_hash.hex(), MONO),
    )
    letter.need(BAR + sum(letter.row_height(value, style) for _, value, style in rows))
    letter.bar(f"{number}.  卡 Card {group_digits(assignment.card_number)}", amount)
    for label, value, style in rows:
        letter.row(label, value, style)
    letter.gap(5)
