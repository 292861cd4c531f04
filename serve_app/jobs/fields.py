"""Errors of single fields: a JSON pointer into the body, and an error of ours."""

from collections.abc import Collection

from pydantic import BaseModel

from foundation.errors import InvalidInput, KomaError
from foundation.fetch import check_url


class FieldError(BaseModel):
    """One wrong field: a JSON pointer into the body, or the parameter's name, and what is wrong."""

    pointer: str
    detail: str


class WrongField(Exception):
    """An error of ours about one field of the body, or about a part of it: ``lora_paths/1``."""

    def __init__(self, field: str, error: KomaError, prefix: bool = True) -> None:
        """With ``prefix`` the field's name comes before the detail, except where older clients know the detail."""
        super().__init__(field, error, prefix)
        detail = error.detail.removeprefix(f"{field}: ")
        self.error = error.with_detail(f"{field}: {detail}") if prefix else error
        self.field = FieldError(pointer=f"/{field}", detail=detail)


def check_field_url(field: str, url: str, private_hosts: Collection[str], setting: str = "CALLBACK_HOSTS") -> None:
    """Raises WrongField for a URL that nothing may be fetched from or sent to, as ``check_url``."""
    try:
        check_url(url, private_hosts, setting)
    except InvalidInput as error:
        raise WrongField(field, error) from error
