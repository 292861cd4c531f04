"""An answer of the text model."""

from pydantic import BaseModel, Field


class Person(BaseModel):
    name: str
    age: int = Field(ge=6, le=90)


class People(BaseModel):
    people: list[Person] = Field(min_length=2, max_length=3)
