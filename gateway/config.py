"""Settings, from `OBMEN_*` variables; a wrong one stops the start with one clear line."""

import os
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from gateway.domain.errors import Misuse
from gateway.domain.party import networks

PREFIX = "OBMEN_"
_STORES = ("sqlite:///", "mssql+pyodbc://", "mssql+mssqlpython://")
Megabytes = 1 << 20


class Settings(BaseSettings):
    """Every setting there is; a test holds `docs/settings.md` equal to it."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, hide_input_in_errors=True)

    database: str = Field(
        "sqlite:///.",
        repr=False,
        description="The store: `sqlite:///FOLDER` keeps two files in the folder; for MS SQL see [mssql.md](mssql.md).",
    )
    store_seconds: Annotated[int, Field(ge=1)] = Field(
        20, description="How long a request waits for whoever else writes to the store; then it is `Server.Busy`."
    )
    host: str = Field("127.0.0.1", description="Address that `obmen up` listens at.")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(
        8080, description="Port that `obmen up` listens at; 0 for a free one."
    )
    public_url: str = Field(
        "", description="Where distributors reach the gateway: the WSDL's address. Empty: host and port."
    )
    language: Literal["ru", "en"] = Field("ru", description="Language of the pages until somebody chooses.")
    time_zone: str = Field(
        "Europe/Moscow", description="Time zone of sites that are added without one, and of the pages."
    )
    request_bytes: Annotated[int, Field(ge=1024)] = Field(32 * Megabytes, description="Largest SOAP request.")
    packet_bytes: Annotated[int, Field(ge=1024)] = Field(1024 * Megabytes, description="Largest packet, unpacked.")
    transfer_bytes: Annotated[int, Field(ge=1024)] = Field(
        256 * Megabytes, description="Largest packet in parts, packed."
    )
    part_bytes: Annotated[int, Field(ge=1024)] = Field(Megabytes, description="Largest part of a transfer.")
    request_seconds: Annotated[int, Field(ge=1)] = Field(60, description="How long a request may take to arrive.")
    threads: Annotated[int, Field(ge=1, le=64)] = Field(16, description="Requests that are worked on at once.")
    clerks: Annotated[int, Field(ge=0, le=64)] = Field(
        2,
        description="Processes that join `obmen up` once several requests come at once: as many as there are "
        "processors. They share `OBMEN_THREADS` among them. 0: none, the gateway works alone.",
    )
    header_seconds: Annotated[int, Field(ge=1)] = Field(
        10, description="How long a request's headers may take to arrive, counted from the connection's begin."
    )
    connections: Annotated[int, Field(ge=1)] = Field(4000, description="Connections that are open at once.")
    room_bytes: Annotated[int, Field(ge=1024)] = Field(
        128 * Megabytes, description="Bytes of all requests under way together; more is `Server.Busy`."
    )
    site_requests: Annotated[int, Field(ge=1)] = Field(
        64, description="Requests of one site under way at once; more is `Server.Busy`."
    )
    api_bytes: Annotated[int, Field(ge=1024)] = Field(
        8 * Megabytes, description="Largest request of the REST interface."
    )
    api_requests: Annotated[int, Field(ge=1)] = Field(
        16, description="Requests of one token under way at once; more is `HUB_BUSY`."
    )
    api_rate: Annotated[int, Field(ge=1)] = Field(
        1200, description="Requests of one token in a minute; more is `RATE_EXCEEDED`."
    )
    login_failures: Annotated[int, Field(ge=1)] = Field(
        5, description="Wrong passwords for a login from one address until it has to wait."
    )
    lockout_seconds: Annotated[int, Field(ge=1)] = Field(
        10, description="The first such wait; it doubles with each further wrong password, up to an hour."
    )
    trusted_proxies: str = Field(
        "", description="Networks of reverse proxies whose `X-Forwarded-For` is believed, blank between."
    )
    metrics_from: str = Field(
        "127.0.0.0/8 ::1/128", description="Networks that may read `/metrics` without a token, blank between."
    )
    metrics_token: str = Field(
        "", repr=False, description="Whoever shows it (`Authorization: Bearer …`) may read `/metrics` from anywhere."
    )
    tls_certificate: str = Field("", description="Certificate chain (PEM) for HTTPS without a reverse proxy.")
    tls_key: str = Field("", validate_default=True, description="Private key (PEM) of that certificate.")
    audit_seal_seconds: Annotated[int, Field(ge=1)] = Field(
        10, description="How old a row of the audit journal may get until it is sealed."
    )
    shrink_percent: Annotated[int, Field(ge=0, le=100)] = Field(
        50,
        description="A packet that would withdraw more than this share of its scope is held, unless agreed otherwise.",
    )
    lanes: Annotated[int, Field(ge=0, le=64)] = Field(
        1,
        description="Packets that are loaded beside each other: worker processes of `obmen up` and `obmen work`, or "
        "Airflow's tasks. 0 for a gateway alone: somebody else loads.",
    )
    lease_seconds: Annotated[int, Field(ge=1)] = Field(
        120, description="How long a packet waits for a worker that died over it, until another takes it."
    )
    order_days: Annotated[int, Field(ge=1)] = Field(
        60, description="Purchase orders that are older when they first come are history: the ERP does not get them."
    )
    order_lease_seconds: Annotated[int, Field(ge=1)] = Field(
        3600, description="How long a site may take to acknowledge orders that it has pulled, until others are offered."
    )
    tries: Annotated[int, Field(ge=1)] = Field(5, description="How often a failing load is tried before it is parked.")
    poll_seconds: Annotated[float, Field(gt=0, le=3600)] = Field(
        0.5, description="How often the worker looks for work."
    )
    mail_url: str = Field(
        "",
        repr=False,
        description="Mail server for notices, as apprise writes it; see [incidents.md](incidents.md).",
    )
    telegram_token: str = Field("", repr=False, description="Token of the Telegram bot that sends notices.")
    telegram_url: str = Field(
        "https://api.telegram.org", description="Where the Telegram Bot API is: its own server, or one of yours."
    )
    notice_tries: Annotated[int, Field(ge=1)] = Field(
        6, description="How often a channel for notices fails on end until it counts as dead and opens an incident."
    )
    payload_days: Annotated[int, Field(ge=1)] = Field(
        400, description="How long the content of a packet is kept once it is loaded; its journal row stays for ever."
    )
    accept_score: Annotated[int, Field(ge=0, le=100)] = Field(
        0, description="Suggested mappings with this score or more are accepted by themselves; 0: a person decides."
    )
    erp_url: str = Field(
        "", description="The ERP's own web service, where it has one (see [erp.md](erp.md)). Empty: none."
    )
    erp_login: str = Field("", description="Login of the hub there.")
    erp_password: str = Field("", repr=False, description="Its password.")
    erp_seconds: Annotated[int, Field(ge=1)] = Field(60, description="How long the ERP may take to answer.")
    erp_every_seconds: Annotated[int, Field(ge=1)] = Field(
        300, description="How often `obmen up` exchanges with the ERP."
    )
    log: Literal["console", "json"] = Field("console", description="Form of the log lines.")

    @field_validator("database")
    @classmethod
    def _known_store(cls, value: str) -> str:
        if not value.startswith(_STORES):
            raise ValueError(f"must begin with {_STORES[0]}, and a folder follows, or with {' or '.join(_STORES[1:])}")
        return value

    @field_validator("mail_url")
    @classmethod
    def _mail_server(cls, value: str) -> str:
        if value and not value.startswith(("mailto://", "mailtos://")):
            raise ValueError("must begin with mailto:// or mailtos://")
        return value

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            return ZoneInfo(value).key
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("is no time zone of the IANA database, as Europe/Moscow is") from error

    @field_validator("trusted_proxies", "metrics_from")
    @classmethod
    def _networks(cls, value: str) -> str:
        return " ".join(networks(value))

    @field_validator("tls_key")
    @classmethod
    def _with_certificate(cls, value: str, others: ValidationInfo) -> str:
        if bool(value) != bool(others.data.get("tls_certificate")):
            raise ValueError("goes together with OBMEN_TLS_CERTIFICATE")
        return value

    @field_validator("public_url", "telegram_url", "erp_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value.rstrip("/")

    @property
    def address(self) -> str:
        """Where the gateway is reached from outside."""
        scheme = "https" if self.tls_certificate else "http"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"{scheme}://{host}:{self.port}"

    @property
    def trusted_networks(self) -> tuple[str, ...]:
        return tuple(self.trusted_proxies.split())

    @property
    def metrics_networks(self) -> tuple[str, ...]:
        return tuple(self.metrics_from.split())

    def as_environment(self) -> dict[str, str]:
        """The variables that give a child process the same settings."""
        return {f"{PREFIX}{name.upper()}": str(value) for name, value in self.model_dump().items()}


def load_settings(**overrides: object) -> Settings:
    """Settings from the environment. Raises Misuse with one line that names every wrong variable."""
    unknown = sorted(name for name in os.environ if name.startswith(PREFIX) and not _known(name))
    if unknown:
        raise Misuse(f"unknown setting {', '.join(unknown)}: see docs/settings.md")
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        wrong = [f"{PREFIX}{str(each['loc'][0]).upper()}: {_plain(each['msg'])}" for each in error.errors()]
        raise Misuse("wrong setting " + "; ".join(wrong)) from None


def _known(variable: str) -> bool:
    name = variable.removeprefix(PREFIX).lower()
    return name in Settings.model_fields or name.startswith(("test_", "client_"))


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ")
