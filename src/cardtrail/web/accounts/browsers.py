"""What a browser says of itself, in two words that its owner recognises."""

from __future__ import annotations

UNKNOWN = "Browser"

# In order: the first that is found. Browsers name those they descend from, so the more special come first.
_MACHINES = (
    ("iphone", "iPhone"),
    ("ipad", "iPad"),
    ("harmonyos", "HarmonyOS"),
    ("openharmony", "HarmonyOS"),
    ("android", "Android"),
    ("windows", "Windows"),
    ("cros", "ChromeOS"),
    ("mac os", "Mac"),
    ("linux", "Linux"),
)
_PROGRAMS = (
    ("micromessenger", "WeChat"),
    ("alipayclient", "Alipay"),
    ("dingtalk", "DingTalk"),
    ("huaweibrowser", "Huawei Browser"),
    ("miuibrowser", "Mi Browser"),
    ("qqbrowser", "QQ Browser"),
    ("ucbrowser", "UC Browser"),
    ("samsungbrowser", "Samsung Internet"),
    ("edg", "Edge"),
    ("opr/", "Opera"),
    ("firefox", "Firefox"),
    ("fxios", "Firefox"),
    ("chrome", "Chrome"),
    ("crios", "Chrome"),
    ("safari", "Safari"),
)


def label(user_agent: str) -> str:
    """`iPhone · Safari`, from the `User-Agent` header; only names that we know, so nobody can write into it."""
    text = user_agent[:1000].lower()
    found = [next((name for sign, name in names if sign in text), "") for names in (_MACHINES, _PROGRAMS)]
    return " · ".join(part for part in found if part) or UNKNOWN


def is_phone(text: str) -> bool:
    """Whether a label is a telephone's, for its picture."""
    return text.startswith(("iPhone", "Android", "HarmonyOS"))
