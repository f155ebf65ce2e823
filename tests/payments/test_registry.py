"""Which providers there are: from names, values and files, with one clear error."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from cardtrail.payments.registry import UnknownProvider, load
from cardtrail.payments.sandbox.home import Home
from cardtrail.payments.settings import ConfigFault
from tests.payments.fakes import rsa_key


def pem(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_pem(key):
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture
def files(tmp_path):
    def write(name, content, mode=0o600):
        path = tmp_path / name
        path.write_bytes(content)
        path.chmod(mode)
        return str(path)

    return write


@pytest.fixture
def everything(tmp_path, files):
    """An environment in which all four are configured."""
    Home(tmp_path / "sandbox").furnish()
    return {
        "PATH": "/usr/bin",
        "CARDTRAIL_PAY": "alipay, wechat,stripe,sandbox",
        "CARDTRAIL_PAY_SANDBOX_DIR": str(tmp_path / "sandbox"),
        "CARDTRAIL_PAY_ALIPAY_APP_ID": "2021000000000001",
        "CARDTRAIL_PAY_ALIPAY_KEY_FILE": files("alipay.key", pem(rsa_key("shop"))),
        "CARDTRAIL_PAY_ALIPAY_PUBLIC_KEY_FILE": files("alipay.pub", public_pem(rsa_key("alipay")), 0o644),
        "CARDTRAIL_PAY_WECHAT_APP_ID": "wx8888888888888888",
        "CARDTRAIL_PAY_WECHAT_MERCHANT_ID": "1230000109",
        "CARDTRAIL_PAY_WECHAT_SERIAL": "444F4864EA9B34415C5E",
        "CARDTRAIL_PAY_WECHAT_KEY_FILE": files("wechat.key", pem(rsa_key("shop"))),
        "CARDTRAIL_PAY_WECHAT_PUBLIC_KEY_ID": "PUB_KEY_ID_01",
        "CARDTRAIL_PAY_WECHAT_PUBLIC_KEY_FILE": files("wechat.pub", public_pem(rsa_key("wechat")), 0o644),
        "CARDTRAIL_PAY_WECHAT_API_V3_KEY_FILE": files("wechat.v3", b"0123456789abcdef0123456789abcdef\n"),
        "CARDTRAIL_PAY_WECHAT_NOTIFY_URL": "https://cards.example/pay/notify/wechat/",
        "CARDTRAIL_PAY_STRIPE_KEY_FILE": files("stripe.key", b"sk_test_51abc\n"),
        "CARDTRAIL_PAY_STRIPE_WEBHOOK_SECRET_FILE": files("stripe.whsec", b"whsec_abc\n"),
        "CARDTRAIL_PAY_STRIPE_CURRENCIES": "hkd, USD",
    }


def test_all_of_them(everything):
    registry = load(everything)
    assert registry.names == ("alipay", "wechat", "stripe", "sandbox")
    assert [provider.name for provider in registry] == list(registry.names)
    assert [provider.name for provider in registry.offered("CNY")] == ["alipay", "wechat", "sandbox"]
    assert [provider.name for provider in registry.offered("HKD")] == ["stripe", "sandbox"]
    assert registry["stripe"].terms.currencies == {"HKD", "USD"}


def test_no_provider_answers_that_another_takes(everything):
    registry = load(everything)
    assert registry["alipay"].received.body == b"success"
    assert all(provider.received.status == 200 for provider in registry)


def test_none_and_the_sandbox_alone(everything):
    assert load({}).names == ()
    assert load({"CARDTRAIL_PAY_SANDBOX_DIR": everything["CARDTRAIL_PAY_SANDBOX_DIR"]}).names == ("sandbox",)


def test_one_that_is_not_there():
    with pytest.raises(UnknownProvider, match="'paypal'"):
        load({})["paypal"]


NEEDED = [
    "ALIPAY_APP_ID", "ALIPAY_KEY_FILE", "ALIPAY_PUBLIC_KEY_FILE", "WECHAT_APP_ID", "WECHAT_MERCHANT_ID",
    "WECHAT_SERIAL",
    "WECHAT_KEY_FILE", "WECHAT_PUBLIC_KEY_ID", "WECHAT_PUBLIC_KEY_FILE", "WECHAT_API_V3_KEY_FILE", "WECHAT_NOTIFY_URL",
    "STRIPE_KEY_FILE", "STRIPE_WEBHOOK_SECRET_FILE", "STRIPE_CURRENCIES", "SANDBOX_DIR",
]  # fmt: skip


@pytest.mark.parametrize("name", NEEDED)
def test_a_missing_setting_is_named(everything, name):
    del everything[f"CARDTRAIL_PAY_{name}"]
    with pytest.raises(ConfigFault, match=f"CARDTRAIL_PAY_{name}"):
        load(everything)


@pytest.mark.parametrize("name", [name for name in NEEDED if name.endswith("_FILE")])
@pytest.mark.parametrize("content", [b"", b"nonsense", b"\xff\xfe", b"A" * 70_000])
def test_a_file_that_holds_something_else(everything, files, name, content):
    everything[f"CARDTRAIL_PAY_{name}"] = files("other", content)
    with pytest.raises(ConfigFault, match=f"CARDTRAIL_PAY_{name}") as caught:
        load(everything)
    assert "nonsense" not in str(caught.value)


SECRET = [
    "ALIPAY_KEY_FILE",
    "WECHAT_KEY_FILE",
    "WECHAT_API_V3_KEY_FILE",
    "STRIPE_KEY_FILE",
    "STRIPE_WEBHOOK_SECRET_FILE",
]


@pytest.mark.parametrize("name", SECRET)
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_secret_that_others_can_read(everything, tmp_path, name, mode):
    (tmp_path / everything[f"CARDTRAIL_PAY_{name}"]).chmod(mode)
    with pytest.raises(ConfigFault, match="chmod 600"):
        load(everything)


@pytest.mark.parametrize("name", SECRET)
def test_a_secret_behind_a_link(everything, tmp_path, name):
    (tmp_path / "link").symlink_to(everything[f"CARDTRAIL_PAY_{name}"])
    everything[f"CARDTRAIL_PAY_{name}"] = str(tmp_path / "link")
    with pytest.raises(ConfigFault, match="cannot be opened"):
        load(everything)


@pytest.mark.parametrize(
    "key",
    [rsa.generate_private_key(public_exponent=65537, key_size=1024), ec.generate_private_key(ec.SECP256R1())],
)
def test_a_key_of_the_wrong_kind_or_too_short(everything, files, key):
    everything["CARDTRAIL_PAY_ALIPAY_KEY_FILE"] = files("weak.key", pem(key))
    with pytest.raises(ConfigFault, match="2048 bits"):
        load(everything)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"CARDTRAIL_PAY": "sandbox,paypal"}, "does not exist"),
        ({"CARDTRAIL_PAY": "sandbox,sandbox"}, "twice"),
        ({"CARDTRAIL_PAY_ALIPAY_KEY_FIEL": "x"}, "CARDTRAIL_PAY_ALIPAY_KEY_FIEL: there is no such setting"),
        ({"CARDTRAIL_PAY_STRIPE_CURRENCIES": "HKD,,"}, "CURRENCIES"),
        ({"CARDTRAIL_PAY_STRIPE_CURRENCIES": "HKD,isk"}, "other units"),
        ({"CARDTRAIL_PAY_SANDBOX_DIR": "/nowhere/at/all"}, "start the sandbox once"),
    ],
)
def test_a_setting_that_cannot_be(everything, changes, text):
    with pytest.raises(ConfigFault, match=text):
        load({**everything, **changes})


def test_settings_of_a_provider_that_is_not_used_are_left_alone(everything):
    assert load({**everything, "CARDTRAIL_PAY": "sandbox"}).names == ("sandbox",)


def test_no_secret_is_shown(everything):
    registry = load(everything)
    shown = repr(registry) + "".join(repr(provider) for provider in registry)
    for secret in ("sk_test_51abc", "whsec_abc", "0123456789abcdef0123456789abcdef"):
        assert secret not in shown
