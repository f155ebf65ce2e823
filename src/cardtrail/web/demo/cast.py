"""Who plays: invented people. None of them, and nothing they write, is about anybody real."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PASSWORD: Final = "shancha-2026-demo"  # noqa: S105 - of a demonstration; it is printed
"""Everybody's password in the demonstration."""

HOST: Final = "demo.example"


@dataclass(frozen=True, slots=True)
class Part:
    """Somebody in the story.

    key      how the story calls them; also their address before the @
    roles    at the desk; none for a holder
    printed  whether visitors are told how to sign in as them; zh and en say what there is to see
    """

    key: str
    name: str
    roles: tuple[str, ...] = ()
    language: str = "zh-hans"
    time_zone: str = "Asia/Shanghai"
    printed: bool = False
    zh: str = ""
    en: str = ""

    @property
    def email(self) -> str:
        """Their address. `.example` belongs to nobody (RFC 2606)."""
        return f"{self.key}@{HOST}"


STAFF: Final = (
    Part(
        "zhoulan",
        "周店长",
        ("admin",),
        printed=True,
        zh="人员和设置、待批准的作废、处罚、批次和回收条款",
        en="staff, settings; a void, a penalty, a batch and terms for returns to approve",
    ),
    Part(
        "zhoumin",
        "周敏",
        ("issuing",),
        printed=True,
        zh="产品、批次、交付、旧卡导入",
        en="products, batches, delivery, old cards",
    ),
    Part(
        "sunli",
        "孙立",
        ("finance",),
        printed=True,
        zh="资金存管、报表、待批的批次、被撤回的货款、付不出的回收款",
        en="custody, reports, a batch to approve, a chargeback, a payout that the provider refuses",
    ),
    Part(
        "wutong",
        "吴桐",
        ("support",),
        printed=True,
        zh="查卡、案件、两份申诉、待核验的身份、一单待裁决的争议",
        en="cards, cases, two appeals, an identity to check, a dispute to decide",
    ),
    Part(
        "zhenglan",
        "郑岚",
        ("risk",),
        printed=True,
        zh="冻结、案件、处罚；待复核的订单、上架、赠送和交回",
        en="freezes, cases, penalties; an order, a listing, a gift and a return to review",
    ),
    Part(
        "qianjin",
        "钱进",
        ("auditor",),
        printed=True,
        zh="只读：一切都能看",
        en="reads everything, changes nothing",
    ),
    Part("hefei", "何飞", ("developer",), printed=True, zh="API 密钥、事件推送", en="API keys, webhooks"),
    Part("xiaofeng", "小冯", ("till",), printed=True, zh="收银台、退款", en="the till, refunds"),
)
"""The brand's staff, one for each role."""

HOLDERS: Final = (
    Part(
        "linxiaoman",
        "林小满",
        printed=True,
        zh="什么状态的卡都有的钱包：从这里看起",
        en="a wallet with a card in every state: begin here",
    ),
    Part(
        "chenaqiang",
        "陈阿强",
        printed=True,
        zh="一份等着收下的礼物、一张正在申诉的卡",
        en="a gift to accept, a card under appeal",
    ),
    Part(
        "ouyang",
        "欧阳静怡",
        printed=True,
        zh="常来的客人：付款、退款、回执",
        en="a regular: payments, refunds, receipts",
    ),
    Part(
        "wangfang",
        "王芳",
        printed=True,
        zh="登录要验证器口令（两步验证）",
        en="signs in with an authenticator code",
    ),
    Part(
        "zhaoyiming",
        "赵一鸣",
        printed=True,
        zh="报失的一方：换绑在等待期",
        en="reported a card lost; the delay is running",
    ),
    Part(
        "sunyue",
        "孙悦",
        printed=True,
        zh="点过“不是我”：卡已停、案件在办",
        en="said “not me”: card stopped, case open",
    ),
    Part(
        "sima", "司马明远", printed=True, zh="身份待核验、记名卡还不能领", en="identity waits to be checked"
    ),
    Part(
        "zhongqing",
        "钟晴",
        printed=True,
        zh="新设备上送出一张千元卡：等工作人员看过",
        en="a card of ¥1,000 given from a new device: our staff look first",
    ),
    Part(
        "anna",
        "Anna Keller",
        language="en",
        time_zone="Europe/Berlin",
        printed=True,
        zh="英文界面、外地时区",
        en="pages in English, another time zone",
    ),
    Part("lilei", "李雷"),
    Part("hanyue", "韩月"),
    Part("zhuge", "诸葛清"),
    Part("tangguo", "唐果"),
    Part("xiaomai", "马小麦"),
    Part("gaoyuan", "高远"),
    Part("fangyuan", "方圆"),
    Part("xuning", "许宁"),
    Part("yelan", "叶岚"),
    Part("luwan", "陆晚"),
    Part("dongqing", "冬青"),
    Part("shenmo", "沈墨"),
    Part("qiuhe", "秋禾"),
    Part("baitang", "白棠"),
    Part("jiangyu", "江屿"),
    Part("wenxi", "温夕"),
    Part("shangguan", "上官云舒"),
    Part("heyu", "何雨"),
    Part("dingyi", "丁一"),
    Part("meizi", "梅子"),
    Part("gutian", "谷甜"),
    Part("tom", "Tom Becker", language="en"),
)
"""Holders. Those that are not printed only make the charts alive."""

TRADERS: Final = (
    Part(
        "luobei",
        "罗北",
        printed=True,
        zh="集市卖家：可以挂牌的卡、在售的卡、待答的出价、一单争议要举证、一个小群",
        en="sells on the market: cards to offer, cards on offer, a bid and a dispute to answer, a group",
    ),
    Part(
        "xiahe",
        "夏荷",
        printed=True,
        zh="集市买家：一单等付款、一单等确认收货、一单可以申诉",
        en="buys on the market: an order to pay, one to confirm, one to appeal",
    ),
    Part(
        "qiming",
        "齐鸣",
        printed=True,
        zh="卖出的一单被银行撤回：待追偿；还有退款和裁决过的订单",
        en="a sale that the buyer's bank took back, with a claim; orders refunded and decided",
    ),
    Part(
        "mubai",
        "穆白",
        printed=True,
        zh="一单被风控暂停、一张卡被下架并在核查、交回品牌换积分",
        en="an order held by risk, a card taken down and looked into, points for a card handed back",
    ),
    Part(
        "leo",
        "Leo Martin",
        language="en",
        time_zone="Europe/Paris",
        printed=True,
        zh="英文界面的买家：还价中、小群成员",
        en="buys in English: bargaining, member of a group",
    ),
    Part(
        "guyan",
        "顾言",
        printed=True,
        zh="被暂停出售 30 天，已申诉，等另一位工作人员决定",
        en="may not sell for 30 days; the appeal waits for another member of staff",
    ),
    Part(
        "dusheng",
        "杜声",
        printed=True,
        zh="90 天的处罚等第二位工作人员批准，批准前一切照常",
        en="a penalty of 90 days waits for a second member of staff; until then nothing changes",
    ),
    Part(
        "tianmi",
        "田蜜",
        printed=True,
        zh="交回的卡：一笔款付不出去、一次等工作人员看过",
        en="handed cards back: one payout is refused, one return waits for our staff",
    ),
    Part("hanlu", "寒露"),
    Part("yuzhou", "于舟"),
    Part("caiwei", "采薇"),
    Part("shanhu", "珊瑚"),
    Part("yinghe", "映荷"),
)
"""People of the market's stories."""

SELLERS: Final = ("lilei", "zhuge", "xiaomai", "fangyuan", "yelan", "dongqing", "qiuhe", "jiangyu", "gutian")
BUYERS: Final = ("hanyue", "tangguo", "gaoyuan", "xuning", "luwan", "shenmo", "baitang", "heyu", "dingyi")
"""Who sells and who buys on market days. Nobody does both: cards that go round in circles make no price."""
