"""Why an event did not arrive: short codes that are kept, each with a text for people."""

from __future__ import annotations

from cardtrail.web.ui.texts import Text

FAILURES: dict[str, Text] = {
    # The address as it is written.
    "not_an_address": Text("这不是一个网址", "This is not a web address"),
    "not_https": Text("网址必须以 https:// 开头", "The address must begin with https://"),
    "has_user": Text("网址里不能有用户名或密码", "The address must not contain a user name or password"),
    "bad_port": Text("端口只能是 443 或 1024 以上", "The port must be 443, or 1024 and above"),
    "odd_number": Text(
        "请用普通写法填写 IP 地址，例如 203.0.113.7", "Write an IP address the usual way, such as 203.0.113.7"
    ),
    # What it leads to.
    "unknown_name": Text("找不到这个域名", "The name cannot be resolved"),
    "not_public": Text(
        "这个地址指向内部网络，不会向它发送",
        "The address leads into an internal network; nothing is sent there",
    ),
    # The exchange.
    "no_connection": Text("连接不上", "No connection"),
    "bad_certificate": Text("接收端的证书不可信", "The receiver's certificate is not trusted"),
    "timeout": Text("接收端没有及时回答", "The receiver did not answer in time"),
    "broken": Text("连接中断，或回答不是 HTTP", "The connection broke, or the answer was not HTTP"),
    "redirect": Text("接收端要求转到别处；不会跟随", "The receiver points elsewhere; that is not followed"),
    "status": Text("接收端没有回答 2xx", "The receiver did not answer 2xx"),
    "gone": Text("接收端回答 410：不再需要", "The receiver answered 410: no longer wanted"),
    "secret": Text("签名密钥无法解封", "The signing secret cannot be opened"),
}


class SendFailed(Exception):  # noqa: N818
    """An event could not be sent, or the address is not one to send to. `code` is a key of `FAILURES`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @property
    def text(self) -> Text:
        """What went wrong, for people."""
        return FAILURES[self.code]
