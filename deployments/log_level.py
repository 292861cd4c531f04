"""``LOG_LEVEL``, where it is set; else the level is that of the config's ``logging_config``."""

import logging

from foundation.settings import get_settings


def apply_log_level() -> None:
    """Set the level of this replica's log."""
    settings = get_settings()
    if settings.debug:
        logging.getLogger("ray.serve").setLevel(logging.DEBUG)
    elif "log_level" in settings.model_fields_set:
        logging.getLogger("ray.serve").setLevel(settings.log_level)
