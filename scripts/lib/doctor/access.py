"""Who may come in, and what signs."""

from foundation.errors import Misconfigured
from foundation.settings import Settings
from scripts.lib.doctor.finding import Finding, broken, missing, ready

LONG_KEY = "SECRET_KEY=$(openssl rand -hex 32)"


def keys(settings: Settings) -> list[Finding]:
    """API keys, and the keys of links and webhooks."""
    return [_api_keys(settings), _secret_key(settings), *_webhook_key(settings)]


def _api_keys(settings: Settings) -> Finding:
    if count := len(settings.api_keys):
        return ready("API_KEYS", f"{count} key{'s' if count > 1 else ''}")
    hint = """API_KEYS='["'$(openssl rand -hex 24)'"]'"""
    return missing("API_KEYS", "none: Koma serves anybody, and on loopback alone", hint)


def _secret_key(settings: Settings) -> Finding:
    if settings.secret_key is not None:
        return ready("SECRET_KEY", "set")
    if settings.database_url is None or settings.database_url.startswith("sqlite"):
        return ready("SECRET_KEY", "made once and kept in KOMA_DATA_DIR; for one node")
    return missing("SECRET_KEY", "each node makes its own, and links of one are refused by another", LONG_KEY)


def _webhook_key(settings: Settings) -> list[Finding]:
    if settings.webhook_secret is None:
        return []
    try:
        settings.webhook_key()
    except Misconfigured as error:
        return [broken("WEBHOOK_SECRET", error.detail, "WEBHOOK_SECRET=whsec_$(openssl rand -base64 32)")]
    return [ready("WEBHOOK_SECRET", "set")]
